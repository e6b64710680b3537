//! A provider that asks to slow down is waited for.

use crate::stage::{CHAPTER, Scene, Stage, actor, options, read_all};
use chrono::{DateTime, TimeDelta, Utc};
use colophon_contract::{FailureCode, RetranslateSegment, Run, RunEvent, RunStatus, TranslationStatus};
use colophon_pipeline::{Options, Runner};
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use serde_json::json;

const TEMPLATE: &str = "{source_text}";

fn slow_down() -> Script {
    Script::json(429, &json!({"error": {"code": "rate_limit_exceeded", "message": "Slow down, please."}}))
}

async fn begin(stage: &Stage, runner: &Runner, source: &str) -> (Scene, Run) {
    let scene = stage.scene(runner.models(), "fake/good", TEMPLATE, source).await;
    let run = stage.start(runner, scene).await;
    (scene, run)
}

/// The events of a run about its status.
async fn statuses(stage: &Stage, run_id: i64) -> Vec<TranslationStatus> {
    let events = colophon_domain::run::get_replay(&stage.db, run_id, 0).await.expect("a replay").events;
    let status = |recorded: colophon_domain::run::RecordedEvent| match recorded.event {
        RunEvent::TranslationStatus(status) => Some(status),
        _ => None,
    };
    events.into_iter().filter_map(status).collect()
}

/// Checks that a wait of so many seconds which began between `since` and now ends at `end`, a time in whole
/// seconds.
fn assert_ends_a_wait(end: &str, since: DateTime<Utc>, seconds: i64) {
    let end = DateTime::parse_from_rfc3339(end).expect("a time").to_utc();
    let (wait, second) = (TimeDelta::seconds(seconds), TimeDelta::seconds(1));
    assert!(since + wait - second <= end && end <= Utc::now() + wait + second, "{since}: {end}");
}

#[on_both_engines]
async fn a_wait_is_shown_with_its_end_and_a_cancel_ends_it(stage: Stage) {
    let runner = stage.runner().await;
    // Nobody here waits that long.
    stage.fake.script(slow_down().header("Retry-After", "600"));
    let begun_at = Utc::now();
    let (_, run) = begin(&stage, &runner, CHAPTER).await;
    let waiting = stage.until(run.id, |run| run.waiting_reason.is_some()).await;
    let reason = waiting.waiting_reason.expect("a reason");
    assert_eq!((waiting.status, reason.code), (RunStatus::Running, FailureCode::ProviderRateLimited));
    assert_eq!(reason.provider, "fake");
    let until = reason.until.expect("an end");
    assert_ends_a_wait(&until.0, begun_at, 600);
    assert!(
        reason.detail.contains("requests_per_minute") && reason.detail.contains(&until.0),
        "{}",
        reason.detail
    );
    let told = statuses(&stage, run.id).await;
    let last = told.last().expect("told");
    assert_eq!(last.waiting_reason.as_ref().and_then(|reason| reason.until.as_ref()), Some(&until));
    assert_eq!(stage.verify(run.id).await.mismatch, None, "while it waits");

    runner.cancel(&actor(), run.id).await.expect("cancelled");
    let ended = stage.ended(run.id).await;
    assert_eq!((ended.status, ended.waiting_reason), (RunStatus::Cancelled, None));
    assert_eq!(stage.fake.total(), 1);
}

#[on_both_engines]
async fn the_end_of_a_wait_is_told_and_the_run_goes_on(stage: Stage) {
    let runner = stage.runner().await;
    stage.fake.script(slow_down().header("Retry-After", "2.2"));
    let (_, run) = begin(&stage, &runner, CHAPTER).await;
    stage.until(run.id, |run| run.waiting_reason.is_some()).await;
    let ended = stage.ended(run.id).await;
    assert_eq!((ended.status, ended.waiting_reason, stage.fake.total()), (RunStatus::Completed, None, 4));
    let told: Vec<bool> =
        statuses(&stage, run.id).await.iter().map(|told| told.waiting_reason.is_some()).collect();
    assert_eq!(told, [false, false, true, false], "queued, running, waiting, running again");
    let events = read_all(&runner, run.id, None).await;
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationComplete(_)))), "{events:?}");
}

#[on_both_engines]
async fn a_segment_that_is_translated_again_says_until_when_it_waits(stage: Stage) {
    let runner = stage.runner().await;
    let (_, run) = begin(&stage, &runner, CHAPTER).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    stage.fake.script(slow_down().header("Retry-After", "600"));
    let base = stage.segments(run.id).await[1].attempt.as_ref().map(|attempt| attempt.id);
    let request = RetranslateSegment { instruction: None, base_attempt_id: base, version: None };
    let begun_at = Utc::now();
    stage.retranslate(&runner, (run.id, 2), &request).await.expect("asked for");
    stage.until(run.id, |run| run.waiting_reason.is_some()).await;
    let segments = stage.segments(run.id).await;
    let reason =
        segments[1].retranslation.as_ref().and_then(|it| it.waiting_reason.clone()).expect("a reason");
    assert_eq!((reason.code, &*reason.provider), (FailureCode::ProviderRateLimited, "fake"));
    let until = reason.until.expect("an end");
    assert_ends_a_wait(&until.0, begun_at, 600);
    assert!(segments[0].retranslation.is_none());
    let events = colophon_domain::run::get_replay(&stage.db, run.id, 0).await.expect("a replay").events;
    let Some(RunEvent::SegmentError(told)) = events.last().map(|recorded| &recorded.event) else {
        panic!("{events:?}")
    };
    let (_, time) = told.detail.rsplit_once(" It is asked again at ").expect("a time");
    assert!(told.will_retry, "{}", told.detail);
    assert_ends_a_wait(time.trim_end_matches('.'), begun_at, 600);
    runner.cancel(&actor(), run.id).await.expect("cancelled");
    assert_eq!(stage.settled(run.id, 2).await.retranslation, None);
    assert_eq!(stage.run(run.id).await.waiting_reason, None);

    // Nor is one asked of a paused provider.
    let txn = stage.db.begin_write().await.expect("a transaction");
    let hour = std::time::Duration::from_secs(3600);
    colophon_domain::provider::pause_provider(&txn, "fake", FailureCode::ProviderQuota, hour)
        .await
        .expect("paused");
    txn.commit().await.expect("commits");
    let segment = stage.retranslate(&runner, (run.id, 2), &request).await.expect("asked for");
    let reason = segment.retranslation.and_then(|it| it.waiting_reason).expect("a reason");
    assert_eq!((reason.code, reason.until), (FailureCode::ProviderQuota, None));
    runner.cancel(&actor(), run.id).await.expect("cancelled");
}

#[on_both_engines]
async fn rate_limits_are_no_failed_tries(stage: Stage) {
    let runner = stage.runner().await;
    let in_stream = Script::deltas("good", "Nig", 1)
        .then_send(format!("data: {}\n\n", json!({"error": {"code": 429, "message": "slow down"}})));
    stage.fake.script(slow_down().header("Retry-After", "0").times(4));
    stage.fake.script(Script::json(503, &json!({"error": {"code": "slow_down"}})).times(3));
    stage.fake.script(in_stream.times(2));
    stage.fake.script(Script::status(500).times(3));
    let (_, run) = begin(&stage, &runner, "夜でした。\n").await;
    let ended = stage.ended(run.id).await;
    assert_eq!((ended.status, &ended.error), (RunStatus::Completed, &None));
    assert_eq!(stage.attempts("a.id", run.id).await.len(), 13, "each is an attempt");
}

#[on_both_engines]
async fn a_limit_of_a_day_fails_the_run_at_once_and_names_its_end(stage: Stage) {
    let runner = stage.runner().await;
    stage.fake.script(slow_down().header("Retry-After", "86400"));
    let (scene, run) = begin(&stage, &runner, CHAPTER).await;
    let ended = stage.ended(run.id).await;
    let error = ended.error.expect("an error");
    assert_eq!((ended.status, error.code), (RunStatus::Failed, FailureCode::ProviderRateLimited));
    let tomorrow = (chrono::Utc::now() + chrono::Duration::hours(24)).format("%Y-%m-%dT").to_string();
    assert!(error.detail.contains(&tomorrow), "{}", error.detail);
    assert_eq!((stage.fake.total(), ended.progress.done), (1, 0));
    assert!(runner.list_providers().await.expect("listed").iter().all(|provider| provider.paused.is_none()));
    // It can be resumed, and another run begins.
    stage.resume(&runner, run.id).await.expect("resumed");
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    let next = stage.start(&runner, scene).await;
    assert_eq!(stage.ended(next.id).await.status, RunStatus::Completed);
}

#[on_both_engines]
async fn patience_has_an_end(stage: Stage) {
    let runner = stage.runner_with(Options { rate_limit_s: 1, ..options() }).await;
    stage.fake.script(slow_down().header("Retry-After", "0").times(None));
    let (_, run) = begin(&stage, &runner, CHAPTER).await;
    let ended = stage.ended(run.id).await;
    let error = ended.error.expect("an error");
    assert_eq!((ended.status, error.code), (RunStatus::Failed, FailureCode::ProviderRateLimited));
    assert!(error.detail.contains("requests_per_minute"), "{}", error.detail);
    assert!((4..200).contains(&stage.fake.total()), "{}", stage.fake.total());
}

#[on_both_engines]
async fn a_restart_goes_on_with_a_run_that_waited(stage: Stage) {
    let server = stage.server(options()).await;
    stage.fake.script(slow_down().header("Retry-After", "600"));
    let (_, run) = begin(&stage, &server.runner, CHAPTER).await;
    stage.until(run.id, |run| run.waiting_reason.is_some()).await;
    server.runner.stop().await;
    let parked = stage.run(run.id).await;
    assert_eq!((parked.status, parked.waiting_reason), (RunStatus::Queued, None));
    let again = stage.runner().await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    again.stop().await;
}
