//! Reasons why a run waits: its provider has asked it to slow down, or the provider is paused.

use crate::{
    Result, Txn,
    entity::run as runs,
    run::row::{
        event::{RecordedEvent, record},
        run::progress_of,
        witness::Witnessed,
    },
    stored::{failure_of, status_of},
    time::timestamp,
};
use chrono::{DateTime, Utc};
use colophon_contract::{FailureCode, ProviderPause, RunEvent, TranslationStatus, WaitingReason};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel, prelude::DateTimeUtc};

/// Checks whether a run waits because its provider has asked it to slow down.
pub(crate) fn is_waiting(run: &runs::Model) -> bool {
    run.waiting_code.is_some()
}

/// Records that the wait is over.
pub(crate) async fn end_wait(txn: &Txn, run: runs::Model) -> Result<(runs::Model, Vec<RecordedEvent>)> {
    let mut row = run.into_active_model();
    forget_wait(&mut row);
    let run = row.update(txn.conn()).await?;
    let events = record_status(txn, &run).await?;
    Ok((run, events))
}

/// Clears the wait columns of a run.
pub(crate) fn forget_wait(row: &mut runs::ActiveModel) {
    row.waiting_provider = Set(None);
    row.waiting_code = Set(None);
    row.waiting_until = Set(None);
}

/// Returns the waiting reason in a run's columns. A wait whose time is over ends only with the next attempt.
pub(crate) fn waiting_reason(
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

/// Records an event about the run's current status. Records nothing for an ended run with a retranslation:
/// its status is still the one in its last event.
pub(crate) async fn record_status(txn: &Txn, run: &runs::Model) -> Result<Vec<RecordedEvent>> {
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

pub(crate) fn paused(
    provider: Option<String>,
    code: Option<String>,
    since: Option<DateTimeUtc>,
) -> Option<WaitingReason> {
    let provider = provider?;
    let pause = ProviderPause::new(&provider, failure_of(&code?), timestamp(since?));
    Some(WaitingReason::paused(provider, pause))
}
