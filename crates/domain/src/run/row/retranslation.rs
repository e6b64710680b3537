//! Requests to translate a segment again: open until an attempt succeeds, fails for good, or somebody cancels it.

use crate::{
    Result, Txn,
    db::statement,
    notice::{Notice, tell},
    time,
};
use sea_orm::ConnectionTrait;

/// What the audit log says beside who asked; verifications hold it against the wish.
pub(crate) fn under(version: i32) -> String {
    format!("under version {version}")
}

/// Whether a segment is being, or waits to be, translated again.
pub(crate) async fn is_open(txn: &Txn, segment_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM retranslations WHERE segment_id = $1 AND finished_at IS NULL";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [segment_id.into()])).await?.is_some())
}

/// Whether any segment of a run is.
pub(crate) async fn has_open(txn: &Txn, run_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM retranslations WHERE run_id = $1 AND finished_at IS NULL";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [run_id.into()])).await?.is_some())
}

/// It is done, however it ended: the segment can be edited again, and the run is nobody's.
pub(crate) async fn close(txn: &Txn, run_id: i64, segment_id: i64) -> Result<()> {
    let sql = "UPDATE retranslations SET finished_at = $2 WHERE segment_id = $1 AND finished_at IS NULL";
    txn.conn().execute_raw(statement(txn.conn(), sql, [segment_id.into(), time::now().into()])).await?;
    release(txn, run_id).await
}

/// Gives the lease of an ended run back: what else it has to translate again may be claimed by any server.
pub(crate) async fn release(txn: &Txn, run_id: i64) -> Result<()> {
    let sql = "UPDATE chapter_translations SET lease_owner = NULL, lease_expires_at = NULL,
            waiting_provider = NULL, waiting_code = NULL, waiting_until = NULL
        WHERE id = $1";
    txn.conn().execute_raw(statement(txn.conn(), sql, [run_id.into()])).await?;
    tell(txn, Notice::Queue).await
}

/// What the audit log says of cancelled retranslations, each of which has an event.
pub(crate) fn cancelled_again(events: usize) -> String {
    format!("segments to be translated again: {events}")
}
