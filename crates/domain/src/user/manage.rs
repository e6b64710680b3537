//! Management of users by administrators, and changes of the own password.

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

/// Adds a user without a password, and a one-time link to set one.
///
/// # Errors
/// The errors of [`super::create_user`].
pub async fn invite_user(txn: &Txn, name: &str, role: Role) -> Result<(User, Link)> {
    let made = insert(txn, name, None, role).await?;
    let row = entity::Entity::find_by_id(made.id).one(txn.conn()).await?;
    issue(txn, row.ok_or(Error::NotFound(Missing::User))?).await
}

/// Changes a user's role, or whether the user may sign in. It applies from each user's next request on.
///
/// # Errors
/// `NotFound`; `LastAdmin` if no user could manage users afterwards.
pub async fn update_user(txn: &Txn, user_id: i64, change: &UpdateUser) -> Result<User> {
    update(txn, lock(txn, user_id).await?, change).await
}

/// Locks a user's row and those of all administrators until the transaction ends, in one order. If two
/// administrators remove each other, the second sees the first change.
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

/// Disables the user of a name and ends the user's sessions.
///
/// # Errors
/// The errors of [`update_user`].
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
        // An earlier link must not let in a user who has been disabled.
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

/// Returns whether the user can sign in.
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

/// Changes the password of a user whose current one was verified. Ends the user's sessions; returns the token
/// of a new one.
///
/// # Errors
/// `NotFound`, also if the user was disabled or got another password meanwhile.
pub async fn change_password(txn: &Txn, verified: &Verified, hash: &PasswordHash) -> Result<String> {
    let row = hold(txn, verified).await?;
    let user_id = row.id;
    let changed = set_password(txn, row, hash).await?;
    audit::record(txn, about(AuditAction::PasswordChanged, &changed)).await?;
    session::open_session(txn, user_id).await
}
