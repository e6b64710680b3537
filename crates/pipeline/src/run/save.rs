//! What a run's task writes, and how it bears with a database that is away for a while.
//!
//! A write that failed because the database cannot be reached is tried again until it works, the lease is
//! lost, or the server stops: the text of a finished segment was paid for. Where a commit's answer was lost,
//! the events tell whether it had been done.

use colophon_contract::{RunError, RunEvent};
use colophon_domain::provider::{self, Limits};
use colophon_domain::run::{self, Answer, Lease, NewAttempt, RecordedEvent, Replay, Start};
use colophon_domain::{Db, Error, Result, Txn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between the first tries, doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Between later ones.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// One transaction of a run's task.
#[derive(Debug)]
pub(crate) enum Write<'a> {
    /// An attempt begins.
    Start { attempt: &'a NewAttempt, limits: Limits },
    /// It has its whole text.
    Finish { attempt_id: i64, answer: &'a Answer },
    /// It has none; whether another follows.
    Fail { attempt_id: i64, answer: &'a Answer, error: &'a RunError, will_retry: bool },
    /// The run rests, because a provider asks to slow down.
    BeginWait { provider: &'a str, wait: Duration },
    /// A segment fails before anything is sent.
    FailSegment { position: i32, error: &'a RunError },
    /// The run has all its text.
    CompleteRun,
    /// The run ends without.
    FailRun(&'a RunError),
    /// The same, and no other run of its provider begins.
    FailRunAndPause { error: &'a RunError, provider: &'a str, probe_after: Duration },
    /// The run goes back into the queue.
    ParkRun,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is done.
    Done,
    /// The attempt of this id began.
    Begun(i64),
    /// Nothing was written: it is not the attempt's turn yet.
    Wait(Duration),
}

/// Tries until the database answers, or `stop` is cancelled: then the last error is the result.
pub(crate) async fn patiently<T, F>(stop: &CancellationToken, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut wait = FIRST_WAIT;
    loop {
        let error = match attempt().await {
            Err(error @ Error::DatabaseUnavailable(_)) => error,
            result => return result,
        };
        tracing::warn!(%error, retry_in_ms = wait.as_millis(), "the database cannot be used");
        tokio::select! {
            () = stop.cancelled() => return Err(error),
            () = tokio::time::sleep(wait) => wait = LONGEST_WAIT.min(wait * 2),
        }
    }
}

/// Writes patiently. `seen` is the last event known of the run.
pub(crate) async fn save(
    db: &Db,
    lease: &Lease,
    seen: i64,
    write: &Write<'_>,
    stop: &CancellationToken,
) -> Result<(Written, Vec<RecordedEvent>)> {
    let in_doubt = AtomicBool::new(false);
    patiently(stop, || save_once(db, lease, seen, write, &in_doubt)).await
}

async fn save_once(
    db: &Db,
    lease: &Lease,
    seen: i64,
    write: &Write<'_>,
    in_doubt: &AtomicBool,
) -> Result<(Written, Vec<RecordedEvent>)> {
    if in_doubt.load(Ordering::Relaxed) {
        let mut seen = seen;
        loop {
            let replay = run::get_replay(db, lease.run_id, seen).await?;
            let is_whole = replay.is_whole();
            seen = replay.read_to;
            if let Some(written) = find_written(write, replay) {
                return Ok(written);
            }
            if is_whole {
                break;
            }
        }
    }
    let txn = db.begin_write().await?;
    let written = apply(&txn, lease, write).await?;
    if matches!(written.0, Written::Wait(_)) {
        txn.rollback().await?;
        return Ok(written);
    }
    in_doubt.store(true, Ordering::Relaxed);
    txn.commit().await?;
    Ok(written)
}

async fn apply(txn: &Txn, lease: &Lease, write: &Write<'_>) -> Result<(Written, Vec<RecordedEvent>)> {
    let events = match write {
        Write::Start { attempt, limits } => {
            return Ok(match run::start_attempt(txn, lease, attempt, *limits).await? {
                Start::Begun { attempt_id, events } => (Written::Begun(attempt_id), events),
                Start::Wait(wait) => (Written::Wait(wait), Vec::new()),
            });
        }
        Write::Finish { attempt_id, answer } => run::finish_attempt(txn, lease, *attempt_id, answer).await?,
        Write::Fail { attempt_id, answer, error, will_retry } => {
            run::fail_attempt(txn, lease, *attempt_id, answer, error, *will_retry).await?
        }
        Write::BeginWait { provider, wait } => run::begin_wait(txn, lease, provider, *wait).await?,
        Write::FailSegment { position, error } => run::fail_segment(txn, lease, *position, error).await?,
        Write::CompleteRun => run::complete_run(txn, lease).await?,
        Write::FailRun(error) => run::fail_run(txn, lease, error).await?,
        Write::FailRunAndPause { error, provider, probe_after } => {
            let events = run::fail_run(txn, lease, error).await?;
            provider::pause_provider(txn, provider, error.code, *probe_after).await?;
            events
        }
        Write::ParkRun => run::park_run(txn, lease).await?,
    };
    Ok((Written::Done, events))
}

/// Whether the events since tell that a write was committed after all. Only the holder of the lease writes
/// them, apart from a cancel, after which the lease is lost anyway.
fn find_written(write: &Write<'_>, replay: Replay) -> Option<(Written, Vec<RecordedEvent>)> {
    let is_it = |recorded: &RecordedEvent| match (write, &recorded.event) {
        (Write::Start { attempt, .. }, RunEvent::SegmentStart(start)) => start.position == attempt.position,
        (Write::Finish { attempt_id, .. }, RunEvent::SegmentComplete(done)) => done.attempt_id == *attempt_id,
        (Write::Fail { attempt_id, .. }, RunEvent::SegmentError(failed)) => {
            failed.attempt_id == Some(*attempt_id)
        }
        (Write::FailSegment { position, .. }, RunEvent::SegmentError(failed)) => failed.position == *position,
        (Write::CompleteRun, RunEvent::TranslationComplete(_))
        | (Write::FailRun(_) | Write::FailRunAndPause { .. }, RunEvent::TranslationError(_))
        | (Write::ParkRun, RunEvent::TranslationStatus(_)) => true,
        (Write::BeginWait { .. }, RunEvent::TranslationStatus(now)) => now.waiting_reason.is_some(),
        _ => false,
    };
    let recorded = replay.events.iter().find(|recorded| is_it(recorded))?;
    let written = match &recorded.event {
        RunEvent::SegmentStart(start) => Written::Begun(start.attempt_id),
        _ => Written::Done,
    };
    Some((written, replay.events))
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{FailureCode, RunStatus, SegmentError, SegmentStart};

    fn replay(events: Vec<RunEvent>) -> Replay {
        let events: Vec<_> = (4..).zip(events).map(|(seq, event)| RecordedEvent { seq, event }).collect();
        Replay { status: RunStatus::Running, ended: false, read_to: 3, last_seq: 3, events, running: None }
    }

    #[test]
    fn a_commit_whose_answer_was_lost_is_found_by_its_event() {
        let attempt = NewAttempt {
            position: 2,
            messages: Vec::new(),
            preceding: Vec::new(),
            prompt_version_id: None,
            instruction: None,
            author: None,
            parameter_names: std::collections::BTreeMap::new(),
            request_sha256: String::new(),
            provider: String::new(),
            model_requested: String::new(),
        };
        let start = RunEvent::SegmentStart(SegmentStart { position: 2, attempt_id: 9, made_with: None });
        let begin = Write::Start {
            attempt: &attempt,
            limits: Limits { max_concurrency: 1, requests_per_minute: None },
        };
        let (written, events) = find_written(&begin, replay(vec![start.clone()])).expect("found");
        assert_eq!((written, events.len(), events[0].seq), (Written::Begun(9), 1, 4));
        assert!(find_written(&begin, replay(Vec::new())).is_none());

        let answer = Answer::default();
        let finish = Write::Finish { attempt_id: 9, answer: &answer };
        assert!(find_written(&finish, replay(vec![start])).is_none());
        let failed = RunEvent::SegmentError(SegmentError {
            position: 2,
            attempt_id: Some(9),
            code: FailureCode::EmptyAnswer,
            detail: String::new(),
            will_retry: false,
        });
        assert!(find_written(&finish, replay(vec![failed.clone()])).is_none());
        let error = RunError { code: FailureCode::EmptyAnswer, detail: String::new() };
        let fail = |attempt_id| Write::Fail { attempt_id, answer: &answer, error: &error, will_retry: true };
        assert!(find_written(&fail(9), replay(vec![failed.clone()])).is_some());
        assert!(find_written(&fail(8), replay(vec![failed])).is_none());
    }
}
