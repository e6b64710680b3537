//! Signing in and out, and the first administrator.

use super::{Error, Reply, client};
use colophon_contract::{CreateSession, Session, SetUp, url};

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
