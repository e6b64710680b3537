//! Recorded answers of providers, through a whole run: model `only-X` answers with `X.http` for the second of three
//! segments and well for the others.

use crate::stage::{Stage, author, statuses};
use colophon_contract::{FailureCode, RunStatus, SegmentStatus};
use colophon_pipeline::{Options, Runner};
use colophon_provider::{Catalogue, Client};
use colophon_test_support::on_both_engines;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn streams() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider/tests/cases/streams")
}

fn options() -> Options {
    let options = json!({
        "segments": {"target": 40, "max": 120}, "checkpoint_ms": 20, "poll_ms": 50, "stop_grace_s": 0, "retry_ms": 1,
    });
    serde_json::from_value(options).expect("options")
}

fn expected() -> Map<String, Value> {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("the cases");
    match serde_json::from_str(&text) {
        Ok(Value::Object(cases)) => cases,
        other => panic!("{other:?}"),
    }
}

async fn runner(stage: &Stage, cases: &Map<String, Value>) -> Runner {
    let provider = |name: &str, finish_reason: &str| json!({"name": name, "base_url": stage.fake.base_url(), "max_concurrency": 4, "finish_reason": finish_reason});
    let model = |provider: &str, name: &str| {
        json!({
            "id": format!("{provider}/{name}"), "provider": provider, "upstream": format!("only-{name}"),
            "parameters": ["temperature", "max_tokens"],
        })
    };
    let providers = json!([provider("strict", "required"), provider("lenient", "optional")]);
    let models = cases.keys().flat_map(|name| [model("strict", name), model("lenient", name)]);
    let whole = json!({
        "id": "strict/no-options", "provider": "strict", "upstream": "refuses-stream-options",
        "parameters": ["temperature"],
    });
    let models = Value::Array(models.chain([whole]).collect());
    let providers = serde_json::from_value(providers).expect("providers");
    let catalogue =
        Catalogue::new(providers, serde_json::from_value(models).expect("models")).expect("a catalogue");
    Runner::start(stage.db.clone(), Client::new(Arc::new(catalogue)), options())
        .await
        .expect("the runner starts")
}

/// What is wrong with how a run of a case ended.
async fn problems(stage: &Stage, runner: &Runner, model: &str, case: &Value) -> Vec<String> {
    let source = std::fs::read_to_string(folder().join("chapter_for_streams.txt")).expect("the chapter");
    let scene = stage.chapter(&source).await;
    let new = colophon_contract::CreatePrompt {
        name: "House style".into(),
        model: model.into(),
        template: "{source_text}".into(),
        parameters: json!({"temperature": 0.2}).as_object().expect("an object").clone(),
        note: String::new(),
    };
    stage.prompt(runner.models(), scene, &new).await;
    let before = stage.fake.total();
    let run = stage.start(runner, scene).await;
    let mut wrong = Vec::new();
    if let Some(wait) = case["waits_at_least_s"].as_i64() {
        let waiting = stage.until(run.id, |run| run.waiting_reason.is_some() || run.status.is_ended()).await;
        let until =
            waiting.waiting_reason.and_then(|reason| reason.until).map(|until| until.0).unwrap_or_default();
        let until = chrono::DateTime::parse_from_rfc3339(&until)
            .map(|until| (until.to_utc() - chrono::Utc::now()).num_seconds());
        // A moment has gone by since the answer.
        if until.is_ok_and(|until| until < wait - 3) || until.is_err() {
            wrong.push(format!("waits {until:?}, not {wait}"));
        }
        runner.cancel(&crate::stage::actor(), run.id).await.expect("cancelled");
        return wrong;
    }
    let ended = stage.ended(run.id).await;
    let segments = stage.segments(run.id).await;
    let attempts = stage.attempts("a.id", run.id).await.len();
    let mut expect = |what: &str, is: bool| {
        if !is {
            wrong.push(format!(
                "{what}: {case} but {:?}, {:?}, {attempts} attempts",
                ended.error, segments[1].text
            ));
        }
    };
    if let Some(status) = case["status"].as_str() {
        expect("status", ended.status.as_str() == status);
    }
    if let Some(text) = case["text"].as_str() {
        expect("text", segments[1].text.as_deref().is_some_and(|found| found.starts_with(text)));
    }
    if let Some(code) = case["segment"].as_str() {
        expect("segment", segments[1].error.as_ref().map(|error| error.code) == FailureCode::find(code));
        expect("text of a failed segment", segments[1].text.is_none());
    }
    if let Some(number) = case["attempts"].as_u64() {
        expect("attempts", attempts as u64 == number + 2);
    }
    if case["tried_again"] == true {
        expect("tries", attempts > 3);
    } else if case["ends_run"] != true {
        let done = [segments[0].status, segments[2].status] == [SegmentStatus::Completed; 2];
        expect("the others", done && segments[0].text.is_some());
    }
    if case["ends_run"] == true {
        expect(
            "the end of the run",
            ended.status == RunStatus::Failed && segments[2].status == SegmentStatus::Pending,
        );
    }
    let paused =
        runner.list_providers().await.expect("listed").iter().any(|provider| provider.paused.is_some());
    expect("pause", !paused);
    expect("requests", stage.fake.total() - before == attempts);
    wrong.into_iter().map(|wrong| format!("{model}: {wrong}")).collect()
}

#[on_both_engines]
async fn each_recorded_answer_ends_as_it_should(stage: Stage) {
    let cases = expected();
    assert!(cases.len() >= 36, "{}", cases.len());
    stage.fake.play_recordings(streams());
    let runner = runner(&stage, &cases).await;
    let mut wrong = Vec::new();
    for (name, case) in &cases {
        // The shared server answers this model for all segments.
        let model = if name == "refuses-stream-options" {
            "strict/no-options".to_owned()
        } else {
            format!("strict/{name}")
        };
        wrong.extend(problems(&stage, &runner, &model, case).await);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[on_both_engines]
async fn an_end_without_a_reason_is_enough_where_the_provider_is_configured_so(stage: Stage) {
    let cases = expected();
    stage.fake.play_recordings(streams());
    let runner = runner(&stage, &cases).await;
    let completed = json!({"status": "completed"});
    let mut wrong = problems(&stage, &runner, "lenient/finish-missing-done", &completed).await;
    let dropped = json!({"segment": "stream_incomplete", "tried_again": true});
    wrong.extend(problems(&stage, &runner, "lenient/finish-missing-eof", &dropped).await);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let scene = stage
        .scene(runner.models(), "strict/finish-missing-done", "{source_text}", "港は封鎖された。\n")
        .await;
    let run = stage.start(&runner, scene).await;
    let error = stage.ended(run.id).await.error.expect("an error");
    assert!(error.detail.contains("finish_reason"), "the setting is named: {}", error.detail);
    assert_eq!(statuses(&stage.segments(run.id).await), [SegmentStatus::Failed]);
    assert_eq!(author().name, run.created_by.name);
}
