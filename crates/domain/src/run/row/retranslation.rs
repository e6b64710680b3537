//! Retranslation requests: open until an attempt succeeds, the last attempt fails, or a person cancels.

use crate::{
    Result, Txn,
    db::statement,
    notice::{Notice, tell},
    time,
};
use sea_orm::ConnectionTrait;

/// Returns the audit log's detail about a request. Verification compares it with the request's version.
pub(crate) fn under(version: i32) -> String {
    format!("under version {version}")
}

/// Checks whether a segment has an open retranslation.
pub(crate) async fn is_open(txn: &Txn, segment_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM retranslations WHERE segment_id = $1 AND finished_at IS NULL";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [segment_id.into()])).await?.is_some())
}

/// Checks whether any segment of a run has an open retranslation.
pub(crate) async fn has_open(txn: &Txn, run_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM retranslations WHERE run_id = $1 AND finished_at IS NULL";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [run_id.into()])).await?.is_some())
}

/// Closes a retranslation, whatever its result. The segment can be edited again, and the run's lease is
/// released.
pub(crate) async fn close(txn: &Txn, run_id: i64, segment_id: i64) -> Result<()> {
    let sql = "UPDATE retranslations SET finished_at = $2 WHERE segment_id = $1 AND finished_at IS NULL";
    txn.conn().execute_raw(statement(txn.conn(), sql, [segment_id.into(), time::now().into()])).await?;
    release(txn, run_id).await
}

/// Releases the lease of an ended run, so that any server can claim its other open retranslations.
pub(crate) async fn release(txn: &Txn, run_id: i64) -> Result<()> {
    let sql = "UPDATE chapter_translations SET lease_owner = NULL, lease_expires_at = NULL,
            waiting_provider = NULL, waiting_code = NULL, waiting_until = NULL
        WHERE id = $1";
    txn.conn().execute_raw(statement(txn.conn(), sql, [run_id.into()])).await?;
    tell(txn, Notice::Queue).await
}

/// Returns the audit log's detail about cancelled retranslations; each of them has an event.
pub(crate) fn cancelled_again(events: usize) -> String {
    format!("segments to be translated again: {events}")
}
