//! Servers that die, that fall silent and come back, and that stop: nothing is lost, nothing is sent twice that
//! was finished, and who is late writes nothing.

use crate::stage::{CHAPTER, Server, Stage, options, read_all, statuses};
use colophon_contract::{FailureCode, Run, RunEvent, RunStatus, SegmentStatus};
use colophon_domain::{Actor, Error};
use colophon_pipeline::Options;
use colophon_provider::fake::{Pace, Script, Step};
use colophon_test_support::on_both_engines;
use std::time::Duration;

/// As short a lease as there is.
fn brief() -> Options {
    Options { lease_s: 1.try_into().expect("one"), ..options() }
}

/// How often the fake saw each segment, as messages that are the segment.
fn sent(stage: &Stage, segments: &[colophon_contract::Segment]) -> Vec<usize> {
    let requests = stage.fake.requests();
    let times = |text: &str| {
        requests.iter().filter(|request| request.json()["messages"][0]["content"] == text.trim_end()).count()
    };
    segments.iter().map(|segment| times(&segment.source_text)).collect()
}

/// A run of which a server finished the first segment and has the second one under way.
async fn begun(stage: &Stage, server: &Server) -> Run {
    let scene = stage.scene(server.runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::deltas("good", "Tw", 1).then(Step::Hang));
    let run = stage.start(&server.runner, scene).await;
    stage.until(run.id, |run| run.progress.done == 1).await;
    stage.until_checkpoint(run.id).await;
    run
}

#[on_both_engines]
async fn what_a_dead_server_left_is_taken_up_where_it_was(stage: Stage) {
    let dead = stage.server(brief()).await;
    let run = begun(&stage, &dead).await;
    let before = stage.run(run.id).await;
    dead.kill();

    let heir = stage.runner_with(brief()).await;
    let ended = stage.ended(run.id).await;
    assert_eq!((ended.status, ended.progress.done), (RunStatus::Completed, 3), "{:?}", ended.error);
    assert_eq!(ended.prompt_version_id, before.prompt_version_id);
    let segments = stage.segments(run.id).await;
    assert_eq!(segments[0].text.as_deref(), Some("One."), "a finished segment does not change");
    assert_eq!(sent(&stage, &segments), [1, 2, 1], "nor is it sent again");
    let attempts = stage.attempts("a.status, a.error_code, a.text", run.id).await;
    let code: Option<String> = attempts[1].try_get("", "error_code").expect("a code");
    assert_eq!((attempts.len(), code.as_deref()), (4, Some(FailureCode::Interrupted.as_str())));
    let events = read_all(&heir, run.id, None).await;
    let dropped = |event: &RunEvent| {
        matches!(event, RunEvent::SegmentError(error)
        if error.code == FailureCode::Interrupted && error.will_retry)
    };
    assert_eq!(events.iter().filter(|(_, event)| dropped(event)).count(), 1);
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationComplete(_)))));
}

#[on_both_engines]
async fn a_server_that_falls_silent_and_comes_back_writes_nothing(stage: Stage) {
    let slow = Options { checkpoint_ms: 10_000.try_into().expect("not zero"), stop_grace_s: 20, ..brief() };
    let silent = stage.server(slow).await;
    let scene = stage.scene(silent.runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let text = "late ".repeat(1_000);
    stage.fake.script(Script::answer("good", &text).paced(Duration::from_millis(20)));
    let run = stage.start(&silent.runner, scene).await;
    stage.until(run.id, |run| run.status == RunStatus::Running).await;
    while stage.fake.now() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let frozen = silent.freeze(&stage).await;

    let heir = stage.runner_with(brief()).await;
    let ended = stage.ended(run.id).await;
    assert_eq!(ended.status, RunStatus::Completed, "{:?}", ended.error);
    let segments = stage.segments(run.id).await;
    let events = read_all(&heir, run.id, None).await;
    // It takes up where it was: the whole answer lies in its socket, and it may even finish it.
    drop(frozen);
    silent.runner.stop().await;
    assert_eq!(stage.run(run.id).await, ended);
    assert_eq!(stage.segments(run.id).await, segments);
    assert_eq!(read_all(&heir, run.id, None).await, events);
    assert!(
        segments.iter().all(|segment| segment.text.as_deref().is_some_and(|text| !text.contains("late")))
    );
}

#[on_both_engines]
async fn a_lease_is_kept_for_as_long_as_the_work_goes_on(stage: Stage) {
    let server = stage.server(brief()).await;
    let scene = stage.scene(server.runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::answer("good", &"slow ".repeat(30)).paced(Duration::from_millis(80)));
    let run = stage.start(&server.runner, scene).await;
    stage.until(run.id, |run| run.status == RunStatus::Running).await;
    let _other = stage.runner_with(brief()).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    assert_eq!(stage.attempts("a.id", run.id).await.len(), 3, "nobody took it away");
}

#[on_both_engines]
async fn what_one_server_parks_another_goes_on_with(stage: Stage) {
    let stopping = stage.server(options()).await;
    let run = begun(&stage, &stopping).await;
    let other = stage.runner().await;
    stopping.runner.stop().await;
    let ended = stage.ended(run.id).await;
    assert_eq!(ended.status, RunStatus::Completed, "{:?}", ended.error);
    let segments = stage.segments(run.id).await;
    assert_eq!(statuses(&segments), [SegmentStatus::Completed; 3]);
    assert_eq!((segments[0].text.as_deref(), sent(&stage, &segments)), (Some("One."), vec![1, 2, 1]));
    other.stop().await;
}

#[on_both_engines]
async fn a_cancel_at_one_server_stops_the_run_at_another(stage: Stage) {
    let working = stage.server(options()).await;
    let scene = stage.scene(working.runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::deltas("good", &"one ".repeat(1_000), 1).paced(Duration::from_millis(20)));
    let run = stage.start(&working.runner, scene).await;
    stage.until_checkpoint(run.id).await;
    let asked = stage.runner().await;
    assert_eq!(
        asked.cancel(&Actor::system("test"), run.id).await.expect("cancelled").status,
        RunStatus::Cancelled
    );
    stage.until_provider_is_idle().await;
    assert_eq!(stage.run(run.id).await.status, RunStatus::Cancelled);
    let again = stage.start(&asked, scene).await;
    assert_eq!(stage.ended(again.id).await.status, RunStatus::Completed);
}

#[on_both_engines]
async fn two_servers_share_the_work_and_no_chapter_has_two_runs(stage: Stage) {
    let one_each = Options { max_active_runs: 1.try_into().expect("one"), ..options() };
    let servers = [stage.server(one_each).await, stage.server(one_each).await];
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(5) });
    let models = servers[0].runner.models();
    let mut scenes = Vec::new();
    for n in 0..4 {
        scenes.push(stage.scene(models, "fake/good", &format!("{n} {{source_text}}"), CHAPTER).await);
    }
    // Each chapter is asked for at both servers, several times at once.
    let asks =
        scenes.iter().flat_map(|scene| servers.iter().cycle().take(6).map(move |server| (*scene, server)));
    let asked = futures::future::join_all(asks.map(|(scene, server)| stage.ask(&server.runner, scene))).await;
    let refused = asked.iter().filter(|asked| matches!(asked, Err(Error::TranslationInProgress))).count();
    let runs: Vec<i64> = asked.iter().flatten().map(|run| run.id).collect();
    assert_eq!((runs.len(), refused), (4, 20), "{asked:?}");
    for run in &runs {
        let ended = stage.ended(*run).await;
        assert_eq!(ended.status, RunStatus::Completed, "{:?}", ended.error);
        assert_eq!(stage.attempts("a.id", *run).await.len(), 3);
    }
    assert_eq!(stage.fake.total(), 12, "nothing is sent twice");
}
