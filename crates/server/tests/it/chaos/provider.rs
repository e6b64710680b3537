//! The provider killed and back.

use std::time::Duration;

use colophon_contract::{AttemptStatus, FailureCode, Run, RunStatus, url};
use colophon_test_support::{TestDatabase, on_both_engines};

use super::{
    client::Ask,
    proof::{Asked, Watch, check_completed},
    scale::{chance, scale, tell},
    stage::{BRIEF, Stage, Work},
};

/// How often a segment is tried before its run is given up.
const TRIES: usize = 4;

#[on_both_engines]
async fn a_provider_that_is_killed_fails_runs_by_the_rules_and_a_resume_finishes_them(
    database: TestDatabase,
) {
    let mut random = chance("provider");
    let times = scale("CHAOS_TIMES", 2);
    let mut stage = Stage::start(database.url(), 1, BRIEF).await;
    let work = stage.work().await;
    let (mut watch, mut begun, mut failed) = (Watch::default(), Vec::new(), 0);
    for n in 0..times {
        stage.set_pace(2, 20);
        let these = begin(&stage, work, n).await;
        tokio::time::sleep(Duration::from_millis(random.u64(..500))).await;
        stage.kill_provider();
        if n % 2 == 0 {
            // Away for good: each run that was with it ends.
            for run in &these {
                check_failed(&stage, run).await;
            }
        } else {
            tokio::time::sleep(Duration::from_millis(random.u64(..60))).await;
        }
        stage.bring_provider();
        watch.look(&stage, &these).await;
        for run in &these {
            failed += usize::from(finish(&stage, run).await);
        }
        begun.extend(these);
    }
    let asked = Asked::of(&stage);
    for run in &begun {
        let segments = check_completed(&stage, run, &asked).await;
        watch.compare(run, &segments, &asked);
    }
    stage.check_logs();
    tell(&format!(
        "provider, {:?}: {times} kills, {} runs, of which {failed} failed and were resumed, {} segments in {} \
             requests to the provider, {} requests",
        database.engine(),
        begun.len(),
        watch.finished(),
        asked.total(),
        stage.client.asked(),
    ));
}

/// Three runs, each with some of its segments finished.
async fn begin(stage: &Stage, work: Work, n: usize) -> Vec<Run> {
    let mut these = Vec::new();
    for m in 0..3 {
        let chapter = stage.chapter(work, &format!("{n}-{m}"), 6).await;
        these.push(stage.begin(work, chapter).await);
    }
    for run in &these {
        stage.until(run.id, |run| run.progress.done > 0).await;
    }
    these
}

/// That a run failed for want of its provider, after all tries, with what is finished kept.
async fn check_failed(stage: &Stage, begun: &Run) {
    let run = stage.ended(begun.id).await;
    let code = run.error.as_ref().map(|error| error.code);
    assert_eq!((run.status, code), (RunStatus::Failed, Some(FailureCode::ProviderUnreachable)), "{run:?}");
    assert!(run.progress.done > 0 && run.progress.done < run.progress.total);
    let segments = stage.segments(run.id).await;
    let failed = segments.iter().find(|segment| segment.text.is_none()).expect("a failed segment");
    let attempts = stage.attempts(run.id, failed.position).await;
    assert!(attempts.iter().all(|attempt| attempt.status == AttemptStatus::Failed), "{attempts:?}");
    let codes: Vec<FailureCode> =
        attempts.iter().rev().filter_map(|attempt| Some(attempt.error.as_ref()?.code)).collect();
    assert_eq!(codes.len(), TRIES, "each try is kept: {codes:?}");
    assert!(
        [FailureCode::StreamIncomplete, FailureCode::ProviderUnreachable].contains(&codes[0]),
        "{codes:?}"
    );
    assert!(codes[1..].iter().all(|code| *code == FailureCode::ProviderUnreachable), "{codes:?}");
}

/// Waits for a run's end and resumes it where it failed, as its rules allow; whether it had.
async fn finish(stage: &Stage, begun: &Run) -> bool {
    let run = stage.ended(begun.id).await;
    let Some(error) = &run.error else { return false };
    assert!(
        [FailureCode::StreamIncomplete, FailureCode::ProviderUnreachable].contains(&error.code),
        "{error:?}"
    );
    stage.insist(Ask::post(url::resume(run.id), None)).await.is(202);
    stage.ended(run.id).await;
    true
}
