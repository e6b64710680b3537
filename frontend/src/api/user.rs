//! Users and the one-time links by which they set their password.

use super::{Error, client};
use crate::route::with_query;
use colophon_contract::{CreateUser, InvitedUser, JsonObject, Page, PasswordLink, UpdateUser, User, url};

/// Returns a page of at most `limit` users, in the order in which they were added.
pub async fn list(cursor: Option<String>, limit: u32) -> Result<Page<User>, Error> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(with_query(url::users(), &parameters)).await
}

/// Invites a user. Only this reply has the link, so the server cannot repeat it for an idempotency key.
pub async fn create(body: &CreateUser) -> Result<InvitedUser, Error> {
    client::post(url::users(), body, None).await
}

/// Changes the given fields.
pub async fn update(user_id: i64, body: &UpdateUser) -> Result<User, Error> {
    client::patch(url::user(user_id), body).await
}

/// Creates a new one-time link, which replaces earlier ones.
pub async fn create_link(user_id: i64) -> Result<PasswordLink, Error> {
    client::post(url::user_link(user_id), &JsonObject::new(), None).await
}
