//! Requests that are large share a bounded memory.

use crate::stage::{Stage, options};
use colophon_contract::RunStatus;
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use std::time::Duration;

/// Runs that want to send one each.
const RUNS: usize = 3;

#[on_both_engines]
async fn large_requests_of_many_runs_are_sent_a_few_at_a_time(stage: Stage) {
    let runner = stage.runner_with(options()).await;
    // Three million characters of four bytes, of which no more than two fit.
    let wide = format!("{{source_text}}{}", "{work_title:🌌>9999}".repeat(300));
    stage.fake.script(
        Script::answer("good", "One.").paced(Duration::from_millis(300)).for_model("good").times(None),
    );
    let mut begun = Vec::new();
    for _ in 0..RUNS {
        let scene = stage.scene(runner.models(), "fake/good", &wide, "　一。\n").await;
        begun.push(stage.start(&runner, scene).await);
    }
    // One that is small waits for nobody.
    let scene = stage.scene(runner.models(), "fake/other", "{source_text}", "　二。\n").await;
    begun.push(stage.start(&runner, scene).await);
    for run in begun {
        let ended = stage.until(run.id, |run| run.status.is_ended()).await;
        assert_eq!((ended.status, ended.error), (RunStatus::Completed, None));
    }
    let large = stage.fake.requests().iter().filter(|request| request.body.len() > 10_000_000).count();
    assert_eq!(large, RUNS, "each was sent");
    // Two that are large, and the small one.
    assert!(stage.fake.peak() <= 3, "{} at once", stage.fake.peak());
}
