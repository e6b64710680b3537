use crate::app::{TEMPLATE, TestApp};
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

fn next(base: i32, template: &str) -> Value {
    json!({"model": "demo", "template": template, "base_version": base})
}

on_both! {
    async fn versions_are_appended_listed_and_read(app: TestApp) {
        let work = app.work().await;
        app.prompt(work, "demo").await;
        let path = format!("/works/{work}/prompt/versions");
        let request = json!({
            "model": "demo", "template": "{source_text}", "base_version": 1, "note": "shorter", "name": "Night train",
        });
        let made = app.post(&path, request).await.is(201);
        assert_eq!(made.header("location"), format!("/api/v1{path}/2"));
        assert_json_snapshot!("version", made.json(), {
            ".id" => "[id]", ".prompt_id" => "[id]", ".author.id" => "[id]", ".created_at" => "[time]",
            ".content_hash" => "[hash]", ".chain_hash" => "[hash]",
        });
        assert_eq!(app.get(&format!("{path}/2")).await.is(200).json(), made.json());
        assert_eq!(app.get(&format!("/works/{work}/prompt")).await.json()["name"], "Night train");
        let list = app.get(&format!("{path}?limit=1")).await.is(200).json();
        assert_eq!((&list["items"][0]["number"], &list["items"][0]["template"]), (&json!(2), &json!(null)));
        assert_eq!(list["items"][0]["template_characters"], 13);
        let cursor = list["next_cursor"].as_str().expect("a cursor");
        let list = app.get(&format!("{path}?cursor={cursor}")).await.is(200).json();
        assert_eq!((&list["items"][0]["number"], &list["next_cursor"]), (&json!(1), &json!(null)));
    }

    async fn a_page_of_versions_has_twenty(app: TestApp) {
        let work = app.work().await;
        app.prompt(work, "demo").await;
        let path = format!("/works/{work}/prompt/versions");
        for base in 1..=21 {
            app.post(&path, next(base, &format!("{base} {{source_text}}"))).await.is(201);
        }
        let list = app.get(&path).await.is(200).json();
        assert_eq!(list["items"].as_array().expect("items").len(), 20);
        assert!(list["next_cursor"].is_string());
        let prompt = app.get(&format!("/works/{work}/prompt")).await.is(200).json();
        assert_eq!(prompt["versions"], list);
    }

    async fn a_stale_edit_never_wins(app: TestApp) {
        let work = app.work().await;
        app.prompt(work, "demo").await;
        let path = format!("/works/{work}/prompt/versions");
        app.post(&path, next(1, "A {source_text}")).await.is(201);
        for base in [1, 3] {
            let answer = app.post(&path, next(base, "B {source_text}")).await;
            answer.refuses(Code::StaleBaseVersion);
            assert_eq!(answer.json()["latest_version"]["number"], 2);
            assert_eq!(answer.json()["latest_version"]["template"], "A {source_text}");
        }
        app.post(&format!("{path}/1/restore"), json!({"base_version": 1})).await.refuses(Code::StaleBaseVersion);
        assert_eq!(app.get(&path).await.json()["items"].as_array().expect("items").len(), 2);
    }

    async fn a_version_that_breaks_rules_is_refused(app: TestApp) {
        let work = app.work().await;
        let path = format!("/works/{work}/prompt/versions");
        app.post(&path, next(1, "{source_text}")).await.refuses(Code::PromptNotFound);
        app.get(&path).await.refuses(Code::PromptNotFound);
        app.prompt(work, "demo").await;
        app.post(&path, next(1, TEMPLATE)).await.refuses(Code::VersionUnchanged);
        app.post(&path, next(1, "{nobody}")).await.refuses(Code::TemplateInvalid);
        let unknown = json!({"model": "no/such", "template": "x", "base_version": 1});
        app.post(&path, unknown).await.refuses(Code::ModelUnknown);
        let invalid = json!({"model": "demo", "template": "x", "parameters": {"metadata": 1}, "base_version": 1});
        assert_eq!(app.post(&path, invalid).await.refuses(Code::ParametersInvalid).0, "/parameters/metadata");
        let baseless = json!({"model": "demo", "template": "x"});
        assert_eq!(app.post(&path, baseless).await.refuses(Code::ValidationFailed), at("/base_version", "missing"));
        let author = json!({"model": "demo", "template": "x", "base_version": 1, "author": "me"});
        assert_eq!(app.post(&path, author).await.refuses(Code::ValidationFailed), at("/author", "unknown_field"));
        app.post("/works/999/prompt/versions", next(1, "x")).await.refuses(Code::WorkNotFound);
        app.get("/works/999/prompt/versions").await.refuses(Code::WorkNotFound);
        app.get("/works/999/prompt/versions/1").await.refuses(Code::WorkNotFound);
        app.get(&format!("{path}/2")).await.refuses(Code::VersionNotFound);
        assert_eq!(app.get(&format!("{path}/2147483648")).await.refuses(Code::MalformedPath).0, "number");
        app.get(&format!("{path}?cursor=x")).await.refuses(Code::MalformedQuery);
        assert_eq!(app.get(&path).await.json()["items"].as_array().expect("items").len(), 1);
    }

    async fn a_version_is_brought_back_as_a_new_one(app: TestApp) {
        let work = app.work().await;
        app.prompt(work, "demo").await;
        let path = format!("/works/{work}/prompt/versions");
        app.post(&path, next(1, "{source_text}")).await.is(201);
        let restored = app.post(&format!("{path}/1/restore"), json!({"base_version": 2, "note": "back"})).await.is(201);
        assert_eq!(restored.header("location"), format!("/api/v1{path}/3"));
        let version = restored.json();
        assert_eq!((&version["number"], &version["restored_from"]), (&json!(3), &json!(1)));
        assert_eq!((&version["template"], &version["note"]), (&json!(TEMPLATE), &json!("back")));
        let again = json!({"base_version": 3});
        app.post(&format!("{path}/3/restore"), again.clone()).await.refuses(Code::VersionUnchanged);
        app.post(&format!("{path}/9/restore"), again.clone()).await.refuses(Code::VersionNotFound);
        app.post("/works/999/prompt/versions/1/restore", again.clone()).await.refuses(Code::WorkNotFound);
        let other = app.work().await;
        app.post(&format!("/works/{other}/prompt/versions/1/restore"), again).await.refuses(Code::PromptNotFound);
    }
}
