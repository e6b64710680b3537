use crate::stage::{CHAPTER, Stage, options, read_all, statuses};
use colophon_contract::{FailureCode, RunEvent, RunStatus, SegmentStatus};
use colophon_pipeline::Options;
use colophon_provider::fake::{Pace, Script, Step};
use colophon_test_support::{Engine, on_both_engines};
use std::time::Duration;

#[on_both_engines]
async fn a_stop_parks_the_run_and_a_start_goes_on_with_it(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::deltas("good", "Tw", 1).then(Step::Hang));
    let run = stage.start(&runner, scene).await;
    stage.until(run.id, |run| run.progress.done == 1).await;
    stage.until_checkpoint(run.id).await;
    runner.stop().await;
    let parked = stage.run(run.id).await;
    assert_eq!((parked.status, parked.error), (RunStatus::Queued, None));
    use SegmentStatus::{Completed, Pending};
    assert_eq!(statuses(&stage.segments(run.id).await), [Completed, Pending, Pending]);
    let codes = stage.attempts("a.error_code", run.id).await;
    let code: Option<String> = codes[1].try_get("", "error_code").expect("code");
    assert_eq!(code.as_deref(), Some(FailureCode::Interrupted.as_str()));

    let runner = stage.runner().await;
    let run = stage.ended(run.id).await;
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    let segments = stage.segments(run.id).await;
    assert_eq!(segments[0].text.as_deref(), Some("One."), "kept");
    let sent = stage.fake.requests();
    let first = segments[0].source_text.trim_end();
    let again = sent.iter().filter(|r| r.json()["messages"][0]["content"] == first).count();
    assert_eq!((again, sent.len()), (1, 4), "a finished segment is never sent again");
    let events = read_all(&runner, run.id, None).await;
    let told =
        |event: &RunEvent| matches!(event, RunEvent::SegmentError(e) if e.code == FailureCode::Interrupted);
    assert_eq!(events.iter().filter(|(_, event)| told(event)).count(), 1);
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationComplete(_)))));
}

#[on_both_engines]
async fn a_stop_lets_a_segment_finish_within_the_grace(stage: Stage) {
    let runner = stage.runner_with(Options { stop_grace_s: 20, ..options() }).await;
    stage.fake.set_pace(Pace { characters: 4, delay: Duration::from_millis(20) });
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    stage.until_checkpoint(run.id).await;
    runner.stop().await;
    let run = stage.run(run.id).await;
    assert_eq!((run.status, run.progress.done), (RunStatus::Queued, 1));
    assert_eq!(stage.attempts("a.id", run.id).await.len(), 1, "nothing was thrown away");
}

#[on_both_engines]
async fn readers_streams_end_with_the_server(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::deltas("good", "On", 1).then(Step::Hang));
    let run = stage.start(&runner, scene).await;
    stage.until_checkpoint(run.id).await;
    let (events, ()) = tokio::join!(read_all(&runner, run.id, None), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        runner.stop().await;
    });
    assert!(events.iter().any(|(_, event)| matches!(event, RunEvent::SegmentDelta(_))));
}

#[on_both_engines]
async fn a_runner_whose_lease_was_taken_writes_no_more(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(20) });
    let run = stage.start(&runner, scene).await;
    stage.until_checkpoint(run.id).await;
    let taken = match stage.database.engine() {
        Engine::Sqlite | Engine::Postgres => {
            "UPDATE chapter_translations SET lease_owner = 'thief', lease_epoch = lease_epoch + 1 WHERE id = $1"
        }
    };
    stage.rows(&format!("{taken} RETURNING id"), run.id).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let frozen = stage.run(run.id).await;
    assert_eq!((frozen.status, frozen.progress.done), (RunStatus::Running, 0), "neither failed nor parked");
    let requests = stage.fake.total();
    runner.stop().await;
    assert_eq!((stage.run(run.id).await.status, stage.fake.total()), (RunStatus::Running, requests));
}
