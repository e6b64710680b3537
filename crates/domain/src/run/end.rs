//! Ends runs: as completed, failed or cancelled; or parks them, so that they can continue later.

use crate::{
    Error, Result, Txn, audit,
    db::statement,
    entity::run as runs,
    run::{
        read::run::get,
        row::{
            attempt::stop_attempts,
            event::{RecordedEvent, find_head, record},
            retranslation::{cancelled_again, has_open, release},
            run::{Lease, Place, about_run, audit_end, because, get_place, lock, lock_held, progress_of},
            wait::forget_wait,
            witness::Witnessed,
        },
    },
    stored::status_of,
    text, time,
};
use colophon_contract::{
    AuditAction, FailureCode, Run, RunError, RunEvent, RunStatus, SegmentError, SegmentStatus,
    TranslationComplete, TranslationError, TranslationStatus,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, IntoActiveModel};

/// Ends a run as completed.
///
/// # Errors
/// `LeaseLost`; internal if a segment has no text, which the database refuses too.
pub async fn complete_run(txn: &Txn, lease: &Lease) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let progress = progress_of(&run);
    if progress.done != progress.total {
        return Err(Error::internal("a run without all its text called complete"));
    }
    let row = end(txn, run, RunStatus::Completed, None).await?;
    let event = RunEvent::TranslationComplete(TranslationComplete { progress });
    let event = record(txn, lease.run_id, event, &row).await?;
    audit_end(txn, lease.run_id, RunStatus::Completed).await?;
    Ok(vec![event])
}

/// Ends a run as failed; finished segments are kept.
///
/// # Errors
/// `LeaseLost`.
pub async fn fail_run(txn: &Txn, lease: &Lease, error: &RunError) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    fail(txn, run, RunStatus::Failed, error, SegmentStatus::Failed).await
}

/// Puts a running run, or the retranslation of an ended run, back into the queue when a server stops
/// normally. The attempt under way fails as `interrupted`.
///
/// # Errors
/// `LeaseLost`.
pub async fn park_run(txn: &Txn, lease: &Lease) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let run_id = run.id;
    let error = because(FailureCode::Interrupted);
    let mut events = stop_attempts(txn, run_id, &error, SegmentStatus::Pending, true).await?;
    if status_of(&run.status)?.is_ended() {
        release(txn, run_id).await?;
        return Ok(events);
    }
    let queued = TranslationStatus {
        status: RunStatus::Queued,
        progress: progress_of(&run),
        waiting_reason: None,
        made_with: None,
    };
    let mut row = run.into_active_model();
    row.status = Set(RunStatus::Queued.as_str().to_owned());
    forget_wait(&mut row);
    row.lease_owner = Set(None);
    row.lease_expires_at = Set(None);
    let row = Witnessed::State((&row.update(txn.conn()).await?).into());
    events.push(record(txn, run_id, RunEvent::TranslationStatus(queued), &row).await?);
    Ok(events)
}

/// Cancels a queued or running run at once, or all open retranslations of an ended run. The runner's lease is
/// lost.
///
/// # Errors
/// Not found; `TranslationEnded` if the run has ended and has no open retranslation.
pub async fn cancel_run(txn: &Txn, run_id: i64) -> Result<(Run, Vec<RecordedEvent>)> {
    let run = lock(txn, run_id).await?;
    let Place { work_id, number, title, .. } = get_place(txn, run_id).await?;
    let entry = about_run(AuditAction::RunCancelled, work_id, run_id, (number, &title));
    if status_of(&run.status)?.is_ended() {
        if !has_open(txn, run_id).await? {
            return Err(Error::TranslationEnded);
        }
        let events = cancel_retranslations(txn, run_id).await?;
        let entry = entry.saying(cancelled_again(events.len()));
        audit::record(txn, entry.at(find_head(txn, run_id)?)).await?;
        return Ok((get(txn.conn(), run_id).await?, events));
    }
    let error = because(FailureCode::Cancelled);
    let events = fail(txn, run, RunStatus::Cancelled, &error, SegmentStatus::Pending).await?;
    audit::record(txn, entry.at(find_head(txn, run_id)?)).await?;
    Ok((get(txn.conn(), run_id).await?, events))
}

/// Ends a run as failed or cancelled, and its attempts under way, which leave their segments in `status`.
async fn fail(
    txn: &Txn,
    run: runs::Model,
    ended: RunStatus,
    error: &RunError,
    status: SegmentStatus,
) -> Result<Vec<RecordedEvent>> {
    let run_id = run.id;
    let mut events = stop_attempts(txn, run_id, error, status, false).await?;
    let progress = progress_of(&run);
    let row = end(txn, run, ended, Some(error)).await?;
    let event = TranslationError { status: ended, code: error.code, detail: error.detail.clone(), progress };
    events.push(record(txn, run_id, RunEvent::TranslationError(event), &row).await?);
    audit_end(txn, run_id, ended).await?;
    Ok(events)
}

/// Ends a run, and returns its new state for the run's last event.
async fn end(txn: &Txn, run: runs::Model, status: RunStatus, error: Option<&RunError>) -> Result<Witnessed> {
    let now = time::now();
    let mut row = run.into_active_model();
    row.status = Set(status.as_str().to_owned());
    row.error_code = Set(error.map(|error| error.code.as_str().to_owned()));
    row.error_detail = Set(error.map(|error| text::replace_nul(&error.detail).into_owned()));
    if status == RunStatus::Cancelled {
        row.cancel_requested_at = Set(Some(now));
    }
    forget_wait(&mut row);
    row.lease_owner = Set(None);
    row.lease_expires_at = Set(None);
    row.finished_at = Set(Some(now));
    Ok(Witnessed::State((&row.update(txn.conn()).await?).into()))
}

/// Cancels all open retranslations of a run, waiting or under way. A runner that works on one loses its
/// lease. The caller holds the lock of the run's row.
async fn cancel_retranslations(txn: &Txn, run_id: i64) -> Result<Vec<RecordedEvent>> {
    let conn = txn.conn();
    let error = because(FailureCode::Cancelled);
    let mut events = stop_attempts(txn, run_id, &error, SegmentStatus::Pending, false).await?;
    let sql = "UPDATE retranslations SET finished_at = $2 WHERE run_id = $1 AND finished_at IS NULL
        RETURNING (SELECT position FROM translation_segments s WHERE s.id = segment_id)";
    for row in conn.query_all_raw(statement(conn, sql, [run_id.into(), time::now().into()])).await? {
        let position: i32 = row.try_get_by_index(0)?;
        let is_told =
            |told: &RecordedEvent| matches!(&told.event, RunEvent::SegmentError(e) if e.position == position);
        if events.iter().any(is_told) {
            continue;
        }
        let event = SegmentError {
            position,
            attempt_id: None,
            code: error.code,
            detail: error.detail.clone(),
            will_retry: false,
        };
        events.push(record(txn, run_id, RunEvent::SegmentError(event), &Witnessed::Nothing).await?);
    }
    release(txn, run_id).await?;
    Ok(events)
}
