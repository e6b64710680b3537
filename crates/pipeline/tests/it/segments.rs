//! One bad segment stops no other.

use crate::stage::{CHAPTER, Stage, options, statuses};
use colophon_contract::{FailureCode, Run, RunStatus, SegmentStatus, SegmentStatus::*};
use colophon_pipeline::Runner;
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use serde_json::json;

/// Six segments of a sentence.
const LONGER: &str = concat!(
    "　一、午後の授業でした。\n　二、手をあげました。\n　三、先生は言いました。\n",
    "　四、夜になりました。\n　五、星が出ました。\n　六、汽車が来ました。\n",
);

fn refusal(status: u16, code: &str, message: &str) -> Script {
    Script::json(status, &json!({"error": {"code": code, "message": message}}))
}

/// Runs a chapter whose segments are answered as given, and well after that.
async fn play(stage: &Stage, runner: &Runner, source: &str, answers: &[Script]) -> (Run, Vec<SegmentStatus>) {
    stage.fake.reset();
    answers.iter().for_each(|answer| stage.fake.script(answer.clone()));
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", source).await;
    let run = stage.start(runner, scene).await;
    let run = stage.ended(run.id).await;
    let segments = statuses(&stage.segments(run.id).await);
    (run, segments)
}

#[on_both_engines]
async fn a_refusal_of_one_segment_fails_that_segment_alone(stage: Stage) {
    let runner = stage.runner().await;
    let good = || Script::answer("good", "One.");
    for (script, code) in [
        (refusal(400, "invalid_request_error", "Too long."), FailureCode::ProviderRefused),
        (refusal(422, "unprocessable", "No."), FailureCode::ProviderRefused),
        (Script::status(413), FailureCode::ProviderRefused),
        (Script::status(500).times(4), FailureCode::ProviderError),
        (Script::deltas("good", "Nig", 1).times(4), FailureCode::StreamIncomplete),
        (
            Script::deltas("good", "Nig", 1).then_finish("good", "content_filter").then_done(),
            FailureCode::ContentFiltered,
        ),
        (
            Script::deltas("good", "Nig", 1).then_finish("good", "length").then_done(),
            FailureCode::OutputTruncated,
        ),
    ] {
        let (run, segments) = play(&stage, &runner, CHAPTER, &[good(), script.clone()]).await;
        assert_eq!(segments, [Completed, Failed, Completed], "{script:?}");
        let error = run.error.expect("an error");
        assert_eq!((run.status, error.code, run.progress.done), (RunStatus::Failed, code, 2), "{script:?}");
        assert!(error.detail.starts_with("Segment 2 failed: "), "{}", error.detail);
        stage.resume(&runner, run.id).await.expect("resumed");
        let resumed = stage.ended(run.id).await;
        assert_eq!((resumed.status, resumed.progress.done), (RunStatus::Completed, 3), "{script:?}");
    }
    assert!(runner.list_providers().await.expect("listed").iter().all(|provider| provider.paused.is_none()));
}

#[on_both_engines]
async fn the_same_failure_three_times_in_a_row_stops_the_run(stage: Stage) {
    let runner = stage.runner().await;
    let refuse = refusal(400, "invalid_request_error", "No.");
    let (run, segments) =
        play(&stage, &runner, LONGER, &[Script::answer("good", "One."), refuse.times(3)]).await;
    assert_eq!(segments, [Completed, Failed, Failed, Failed, Pending, Pending]);
    let error = run.error.expect("an error");
    assert_eq!(error.code, FailureCode::ProviderRefused);
    assert!(error.detail.starts_with("3 segments in a row failed for the same reason"), "{}", error.detail);
    assert_eq!(stage.fake.total(), 4);
}

#[on_both_engines]
async fn failures_that_differ_or_do_not_follow_each_other_stop_nothing(stage: Stage) {
    let runner = stage.runner().await;
    let refuse = || refusal(400, "invalid_request_error", "No.");
    let filtered = || Script::stream([] as [&str; 0]).then_finish("good", "content_filter").then_done();
    let good = || Script::answer("good", "One.");
    let answers = [refuse().times(2), good(), refuse().times(2), filtered()];
    let (run, segments) = play(&stage, &runner, LONGER, &answers).await;
    assert_eq!(segments, [Failed, Failed, Completed, Failed, Failed, Failed]);
    assert!(run.error.expect("an error").detail.starts_with("5 segments failed, the first is segment 1"));
    let (_, segments) = play(&stage, &runner, LONGER, &[filtered().times(5)]).await;
    assert_eq!(segments, [Failed, Failed, Failed, Failed, Failed, Completed], "each is the segment's own");
}

#[on_both_engines]
async fn what_concerns_all_segments_stops_the_run_at_the_first(stage: Stage) {
    let runner = stage.runner().await;
    for (script, code) in [
        (refusal(404, "model_not_found", "No such model."), FailureCode::ProviderRefused),
        (refusal(401, "invalid_api_key", "No."), FailureCode::ProviderUnauthorized),
        (refusal(429, "insufficient_quota", "No."), FailureCode::ProviderQuota),
    ] {
        let (run, segments) = play(&stage, &runner, CHAPTER, &[Script::answer("good", "One."), script]).await;
        assert_eq!(segments, [Completed, Failed, Pending], "{code:?}");
        assert_eq!(run.error.map(|error| error.code), Some(code));
        runner.resume_provider(&crate::stage::actor(), "fake").await.expect("resumed");
    }
}

#[on_both_engines]
async fn a_resume_tries_content_refusals_last(stage: Stage) {
    let runner = stage.runner().await;
    let filtered = Script::stream([] as [&str; 0]).then_finish("good", "content_filter").then_done();
    let refuse = refusal(400, "invalid_request_error", "No.");
    let (run, segments) = play(&stage, &runner, CHAPTER, &[filtered, refuse.times(2)]).await;
    assert_eq!(segments, [Failed; 3]);
    stage.fake.reset();
    stage.resume(&runner, run.id).await.expect("resumed");
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    let starts = colophon_domain::run::get_replay(&stage.db, run.id, 0).await.expect("a replay").events;
    let starts = starts.into_iter().filter_map(|recorded| match recorded.event {
        colophon_contract::RunEvent::SegmentStart(start) => Some(start.position),
        _ => None,
    });
    assert_eq!(starts.collect::<Vec<_>>(), [1, 2, 3, 2, 3, 1]);
}

#[on_both_engines]
async fn the_providers_message_is_kept_with_the_attempt_and_shown(stage: Stage) {
    let runner = stage.runner_with(options()).await;
    let message = "This model's maximum context length is 8192 tokens.";
    let answers = [Script::answer("good", "One."), refusal(400, "context_length_exceeded", message)];
    let (run, _) = play(&stage, &runner, CHAPTER, &answers).await;
    let said = format!("HTTP 400, context_length_exceeded: {message}");
    let shown = stage.segments(run.id).await[1].error.clone().expect("an error");
    assert!(
        shown.detail.contains(&said) && run.error.expect("an error").detail.contains(&said),
        "{}",
        shown.detail
    );
    let page = colophon_domain::PageRequest { limit: 5, cursor: None };
    let attempts =
        colophon_domain::run::list_attempts(&stage.db, run.id, 2, &page).await.expect("listed").items;
    assert_eq!(attempts[0].provider_message.as_deref(), Some(said.as_str()));
    let good = colophon_domain::run::list_attempts(&stage.db, run.id, 1, &page).await.expect("listed").items;
    assert_eq!(good[0].provider_message, None);
}
