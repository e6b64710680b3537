//! What people write is in the database and nowhere else.

use crate::app::{TestApp, log};
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::json;

#[on_both_engines]
async fn texts_are_not_logged(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let versions = format!("/works/{work}/prompt/versions");
    let next = json!({
        "model": "fake/good", "template": "hush-template {source_text}", "note": "hush-note",
        "parameters": {"metadata": {"a": "told-metadata"}}, "base_version": 1,
    });
    app.post(&versions, next).await.is(201);
    let text = json!({"title": "hush-title", "source_text": "hush-source。"});
    app.patch(&format!("/works/{work}/chapters/{chapter}"), text).await.is(200);
    let preview = json!({"model": "demo", "template": "hush-preview {source_text}", "chapter_id": chapter});
    app.post(&format!("/works/{work}/prompt/preview"), preview).await.is(200);
    let run = app.start(work, chapter).await;
    assert_eq!(app.ended(run).await["status"], "completed");
    let log = log();
    assert!(log.contains("answered") && !log.contains("hush-"), "a text is in the log");
    assert!(log.contains("told-metadata"), "what operators keep with a version goes with it");
}

#[on_both_engines]
async fn wrong_values_are_neither_logged_nor_said_back(app: TestApp) {
    let (work, _) = app.scene("demo").await;
    for body in [
        r#"{"model": "demo", "template": "hush-a"#,
        r#"{"model": "demo", "template": "hush-b" x"#,
        r#"{"model": "demo", "template": "{source_text}", "base_version": "hush-c"}"#,
        r#"{"model": "demo", "template": "{source_text}", "base_version": "hush-d, expected hush-d"}"#,
        r#"{"model": "demo", "template": {"hush": "hush-e"}, "base_version": 1}"#,
        r#"{"model": "demo", "template": "{source_text}", "base_version": 1, "parameters": "hush-f"}"#,
        r#"{"model": "demo", "template": "{source_text}", "base_version": 1, "parameters": {"temperature": "hush-g"}}"#,
        r#"{"model": "demo", "template": "{source_text}", "base_version": 1, "note": ["hush-h"]}"#,
        r#""hush-i""#,
    ] {
        let call = app.operator(Method::POST, &format!("/works/{work}/prompt/versions"));
        let answer = call.header("content-type", "application/json").body(body).send().await;
        assert!([400, 422].contains(&answer.status), "{body}: {}", answer.text());
        assert!(!answer.text().contains("hush-"), "{body}: {}", answer.text());
    }
    assert!(!log().contains("hush-"), "a value is in the log");
}
