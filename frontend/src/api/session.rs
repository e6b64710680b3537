//! Signing in and out, passwords, and the first administrator.

use super::{Error, Reply, client};
use colophon_contract::{ChangePassword, CreateSession, Session, SetPassword, SetUp, url};

/// Who is signed in.
pub fn get() -> Reply<Session> {
    client::get(url::session())
}

/// Signs in.
pub fn create(body: &CreateSession) -> Reply<Session> {
    client::post(url::session(), body, None)
}

/// Signs out.
pub async fn delete() -> Result<(), Error> {
    client::delete(url::session()).await
}

/// Makes the first administrator and signs in.
pub fn set_up(body: &SetUp) -> Reply<Session> {
    client::post(url::setup(), body, None)
}

/// Sets a password by a one-time link and signs in.
pub fn set_password(body: &SetPassword) -> Reply<Session> {
    client::post(url::password(), body, None)
}

/// Changes one's own password; other sessions end.
pub fn change_password(body: &ChangePassword) -> client::Text {
    client::post_for_nothing(url::own_password(), body)
}
