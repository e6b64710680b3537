//! API tokens: `clp_` and 256 random bits. The database holds their SHA-256.

use crate::{
    Db, Error, Missing, PageRequest, Result, Txn,
    audit::{self, Entry},
    db::statement,
    entity::{api_token as entity, user as users},
    secret,
    time::{self, timestamp},
    user::check_name,
    work,
};
use chrono::{DateTime, TimeDelta, Utc};
use colophon_contract::{
    ApiToken, AuditAction, Author, AuthorKind, CreateToken, CreatedToken, FieldError, Page, Scope,
    SubjectKind, TOKEN_PREFIX, TokenState,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};
use std::collections::HashMap;

/// Minimum time between two records of a token's last use.
pub(crate) const TOUCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// Creates a token and returns its secret, which is not stored. `owner_id` is the user responsible for
/// it.
///
/// # Errors
/// `ValidationFailed` if there is no scope, or if the name is blank, too long or has control or invisible
/// characters; the work is not found.
pub async fn create_token(txn: &Txn, owner_id: Option<i64>, new: &CreateToken) -> Result<CreatedToken> {
    let name = check_name(&new.name)?;
    if new.scopes.is_empty() {
        return Err(Error::ValidationFailed(vec![FieldError::at("/scopes", "length", "must name a scope")]));
    }
    if let Some(work_id) = new.work_id {
        work::require(txn.conn(), work_id).await?;
    }
    let secret = format!("{TOKEN_PREFIX}{}", secret::random()?);
    let now = txn.now().await?;
    let row = entity::ActiveModel {
        name: Set(name),
        token_sha256: Set(secret::sha256(&secret)),
        owner_id: Set(owner_id),
        scopes: Set(scopes_as_str(&new.scopes).to_owned()),
        work_id: Set(new.work_id),
        created_at: Set(now),
        expires_at: Set(new.expires_in_days.map(|days| now + TimeDelta::days(days.into()))),
        ..Default::default()
    };
    let row = row.insert(txn.conn()).await?;
    let owner = find_owners(txn.conn(), [row.owner_id]).await?.remove(&row.owner_id.unwrap_or(0));
    let made = token(row, owner, now)?;
    let mut said = made.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(owner) = &made.owner {
        said.push_str(&format!("; of {}", owner.name));
    }
    if let Some(until) = &made.expires_at {
        said.push_str(&format!("; until {}", until.0));
    }
    audit::record(txn, about(AuditAction::TokenCreated, &made).saying(said)).await?;
    Ok(CreatedToken { token: made, secret })
}

/// Returns tokens, newest first, including those that are no longer valid.
///
/// # Errors
/// `CursorInvalid`.
pub async fn list_tokens(db: &Db, page: &PageRequest) -> Result<Page<ApiToken>> {
    let after = page.after("tokens")?.unwrap_or(i64::MAX);
    let limit = u64::try_from(page.rows()).unwrap_or(u64::MAX);
    let find = entity::Entity::find().filter(entity::Column::Id.lt(after)).order_by_desc(entity::Column::Id);
    let rows = find.limit(limit).all(db.read()).await?;
    let owners = find_owners(db.read(), rows.iter().map(|row| row.owner_id)).await?;
    let now = db.now().await?;
    let tokens = rows.into_iter().map(|row| {
        let owner = row.owner_id.and_then(|id| owners.get(&id).cloned());
        token(row, owner, now)
    });
    Ok(page.page("tokens", tokens.collect::<Result<Vec<_>>>()?, |token| token.id))
}

/// Revokes a token: it is refused from the next request on. Does nothing if it is already revoked.
///
/// # Errors
/// `NotFound`.
pub async fn revoke_token(txn: &Txn, token_id: i64) -> Result<()> {
    // Locked: if two requests revoke it at once, the second finds it revoked.
    let row = entity::Entity::find_by_id(token_id).lock(LockType::NoKeyUpdate).one(txn.conn()).await?;
    let row = row.ok_or(Error::NotFound(Missing::Token))?;
    if row.revoked_at.is_some() {
        return Ok(());
    }
    let now = txn.now().await?;
    let mut row = row.into_active_model();
    row.revoked_at = Set(Some(now));
    let revoked = token(row.update(txn.conn()).await?, None, now)?;
    audit::record(txn, about(AuditAction::TokenRevoked, &revoked)).await
}

/// Records that a token is used, unless that was recorded within the last minute. Call it beside the request,
/// which must not wait for it.
///
/// # Errors
/// Returns database errors only.
pub async fn touch_token(db: &Db, token_id: i64) -> Result<()> {
    let txn = db.begin_write().await?;
    let now = time::now();
    let sql = "UPDATE api_tokens SET last_used_at = $1
        WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)";
    let values = [now.into(), token_id.into(), (now - TOUCH_INTERVAL).into()];
    txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    txn.commit().await
}

/// Returns the scopes as the database stores them; `read` is always included.
fn scopes_as_str(scopes: &[Scope]) -> &'static str {
    match (scopes.contains(&Scope::Write), scopes.contains(&Scope::Run)) {
        (false, false) => "read",
        (true, false) => "read write",
        (false, true) => "read run",
        (true, true) => "read write run",
    }
}

pub(crate) fn scopes_of(text: &str) -> Result<Vec<Scope>> {
    let unknown = || Error::internal(format!("scopes {text:?}"));
    text.split(' ').map(|scope| Scope::find(scope).ok_or_else(unknown)).collect()
}

async fn find_owners(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Option<i64>>,
) -> Result<HashMap<i64, users::Model>> {
    let ids: Vec<i64> = ids.into_iter().flatten().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = users::Entity::find().filter(users::Column::Id.is_in(ids)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn about(action: AuditAction, token: &ApiToken) -> Entry {
    let entry = Entry::new(action, SubjectKind::Token, token.id).named(token.name.clone());
    match token.work_id {
        Some(work_id) => entry.in_work(work_id),
        None => entry,
    }
}

fn token(row: entity::Model, owner: Option<users::Model>, now: DateTime<Utc>) -> Result<ApiToken> {
    let state = if row.revoked_at.is_some() {
        TokenState::Revoked
    } else if row.expires_at.is_some_and(|at| at <= now) {
        TokenState::Expired
    } else if owner.as_ref().is_some_and(|owner| owner.disabled_at.is_some()) {
        TokenState::OwnerDisabled
    } else {
        TokenState::Active
    };
    Ok(ApiToken {
        id: row.id,
        name: row.name,
        scopes: scopes_of(&row.scopes)?,
        work_id: row.work_id,
        owner: owner.map(|owner| Author { kind: AuthorKind::User, id: Some(owner.id), name: owner.name }),
        state,
        created_at: timestamp(row.created_at),
        expires_at: time::optional(row.expires_at),
        last_used_at: time::optional(row.last_used_at),
        revoked_at: time::optional(row.revoked_at),
    })
}
