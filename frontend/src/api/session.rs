//! Signing in and out, and the first administrator.

use super::{Error, client};
use colophon_contract::{CreateSession, Session, SetUp, url};

/// Who is signed in.
pub async fn get() -> Result<Session, Error> {
    client::get(&url::session()).await
}

/// Signs in.
pub async fn create(body: &CreateSession) -> Result<Session, Error> {
    client::post(&url::session(), body, None).await
}

/// Signs out.
pub async fn delete() -> Result<(), Error> {
    client::delete(&url::session()).await
}

/// Makes the first administrator and signs in.
pub async fn set_up(body: &SetUp) -> Result<Session, Error> {
    client::post(&url::setup(), body, None).await
}
