//! Providers that want money or another key, and limits that servers share.

use crate::stage::{CHAPTER, Server, Stage, actor, options, statuses};
use colophon_contract::{FailureCode, Provider, RetranslateSegment, Run, RunStatus, SegmentStatus};
use colophon_domain::{Actor, Error};
use colophon_pipeline::{Options, Runner};
use colophon_provider::fake::{Pace, Script, Step};
use colophon_test_support::{Engine, on_both_engines};
use futures::future::join_all;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use std::time::Duration;

async fn fake(runner: &Runner) -> Provider {
    let listed = runner.list_providers().await.expect("listed");
    listed.into_iter().find(|provider| provider.name == "fake").expect("the fake")
}

fn quota() -> Script {
    Script::json(429, &json!({"error": {"code": "insufficient_quota", "message": "sk-fake has no money"}}))
}

/// A request for another translation under the run's own version.
fn again(base_attempt_id: Option<i64>) -> RetranslateSegment {
    RetranslateSegment { instruction: None, base_attempt_id, version: None }
}

/// One run at a time, so that others wait in the queue.
fn single(probe_s: u32) -> Options {
    let one = 1.try_into().expect("one");
    Options { max_active_runs: one, probe_s: probe_s.try_into().expect("not zero"), ..options() }
}

/// From now on the database does not let pauses of providers end.
fn refuse_ends_of_pauses(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => {
            &["CREATE TRIGGER refuse BEFORE UPDATE ON provider_states WHEN NEW.pause_code IS NULL
            BEGIN SELECT RAISE(ABORT, 'refused'); END"]
        }
        Engine::Postgres => &[
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''refused''; END'",
            "CREATE TRIGGER refuse BEFORE UPDATE ON provider_states FOR EACH ROW
            WHEN (OLD.pause_code IS NOT NULL AND NEW.pause_code IS NULL) EXECUTE FUNCTION refuse()",
        ],
    }
}

/// A run that met a fault of the provider's pocket, and one that waits behind it.
async fn paused(stage: &Stage, server: &Server, refusal: Script) -> (Run, Run) {
    let models = server.runner.models();
    let first = stage.scene(models, "fake/good", "first {source_text}", CHAPTER).await;
    let second = stage.scene(models, "fake/good", "second {source_text}", CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(refusal);
    let first = stage.start(&server.runner, first).await;
    let second = stage.start(&server.runner, second).await;
    let failed = stage.ended(first.id).await;
    assert_eq!((failed.status, failed.progress.done), (RunStatus::Failed, 1));
    (failed, stage.until(second.id, |run| run.waiting_reason.is_some()).await)
}

#[on_both_engines]
async fn a_provider_that_wants_money_is_paused_until_somebody_resumes_it(stage: Stage) {
    let server = stage.server(single(1_000)).await;
    let (failed, waiting) = paused(&stage, &server, quota()).await;
    assert_eq!(failed.error.as_ref().map(|error| error.code), Some(FailureCode::ProviderQuota));
    let reason = waiting.waiting_reason.expect("a reason");
    assert_eq!(
        (waiting.status, reason.code, &*reason.provider),
        (RunStatus::Queued, FailureCode::ProviderQuota, "fake")
    );
    let shown = fake(&server.runner).await;
    let pause = shown.paused.clone().expect("paused");
    assert_eq!(pause.code, FailureCode::ProviderQuota);
    assert_eq!((shown.limits.max_concurrency, shown.available, shown.models.len() > 1), (16, true, true));
    let all = format!("{} {failed:?} {reason:?}", serde_json::to_string(&shown).expect("JSON"));
    assert!(!all.contains("sk-fake") && !all.contains("127.0.0.1"), "{all}");
    // Other providers are not concerned.
    let demo = stage.scene(server.runner.models(), "demo", "{source_text}", CHAPTER).await;
    let demo = stage.start(&server.runner, demo).await;
    assert_eq!(stage.ended(demo.id).await.status, RunStatus::Completed);
    assert_eq!((stage.run(waiting.id).await.status, stage.fake.total()), (RunStatus::Queued, 2));

    let unknown = server.runner.resume_provider(&Actor::system("test"), "nowhere").await;
    assert!(matches!(unknown, Err(Error::NotFound(colophon_domain::Missing::Provider))), "{unknown:?}");
    assert_eq!(
        server.runner.resume_provider(&Actor::system("test"), "fake").await.expect("resumed").paused,
        None
    );
    assert_eq!(stage.ended(waiting.id).await.status, RunStatus::Completed);
    stage.resume(&server.runner, failed.id).await.expect("resumed");
    assert_eq!(stage.ended(failed.id).await.status, RunStatus::Completed);
}

#[on_both_engines]
async fn a_probe_that_meets_it_again_waits_and_one_that_passes_ends_the_pause(stage: Stage) {
    let server = stage.server(single(1)).await;
    stage.fake.script(Script::answer("good", "One."));
    let key = Script::json(401, &json!({"error": {"code": "invalid_api_key"}}));
    let scene = stage.scene(server.runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(key.times(3));
    let first = stage.start(&server.runner, scene).await;
    let failed = stage.ended(first.id).await;
    assert_eq!(failed.error.map(|error| error.code), Some(FailureCode::ProviderUnauthorized));
    stage.resume(&server.runner, first.id).await.expect("resumed");
    // Two probes meet the same, the third passes.
    let ended = stage.ended(first.id).await;
    assert_eq!((ended.status, ended.waiting_reason), (RunStatus::Completed, None), "{:?}", ended.error);
    assert_eq!((stage.fake.total(), fake(&server.runner).await.paused), (6, None));
    assert_eq!(statuses(&stage.segments(first.id).await), [SegmentStatus::Completed; 3]);
}

#[on_both_engines]
async fn a_pause_that_cannot_be_ended_fails_no_run_that_has_its_text(stage: Stage) {
    let server = stage.server(single(1)).await;
    let scene = stage.scene(server.runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(quota());
    let run = stage.start(&server.runner, scene).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Failed);
    for refuse in refuse_ends_of_pauses(stage.database.engine()) {
        stage.database.connect().await.execute_unprepared(refuse).await.expect("a trigger");
    }
    stage.resume(&server.runner, run.id).await.expect("resumed");
    let ended = stage.ended(run.id).await;
    assert_eq!((ended.status, ended.error), (RunStatus::Completed, None));
    assert!(fake(&server.runner).await.paused.is_some());
}

#[on_both_engines]
async fn a_start_ends_the_pause(stage: Stage) {
    let server = stage.server(single(1_000)).await;
    let (_, waiting) = paused(&stage, &server, quota()).await;
    server.runner.stop().await;
    assert_eq!(stage.run(waiting.id).await.status, RunStatus::Queued);
    let again = stage.runner().await;
    assert_eq!(stage.ended(waiting.id).await.status, RunStatus::Completed);
    assert_eq!(fake(&again).await.paused, None);
}

#[on_both_engines]
async fn runs_that_wait_for_a_slot_keep_no_other_provider_waiting(stage: Stage) {
    let server = stage.server_of(1, options()).await;
    let models = server.runner.models();
    let demo = stage.scene(models, "demo", "{source_text}", CHAPTER).await;
    let old = stage.start(&server.runner, demo).await;
    assert_eq!(stage.ended(old.id).await.status, RunStatus::Completed);

    // More runs than are worked on at once, whose provider answers none of them.
    stage.fake.script(Script::hang().times(None));
    let mut held = Vec::new();
    for n in 0..12 {
        let scene = stage.scene(models, "fake/good", &format!("{n} {{source_text}}"), "夜でした。\n").await;
        held.push(stage.start(&server.runner, scene).await.id);
    }
    stage.until(held[0], |run| run.status == RunStatus::Running).await;

    let new = stage.start(&server.runner, demo).await;
    assert_eq!(stage.ended(new.id).await.status, RunStatus::Completed);
    let base = stage.segments(old.id).await[0].attempt.as_ref().map(|attempt| attempt.id);
    stage.retranslate(&server.runner, (old.id, 1), &again(base)).await.expect("asked for");
    let segment = stage.settled(old.id, 1).await;
    assert!(segment.error.is_none() && segment.attempt.map(|attempt| attempt.id) > base);

    assert_eq!(stage.fake.total(), 1, "the provider of the others takes one request at once");
    for run in held {
        assert!(!stage.run(run).await.status.is_ended());
        server.runner.cancel(&actor(), run).await.expect("cancelled");
    }
}

#[on_both_engines]
async fn a_segment_that_a_person_waits_for_does_not_wait_for_whole_chapters(stage: Stage) {
    let server = stage.server_of(1, options()).await;
    let models = server.runner.models();
    let scene = stage.scene(models, "fake/good", "{source_text}", CHAPTER).await;
    let old = stage.start(&server.runner, scene).await;
    assert_eq!(stage.ended(old.id).await.status, RunStatus::Completed);
    stage.fake.script(Script::hang());
    let mut runs = Vec::new();
    for n in 0..4 {
        let scene = stage.scene(models, "fake/good", &format!("{n} {{source_text}}"), CHAPTER).await;
        let run = stage.start(&server.runner, scene).await;
        if n < 2 {
            stage.until(run.id, |run| run.status == RunStatus::Running).await;
        }
        runs.push(run.id);
    }
    let base = stage.segments(old.id).await[0].attempt.as_ref().map(|attempt| attempt.id);
    stage.retranslate(&server.runner, (old.id, 1), &again(base)).await.expect("asked for");
    while stage
        .rows("SELECT 1 FROM chapter_translations WHERE id = $1 AND lease_owner IS NOT NULL", old.id)
        .await
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(stage.run(runs[2]).await.status, RunStatus::Queued, "it would only wait");

    server.runner.cancel(&actor(), runs[0]).await.expect("cancelled");
    let segment = stage.settled(old.id, 1).await;
    for run in &runs[1..] {
        assert_eq!(stage.ended(*run).await.status, RunStatus::Completed);
    }
    let third: i64 = stage.attempts("a.id", runs[2]).await[0].try_get_by_index(0).expect("an id");
    assert!(segment.attempt.is_some_and(|attempt| attempt.id < third && Some(attempt.id) > base));
}

#[on_both_engines]
async fn two_servers_keep_to_one_limit(stage: Stage) {
    if stage.database.engine() == Engine::Sqlite {
        // One server a file, which keeps to its limits by itself.
        return;
    }
    let servers = [stage.server_of(2, options()).await, stage.server_of(2, options()).await];
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(5) });
    let mut runs = Vec::new();
    for n in 0..6 {
        let models = servers[n % 2].runner.models();
        let scene = stage.scene(models, "fake/good", &format!("{n} {{source_text}}"), CHAPTER).await;
        runs.push(stage.start(&servers[n % 2].runner, scene).await.id);
    }
    for run in join_all(runs.iter().map(|run| stage.ended(*run))).await {
        assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    }
    assert_eq!((stage.fake.total(), stage.fake.peak()), (18, 2));

    // A server that dies with every slot taken: they are free once its leases are over.
    let brief = Options { lease_s: 1.try_into().expect("one"), ..options() };
    let dead = stage.server_of(2, brief).await;
    for server in servers {
        server.runner.stop().await;
    }
    stage.fake.script(Script::deltas("good", "On", 1).then(Step::Hang).times(2));
    let mut runs = Vec::new();
    for n in 0..2 {
        let scene =
            stage.scene(dead.runner.models(), "fake/good", &format!("x{n} {{source_text}}"), CHAPTER).await;
        let run = stage.start(&dead.runner, scene).await;
        stage.until_checkpoint(run.id).await;
        runs.push(run.id);
    }
    dead.kill();
    let _heir = stage.server_of(2, brief).await;
    for run in runs {
        assert_eq!(stage.ended(run).await.status, RunStatus::Completed);
    }
}
