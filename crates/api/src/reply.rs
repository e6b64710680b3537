//! The replies of handlers, and the transactions behind them.

use crate::error::{ApiError, ApiResult};
use crate::extract::IfNoneMatch;
use crate::state::State;
use actix_web::body::MessageBody;
use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};
use colophon_domain::{Actor, Txn};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Returns a JSON reply of `status` that no cache stores.
pub(crate) fn json(mut status: HttpResponseBuilder, value: &impl Serialize) -> ApiResult<HttpResponse> {
    let body = serde_json::to_vec(value).map_err(ApiError::internal)?;
    Ok(not_kept(&mut status).body(body))
}

/// Returns 200 with JSON that is serialised already.
pub(crate) fn json_ok(body: Vec<u8>) -> HttpResponse {
    not_kept(&mut HttpResponse::Ok()).body(body)
}

fn not_kept(status: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    status
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
}

/// Returns 200 with `value`.
pub(crate) fn ok(value: &impl Serialize) -> ApiResult<HttpResponse> {
    json(HttpResponse::Ok(), value)
}

/// Returns 200 with `value` and a tag of its bytes, or 304 if the client has them.
pub(crate) fn tagged(known: &IfNoneMatch, value: &impl Serialize) -> ApiResult<HttpResponse> {
    let (body, tag) = tagged_json(value).map_err(ApiError::internal)?;
    Ok(if known.holds(&tag) { unchanged(&tag) } else { with_tag(&tag, body) })
}

/// Returns JSON and a tag of its bytes.
///
/// # Errors
/// None in practice: every reply serialises.
pub(crate) fn tagged_json(value: &impl Serialize) -> serde_json::Result<(Vec<u8>, String)> {
    let body = serde_json::to_vec(value)?;
    let tag = tag([body.as_slice()]);
    Ok((body, tag))
}

/// Returns 200 with a body and its tag.
pub(crate) fn with_tag(tag: &str, body: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ETAG, tag))
        .body(body)
}

/// Returns 304 with the tag.
pub(crate) fn unchanged(tag: &str) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ETAG, tag))
        .finish()
}

/// Returns a tag for `parts`. It is weak, because the plain and the compressed bytes share it. It includes
/// the release, because the next one may serialise the same value differently.
pub(crate) fn tag<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new_with_prefix(env!("CARGO_PKG_VERSION"));
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    format!("W/\"{}\"", hex::encode(&hash.finalize()[..12]))
}

/// Does `work` as `by` in one write transaction and commits it.
///
/// # Errors
/// Errors of `work`, after a rollback.
pub(crate) async fn write<T>(
    state: &State,
    by: &Actor,
    work: impl AsyncFnOnce(&Txn) -> colophon_domain::Result<T>,
) -> ApiResult<T> {
    let txn = state.db.begin_write_by(by.clone()).await?;
    let outcome = work(&txn).await;
    Ok(settle(txn, outcome).await?)
}

/// Commits a success and rolls back a failure.
///
/// # Errors
/// The error of `outcome`; database errors.
pub(crate) async fn settle<T, E: From<colophon_domain::Error>>(
    txn: Txn,
    outcome: Result<T, E>,
) -> Result<T, E> {
    match outcome {
        Ok(value) => txn.commit().await.map(|()| value).map_err(E::from),
        Err(error) => {
            // Dropping it would roll back too, but later, and SQLite has one writer.
            txn.rollback().await?;
            Err(error)
        }
    }
}
