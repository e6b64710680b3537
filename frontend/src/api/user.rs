//! Users and the one-time links by which they set their password.

use super::{Reply, client};
use colophon_contract::{CreateUser, InvitedUser, JsonObject, Page, PasswordLink, UpdateUser, User, url};

/// A page of users, in the order in which they were added; at most `limit` of them.
pub fn list(cursor: Option<String>, limit: u32) -> Reply<Page<User>> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(client::with_query(url::users(), &parameters))
}

/// Invites somebody; the link is in this answer alone, so that the server can give none again for a key.
pub fn create(body: &CreateUser) -> Reply<InvitedUser> {
    client::post(url::users(), body, None)
}

/// Changes what is given.
pub fn update(user_id: i64, body: &UpdateUser) -> Reply<User> {
    client::patch(url::user(user_id), body)
}

/// Makes another one-time link, in place of any from before.
pub fn create_link(user_id: i64) -> Reply<PasswordLink> {
    client::post(url::user_link(user_id), &JsonObject::new(), None)
}
