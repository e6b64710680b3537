//! Signing in and out, passwords, and the first administrator.

use super::{Error, client};
use colophon_contract::{ChangePassword, CreateSession, Session, SetPassword, SetUp, url};

/// Returns the current session.
pub async fn get() -> Result<Session, Error> {
    client::get(url::session()).await
}

/// Signs in.
pub async fn create(body: &CreateSession) -> Result<Session, Error> {
    client::post(url::session(), body, None).await
}

/// Signs out.
pub async fn delete() -> Result<(), Error> {
    client::delete(url::session()).await
}

/// Creates the first administrator and signs in.
pub async fn set_up(body: &SetUp) -> Result<Session, Error> {
    client::post(url::setup(), body, None).await
}

/// Sets a password by a one-time link and signs in.
pub async fn set_password(body: &SetPassword) -> Result<Session, Error> {
    client::post(url::password(), body, None).await
}

/// Changes the user's own password; other sessions end.
pub async fn change_password(body: &ChangePassword) -> Result<(), Error> {
    client::post_for_nothing(url::own_password(), body).await
}
