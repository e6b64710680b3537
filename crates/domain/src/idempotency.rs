//! Idempotency keys: repeat the first answer to a POST for 24 hours. The key is checked and stored in the
//! transaction of the POST's changes, so that neither exists without the other.

use crate::{
    Engine, Error, Result, Txn, actor,
    db::{json_from_text, statement},
};
use chrono::{DateTime, TimeDelta, Utc};
use colophon_contract::Author;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};

/// How long the first answer is repeated.
const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Maximum number of expired keys that one request deletes.
const PURGE: u32 = 100;

/// A request with an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyedRequest<'a> {
    /// The author of the request: each author has separate keys.
    pub author: &'a Author,
    /// The header's value.
    pub key: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// SHA-256, hexadecimal, of the body.
    pub body_sha256: &'a str,
}

/// A stored answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReply {
    /// The HTTP status.
    pub status: u16,
    /// Headers of the answer, such as `location` and `etag`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// How to handle a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Execute the request, then call [`store_reply`].
    Fresh,
    /// Repeat the first answer.
    Replay(StoredReply),
    /// The key was used for another request: 422.
    Reused,
    /// Another server is still answering the first request: 409. On SQLite, where writes are serialised, the
    /// caller keeps its own set of keys in use.
    InUse,
}

/// Looks up the key and, on PostgreSQL, locks it for this transaction.
///
/// # Errors
/// Returns database errors only.
pub async fn begin_keyed(txn: &Txn, request: KeyedRequest<'_>) -> Result<Begun> {
    if !hold(txn, request).await? {
        return Ok(Begun::InUse);
    }
    let sql = "SELECT created_at, method, path, body_sha256, status, CAST(headers AS TEXT), body
        FROM idempotency_keys WHERE actor_kind = $1 AND actor_id = $2 AND key = $3 AND status IS NOT NULL";
    let Some(row) = txn.conn().query_one_raw(statement(txn.conn(), sql, owner(request))).await? else {
        return Ok(Begun::Fresh);
    };
    if row.try_get_by_index::<DateTime<Utc>>(0)? <= txn.now().await? - LIFETIME {
        return Ok(Begun::Fresh);
    }
    let text = |index| row.try_get_by_index::<String>(index);
    if (text(1)?, text(2)?, text(3)?)
        != (request.method.into(), request.path.into(), request.body_sha256.into())
    {
        return Ok(Begun::Reused);
    }
    let status: i32 = row.try_get_by_index(4)?;
    Ok(Begun::Replay(StoredReply {
        status: status.try_into().map_err(|_| Error::internal("a stored status"))?,
        headers: serde_json::from_str(&text(5)?)
            .map_err(|e| Error::internal(format!("stored headers: {e}")))?,
        body: text(6)?,
    }))
}

/// Stores the answer to a request that was [`Begun::Fresh`]. Deletes keys older than 24 hours.
///
/// # Errors
/// Returns database errors only.
pub async fn store_reply(txn: &Txn, request: KeyedRequest<'_>, reply: &StoredReply) -> Result<()> {
    let conn = txn.conn();
    // Use the clock that all servers share: a wrong local clock would replay too long and delete too early.
    let now = txn.now().await?;
    // Two servers that delete expired keys at once do not wait for each other.
    let skip = if txn.engine() == Engine::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    let purge = format!(
        "DELETE FROM idempotency_keys WHERE id IN (
            SELECT id FROM idempotency_keys WHERE created_at <= $1 ORDER BY created_at LIMIT {PURGE}{skip}
        )"
    );
    conn.execute_raw(statement(conn, purge, [(now - LIFETIME).into()])).await?;
    let expired = "DELETE FROM idempotency_keys WHERE actor_kind = $1 AND actor_id = $2 AND key = $3";
    conn.execute_raw(statement(conn, expired, owner(request))).await?;

    let sql = format!(
        "INSERT INTO idempotency_keys
            (actor_kind, actor_id, key, method, path, body_sha256, status, headers, body, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, {}, $9, $10)",
        json_from_text(conn.get_database_backend(), 8)
    );
    let headers = serde_json::to_string(&reply.headers)
        .map_err(|e| Error::internal(format!("headers as JSON: {e}")))?;
    let mut values = owner(request).to_vec();
    values.extend([
        request.method.into(),
        request.path.into(),
        request.body_sha256.into(),
        i32::from(reply.status).into(),
        headers.into(),
        reply.body.as_str().into(),
        now.into(),
    ]);
    conn.execute_raw(statement(conn, sql, values)).await?;
    Ok(())
}

/// Returns the first three columns: the author and the key.
fn owner(request: KeyedRequest<'_>) -> [sea_orm::Value; 3] {
    let author = request.author;
    [actor::kind_as_str(author.kind).into(), author.id.unwrap_or(0).into(), request.key.into()]
}

/// Locks the key; returns `false` if another transaction holds it. On SQLite there is only one writer, so no
/// lock is needed.
async fn hold(txn: &Txn, request: KeyedRequest<'_>) -> Result<bool> {
    if txn.engine() == Engine::Sqlite {
        return Ok(true);
    }
    let author = request.author;
    let name = format!("{} {} {}", actor::kind_as_str(author.kind), author.id.unwrap_or(0), request.key);
    let mut number = [0; 8];
    number.copy_from_slice(&Sha256::digest(name)[..8]);
    let sql = "SELECT pg_try_advisory_xact_lock($1)";
    let values = [i64::from_be_bytes(number).into()];
    let row = txn.conn().query_one_raw(statement(txn.conn(), sql, values)).await?;
    Ok(row.ok_or_else(|| Error::internal("no lock"))?.try_get_by_index(0)?)
}
