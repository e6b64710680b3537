//! What servers tell each other. On PostgreSQL polls come so seldom that no test would live to see the second
//! one; the one server of an SQLite file has nobody to be told by, and two in a test poll.

use crate::events::read_with_drops;
use crate::stage::{CHAPTER, PATIENCE, Server, Stage, options, read_all};
use colophon_contract::{Run, RunStatus};
use colophon_domain::Actor;
use colophon_pipeline::Options;
use colophon_provider::fake::{Pace, Script};
use colophon_test_support::{Engine, on_both_engines};
use std::collections::BTreeMap;
use std::time::Duration;

fn told(stage: &Stage) -> Options {
    if stage.database.engine() == Engine::Sqlite {
        return options();
    }
    let never = 3_600_000.try_into().expect("not zero");
    Options { poll_ms: never, lease_s: 36_000.try_into().expect("not zero"), ..options() }
}

/// A run that one server works on slowly, and a server that only hears of it.
async fn elsewhere(stage: &Stage, source: &str) -> (Server, Server, Run) {
    let working = stage.server(told(stage)).await;
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(8) });
    let scene = stage.scene(working.runner.models(), "fake/good", "{source_text}", source).await;
    let run = stage.start(&working.runner, scene).await;
    stage.until(run.id, |run| run.status == RunStatus::Running).await;
    let reading = stage.server(told(stage)).await;
    (working, reading, run)
}

async fn stored(stage: &Stage, run_id: i64) -> BTreeMap<i32, String> {
    stage.segments(run_id).await.into_iter().filter_map(|s| Some((s.position, s.text?))).collect()
}

/// Ends the connections on which servers hear each other; how many there were.
async fn cut_listeners(stage: &Stage) -> usize {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query ILIKE 'listen %' AND $1 > 0";
    stage.rows(cut, 1).await.len()
}

#[on_both_engines]
async fn readers_elsewhere_get_the_text_once(stage: Stage) {
    let source = "　一つめの🚂の文。\n　二つめのe\u{301}の文。\n\n　三つめの文です。\n　四つめの文です。\n";
    let (working, reading, run) = elsewhere(&stage, source).await;
    let readers = (0..24).map(|seed| tokio::spawn(read_with_drops(reading.runner.clone(), run.id, seed)));
    let pages = futures::future::join_all(readers).await;
    let run = stage.run(run.id).await;
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    let stored = stored(&stage, run.id).await;
    for page in pages {
        let page = page.expect("no reader panics");
        assert_eq!(page.finished, stored);
        assert_eq!(page.last.as_deref(), Some("translation-complete"));
        assert!(page.streamed.values().any(|text| !text.is_empty()), "text streams: {page:?}");
    }
    let all = read_all(&working.runner, run.id, None).await;
    assert_eq!(read_all(&reading.runner, run.id, None).await, all, "the same from either");
}

#[on_both_engines]
async fn a_connection_that_is_cut_loses_nothing(stage: Stage) {
    let (_working, reading, run) = elsewhere(&stage, &CHAPTER.repeat(3)).await;
    let readers = (0..6).map(|seed| tokio::spawn(read_with_drops(reading.runner.clone(), run.id, seed)));
    let readers = futures::future::join_all(readers);
    let mut cuts = 0;
    if stage.database.engine() == Engine::Postgres {
        for done in [1, 3, 5] {
            stage.until(run.id, |run| run.progress.done >= done).await;
            cuts += cut_listeners(&stage).await;
        }
        assert!(cuts >= 2, "somebody listened: {cuts}");
    }
    let pages = tokio::time::timeout(2 * PATIENCE, readers).await.expect("all streams end");
    let stored = stored(&stage, run.id).await;
    assert_eq!(stored.len() as i64, stage.run(run.id).await.progress.total);
    for page in pages {
        assert_eq!(page.expect("no reader panics").finished, stored);
    }
}

#[on_both_engines]
async fn a_queued_run_is_taken_at_once_by_whoever_has_room(stage: Stage) {
    let one = Options { max_active_runs: 1.try_into().expect("one"), ..told(&stage) };
    let full = stage.server(one).await;
    let models = full.runner.models();
    let (first, second) = (
        stage.scene(models, "fake/good", "{source_text}", CHAPTER).await,
        stage.scene(models, "fake/good", "{source_text}", CHAPTER).await,
    );
    stage.fake.script(Script::hang());
    let hanging = stage.start(&full.runner, first).await;
    stage.until(hanging.id, |run| run.status == RunStatus::Running).await;
    while stage.fake.now() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _idle = stage.server(one).await;
    let run = stage.start(&full.runner, second).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    assert_eq!(stage.run(hanging.id).await.status, RunStatus::Running);
}

#[on_both_engines]
async fn a_cancel_is_told_to_whoever_works_on_the_run(stage: Stage) {
    let (_working, asked, run) = elsewhere(&stage, &CHAPTER.repeat(20)).await;
    stage.until_checkpoint(run.id).await;
    asked.runner.cancel(&Actor::system("test"), run.id).await.expect("cancelled");
    stage.until_provider_is_idle().await;
    assert_eq!(stage.run(run.id).await.status, RunStatus::Cancelled);
}
