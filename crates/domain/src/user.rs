//! Users: people who sign in.

use crate::{Actor, Db, Result, Txn, password::PasswordHash, unfinished};
use colophon_contract::{Role, Timestamp};

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never reused.
    pub id: i64,
    /// As shown; unique whatever the case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Since when they cannot sign in.
    pub disabled_at: Option<Timestamp>,
}

/// What a password is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user of that name who may sign in; `None` where there is none.
    pub user: Option<User>,
    /// Theirs, or one that fits no password, so that the time taken does not tell whether the name exists.
    pub hash: PasswordHash,
}

impl User {
    /// The user as who asks.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            author: colophon_contract::Author {
                kind: colophon_contract::AuthorKind::User,
                id: Some(self.id),
                name: self.name.clone(),
            },
            role: self.role,
        }
    }
}

/// Adds a user.
///
/// # Errors
/// `UserExists`; `ValidationFailed` for a name that is blank, too long or has control characters.
pub async fn create_user(txn: &Txn, name: &str, hash: &PasswordHash, role: Role) -> Result<User> {
    let _ = (txn, name, hash, role);
    unfinished()
}

/// Adds the first administrator; one of many who try at the same moment succeeds.
///
/// # Errors
/// `SetupDone` once there is any user; as [`create_user`].
pub async fn set_up_first_admin(txn: &Txn, name: &str, hash: &PasswordHash) -> Result<User> {
    let _ = (txn, name, hash);
    unfinished()
}

/// Whether there is any user: if not, the server offers to set up the first.
///
/// # Errors
/// Of the database only.
pub async fn has_users(db: &Db) -> Result<bool> {
    let _ = db;
    unfinished()
}

/// What to check the password of a name against.
///
/// # Errors
/// Of the database only.
pub async fn get_credentials(db: &Db, name: &str) -> Result<Credentials> {
    let _ = (db, name);
    unfinished()
}

/// All users by name.
///
/// # Errors
/// Of the database only.
pub async fn list_users(db: &Db) -> Result<Vec<User>> {
    let _ = db;
    unfinished()
}

/// Keeps a user from signing in and ends their sessions.
///
/// # Errors
/// Not found.
pub async fn disable_user(txn: &Txn, name: &str) -> Result<User> {
    let _ = (txn, name);
    unfinished()
}
