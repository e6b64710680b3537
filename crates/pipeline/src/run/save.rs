//! The writes of a run's task, and their retries while the database is unavailable.
//!
//! A write that failed because the database cannot be reached is retried until it succeeds, the lease is
//! lost, or the server stops: the text of a finished segment was paid for. If a commit's answer was lost, the
//! run's events show whether it was committed.

use colophon_contract::{RunError, RunEvent};
use colophon_domain::provider::{self, Limits};
use colophon_domain::run::{self, Answer, Lease, NewAttempt, RecordedEvent, Start};
use colophon_domain::{Db, Error, Result, Txn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// First backoff; doubled after each try.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest backoff.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// One transaction of a run's task.
#[derive(Debug)]
pub(crate) enum Write<'a> {
    /// An attempt begins.
    Start { attempt: &'a NewAttempt, limits: Limits },
    /// The attempt has its whole text.
    Finish { attempt_id: i64, answer: &'a Answer },
    /// The attempt failed; `will_retry` says whether another follows.
    Fail { attempt_id: i64, answer: &'a Answer, error: &'a RunError, will_retry: bool },
    /// The run waits because of a provider's rate limit.
    BeginWait { provider: &'a str, wait: Duration },
    /// A segment fails before anything is sent.
    FailSegment { position: i32, error: &'a RunError },
    /// The run has all its text.
    CompleteRun,
    /// The run ends without all its text.
    FailRun(&'a RunError),
    /// The run ends without all its text, and no other run of its provider begins.
    FailRunAndPause { error: &'a RunError, provider: &'a str, probe_after: Duration },
    /// The run goes back into the queue.
    ParkRun,
}

/// The result of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// The write is committed.
    Done,
    /// The attempt with this id began.
    Begun(i64),
    /// Nothing was written: it is not the attempt's turn yet. Try again after this time.
    Wait(Duration),
}

/// Retries `attempt` until the database answers, or until `stop` is cancelled: then returns the last error.
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

/// Writes, with retries. `seen` is the number of the last known event of the run.
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
    let txn = db.begin_write().await?;
    if in_doubt.load(Ordering::Relaxed)
        && let Some(written) = find_written_since(&txn, lease.run_id, seen, write).await?
    {
        txn.rollback().await?;
        return Ok(written);
    }
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

/// Reads the events under the lock of the run's row. Without the lock, a commit that is still under way would
/// be missed, and the same would be written twice.
async fn find_written_since(
    txn: &Txn,
    run_id: i64,
    mut seen: i64,
    write: &Write<'_>,
) -> Result<Option<(Written, Vec<RecordedEvent>)>> {
    loop {
        let (events, read_to) = run::lock_and_list_events(txn, run_id, seen).await?;
        let found = find_written(write, events);
        if found.is_some() || read_to == seen {
            return Ok(found);
        }
        seen = read_to;
    }
}

/// Returns the result of a write if the events since show that it was committed. Only the holder of the lease
/// writes these events, except for a cancel, after which the lease is lost anyway.
fn find_written(write: &Write<'_>, events: Vec<RecordedEvent>) -> Option<(Written, Vec<RecordedEvent>)> {
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
    let recorded = events.iter().find(|recorded| is_it(recorded))?;
    let written = match &recorded.event {
        RunEvent::SegmentStart(start) => Written::Begun(start.attempt_id),
        _ => Written::Done,
    };
    Some((written, events))
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{
        Author, AuthorKind, CreateChapter, CreatePrompt, CreateWork, FailureCode, Finish, Message,
        MessageRole, SegmentError, SegmentStart,
    };
    use colophon_domain::run::{BusyProviders, Claimant};
    use colophon_domain::{Models, chapter, prompt, work};
    use colophon_test_support::{CommitProxy, Engine, TestDatabase, on_both_engines};

    fn recorded(events: Vec<RunEvent>) -> Vec<RecordedEvent> {
        (4..).zip(events).map(|(seq, event)| RecordedEvent { seq, event }).collect()
    }

    const LIMITS: Limits = Limits { max_concurrency: 1, requests_per_minute: None };

    fn new_attempt(position: i32) -> NewAttempt {
        NewAttempt {
            position,
            messages: vec![Message { role: MessageRole::User, content: "夜。".into() }],
            preceding: Vec::new(),
            prompt_version_id: None,
            instruction: None,
            author: None,
            parameter_names: std::collections::BTreeMap::new(),
            request_sha256: "0".repeat(64),
            provider: "demo".into(),
            model_requested: "demo".into(),
        }
    }

    /// Returns the lease of a claimed run of one segment.
    async fn claimed(db: &Db) -> Lease {
        let models = Models::new([colophon_domain::ModelEntry {
            id: "demo".into(),
            provider: "demo".into(),
            parameters: Vec::new(),
        }]);
        let author = Author { kind: AuthorKind::System, id: None, name: "test".into() };
        let txn = db.begin_write().await.expect("a transaction");
        let new = CreateWork {
            title: "夜".into(),
            author: String::new(),
            source_language: "ja".into(),
            target_language: "en".into(),
        };
        let work = work::create_work(&txn, &new).await.expect("a work");
        let new = CreateChapter { source_text: "夜。".into(), ..CreateChapter::default() };
        let chapter = chapter::create_chapter(&txn, work.id, &new).await.expect("a chapter");
        let new = CreatePrompt {
            name: "House style".into(),
            model: "demo".into(),
            template: "{source_text}".into(),
            parameters: serde_json::Map::new(),
            note: String::new(),
        };
        prompt::create_prompt(&txn, &author, work.id, &new, &models).await.expect("a prompt");
        let run = run::create_run(&txn, &author, work.id, chapter.id, &models, |text| vec![text]).await;
        let claimant = Claimant {
            owner: "test".into(),
            lease: Duration::from_secs(60),
            probe_every: Duration::from_secs(60),
            busy: BusyProviders::default(),
        };
        let claimed = run::claim_run(&txn, run.expect("a run").0.id, &claimant).await.expect("claims");
        txn.commit().await.expect("commits");
        claimed.expect("is free").lease
    }

    #[on_both_engines]
    async fn a_commit_that_is_still_under_way_is_waited_for(database: TestDatabase) {
        let options = colophon_domain::Options { url: database.url().to_owned(), ..Default::default() };
        let db = Db::connect(&options).await.expect("the database opens");
        let lease = claimed(&db).await;
        let attempt = new_attempt(1);
        let begin = Write::Start { attempt: &attempt, limits: LIMITS };
        let seen = run::get_replay(&db, lease.run_id, 0).await.expect("a replay").last_seq;

        // The server's connection broke during its commit, and the database has not committed yet.
        let txn = db.begin_write().await.expect("a transaction");
        let (first, _) = apply(&txn, &lease, &begin).await.expect("begun");
        let commit = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            txn.commit().await.expect("commits");
        };
        let in_doubt = AtomicBool::new(true);
        let (again, ()) = tokio::join!(save_once(&db, &lease, seen, &begin, &in_doubt), commit);
        let (written, events) = again.expect("saved");
        assert_eq!((written, events.len()), (first, 1));
        let replay = run::get_replay(&db, lease.run_id, seen).await.expect("a replay");
        assert_eq!(replay.events, events, "one attempt, and one event that tells of it");
    }

    #[test]
    fn what_was_committed_without_an_answer_is_not_written_again() {
        colophon_test_support::run(Engine::Postgres, |database: TestDatabase| async move {
            let proxy = CommitProxy::start(&database).await;
            let options = colophon_domain::Options { url: proxy.url().to_owned(), ..Default::default() };
            let db = Db::connect(&options).await.expect("the database opens");
            let lease = claimed(&db).await;
            let mut seen = run::get_replay(&db, lease.run_id, 0).await.expect("a replay").last_seq;
            let mut events = async |write: &Write<'_>| {
                let lost = proxy.lost();
                proxy.lose_next_answer();
                let stop = CancellationToken::new();
                let (written, events) = save(&db, &lease, seen, write, &stop).await.expect("saved");
                assert_eq!(proxy.lost(), lost + 1, "{write:?}");
                let replay = run::get_replay(&db, lease.run_id, seen).await.expect("a replay");
                assert_eq!(replay.events, events, "written once, and told: {write:?}");
                seen = replay.last_seq;
                (written, events.iter().map(|recorded| recorded.event.name()).collect::<Vec<_>>())
            };
            let attempt = new_attempt(1);
            let begin = Write::Start { attempt: &attempt, limits: LIMITS };
            let error = RunError { code: FailureCode::ProviderError, detail: "busy".into() };
            let answer = Answer { text: "Night.".into(), finish: Some(Finish::Done), ..Answer::default() };

            let (Written::Begun(attempt_id), told) = events(&begin).await else { panic!("it begins") };
            assert_eq!(told, ["segment-start"]);
            let fail = Write::Fail { attempt_id, answer: &answer, error: &error, will_retry: true };
            assert_eq!(events(&fail).await, (Written::Done, vec!["segment-error"]));
            let wait = Write::BeginWait { provider: "demo", wait: Duration::from_secs(60) };
            assert_eq!(events(&wait).await, (Written::Done, vec!["translation-status"]));
            let (Written::Begun(attempt_id), told) = events(&begin).await else { panic!("it begins") };
            assert_eq!(told, ["translation-status", "segment-start"], "the wait ends");
            let finish = Write::Finish { attempt_id, answer: &answer };
            assert_eq!(events(&finish).await, (Written::Done, vec!["segment-complete"]));
            assert_eq!(events(&Write::CompleteRun).await, (Written::Done, vec!["translation-complete"]));
        });
    }

    #[test]
    fn a_commit_whose_answer_was_lost_is_found_by_its_event() {
        let attempt = new_attempt(2);
        let start = RunEvent::SegmentStart(SegmentStart { position: 2, attempt_id: 9, made_with: None });
        let begin = Write::Start { attempt: &attempt, limits: LIMITS };
        let (written, events) = find_written(&begin, recorded(vec![start.clone()])).expect("found");
        assert_eq!((written, events.len(), events[0].seq), (Written::Begun(9), 1, 4));
        assert!(find_written(&begin, recorded(Vec::new())).is_none());

        let answer = Answer::default();
        let finish = Write::Finish { attempt_id: 9, answer: &answer };
        assert!(find_written(&finish, recorded(vec![start])).is_none());
        let failed = RunEvent::SegmentError(SegmentError {
            position: 2,
            attempt_id: Some(9),
            code: FailureCode::EmptyAnswer,
            detail: String::new(),
            will_retry: false,
        });
        assert!(find_written(&finish, recorded(vec![failed.clone()])).is_none());
        let error = RunError { code: FailureCode::EmptyAnswer, detail: String::new() };
        let fail = |attempt_id| Write::Fail { attempt_id, answer: &answer, error: &error, will_retry: true };
        assert!(find_written(&fail(9), recorded(vec![failed.clone()])).is_some());
        assert!(find_written(&fail(8), recorded(vec![failed])).is_none());
    }
}
