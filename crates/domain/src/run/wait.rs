//! Rests of a run whose provider asks to slow down: told when they begin and when they end.

use super::{
    Lease, RecordedEvent, event::record, failure_of, lease::lock_held, progress_of, status_of,
    witness::Witnessed,
};
use crate::{Result, Txn, entity::run as runs, time::timestamp};
use chrono::{DateTime, SubsecRound, Utc};
use colophon_contract::{FailureCode, RunEvent, TranslationStatus, WaitingReason};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use std::time::Duration;

/// Records that a run rests for `wait`, because `provider` asks to slow down. The next attempt ends the rest, and so
/// does whatever ends or parks the run.
///
/// # Errors
/// `LeaseLost`.
pub async fn begin_wait(
    txn: &Txn,
    lease: &Lease,
    provider: &str,
    wait: Duration,
) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let until = (txn.now().await? + wait).trunc_subsecs(6);
    let mut row = run.into_active_model();
    row.waiting_provider = Set(Some(provider.to_owned()));
    row.waiting_code = Set(Some(FailureCode::ProviderRateLimited.as_str().to_owned()));
    row.waiting_until = Set(Some(until));
    let run = row.update(txn.conn()).await?;
    record_status(txn, &run).await
}

/// Whether a run rests.
pub(super) fn is_waiting(run: &runs::Model) -> bool {
    run.waiting_code.is_some()
}

/// Records that it goes on.
pub(super) async fn end_wait(txn: &Txn, run: runs::Model) -> Result<(runs::Model, Vec<RecordedEvent>)> {
    let mut row = run.into_active_model();
    forget_wait(&mut row);
    let run = row.update(txn.conn()).await?;
    let events = record_status(txn, &run).await?;
    Ok((run, events))
}

/// What a run that ends or is parked has no longer.
pub(super) fn forget_wait(row: &mut runs::ActiveModel) {
    row.waiting_provider = Set(None);
    row.waiting_code = Set(None);
    row.waiting_until = Set(None);
}

/// The reason in a run's columns. A rest that is over by the clock ends with the next attempt.
pub(super) fn waiting_reason(
    provider: Option<String>,
    code: Option<&str>,
    until: Option<DateTime<Utc>>,
) -> Option<WaitingReason> {
    let (provider, until) = (provider?, timestamp(until?));
    match failure_of(code?) {
        FailureCode::ProviderRateLimited => Some(WaitingReason::rate_limited(provider, until)),
        code => Some(WaitingReason { provider, code, detail: code.meaning().to_owned(), until: Some(until) }),
    }
}

/// An event about the run's status now. Of an ended run, whose segment is translated again, nothing is recorded: it
/// stays what its last event says.
async fn record_status(txn: &Txn, run: &runs::Model) -> Result<Vec<RecordedEvent>> {
    let status = status_of(&run.status)?;
    if status.is_ended() {
        return Ok(Vec::new());
    }
    let now = TranslationStatus {
        status,
        progress: progress_of(run),
        waiting_reason: waiting_reason(
            run.waiting_provider.clone(),
            run.waiting_code.as_deref(),
            run.waiting_until,
        ),
        made_with: None,
    };
    Ok(vec![record(txn, run.id, RunEvent::TranslationStatus(now), &Witnessed::State(run.into())).await?])
}
