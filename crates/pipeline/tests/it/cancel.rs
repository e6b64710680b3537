use crate::stage::{CHAPTER, Stage, read, read_all, statuses};
use colophon_contract::{FailureCode, RunEvent, RunStatus, SegmentStatus};
use colophon_domain::{Actor, Error};
use colophon_provider::fake::{Pace, Script};
use colophon_test_support::on_both_engines;
use std::time::Duration;

#[on_both_engines]
async fn a_cancel_in_mid_stream_stops_at_once(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::deltas("good", &"two ".repeat(200), 1).paced(Duration::from_millis(20)));
    let run = stage.start(&runner, scene).await;
    stage.until(run.id, |run| run.progress.done == 1).await;
    stage.until_checkpoint(run.id).await;
    let reader = read_all(&runner, run.id, None);
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        runner.cancel(&Actor::system("test"), run.id).await.expect("cancelled")
    };
    let (events, run) = tokio::join!(reader, cancel);
    assert_eq!(run.status, RunStatus::Cancelled);
    match &events.last().expect("events").1 {
        RunEvent::TranslationError(end) => {
            assert_eq!((end.status, end.code), (RunStatus::Cancelled, FailureCode::Cancelled));
        }
        other => panic!("not the end: {other:?}"),
    }
    let told = |event: &RunEvent| matches!(event, RunEvent::SegmentError(e) if e.code == FailureCode::Cancelled && !e.will_retry);
    assert!(events.iter().any(|(_, event)| told(event)), "the attempt's readers drop its text");
    stage.until_provider_is_idle().await;
    let segments = stage.segments(run.id).await;
    assert_eq!(segments[0].text.as_deref(), Some("One."));
    assert!(segments[1].text.is_none() && segments[2].status == SegmentStatus::Pending);
    let codes = stage.attempts("a.error_code", run.id).await;
    let code: Option<String> = codes[1].try_get("", "error_code").expect("code");
    assert_eq!(code.as_deref(), Some("cancelled"));
    assert!(matches!(runner.cancel(&Actor::system("test"), run.id).await, Err(Error::TranslationEnded)));
}

#[on_both_engines]
async fn a_queued_run_is_cancelled_before_it_begins(stage: Stage) {
    let options =
        colophon_pipeline::Options { max_active_runs: 1.try_into().expect("one"), ..crate::stage::options() };
    let runner = stage.runner_with(options).await;
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(20) });
    let first = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let first = stage.start(&runner, first).await;
    stage.until(first.id, |run| run.status == RunStatus::Running).await;
    let second = stage.scene(runner.models(), "fake/good", "second {source_text}", CHAPTER).await;
    let second = stage.start(&runner, second).await;
    assert_eq!(
        runner.cancel(&Actor::system("test"), second.id).await.expect("cancelled").status,
        RunStatus::Cancelled
    );
    stage.fake.set_pace(Pace::default());
    assert_eq!(stage.ended(first.id).await.status, RunStatus::Completed);
    let events = read_all(&runner, second.id, None).await;
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationError(_)))));
    assert_eq!(statuses(&stage.segments(second.id).await), [SegmentStatus::Pending; 3]);
    assert!(stage.fake.requests().iter().all(|request| !request.json().to_string().contains("second")));
}

#[on_both_engines]
async fn who_follows_a_queued_run_is_told_at_once_that_it_is_cancelled(stage: Stage) {
    // Nobody would live to see the second poll.
    let options = colophon_pipeline::Options {
        max_active_runs: 1.try_into().expect("one"),
        poll_ms: 3_600_000.try_into().expect("not zero"),
        ..crate::stage::options()
    };
    let runner = stage.runner_with(options).await;
    stage.fake.script(Script::hang());
    let first = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let first = stage.start(&runner, first).await;
    stage.until(first.id, |run| run.status == RunStatus::Running).await;
    let second = stage.scene(runner.models(), "fake/good", "second {source_text}", CHAPTER).await;
    let second = stage.start(&runner, second).await;
    let subscription = runner.subscribe(second.id, None).await.expect("a subscription");
    let reader = tokio::spawn(read(subscription));
    // Until all have had their first look.
    tokio::time::sleep(Duration::from_millis(200)).await;
    runner.cancel(&Actor::system("test"), second.id).await.expect("cancelled");
    let events = reader.await.expect("the stream ends");
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationError(_)))));
    runner.cancel(&Actor::system("test"), first.id).await.expect("cancelled");
}
