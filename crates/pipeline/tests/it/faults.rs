use crate::stage::{Scene, Stage, actor, statuses, until_so};
use colophon_contract::{FailureCode, Run, RunEvent, RunStatus, SegmentError, SegmentStatus};
use colophon_domain::Actor;
use colophon_pipeline::Runner;
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use serde_json::json;

/// Runs a chapter of one segment with a model until it fails.
async fn fail(stage: &Stage, runner: &Runner, model: &str) -> Run {
    let scene = stage.scene(runner.models(), model, "{source_text}", "夜でした。\n").await;
    let run = stage.start(runner, scene).await;
    let run = stage.ended(run.id).await;
    assert_eq!(run.status, RunStatus::Failed, "{model}");
    run
}

/// What readers were told of failed attempts.
async fn errors(stage: &Stage, run_id: i64) -> Vec<SegmentError> {
    let events = colophon_domain::run::get_replay(&stage.db, run_id, 0).await.expect("a replay").events;
    let error = |recorded: colophon_domain::run::RecordedEvent| match recorded.event {
        RunEvent::SegmentError(error) => Some(error),
        _ => None,
    };
    events.into_iter().filter_map(error).collect()
}

/// What the provider does, how it is called, and how often a segment is tried with it.
const FAULTS: [(&str, FailureCode, usize); 15] = [
    ("fake/fail-length", FailureCode::OutputTruncated, 1),
    ("fake/fail-content-filter", FailureCode::ContentFiltered, 1),
    ("fake/fail-empty", FailureCode::EmptyAnswer, 1),
    ("fake/fail-incomplete", FailureCode::StreamIncomplete, 4),
    ("fake/fail-drop", FailureCode::StreamIncomplete, 4),
    ("hasty/fail-stall", FailureCode::StreamIdle, 4),
    ("fake/fail-mid-stream", FailureCode::StreamError, 4),
    ("fake/fail-sse", FailureCode::ProviderInvalidResponse, 4),
    ("fake/fail-html", FailureCode::ProviderHtmlResponse, 4),
    ("hasty/fail-hang", FailureCode::ProviderTimeout, 4),
    ("fake/fail-401", FailureCode::ProviderUnauthorized, 1),
    ("fake/fail-quota", FailureCode::ProviderQuota, 1),
    ("fake/fail-500", FailureCode::ProviderError, 4),
    ("fake/fail-503", FailureCode::ProviderError, 4),
    ("nobody/good", FailureCode::ProviderUnreachable, 4),
];

#[on_both_engines]
async fn each_fault_of_a_provider_has_its_code_and_its_number_of_tries(stage: Stage) {
    let runner = stage.runner().await;
    for (model, code, tries) in FAULTS {
        let run = fail(&stage, &runner, model).await;
        let error = run.error.expect("an error");
        assert_eq!(error.code, code, "{model}: {}", error.detail);
        assert!(error.detail.len() > 10, "{}", error.detail);
        let segments = stage.segments(run.id).await;
        assert_eq!(statuses(&segments), [SegmentStatus::Failed], "{model}");
        assert_eq!(segments[0].text, None, "an error is no translation");
        assert_eq!(segments[0].error.as_ref().map(|error| error.code), Some(code));
        let attempts = stage.attempts("a.status, a.error_code, a.request_sha256", run.id).await;
        assert_eq!(attempts.len(), tries, "each try is an attempt: {model}");
        for attempt in &attempts {
            assert_eq!(attempt.try_get::<String>("", "error_code").expect("code"), code.as_str());
        }
        let retried: Vec<bool> = errors(&stage, run.id).await.iter().map(|error| error.will_retry).collect();
        let expected: Vec<bool> = (1..=tries).map(|n| n < tries).collect();
        assert_eq!(retried, expected, "{model}");
        // The next one is not to wait.
        runner.resume_provider(&Actor::system("test"), "fake").await.expect("resumed");
    }
}

#[on_both_engines]
async fn replies_that_no_provider_should_give_have_theirs(stage: Stage) {
    let runner = stage.runner().await;
    let error = |status, error: serde_json::Value| Script::json(status, &json!({"error": error}));
    let begun = || Script::deltas("good", "Nig", 1);
    let in_stream =
        |error: serde_json::Value| begun().then_send(format!("data: {}\n\n", json!({"error": error})));
    for (script, code, tries) in [
        (Script::status(408), FailureCode::ProviderError, 4),
        (Script::status(529), FailureCode::ProviderError, 4),
        (error(429, json!({"code": "credit_balance_exhausted"})), FailureCode::ProviderQuota, 1),
        (error(429, json!({"code": "project_spend_limit_exceeded"})), FailureCode::ProviderQuota, 1),
        (error(429, json!({"code": "organization_usage_limit_exceeded"})), FailureCode::ProviderQuota, 1),
        (Script::status(402), FailureCode::ProviderQuota, 1),
        (Script::status(403), FailureCode::ProviderRefused, 1),
        (Script::status(404), FailureCode::ProviderRefused, 1),
        (Script::status(413), FailureCode::ProviderRefused, 1),
        (in_stream(json!({"code": "insufficient_quota"})), FailureCode::ProviderQuota, 1),
        (in_stream(json!("out of memory")), FailureCode::StreamError, 4),
        (Script::stream([] as [&str; 0]), FailureCode::StreamIncomplete, 4),
        (begun().then_done(), FailureCode::StreamIncomplete, 4),
        (begun().then_send(b"data: \xff\xfe\n\n".to_vec()), FailureCode::ProviderInvalidResponse, 4),
        (Script::json(200, &json!({"choices": []})), FailureCode::StreamIncomplete, 4),
        (Script::stream(["<!doctype html>\n"]), FailureCode::ProviderHtmlResponse, 4),
        (begun().then_finish("good", "tool_calls").then_done(), FailureCode::UnexpectedFinish, 1),
        (Script::answer("good", " \n\u{3000}"), FailureCode::EmptyAnswer, 1),
    ] {
        stage.fake.reset();
        stage.fake.script(script.clone().times(4));
        let run = fail(&stage, &runner, "fake/good").await;
        assert_eq!(run.error.map(|error| error.code), Some(code), "{script:?}");
        assert_eq!(stage.attempts("a.id", run.id).await.len(), tries, "{script:?}");
        let paused = matches!(code, FailureCode::ProviderQuota | FailureCode::ProviderUnauthorized);
        let shown = runner.list_providers().await.expect("listed");
        assert_eq!(shown.iter().any(|provider| provider.paused.is_some()), paused, "{script:?}");
        runner.resume_provider(&Actor::system("test"), "fake").await.expect("resumed");
    }
}

#[on_both_engines]
async fn a_fault_that_passes_leaves_its_attempts_and_the_text(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", "夜でした。\n").await;
    stage.fake.script(Script::status(503).header("Retry-After", "0"));
    stage.fake.script(Script::deltas("good", "Ni", 1));
    stage.fake.script(Script::answer("good", "Night."));
    let run = stage.start(&runner, scene).await;
    let run = stage.ended(run.id).await;
    assert_eq!((run.status, run.error), (RunStatus::Completed, None));
    let segments = stage.segments(run.id).await;
    assert_eq!((segments[0].text.as_deref(), &segments[0].error), (Some("Night."), &None));
    let attempts = stage.attempts("a.status, a.request_sha256", run.id).await;
    let column =
        |name: &str| attempts.iter().map(|row| row.try_get("", name).expect("text")).collect::<Vec<String>>();
    assert_eq!(column("status"), ["failed", "failed", "completed"]);
    assert_eq!(column("request_sha256")[0], column("request_sha256")[2], "the same is sent again");
    let codes: Vec<_> =
        errors(&stage, run.id).await.iter().map(|error| (error.code, error.will_retry)).collect();
    assert_eq!(codes, [(FailureCode::ProviderError, true), (FailureCode::StreamIncomplete, true)]);
    let mut page = crate::stage::Page::default();
    let events = crate::stage::read_all(&runner, run.id, None).await;
    events.iter().for_each(|(_, event)| page.take(event));
    assert_eq!(page.finished.into_values().collect::<Vec<_>>(), ["Night."]);
}

#[on_both_engines]
async fn a_stop_does_not_wait_for_the_next_try(stage: Stage) {
    let patient = colophon_pipeline::Options { stop_grace_s: 3_600, ..crate::stage::options() };
    let runner = stage.runner_with(patient).await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", "夜でした。\n").await;
    stage.fake.script(Script::status(429).header("Retry-After", "600"));
    let run = stage.start(&runner, scene).await;
    until_so("a fault is told", async || !errors(&stage, run.id).await.is_empty()).await;
    runner.stop().await;
    assert_eq!(stage.run(run.id).await.status, RunStatus::Queued);
    let again = stage.runner().await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    again.stop().await;
}

#[on_both_engines]
async fn a_missing_key_is_named_and_nothing_is_sent(stage: Stage) {
    let runner = stage.runner().await;
    let run = fail(&stage, &runner, "keyless/good").await;
    let error = run.error.expect("an error");
    assert_eq!(error.code, FailureCode::ProviderKeyMissing);
    assert!(error.detail.contains("ABSENT_KEY"), "{}", error.detail);
    assert_eq!(statuses(&stage.segments(run.id).await), [SegmentStatus::Pending]);
    assert_eq!(stage.fake.total(), 0);
    let listed = runner.list_models();
    let keyless = listed.iter().find(|model| model.id == "keyless/good").expect("listed");
    assert_eq!((keyless.available, keyless.missing_env.as_deref()), (false, Some("ABSENT_KEY")));
}

#[on_both_engines]
async fn a_model_that_left_the_catalogue_fails_the_run(stage: Stage) {
    let runner = stage.runner().await;
    let gone = colophon_domain::Models::new([colophon_domain::ModelEntry {
        id: "gone".into(),
        provider: "fake".into(),
        parameters: Vec::new(),
    }]);
    let scene = stage.scene(&gone, "gone", "{source_text}", "夜。\n").await;
    let cut = runner.cut(scene.work_id, scene.chapter_id).await.expect("a cut");
    let txn = stage.db.begin_write_by(actor()).await.expect("a transaction");
    let refused =
        runner.create_run(&txn, &crate::stage::author(), scene.work_id, scene.chapter_id, &cut).await;
    assert!(matches!(refused, Err(colophon_domain::Error::ModelUnknown { .. })), "{refused:?}");
    // One that left between the request and the start.
    let (run, _) = colophon_domain::run::create_run(
        &txn,
        &crate::stage::author(),
        scene.work_id,
        scene.chapter_id,
        &gone,
        |text| vec![text],
    )
    .await
    .expect("a run");
    txn.commit().await.expect("commits");
    runner.wake();
    let error = stage.ended(run.id).await.error.expect("an error");
    assert_eq!(error.code, FailureCode::ModelUnknown);
    assert!(error.detail.contains("gone"));
}

#[on_both_engines]
async fn a_template_that_does_not_render_fails_before_anything_is_sent(stage: Stage) {
    let runner = stage.runner().await;
    // 10,001 is over the limit of widths; a sample is not.
    let template = "{source_text}{chapter_number:{chapter_number}}";
    let Scene { work_id, .. } = stage.scene(runner.models(), "fake/good", template, "夜。\n").await;
    let txn = stage.db.begin_write_by(actor()).await.expect("a transaction");
    let new = colophon_contract::CreateChapter {
        source_text: "夜。\n".into(),
        number: Some(10_001),
        ..Default::default()
    };
    let chapter = colophon_domain::chapter::create_chapter(&txn, work_id, &new).await.expect("a chapter");
    txn.commit().await.expect("commits");
    let run = stage.start(&runner, Scene { work_id, chapter_id: chapter.id }).await;
    let run = stage.ended(run.id).await;
    let error = run.error.expect("an error");
    assert_eq!(error.code, FailureCode::TemplateRenderFailed);
    assert!(error.detail.contains("width_too_large"), "{}", error.detail);
    assert_eq!(statuses(&stage.segments(run.id).await), [SegmentStatus::Failed]);
    assert_eq!((stage.fake.total(), stage.attempts("a.id", run.id).await.len()), (0, 0));
}

#[on_both_engines]
async fn a_segment_that_the_template_does_not_render_on_stops_no_other(stage: Stage) {
    let runner = stage.runner().await;
    // From segment 11 on the width is over the limit.
    let template = "{empty:{segment_number}000}{source_text}";
    let scene = stage.chapter(&"　一、午後の授業でした。\n".repeat(12)).await;
    let parameters = json!({"variables": {"empty": ""}});
    let new = colophon_contract::CreatePrompt {
        name: "House style".into(),
        model: "fake/good".into(),
        template: template.into(),
        parameters: parameters.as_object().expect("an object").clone(),
        note: String::new(),
    };
    stage.prompt(runner.models(), scene, &new).await;
    let run = stage.start(&runner, scene).await;
    let ended = stage.ended(run.id).await;
    let segments = stage.segments(run.id).await;
    let code = |error: &Option<colophon_contract::RunError>| error.as_ref().map(|error| error.code);
    let render_failed = Some(FailureCode::TemplateRenderFailed);
    assert_eq!(statuses(&segments)[..10], [SegmentStatus::Completed; 10]);
    assert_eq!(statuses(&segments)[10..], [SegmentStatus::Failed; 2], "the last one was tried too");
    assert!(segments[10..].iter().all(|segment| code(&segment.error) == render_failed));
    assert_eq!((ended.status, code(&ended.error)), (RunStatus::Failed, render_failed));
    let detail = ended.error.expect("an error").detail;
    assert!(detail.starts_with("2 segments failed, the first is segment 11: "), "{detail}");
    assert_eq!((ended.progress.done, stage.fake.total()), (10, 10));
    // The same of a segment that is translated again.
    let request =
        colophon_contract::RetranslateSegment { instruction: None, base_attempt_id: None, version: None };
    stage.retranslate(&runner, (run.id, 12), &request).await.expect("asked for");
    let segment = stage.settled(run.id, 12).await;
    assert_eq!((segment.status, code(&segment.error)), (SegmentStatus::Failed, render_failed));
}

#[on_both_engines]
async fn a_parameter_that_the_model_refuses_is_named(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.chapter("夜。\n").await;
    let new = colophon_contract::CreatePrompt {
        name: "House style".into(),
        model: "fake/fail-400".into(),
        template: "{source_text}".into(),
        parameters: json!({"temperature": 1.5}).as_object().expect("an object").clone(),
        note: String::new(),
    };
    stage.prompt(runner.models(), scene, &new).await;
    let run = stage.start(&runner, scene).await;
    let error = stage.ended(run.id).await.error.expect("an error");
    assert_eq!(error.code, FailureCode::ParameterRefused);
    assert!(error.detail.contains("temperature"), "{}", error.detail);
}
