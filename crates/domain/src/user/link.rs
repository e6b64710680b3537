//! One-time links, by which users set their password. A user has at most one; the database holds the SHA-256
//! of its secret.

use super::{about, set_password, user};
use crate::{
    Db, Error, Missing, Result, Txn, audit, entity::user as entity, password::PasswordHash, secret, session,
    time::timestamp,
};
use colophon_contract::{AuditAction, Timestamp, User};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, sea_query::LockType,
};
use std::time::Duration;

/// How long a link is valid.
pub const LINK_LIFETIME: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// A link's secret, which is not stored.
#[derive(Clone)]
pub struct Link {
    /// The secret, for the URL.
    pub secret: String,
    /// When the link expires.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Creates a link for a user to set a new password, and revokes an earlier one. The current password, if any,
/// stays until then.
///
/// # Errors
/// `NotFound`; `UserDisabled`.
pub async fn create_link(txn: &Txn, user_id: i64) -> Result<(User, Link)> {
    let row = entity::Entity::find_by_id(user_id).one(txn.conn()).await?;
    let row = row.ok_or(Error::NotFound(Missing::User))?;
    if row.disabled_at.is_some() {
        return Err(Error::UserDisabled);
    }
    issue(txn, row).await
}

pub(super) async fn issue(txn: &Txn, row: entity::Model) -> Result<(User, Link)> {
    let secret = secret::random()?;
    let until = txn.now().await? + LINK_LIFETIME;
    let mut row = row.into_active_model();
    row.link_sha256 = Set(Some(secret::sha256(&secret)));
    row.link_expires_at = Set(Some(until));
    let updated = user(row.update(txn.conn()).await?)?;
    audit::record(txn, about(AuditAction::LinkCreated, &updated)).await?;
    Ok((updated, Link { secret, expires_at: timestamp(until) }))
}

/// Returns the user of a link; `None` if the link is not valid.
///
/// # Errors
/// Returns database errors only.
pub async fn find_link(db: &Db, secret: &str) -> Result<Option<User>> {
    let now = db.now().await?;
    find(db.read(), secret, now).await?.map(user).transpose()
}

/// Sets the password of a link's user and opens a session. Returns both. The link cannot be used again.
///
/// # Errors
/// `LinkInvalid`.
pub async fn set_password_by_link(txn: &Txn, secret: &str, hash: &PasswordHash) -> Result<(User, String)> {
    let now = txn.now().await?;
    let row = find(txn.conn(), secret, now).await?.ok_or(Error::LinkInvalid)?;
    let changed = set_password(txn, row, hash).await?;
    audit::record(txn, about(AuditAction::PasswordSet, &changed)).await?;
    let token = session::create_session(txn, changed.id).await?;
    Ok((changed, token))
}

async fn find(
    conn: &impl ConnectionTrait,
    secret: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<entity::Model>> {
    Ok(entity::Entity::find()
        .filter(entity::Column::LinkSha256.eq(secret::sha256(secret)))
        .filter(entity::Column::LinkExpiresAt.gt(now))
        .filter(entity::Column::DisabledAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .one(conn)
        .await?)
}
