use crate::app::TestApp;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

#[on_both_engines]
async fn runs_stay_readable_when_their_chapter_is_deleted(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let run = app.start(work, chapter).await;
    let ended = app.ended(run).await;
    let (run, chapter) = (format!("/translations/{run}"), format!("/works/{work}/chapters/{chapter}"));
    let segments = app.get(&format!("{run}/segments")).await.is(200).json();
    for deleted in [&chapter, &format!("/works/{work}")] {
        app.delete(deleted).await.is(204);
        assert_eq!(app.get(&run).await.is(200).json(), ended);
        assert_eq!(app.get(&format!("{run}/segments")).await.is(200).json(), segments);
    }
    app.get(&format!("{chapter}/translations")).await.is(404);
}

#[on_both_engines]
async fn a_chapter_is_translated_and_says_what_made_it(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let path = format!("/works/{work}/chapters/{chapter}/translations");
    let started = app.operator(Method::POST, &path).json(&json!({})).send().await.is(202);
    let run = started.id();
    assert_eq!(started.header("location"), format!("/api/v1/translations/{run}"));
    assert_eq!(started.json()["status"], "queued");
    // The prompt changes under it; the run keeps to its version.
    let next = json!({"model": "demo", "template": "{source_text}", "base_version": 1});
    app.post(&format!("/works/{work}/prompt/versions"), next).await.is(201);
    let ended = app.ended(run).await;
    assert_json_snapshot!("run", ended, {
        ".id" => "[id]", ".work_id" => "[id]", ".chapter_id" => "[id]", ".prompt_version_id" => "[id]",
        ".created_by.id" => "[id]", ".created_at" => "[time]", ".started_at" => "[time]", ".finished_at" => "[time]",
        ".usage" => "[usage]", ".cost_usd" => "[cost]",
    });
    let list = app.get(&path).await.is(200).json();
    assert_eq!(list["items"], json!([ended]));
    let segments = app.get(&format!("/translations/{run}/segments?limit=2")).await.is(200).json();
    assert_json_snapshot!("segments", segments["items"], {
        "[].attempt.id" => "[id]", "[].attempt.finished_at" => "[time]", "[].attempt.usage" => "[usage]",
        "[].attempt.cost_usd" => "[cost]",
    });
    let cursor = segments["next_cursor"].as_str().expect("a cursor");
    let rest = app.get(&format!("/translations/{run}/segments?cursor={cursor}")).await.is(200).json();
    let all: Vec<&Value> =
        segments["items"].as_array().into_iter().chain(rest["items"].as_array()).flatten().collect();
    let source: String = all.iter().filter_map(|segment| segment["source_text"].as_str()).collect();
    let chapter = app.get(&format!("/works/{work}/chapters/{chapter}")).await.json();
    assert_eq!(chapter["source_text"], source, "joined they are the chapter");
    let summary =
        app.get(&format!("/works/{work}/chapters")).await.json()["items"][0]["latest_translation"].clone();
    assert_eq!((&summary["id"], &summary["prompt_version_number"]), (&json!(run), &json!(1)));
    assert_eq!(app.get(&format!("/works/{work}")).await.json()["translated"], 1);
}

#[on_both_engines]
async fn what_cannot_be_started_says_why(app: TestApp) {
    let work = app.work().await;
    let chapter = app.chapter(work).await;
    let path = format!("/works/{work}/chapters/{chapter}/translations");
    let start = async |path: &str| app.operator(Method::POST, path).send().await;
    start(&path).await.refuses(Code::PromptMissing);
    app.prompt(work, "fake/slow").await;
    let body = app.operator(Method::POST, &path).json(&json!({"model": "demo"})).send().await;
    body.refuses(Code::ValidationFailed);
    let run = start(&path).await.is(202).id();
    start(&path).await.refuses(Code::TranslationInProgress);
    app.delete(&format!("/works/{work}/chapters/{chapter}")).await.refuses(Code::TranslationInProgress);
    app.delete(&format!("/works/{work}")).await.refuses(Code::TranslationInProgress);
    app.operator(Method::POST, &format!("/translations/{run}/cancel")).send().await.is(200);
    app.delete(&format!("/works/{work}")).await.is(204);
    start(&path).await.refuses(Code::WorkNotFound);
    let other = app.work().await;
    start(&format!("/works/{other}/chapters/{chapter}/translations")).await.refuses(Code::ChapterNotFound);
    app.get(&format!("/works/{other}/chapters/{chapter}/translations")).await.refuses(Code::ChapterNotFound);
    app.get("/works/999/chapters/1/translations").await.refuses(Code::WorkNotFound);
}

#[on_both_engines]
async fn a_run_is_cancelled_once(app: TestApp) {
    let (work, chapter) = app.scene("fake/slow").await;
    let run = app.start(work, chapter).await;
    let cancel = format!("/translations/{run}/cancel");
    let cancelled = app.operator(Method::POST, &cancel).send().await.is(200).json();
    assert_eq!(cancelled["status"], "cancelled");
    app.operator(Method::POST, &cancel).send().await.refuses(Code::TranslationEnded);
    app.operator(Method::POST, "/translations/999/cancel").send().await.refuses(Code::TranslationNotFound);
    app.get("/translations/999").await.refuses(Code::TranslationNotFound);
    app.get("/translations/999/segments").await.refuses(Code::TranslationNotFound);
    assert_eq!(app.get("/translations/x").await.refuses(Code::MalformedPath).0, "translation_id");
    app.get(&format!("/translations/{run}/segments?cursor=x")).await.refuses(Code::MalformedQuery);
}

#[on_both_engines]
async fn a_failure_names_its_code(app: TestApp) {
    for (model, code) in [("keyless/good", "provider_key_missing"), ("fake/broken", "provider_refused")] {
        let (work, chapter) = app.scene(model).await;
        let run = app.start(work, chapter).await;
        let run = app.ended(run).await;
        assert_eq!((&run["status"], &run["error"]["code"]), (&json!("failed"), &json!(code)));
        assert_eq!(
            run["error"]["detail"].as_str().expect("a sentence").contains("ABSENT_KEY"),
            model == "keyless/good"
        );
    }
}
