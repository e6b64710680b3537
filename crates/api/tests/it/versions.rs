use crate::app::{TEMPLATE, TestApp};
use crate::call::at;
use colophon_contract::{AppendVersion, Code, JsonObject};
use colophon_domain::{Actor, ModelEntry, Models, prompt};
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

fn next(base: i32, template: &str) -> Value {
    json!({"model": "demo", "template": template, "base_version": base})
}

/// Stores a template as it is, as earlier servers did.
async fn store(app: &TestApp, work: i64, base_version: i32, template: &str) {
    let by = Actor::system("an earlier server");
    let new = AppendVersion {
        model: "demo".to_owned(),
        template: template.to_owned(),
        parameters: JsonObject::new(),
        note: String::new(),
        name: None,
        base_version,
    };
    let models = Models::new([ModelEntry { id: "demo".into(), provider: "demo".into(), parameters: vec![] }]);
    let draft = prompt::draft_version(&app.db, &by.author, work, &new, None, &models).await.expect("a draft");
    prompt::store_version(&app.db, &by, draft).await.expect("a version");
}

#[on_both_engines]
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

#[on_both_engines]
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

#[on_both_engines]
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

#[on_both_engines]
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
    assert_eq!(
        app.post(&path, baseless).await.refuses(Code::ValidationFailed),
        at("/base_version", "missing")
    );
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

#[on_both_engines]
async fn texts_are_stored_with_line_feeds(app: TestApp) {
    let work = app.work().await;
    app.prompt(work, "demo").await;
    let path = format!("/works/{work}/prompt/versions");
    let request = json!({
        "model": "demo", "template": "Be {tone}.\r\n\r{source_text}\r\n", "base_version": 1,
        "note": "one\r\ntwo", "parameters": {"variables": {"tone": "dry\r\ncalm"}, "metadata": {"kept": "a\r\n"}},
    });
    let made = app.post(&path, request.clone()).await.is(201).json();
    assert_eq!(
        (&made["template"], &made["note"]),
        (&json!("Be {tone}.\n\n{source_text}\n"), &json!("one\ntwo"))
    );
    assert_eq!(
        made["parameters"],
        json!({"variables": {"tone": "dry\ncalm"}, "metadata": {"kept": "a\r\n"}})
    );
    assert_eq!(app.get(&format!("{path}/2")).await.is(200).json(), made);
    // Limits count what is stored.
    let long = format!("{{source_text}}{}", "\r\n".repeat(49_987));
    let stored = app.post(&path, next(2, &long)).await.is(201).json();
    assert_eq!(stored["template"].as_str().expect("a template").chars().count(), 50_000);
    let again = json!({"base_version": 3, "note": "x\r\ny"});
    assert_eq!(app.post(&format!("{path}/2/restore"), again).await.is(201).json()["note"], "x\ny");
    let same = json!({"base_version": 4, "model": "demo", "template": request["template"], "parameters": request["parameters"]});
    app.post(&path, same).await.refuses(Code::VersionUnchanged);
}

/// A version of an earlier server, which stored line ends as they came.
#[on_both_engines]
async fn line_ends_of_an_older_version_are_no_change(app: TestApp) {
    let work = app.work().await;
    app.prompt(work, "demo").await;
    let older = "Be plain.\r\nKeep every name.\r\n\r\n{source_text}\r\n";
    store(&app, work, 1, older).await;
    let path = format!("/works/{work}/prompt");
    let same = older.replace("\r\n", "\n");
    let unchanged = app.post(&format!("{path}/versions"), next(2, &same)).await;
    unchanged.refuses(Code::VersionUnchanged);
    let detail = unchanged.json()["detail"].as_str().expect("a sentence").to_owned();
    assert!(detail.contains("line ends only"), "{detail}");

    let edited = same.replace("every", "each");
    app.post(&format!("{path}/versions"), next(2, &edited)).await.is(201);
    let diff = app.get(&format!("{path}/diff?from=2&to=3")).await.is(200).json();
    assert_eq!(diff["line_ends_only"], false);
    let lines = diff["template"][0]["lines"].as_array().expect("lines");
    let changed: Vec<_> = lines.iter().filter(|line| line["kind"] != "context").collect();
    let words = |line: &Value| -> Vec<Value> {
        let spans = line["spans"].as_array().expect("spans").iter();
        spans.filter(|span| span["changed"] == true).map(|span| span["text"].clone()).collect()
    };
    assert_eq!(changed.len(), 2, "one line, before and after: {changed:?}");
    assert_eq!((words(changed[0]), words(changed[1])), (vec![json!("every")], vec![json!("each")]));

    app.post(&format!("{path}/versions"), next(3, &same)).await.is(201);
    let diff = app.get(&format!("{path}/diff?from=2&to=4")).await.is(200).json();
    let nothing = (&json!(true), &json!([]), &json!([]), &json!(null));
    assert_eq!((&diff["line_ends_only"], &diff["template"], &diff["parameters"], &diff["model"]), nothing);
    let same = app.get(&format!("{path}/diff?from=3&to=3")).await.is(200).json();
    assert_eq!((&same["line_ends_only"], &same["template"]), (&json!(false), &json!([])));
}

#[on_both_engines]
async fn a_saved_template_with_an_escaped_variable_is_warned_of(app: TestApp) {
    let work = app.work().await;
    let path = format!("/works/{work}/prompt");
    let new = json!({"name": "Mustache", "model": "demo", "template": "Translate:\n{{ source_text }}"});
    let made = app.post(&path, new).await.is(201).json();
    let warning = json!([{
        "code": "variable_escaped", "variable": "source_text", "pointer": "/template", "line": 2, "column": 1,
        "length": 17, "text": "{{ source_text }}", "suggestion": "{source_text}",
        "detail": "Doubled braces are text: the model receives “{source_text}”, not the value of the variable. \
                       Write {source_text} with single braces to send the value.",
    }]);
    assert_eq!(made["warnings"], warning);
    assert_eq!(app.get(&path).await.is(200).json()["warnings"], Value::Null, "it is said when saving");

    let versions = format!("{path}/versions");
    let fine = app.post(&versions, next(1, "Translate:\n{source_text}")).await.is(201).json();
    assert_eq!(fine.get("warnings"), None);
    // Also where the first answer is given again.
    for _ in 0..2 {
        let call = app.operator(reqwest::Method::POST, &format!("{versions}/1/restore"));
        let call = call.header("idempotency-key", "restore-1").json(&json!({"base_version": 2}));
        let restored = call.send().await.is(201).json();
        assert_eq!((&restored["number"], &restored["warnings"]), (&json!(3), &warning));
    }
}

#[on_both_engines]
async fn a_version_is_brought_back_as_a_new_one(app: TestApp) {
    let work = app.work().await;
    app.prompt(work, "demo").await;
    let path = format!("/works/{work}/prompt/versions");
    app.post(&path, next(1, "{source_text}")).await.is(201);
    let restored =
        app.post(&format!("{path}/1/restore"), json!({"base_version": 2, "note": "back"})).await.is(201);
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
