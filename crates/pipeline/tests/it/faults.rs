use crate::stage::{CHAPTER, Scene, Stage, statuses};
use colophon_contract::{FailureCode, Run, RunEvent, RunStatus, SegmentStatus};
use colophon_pipeline::Runner;
use colophon_provider::fake::Script;
use colophon_test_support::on_both;
use serde_json::json;

/// Runs a chapter of one segment with a model until it fails.
async fn fail(stage: &Stage, runner: &Runner, model: &str) -> Run {
    let scene = stage.scene(runner.models(), model, "{source_text}", "夜でした。\n").await;
    let run = stage.start(runner, scene).await;
    let run = stage.ended(run.id).await;
    assert_eq!(run.status, RunStatus::Failed, "{model}");
    run
}

on_both! {
    async fn each_fault_of_a_provider_has_its_code(stage: Stage) {
        let runner = stage.runner().await;
        for (model, code) in [
            ("fail-length", FailureCode::OutputTruncated),
            ("fail-content-filter", FailureCode::ContentFiltered),
            ("fail-empty", FailureCode::EmptyAnswer),
            ("fail-incomplete", FailureCode::StreamIncomplete),
            ("fail-drop", FailureCode::StreamIncomplete),
            ("fail-stall", FailureCode::StreamIdle),
            ("fail-mid-stream", FailureCode::StreamError),
            ("fail-sse", FailureCode::ProviderInvalidResponse),
            ("fail-html", FailureCode::ProviderHtmlResponse),
            ("fail-hang", FailureCode::ProviderTimeout),
            ("fail-401", FailureCode::ProviderUnauthorized),
            ("fail-429", FailureCode::ProviderRateLimited),
            ("fail-quota", FailureCode::ProviderQuota),
            ("fail-500", FailureCode::ProviderError),
        ] {
            let run = fail(&stage, &runner, &format!("fake/{model}")).await;
            let error = run.error.expect("an error");
            assert_eq!(error.code, code, "{model}: {}", error.detail);
            assert!(error.detail.len() > 10 && !error.detail.contains("stays here"), "{}", error.detail);
            let segments = stage.segments(run.id).await;
            assert_eq!(statuses(&segments), [SegmentStatus::Failed], "{model}");
            assert_eq!(segments[0].text, None, "an error is no translation");
            assert_eq!(segments[0].error.as_ref().map(|error| error.code), Some(code));
            let attempts = stage.attempts("a.status, a.error_code", run.id).await;
            assert_eq!(attempts.len(), 1, "not tried again: {model}");
            assert_eq!(attempts[0].try_get::<String>("", "error_code").expect("code"), code.as_str());
        }
        let run = fail(&stage, &runner, "nobody/good").await;
        assert_eq!(run.error.expect("an error").code, FailureCode::ProviderUnreachable);
    }

    async fn a_failed_segment_fails_the_run_and_keeps_what_is_finished(stage: Stage) {
        let runner = stage.runner().await;
        let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
        stage.fake.script(Script::answer("good", "One."));
        stage.fake.script(Script::deltas("good", "Tw", 1).then_finish("good", "length").then_done());
        let run = stage.start(&runner, scene).await;
        let run = stage.ended(run.id).await;
        assert_eq!((run.status, run.progress.done), (RunStatus::Failed, 1));
        let segments = stage.segments(run.id).await;
        use SegmentStatus::{Completed, Failed, Pending};
        assert_eq!(statuses(&segments), [Completed, Failed, Pending]);
        assert_eq!((segments[0].text.as_deref(), &segments[1].text), (Some("One."), &None));
        assert_eq!(stage.fake.total(), 2, "nothing is sent after a failure");
        let events = colophon_domain::run::get_replay(&stage.db, run.id, 0).await.expect("a replay").events;
        let failed = events.iter().find_map(|recorded| match &recorded.event {
            RunEvent::SegmentError(error) => Some(error),
            _ => None,
        });
        let failed = failed.expect("a segment's error");
        assert_eq!((failed.position, failed.code, failed.will_retry), (2, FailureCode::OutputTruncated, false));
        assert!(matches!(events.last().map(|e| &e.event), Some(RunEvent::TranslationError(_))));
    }

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

    async fn a_model_that_left_the_catalogue_fails_the_run(stage: Stage) {
        let runner = stage.runner().await;
        let gone = colophon_domain::Models::new([colophon_domain::ModelEntry {
            id: "gone".into(),
            parameters: Vec::new(),
        }]);
        let scene = stage.scene(&gone, "gone", "{source_text}", "夜。\n").await;
        let cut = runner.cut(scene.work_id, scene.chapter_id).await.expect("a cut");
        let txn = stage.db.begin_write().await.expect("a transaction");
        let refused = runner.create_run(&txn, &crate::stage::author(), scene.work_id, scene.chapter_id, &cut).await;
        assert!(matches!(refused, Err(colophon_domain::Error::ModelUnknown { .. })), "{refused:?}");
        // One that left between the request and the start.
        let (run, _) = colophon_domain::run::create_run(
            &txn, &crate::stage::author(), scene.work_id, scene.chapter_id, &gone, |text| vec![text],
        ).await.expect("a run");
        txn.commit().await.expect("commits");
        runner.wake();
        let error = stage.ended(run.id).await.error.expect("an error");
        assert_eq!(error.code, FailureCode::ModelUnknown);
        assert!(error.detail.contains("gone"));
    }

    async fn a_template_that_does_not_render_fails_before_anything_is_sent(stage: Stage) {
        let runner = stage.runner().await;
        // 10,001 is over the limit of widths; a sample is not.
        let template = "{source_text}{chapter_number:{chapter_number}}";
        let Scene { work_id, .. } = stage.scene(runner.models(), "fake/good", template, "夜。\n").await;
        let txn = stage.db.begin_write().await.expect("a transaction");
        let new = colophon_contract::CreateChapter {
            title: String::new(), source_text: "夜。\n".into(), number: Some(10_001),
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

    async fn a_parameter_that_the_model_refuses_is_named(stage: Stage) {
        let runner = stage.runner().await;
        let scene = stage.chapter("夜。\n").await;
        let new = colophon_contract::CreatePrompt {
            name: "House style".into(), model: "fake/fail-400".into(), template: "{source_text}".into(),
            parameters: json!({"temperature": 1.5}).as_object().expect("an object").clone(), note: String::new(),
        };
        stage.prompt(runner.models(), scene, &new).await;
        let run = stage.start(&runner, scene).await;
        let error = stage.ended(run.id).await.error.expect("an error");
        assert_eq!(error.code, FailureCode::ParameterRefused);
        assert!(error.detail.contains("temperature"), "{}", error.detail);
    }
}
