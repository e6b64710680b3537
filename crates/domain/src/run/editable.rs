//! Locks segments that a person may change now.

use crate::{
    Error, Result, Txn, chapter,
    entity::{run as runs, segment as segments},
    run::{
        read::segment::get,
        row::{
            retranslation::is_open,
            run::{Place, get_place, lock},
            segment::get_row,
        },
    },
    stored::status_of,
};
use colophon_contract::SegmentStatus;

/// Locks a run and returns it with a segment that a person may change now. The locks last until the
/// transaction ends and are taken in the same order as in `create_run`.
pub(crate) async fn lock_editable(
    txn: &Txn,
    run_id: i64,
    position: i32,
    base_attempt_id: Option<i64>,
) -> Result<(runs::Model, segments::Model)> {
    let Place { work_id, chapter_id, .. } = get_place(txn, run_id).await?;
    chapter::lock(txn, work_id, chapter_id).await?;
    let run = lock(txn, run_id).await?;
    let segment = get_row(txn, run_id, position).await?;
    if segment.status == SegmentStatus::Blank.as_str() {
        return Err(Error::SegmentBlank);
    }
    let waits = segment.current_attempt_id.is_none() && !status_of(&run.status)?.is_ended();
    if waits || is_open(txn, segment.id).await? {
        return Err(Error::TranslationInProgress);
    }
    if segment.current_attempt_id != base_attempt_id {
        let present = get(txn.conn(), run_id, position).await?.into();
        return Err(Error::StaleBaseAttempt(present));
    }
    Ok((run, segment))
}
