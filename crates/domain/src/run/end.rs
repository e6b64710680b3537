//! How runs end: with all their text, without, by a person, or parked to go on later.

use super::{
    Lease, RecordedEvent,
    attempt::stop_attempts,
    chain::find_head,
    create::about,
    event::record,
    get::get,
    lease::{lock, lock_held},
    progress_of,
    resume::{Place, get_place},
    retranslate, status_of,
    wait::forget_wait,
    witness::Witnessed,
};
use crate::{Error, Result, Txn, audit, entity::run as runs, text, time};
use colophon_contract::{
    AuditAction, FailureCode, Run, RunError, RunEvent, RunStatus, SegmentStatus, TranslationComplete,
    TranslationError, TranslationStatus,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

/// Ends the run with all its text.
///
/// # Errors
/// `LeaseLost`; internal while a segment lacks its text: the database refuses too.
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

/// Ends the run without all its text; finished segments are kept.
///
/// # Errors
/// `LeaseLost`.
pub async fn fail_run(txn: &Txn, lease: &Lease, error: &RunError) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    fail(txn, run, RunStatus::Failed, error, SegmentStatus::Failed).await
}

/// Puts a running run, or the segment of an ended one, back into the queue, on a normal stop; the attempt under way is `interrupted`.
///
/// # Errors
/// `LeaseLost`.
pub async fn park_run(txn: &Txn, lease: &Lease) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let run_id = run.id;
    let error = because(FailureCode::Interrupted);
    let mut events = stop_attempts(txn, run_id, &error, SegmentStatus::Pending, true).await?;
    if status_of(&run.status)?.is_ended() {
        retranslate::release(txn, run_id).await?;
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

/// Cancels a queued or running run at once, or what an ended one has of segments to translate again. Its runner, wherever it is, finds its lease lost.
///
/// # Errors
/// Not found; `TranslationEnded`.
pub async fn cancel_run(txn: &Txn, run_id: i64) -> Result<(Run, Vec<RecordedEvent>)> {
    let run = lock(txn, run_id).await?;
    let Place { work_id, number, title, .. } = get_place(txn, run_id).await?;
    let entry = about(AuditAction::RunCancelled, work_id, run_id, (number, &title));
    if status_of(&run.status)?.is_ended() {
        if !retranslate::has_open(txn, run_id).await? {
            return Err(Error::TranslationEnded);
        }
        let events = retranslate::cancel(txn, run_id).await?;
        let entry = entry.saying(cancelled_again(events.len()));
        audit::record(txn, entry.at(find_head(txn, run_id)?)).await?;
        return Ok((get(txn.conn(), run_id).await?, events));
    }
    let error = because(FailureCode::Cancelled);
    let events = fail(txn, run, RunStatus::Cancelled, &error, SegmentStatus::Pending).await?;
    audit::record(txn, entry.at(find_head(txn, run_id)?)).await?;
    Ok((get(txn.conn(), run_id).await?, events))
}

pub(super) fn because(code: FailureCode) -> RunError {
    RunError { code, detail: code.meaning().to_owned() }
}

/// Ends a run without all its text, and its attempts under way, which leave their segments in `status`.
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

/// Writes into the audit log that a run ended, how, and where its chain ended then: right after the event that says so.
pub(super) async fn audit_end(txn: &Txn, run_id: i64, status: RunStatus) -> Result<()> {
    let Place { work_id, number, title, .. } = get_place(txn, run_id).await?;
    let entry = about(AuditAction::RunEnded, work_id, run_id, (number, &title));
    audit::record(txn, entry.saying(status.as_str()).at(find_head(txn, run_id)?)).await
}

/// What the audit log says of cancelled retranslations, each of which has an event.
pub(super) fn cancelled_again(events: usize) -> String {
    format!("segments to be translated again: {events}")
}

/// Answers with what the run's last event witnesses.
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
