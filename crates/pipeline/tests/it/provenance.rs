use crate::stage::{CHAPTER, Stage, author};
use colophon_contract::{AppendVersion, CreatePrompt, RunStatus};
use colophon_provider::fake::{Pace, Script};
use colophon_test_support::on_both_engines;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

fn object(value: serde_json::Value) -> colophon_contract::JsonObject {
    match value {
        serde_json::Value::Object(object) => object,
        other => panic!("no object: {other}"),
    }
}

#[on_both_engines]
async fn a_run_keeps_to_its_version_while_the_prompt_changes_under_it(stage: Stage) {
    let runner = stage.runner().await;
    stage.fake.set_pace(Pace { characters: 4, delay: Duration::from_millis(30) });
    let first = "first {source_text}";
    let scene = stage.scene(runner.models(), "fake/good", first, CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    stage.until_checkpoint(run.id).await;
    let second = AppendVersion {
        model: "fake/other".into(),
        template: "second {source_text}".into(),
        parameters: object(json!({"temperature": 0.3})),
        note: String::new(),
        name: None,
        base_version: 1,
    };
    assert_eq!(stage.append(runner.models(), scene, &second).await.number, 2);
    stage.fake.set_pace(Pace::default());
    let run = stage.ended(run.id).await;
    assert_eq!((run.status, run.prompt_version_number), (RunStatus::Completed, Some(1)));
    assert_eq!((run.model_snapshot.as_str(), run.template_snapshot.as_str()), ("fake/good", first));
    assert_eq!((&run.parameters_snapshot, &run.created_by), (&object(json!({})), &author()));
    let requests = stage.fake.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        let sent = request.json();
        assert_eq!(sent["model"], "good");
        assert!(sent["messages"][0]["content"].as_str().expect("text").starts_with("first "));
    }
    let next = stage.start(&runner, scene).await;
    let next = stage.ended(next.id).await;
    assert_eq!((next.prompt_version_number, next.model_snapshot.as_str()), (Some(2), "fake/other"));
    let sent = stage.fake.requests()[3].json();
    assert_eq!((&sent["model"], &sent["temperature"]), (&json!("other"), &json!(0.3)));
}

#[on_both_engines]
async fn each_works_model_parameters_and_metadata_reach_the_provider(stage: Stage) {
    let runner = stage.runner().await;
    let mut runs = Vec::new();
    for (model, temperature, arc) in [("fake/good", 0.1, "one"), ("fake/other", 0.9, "two")] {
        let scene = stage.chapter("夜。\n").await;
        let parameters = json!({
            "temperature": temperature, "max_tokens": 400, "metadata": {"arc": arc},
            "variables": {"tone": arc},
        });
        let new = CreatePrompt {
            name: "House style".into(),
            model: model.into(),
            template: "{tone}: {source_text}".into(),
            parameters: object(parameters),
            note: String::new(),
        };
        stage.prompt(runner.models(), scene, &new).await;
        let run = stage.start(&runner, scene).await;
        assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
        runs.push(run.id);
    }
    let sent: Vec<_> = stage.fake.requests().iter().map(|request| request.json()).collect();
    for (sent, (model, temperature, arc)) in sent.iter().zip([("good", 0.1, "one"), ("other", 0.9, "two")]) {
        assert_eq!(sent["model"], model);
        assert_eq!(sent["temperature"], temperature);
        assert_eq!(sent["max_completion_tokens"], 400, "under the model's own name");
        assert_eq!(sent["metadata"], json!({"arc": arc}));
        assert_eq!(sent["messages"][0]["content"], format!("{arc}: 夜。"));
        assert!(sent.get("variables").is_none() && sent.get("max_tokens").is_none());
    }
    assert_eq!(stage.fake.requests()[0].headers["authorization"], "Bearer sk-fake");
}

#[on_both_engines]
async fn an_attempt_holds_what_was_sent_and_what_came(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    let run = stage.ended(run.id).await;
    let columns = "a.kind, a.status, a.text, a.prompt_version_id, CAST(a.messages AS TEXT) AS messages,
            a.request_sha256, a.response_sha256, a.provider, a.model_requested, a.model_reported,
            a.response_id, a.finish_reason, a.cost_nano_usd, a.prompt_tokens, a.completion_tokens";
    let attempts = stage.attempts(columns, run.id).await;
    let requests = stage.fake.requests();
    assert_eq!((attempts.len(), requests.len()), (3, 3));
    for (row, request) in attempts.iter().zip(&requests) {
        let text = |column: &str| row.try_get::<String>("", column).expect(column);
        let number = |column: &str| row.try_get::<i64>("", column).expect(column);
        assert_eq!((text("kind").as_str(), text("status").as_str()), ("model", "completed"));
        assert_eq!(Some(number("prompt_version_id")), run.prompt_version_id);
        assert_eq!(text("request_sha256"), hex::encode(Sha256::digest(&request.body)));
        assert_eq!(text("response_sha256"), hex::encode(Sha256::digest(text("text"))));
        let messages: serde_json::Value = serde_json::from_str(&text("messages")).expect("json");
        assert_eq!(messages, request.json()["messages"]);
        assert_eq!((text("provider").as_str(), text("model_requested").as_str()), ("fake", "good"));
        assert_eq!((text("model_reported").as_str(), text("finish_reason").as_str()), ("good", "stop"));
        assert!(!text("response_id").is_empty());
        // 1 and 2 dollars a million tokens are 1,000 and 2,000 nano-dollars a token.
        let cost = 1_000 * number("prompt_tokens") + 2_000 * number("completion_tokens");
        assert_eq!(number("cost_nano_usd"), cost);
    }
}
#[on_both_engines]
async fn the_usage_and_cost_of_a_failed_answer_are_kept(stage: Stage) {
    let runner = stage.runner().await;
    let begun = || Script::deltas("good", "Nig", 1);
    let scripts = [
        begun().then_finish("good", "length").then_usage("good", "Nig").then_done(),
        begun().then_finish("good", "content_filter").then_usage("good", "Nig").then_done(),
        // Paid for, and no word for the end: each of four tries.
        begun().then_usage("good", "Nig").then_done(),
    ];
    for (script, tries) in scripts.into_iter().zip([1, 1, 4]) {
        stage.fake.script(script.times(tries));
        let scene = stage.scene(runner.models(), "fake/good", "{source_text}", "夜。\n").await;
        let run = stage.start(&runner, scene).await;
        let run = stage.ended(run.id).await;
        assert_eq!(run.status, RunStatus::Failed);
        let columns =
            "a.status, a.response_id, a.prompt_tokens, a.completion_tokens, a.total_tokens, a.cost_nano_usd";
        let attempts = stage.attempts(columns, run.id).await;
        assert_eq!(attempts.len(), tries as usize);
        for row in attempts {
            let text = |column: &str| row.try_get::<String>("", column).expect(column);
            let number = |column: &str| row.try_get::<i64>("", column).expect(column);
            assert_eq!((text("status").as_str(), text("response_id").is_empty()), ("failed", false));
            let counted = ["prompt_tokens", "completion_tokens", "total_tokens"].map(number);
            assert_eq!((counted, number("cost_nano_usd")), ([7, 3, 10], 13_000));
        }
        let usage = run.usage.expect("a usage");
        assert_eq!(usage.total_tokens, 10 * i64::from(tries), "the run's sums have them too");
        assert_eq!(run.cost_usd, Some(["0.000013", "0.000052"][usize::from(tries == 4)].to_owned()));
    }
}
