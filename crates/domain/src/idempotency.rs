//! Idempotency keys: the first answer to a POST, given again for 24 hours. Begun and stored in the very
//! transaction of what the POST does, so that neither is ever there without the other.

use crate::{Result, Txn, unfinished};
use colophon_contract::Author;

/// A request that carries a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyedRequest<'a> {
    /// Whose: keys of others don't matter.
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

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReply {
    /// The HTTP status.
    pub status: u16,
    /// Headers that belong to the answer, such as `location` and `etag`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What to do with a request that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Do it, then [`store_reply`].
    Fresh,
    /// Give the first answer again.
    Replay(StoredReply),
    /// The key was used for another request: 422.
    Reused,
    /// The first one is still being answered, by another server: 409. On SQLite, where writes take turns, the
    /// caller keeps its own set of keys in flight.
    InUse,
}

/// Looks the key up and, on PostgreSQL, holds it for this transaction.
///
/// # Errors
/// Of the database only.
pub async fn begin_keyed(txn: &Txn, request: KeyedRequest<'_>) -> Result<Begun> {
    let _ = (txn, request);
    unfinished()
}

/// Keeps the answer to a request that was [`Begun::Fresh`]. Keys of over 24 hours go.
///
/// # Errors
/// Of the database only.
pub async fn store_reply(txn: &Txn, request: KeyedRequest<'_>, reply: &StoredReply) -> Result<()> {
    let _ = (txn, request, reply);
    unfinished()
}
