//! What administrators do to users, and what people do to their own password.

use super::{Verified, about, end_sessions, find_by_name, hold, insert, link::issue, set_password, user};
use crate::{
    Error, Missing, Result, Txn, audit, entity::user as entity, password::PasswordHash, session,
    stored::role_of, time,
};
use colophon_contract::{AuditAction, Role, UpdateUser, User};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};

use super::Link;

/// Adds a user without a password, and the one-time link by which they set one.
///
/// # Errors
/// As [`super::create_user`].
pub async fn invite_user(txn: &Txn, name: &str, role: Role) -> Result<(User, Link)> {
    let made = insert(txn, name, None, role).await?;
    let row = entity::Entity::find_by_id(made.id).one(txn.conn()).await?;
    issue(txn, row.ok_or(Error::NotFound(Missing::User))?).await
}

/// Changes a user's role, or whether they may sign in, from everybody's next request on.
///
/// # Errors
/// Not found; `LastAdmin` where nobody could manage users then.
pub async fn update_user(txn: &Txn, user_id: i64, change: &UpdateUser) -> Result<User> {
    update(txn, lock(txn, user_id).await?, change).await
}

/// A user's row and those of all administrators, held until the transaction ends and in one order, so that of two
/// who remove each other the second sees what the first did.
async fn lock(txn: &Txn, user_id: i64) -> Result<entity::Model> {
    let either = Condition::any()
        .add(entity::Column::Id.eq(user_id))
        .add(entity::Column::Role.eq(Role::Admin.as_str()));
    let rows = entity::Entity::find()
        .filter(either)
        .order_by_asc(entity::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(txn.conn())
        .await?;
    rows.into_iter().find(|row| row.id == user_id).ok_or(Error::NotFound(Missing::User))
}

/// Keeps the user of a name from signing in, and ends their sessions.
///
/// # Errors
/// As [`update_user`].
pub async fn disable_user(txn: &Txn, name: &str) -> Result<User> {
    let row = find_by_name(txn.conn(), name).await?.ok_or(Error::NotFound(Missing::User))?;
    update(txn, lock(txn, row.id).await?, &UpdateUser { disabled: Some(true), role: None }).await
}

async fn update(txn: &Txn, row: entity::Model, change: &UpdateUser) -> Result<User> {
    let (role, is_disabled) = (role_of(&row.role)?, row.disabled_at.is_some());
    let new_role = change.role.filter(|new| *new != role);
    let disabled = change.disabled.filter(|new| *new != is_disabled);
    if new_role.is_none() && disabled.is_none() {
        return user(row);
    }
    let goes = new_role.is_some() || disabled == Some(true);
    if goes && role == Role::Admin && is_ready(&row) && !others_are_ready(txn, row.id).await? {
        return Err(Error::LastAdmin);
    }
    let user_id = row.id;
    let mut row = row.into_active_model();
    if let Some(role) = new_role {
        row.role = Set(role.as_str().to_owned());
    }
    if let Some(disabled) = disabled {
        row.disabled_at = Set(disabled.then(time::now));
        // A link from before must not let somebody in whom it was taken away from.
        row.link_sha256 = Set(None);
        row.link_expires_at = Set(None);
    }
    let updated = user(row.update(txn.conn()).await?)?;
    if let Some(new) = new_role {
        let change = format!("{} → {}", role.as_str(), new.as_str());
        audit::record(txn, about(AuditAction::UserUpdated, &updated).saying(change)).await?;
    }
    if disabled.is_some() {
        end_sessions(txn, user_id).await?;
    }
    if disabled == Some(true) {
        audit::record(txn, about(AuditAction::UserDisabled, &updated)).await?;
    } else if disabled == Some(false) {
        audit::record(txn, about(AuditAction::UserEnabled, &updated)).await?;
    }
    Ok(updated)
}

/// Whether they can sign in.
fn is_ready(row: &entity::Model) -> bool {
    row.disabled_at.is_none() && row.password_set_at.is_some()
}

async fn others_are_ready(txn: &Txn, user_id: i64) -> Result<bool> {
    let others = entity::Entity::find()
        .filter(entity::Column::Id.ne(user_id))
        .filter(entity::Column::Role.eq(Role::Admin.as_str()))
        .filter(entity::Column::DisabledAt.is_null())
        .filter(entity::Column::PasswordSetAt.is_not_null());
    Ok(others.count(txn.conn()).await? > 0)
}

/// Gives somebody who knew their password another one. Their sessions end; answers with the token of a new one.
///
/// # Errors
/// Not found, also where they were disabled or got another password in between.
pub async fn change_password(txn: &Txn, verified: &Verified, hash: &PasswordHash) -> Result<String> {
    let row = hold(txn, verified).await?;
    let user_id = row.id;
    let changed = set_password(txn, row, hash).await?;
    audit::record(txn, about(AuditAction::PasswordChanged, &changed)).await?;
    session::open_session(txn, user_id).await
}
