//! Sessions: people signed in. The cookie holds a random token, the database its SHA-256.

use crate::{
    Actor, Db, Error, Missing, Result, Txn,
    db::{clock, statement},
    entity::{session as entity, user as users},
    secret, time,
    user::role_of,
};
use colophon_contract::{Author, AuthorKind};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use std::time::Duration;

/// How long a session lasts.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Signs a user in: answers with the token for the cookie, which is nowhere else, and notes the time. Expired
/// sessions go.
///
/// # Errors
/// The user is not found or disabled.
pub async fn create_session(txn: &Txn, user_id: i64) -> Result<String> {
    let find = users::Entity::find_by_id(user_id).filter(users::Column::DisabledAt.is_null());
    let mut user = find.one(txn.conn()).await?.ok_or(Error::NotFound(Missing::User))?.into_active_model();
    user.last_sign_in_at = Set(Some(time::now()));
    user.update(txn.conn()).await?;

    let now = txn.now().await?;
    let expired = entity::Column::ExpiresAt.lte(now);
    entity::Entity::delete_many().filter(expired).exec(txn.conn()).await?;
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

/// The statement of [`find_session`], with the token's SHA-256 as `$1` and SQL for the time: public for the
/// benchmarks, which run it alone.
#[must_use]
pub fn find_sql(now: &str) -> String {
    format!(
        "SELECT u.id, u.name, u.role FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_sha256 = $1 AND s.expires_at > {now} AND u.disabled_at IS NULL"
    )
}

/// Who a session's token belongs to, in one statement; `None` where it is not known, has expired or its user
/// is disabled.
///
/// # Errors
/// Of the database only.
pub async fn find_session(db: &Db, token: &str) -> Result<Option<Actor>> {
    let mut values = vec![secret::sha256(token).into()];
    let sql = find_sql(&clock(db.read(), &mut values));
    let row = db.read().query_one_raw(statement(db.read(), sql, values)).await?;
    row.map(|row| {
        let (id, name) = (Some(row.try_get_by_index(0)?), row.try_get_by_index(1)?);
        let role = role_of(&row.try_get_by_index::<String>(2)?)?;
        Ok(Actor { author: Author { kind: AuthorKind::User, id, name }, role })
    })
    .transpose()
}

/// Signs out; a token that is not known is signed out already.
///
/// # Errors
/// Of the database only.
pub async fn delete_session(txn: &Txn, token: &str) -> Result<()> {
    let of_token = entity::Column::TokenSha256.eq(secret::sha256(token));
    entity::Entity::delete_many().filter(of_token).exec(txn.conn()).await?;
    Ok(())
}
