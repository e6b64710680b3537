//! API tokens: `clp_` and 256 random bits. The database holds their SHA-256.

use crate::{
    Actor, Db, Engine, Result, Txn,
    db::{Bound, own_clock, statement},
    entity::api_token as entity,
    secret, time,
    user::{check_name, role_of},
};
use chrono::TimeDelta;
use colophon_contract::{Author, AuthorKind, Role};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};

/// What every token begins with, so that people and scanners know one when they see it.
pub const PREFIX: &str = "clp_";
/// A token's last use is noted no more often.
const TOUCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// What a token that was found allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUse {
    /// Who it stands for.
    pub actor: Actor,
    /// The token's id.
    pub token_id: i64,
    /// Whether its last use is a minute or more ago, so that [`touch_token`] is due.
    pub touch_due: bool,
}

/// Makes a token and answers with it: it is nowhere else.
///
/// # Errors
/// `ValidationFailed` for a name that is blank, too long or has control characters.
pub async fn create_token(txn: &Txn, name: &str, role: Role) -> Result<String> {
    check_name(name)?;
    let token = format!("{PREFIX}{}", secret::random()?);
    let row = entity::ActiveModel {
        name: Set(name.trim().to_owned()),
        token_sha256: Set(secret::sha256(&token)),
        role: Set(role.as_str().to_owned()),
        created_at: Set(time::now()),
        ..Default::default()
    };
    row.insert(txn.conn()).await?;
    Ok(token)
}

/// On SQLite, whose clock is ours, `$2` is the time.
fn find_sql(engine: Engine) -> &'static str {
    macro_rules! at {
        ($now:literal) => {
            concat!(
                "SELECT t.id, t.name, t.role, t.last_used_at FROM api_tokens t WHERE t.token_sha256 = $1
                AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ",
                $now,
                ")"
            )
        };
    }
    match engine {
        Engine::Sqlite => at!("$2"),
        Engine::Postgres => at!("clock_timestamp()"),
    }
}

/// Who a token stands for, in one statement; `None` where it is not known, revoked or expired.
///
/// # Errors
/// Of the database only.
pub async fn find_token(db: &Db, token: &str) -> Result<Option<TokenUse>> {
    let (hash, now) = (secret::sha256(token), time::now());
    let values = [Bound::text(&hash), Bound::Time(now)];
    db.look_up(find_sql(db.engine()), own_clock(db.engine(), &values), |row| {
        let token_id = row.i64(0)?;
        let author = Author { kind: AuthorKind::Token, id: Some(token_id), name: row.text(1)? };
        // Clocks may differ a little: being off by that only notes a use a little sooner or later.
        let touch_due = row.find_time(3)?.is_none_or(|at| now - at >= TOUCH_INTERVAL);
        Ok(TokenUse { actor: Actor { author, role: role_of(&row.text(2)?)? }, token_id, touch_due })
    })
    .await
}

/// Notes that a token is used, if that was not noted within the minute. Not in the way of a request: call it
/// beside.
///
/// # Errors
/// Of the database only.
pub async fn touch_token(db: &Db, token_id: i64) -> Result<()> {
    let txn = db.begin_write().await?;
    let now = time::now();
    let sql = "UPDATE api_tokens SET last_used_at = $1
        WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)";
    let values = [now.into(), token_id.into(), (now - TOUCH_INTERVAL).into()];
    txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    txn.commit().await
}
