//! Sessions of signed-in users. The cookie holds a random token, the database its SHA-256.

use crate::{
    Engine, Error, Missing, Result, Txn,
    audit::{self, Entry},
    db::statement,
    entity::{session as entity, user as users},
    secret, time,
    user::{self, Verified},
};
use colophon_contract::{AuditAction, Author, AuthorKind, SubjectKind};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, sea_query::LockType,
};
use std::time::Duration;

/// How long a session lasts.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Signs in a user whose password was verified; see [`create_session`]. The password must still be the
/// current one: another may have been set since the check, and the old one must not open a session then.
///
/// # Errors
/// The user is disabled by now, or has another password.
pub async fn sign_in(txn: &Txn, verified: &Verified) -> Result<String> {
    user::hold(txn, verified).await?;
    create_session(txn, verified.user().id).await
}

/// Opens a session for a user and records the time. Returns the token for the cookie, which is not stored.
///
/// # Errors
/// The user is not found or disabled.
pub async fn create_session(txn: &Txn, user_id: i64) -> Result<String> {
    let find = users::Entity::find_by_id(user_id).filter(users::Column::DisabledAt.is_null());
    // Locked: otherwise a user disabled at this moment would have a valid session once enabled again.
    let user = find.lock(LockType::NoKeyUpdate).one(txn.conn()).await?;
    let user = user.ok_or(Error::NotFound(Missing::User))?;
    let entry = Entry::new(AuditAction::SignIn, SubjectKind::User, user.id).named(user.name.clone());
    let author = Author { kind: AuthorKind::User, id: Some(user.id), name: user.name.clone() };
    audit::record_as(txn, &author, entry).await?;
    let mut user = user.into_active_model();
    user.last_sign_in_at = Set(Some(time::now()));
    user.update(txn.conn()).await?;
    open_session(txn, user_id).await
}

/// Opens a session and returns its token. Deletes expired sessions.
pub(crate) async fn open_session(txn: &Txn, user_id: i64) -> Result<String> {
    let now = txn.now().await?;
    // Two servers that delete expired sessions at once do not wait for each other.
    let skip = if txn.engine() == Engine::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    let purge =
        format!("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1{skip})");
    txn.conn().execute_raw(statement(txn.conn(), purge, [now.into()])).await?;
    let token = secret::random()?;
    let session = entity::ActiveModel {
        token_sha256: Set(secret::sha256(&token)),
        user_id: Set(user_id),
        created_at: Set(now),
        expires_at: Set(now + SESSION_LIFETIME),
        ..Default::default()
    };
    session.insert(txn.conn()).await?;
    Ok(token)
}

/// Signs out; does nothing if the token is unknown.
///
/// # Errors
/// Returns database errors only.
pub async fn delete_session(txn: &Txn, token: &str) -> Result<()> {
    let of_token = entity::Column::TokenSha256.eq(secret::sha256(token));
    let Some(session) = entity::Entity::find().filter(of_token).one(txn.conn()).await? else { return Ok(()) };
    entity::Entity::delete_by_id(session.id).exec(txn.conn()).await?;
    audit::record(txn, Entry::new(AuditAction::SignOut, SubjectKind::User, session.user_id)).await
}
