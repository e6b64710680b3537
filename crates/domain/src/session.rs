//! Sessions: people signed in. The cookie holds a random token, the database its SHA-256.

use crate::{Actor, Db, Result, Txn, unfinished};
use std::time::Duration;

/// How long a session lasts.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Signs a user in: answers with the token for the cookie, which is nowhere else, and notes the time.
///
/// # Errors
/// The user is not found or disabled.
pub async fn create_session(txn: &Txn, user_id: i64) -> Result<String> {
    let _ = (txn, user_id);
    unfinished()
}

/// Who a session's token belongs to, in one statement; `None` where it is not known, has expired or its user
/// is disabled.
///
/// # Errors
/// Of the database only.
pub async fn find_session(db: &Db, token: &str) -> Result<Option<Actor>> {
    let _ = (db, token);
    unfinished()
}

/// Signs out; a token that is not known is signed out already.
///
/// # Errors
/// Of the database only.
pub async fn delete_session(txn: &Txn, token: &str) -> Result<()> {
    let _ = (txn, token);
    unfinished()
}
