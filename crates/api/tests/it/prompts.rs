use crate::app::{TEMPLATE, TestApp};
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use serde_json::json;

#[on_both_engines]
async fn a_prompt_is_made_read_and_renamed(app: TestApp) {
    let work = app.work().await;
    let path = format!("/works/{work}/prompt");
    app.get(&path).await.refuses(Code::PromptNotFound);
    app.patch(&path, json!({"name": "x"})).await.refuses(Code::PromptNotFound);
    let new = json!({
        "name": "House style", "model": "demo", "template": TEMPLATE, "note": "first",
        "parameters": {"metadata": {"team": "夜"}, "variables": {"tone": "calm"}},
    });
    let made = app.post(&path, new.clone()).await.is(201);
    assert_eq!(made.header("location"), format!("/api/v1{path}"));
    assert_json_snapshot!("prompt", made.json(), {
        ".id" => "[id]", ".work_id" => "[id]", ".created_at" => "[time]", ".updated_at" => "[time]",
        ".latest_version.id" => "[id]", ".latest_version.prompt_id" => "[id]", ".latest_version.author.id" => "[id]",
        ".latest_version.created_at" => "[time]",
        ".latest_version.content_hash" => "[hash]", ".latest_version.chain_hash" => "[hash]",
        ".versions.items[].id" => "[id]", ".versions.items[].prompt_id" => "[id]",
        ".versions.items[].author.id" => "[id]", ".versions.items[].created_at" => "[time]",
        ".versions.items[].content_hash" => "[hash]", ".versions.items[].chain_hash" => "[hash]",
    });
    let read = app.get(&path).await.is(200);
    assert_eq!(read.json(), made.json());
    assert_eq!(read.header("etag"), made.header("etag"));
    app.post(&path, new).await.refuses(Code::PromptExists);

    let renamed = app.patch(&path, json!({"name": "Night train"})).await.is(200).json();
    assert_eq!((&renamed["name"], &renamed["latest_version"]["number"]), (&json!("Night train"), &json!(1)));
    assert_eq!(
        app.patch(&path, json!({"name": ""})).await.refuses(Code::ValidationFailed),
        at("/name", "blank")
    );
    app.get("/works/999/prompt").await.refuses(Code::WorkNotFound);
    app.patch("/works/999/prompt", json!({"name": "x"})).await.refuses(Code::WorkNotFound);
}

#[on_both_engines]
async fn a_prompt_that_breaks_rules_is_refused_and_nothing_is_stored(app: TestApp) {
    let work = app.work().await;
    let path = format!("/works/{work}/prompt");
    let new = |model: &str, template: &str, parameters: serde_json::Value| json!({"name": "n", "model": model, "template": template, "parameters": parameters});
    let answer = app.post(&path, new("demo", "{sorce_text} and {", json!({}))).await;
    let (place, _) = answer.refuses(Code::TemplateInvalid);
    assert_eq!(place, "/template");
    assert_json_snapshot!("template_refused", answer.json()["errors"]);
    let unknown = app.post(&path, new("no/such", TEMPLATE, json!({}))).await.refuses(Code::ModelUnknown);
    assert_eq!(unknown, at("/model", "model_unknown"));
    let (place, _) = app
        .post(&path, new("fake/good", TEMPLATE, json!({"top_k": 1})))
        .await
        .refuses(Code::ParametersInvalid);
    assert_eq!(place, "/parameters/top_k");
    let large = json!({"metadata": {"x": "y".repeat(17_000)}});
    app.post(&path, new("fake/good", TEMPLATE, large)).await.refuses(Code::ParametersInvalid);
    let long = app.post(&path, new("demo", &"x".repeat(50_001), json!({}))).await;
    assert_eq!(long.refuses(Code::ValidationFailed), at("/template", "length"));
    app.post("/works/999/prompt", new("demo", TEMPLATE, json!({}))).await.refuses(Code::WorkNotFound);
    app.get(&path).await.refuses(Code::PromptNotFound);
    app.post(&path, new("demo", &"x".repeat(50_000), json!({}))).await.is(201);
}

#[on_both_engines]
async fn two_versions_are_compared(app: TestApp) {
    let work = app.work().await;
    app.prompt(work, "demo").await;
    let path = format!("/works/{work}/prompt");
    let next = json!({
        "model": "fake/good", "template": "Translate calmly into {target_language}:\n\n{source_text}",
        "parameters": {"temperature": 0.3}, "base_version": 1,
    });
    app.post(&format!("{path}/versions"), next).await.is(201);
    let diff = app.get(&format!("{path}/diff?from=1&to=2")).await.is(200).json();
    assert_json_snapshot!(
        "diff",
        json!({
            "from": diff["from"]["number"], "to": diff["to"]["number"],
            "template_characters": [diff["from"]["template_characters"], diff["to"]["template_characters"]],
            "model": diff["model"], "template": diff["template"], "parameters": diff["parameters"],
        })
    );
    // Versions that differ in the last line's end only.
    let next = json!({
        "model": "fake/good", "template": "Translate calmly into {target_language}:\n\n{source_text}\n",
        "parameters": {"temperature": 0.3}, "base_version": 2,
    });
    app.post(&format!("{path}/versions"), next).await.is(201);
    let diff = app.get(&format!("{path}/diff?from=2&to=3")).await.is(200).json();
    let last = diff["template"][0]["lines"].as_array().expect("lines").iter().rev().take(2);
    let last: Vec<_> = last.map(|line| (&line["kind"], &line["missing_newline"])).collect();
    assert_eq!(last, [(&json!("insert"), &json!(false)), (&json!("delete"), &json!(true))]);
    let same = app.get(&format!("{path}/diff?from=2&to=2")).await.is(200).json();
    assert_eq!(
        (&same["model"], &same["template"], &same["parameters"]),
        (&json!(null), &json!([]), &json!([]))
    );
    app.get(&format!("{path}/diff?from=1&to=4")).await.refuses(Code::VersionNotFound);
    for (query, place) in [
        ("from=1", "to"),
        ("to=1", "from"),
        ("from=0&to=1", "from"),
        ("from=1&to=2147483648", "to"),
        ("from=1&to=2&x", "x"),
    ] {
        let answer = app.get(&format!("{path}/diff?{query}")).await;
        assert_eq!(answer.refuses(Code::MalformedQuery).0, place);
    }
    let other = app.work().await;
    app.get(&format!("/works/{other}/prompt/diff?from=1&to=1")).await.refuses(Code::PromptNotFound);
    app.get("/works/999/prompt/diff?from=1&to=1").await.refuses(Code::WorkNotFound);
}

#[on_both_engines]
async fn a_preview_shows_what_would_be_sent_without_a_prompt(app: TestApp) {
    let work = app.work().await;
    let chapter = app.chapter(work).await;
    let path = format!("/works/{work}/prompt/preview");
    let request = json!({"template": TEMPLATE, "model": "demo", "chapter_id": chapter});
    // By who may only read: nothing is saved.
    let preview = app.viewer(reqwest::Method::POST, &path).json(&request).send().await.is(200).json();
    assert_json_snapshot!("preview", preview);
    let broken = json!({"template": "{x}", "model": "demo", "chapter_id": chapter, "segment": 2});
    let preview = app.post(&path, broken).await.is(200).json();
    assert_eq!((&preview["rendered"], &preview["messages"]), (&json!(null), &json!([])));
    assert_eq!(preview["problems"][0]["code"], "unknown_variable");
    let beyond = json!({"template": TEMPLATE, "model": "demo", "chapter_id": chapter, "segment": 99});
    assert_eq!(app.post(&path, beyond).await.refuses(Code::ValidationFailed).0, "/segment");
    let nowhere = json!({"template": TEMPLATE, "model": "demo", "chapter_id": 999});
    app.post(&path, nowhere).await.refuses(Code::ChapterNotFound);
    let invalid =
        json!({"template": TEMPLATE, "model": "demo", "chapter_id": chapter, "parameters": {"variables": 1}});
    app.post(&path, invalid).await.refuses(Code::ParametersInvalid);
    app.post("/works/999/prompt/preview", request).await.refuses(Code::WorkNotFound);
}

#[on_both_engines]
async fn a_preview_that_would_be_long_is_cut_and_says_so(app: TestApp) {
    let work = app.work().await;
    let chapter = app.chapter(work).await;
    let path = format!("/works/{work}/prompt/preview");
    let preview = async |template: String| {
        let parameters = json!({"variables": {"a": "x"}});
        let request =
            json!({"template": template, "model": "demo", "chapter_id": chapter, "parameters": parameters});
        app.viewer(reqwest::Method::POST, &path).json(&request).send().await.is(200)
    };
    // Four million code points of four bytes each, of a template of a few kilobytes.
    let answer = preview("{a:🌌>9999}".repeat(400)).await;
    assert!(answer.body.len() < 4_100_000, "{}", answer.body.len());
    let cut = answer.json();
    assert_eq!((&cut["truncated"], &cut["rendered"]), (&json!(true), &json!(null)));
    let content = cut["messages"][0]["content"].as_str().expect("text");
    assert_eq!(content.chars().count(), 1_000_000);
    assert_eq!(cut["warnings"][1]["code"], "preview_truncated", "{:?}", cut["warnings"]);
    let long = preview(format!("{}{{source_text}}", "あ".repeat(40_000))).await;
    assert_eq!(long.text().matches(&"あ".repeat(40_000)).count(), 1, "a long text is sent once");
    assert_eq!((&long.json()["truncated"], &long.json()["problem_count"]), (&json!(false), &json!(0)));
    let wrong = preview("{nope}".repeat(8_000)).await;
    assert_eq!(
        (&wrong.json()["problem_count"], wrong.json()["problems"].as_array().map(Vec::len)),
        (&json!(8_000), Some(100))
    );
    assert!(wrong.body.len() < 100_000, "{}", wrong.body.len());
}
