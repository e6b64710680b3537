//! `ETag` and `If-None-Match`.

use crate::app::TestApp;
use crate::call::{Answer, at};
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::json;

async fn with(app: &TestApp, path: &str, tags: &str) -> Answer {
    app.viewer(Method::GET, path).header("if-none-match", tags).send().await
}

#[on_both_engines]
async fn what_did_not_change_is_not_sent_again(app: TestApp) {
    let (work, chapter) = app.scene("demo").await;
    for path in [
        format!("/works/{work}"),
        format!("/works/{work}/chapters/{chapter}"),
        format!("/works/{work}/prompt"),
        format!("/works/{work}/prompt/versions/1"),
    ] {
        let first = app.get(&path).await.is(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && first.header("cache-control") == "private, no-cache", "{path}");
        for tags in
            [tag.clone(), tag.trim_start_matches("W/").to_owned(), format!("\"a,b\", {tag}"), "*".to_owned()]
        {
            let again = with(&app, &path, &tags).await.is(304);
            assert!(again.body.is_empty() && again.header("etag") == tag, "{path} {tags}");
        }
        for tags in ["\"other\"", "rubbish", "W/\"", "\"\u{ff}\""] {
            assert_eq!(with(&app, &path, tags).await.is(200).json(), first.json(), "{path} {tags}");
        }
    }
    with(&app, "/works/999", "*").await.is(404);
    with(&app, "/works/999/prompt", "*").await.is(404);
}

#[on_both_engines]
async fn a_tag_holds_until_something_changes(app: TestApp) {
    let (work, chapter) = app.scene("demo").await;
    let prompt = format!("/works/{work}/prompt");
    let tag = app.get(&prompt).await.header("etag").to_owned();
    app.patch(&prompt, json!({"name": "Other"})).await.is(200);
    let renamed = with(&app, &prompt, &tag).await.is(200).header("etag").to_owned();
    let next = json!({"model": "demo", "template": "{source_text}", "base_version": 1});
    app.post(&format!("{prompt}/versions"), next).await.is(201);
    with(&app, &prompt, &renamed).await.is(200);
    for (path, change) in [
        (format!("/works/{work}"), json!({"title": "Other"})),
        (format!("/works/{work}/chapters/{chapter}"), json!({"title": "Other"})),
    ] {
        let tag = app.get(&path).await.header("etag").to_owned();
        app.patch(&path, change).await.is(200);
        with(&app, &path, &tag).await.is(200);
    }
}

#[on_both_engines]
async fn a_change_to_what_is_there_already_is_none(app: TestApp) {
    let (work, chapter) = app.scene("demo").await;
    for path in [format!("/works/{work}"), format!("/works/{work}/chapters/{chapter}")] {
        let before = app.get(&path).await;
        let same = ["title", "author", "source_language", "source_text", "number"];
        let same =
            same.iter().filter_map(|name| Some(((*name).to_owned(), before.json().get(*name)?.clone())));
        for change in [json!({}), serde_json::Value::Object(same.collect())] {
            assert_eq!(app.patch(&path, change).await.is(200).json(), before.json(), "{path}");
            assert_eq!(app.get(&path).await.header("etag"), before.header("etag"), "{path}");
        }
    }
}

#[on_both_engines]
async fn what_is_given_is_not_null(app: TestApp) {
    let (work, chapter) = app.scene("demo").await;
    let (work, chapter) = (format!("/works/{work}"), format!("/works/{work}/chapters/{chapter}"));
    for (path, field) in [
        (&work, "title"),
        (&work, "author"),
        (&work, "source_language"),
        (&work, "target_language"),
        (&chapter, "title"),
        (&chapter, "source_text"),
        (&chapter, "number"),
    ] {
        let refused = app.patch(path, json!({field: null})).await.refuses(Code::ValidationFailed);
        assert_eq!(refused, at(&format!("/{field}"), "type"));
    }
}

#[on_both_engines]
async fn an_ended_run_has_a_tag_of_its_present_state(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let run = app.start(work, chapter).await;
    app.ended(run).await;
    let path = format!("/translations/{run}");
    let tag = app.get(&path).await.header("etag").to_owned();
    with(&app, &path, &tag).await.is(304);
    // It shows the prompt's present name.
    app.patch(&format!("/works/{work}/prompt"), json!({"name": "Other"})).await.is(200);
    assert_eq!(with(&app, &path, &tag).await.is(200).json()["prompt_name"], "Other");
}

#[on_both_engines]
async fn the_same_tag_goes_with_every_coding(app: TestApp) {
    let (work, _) = app.scene("demo").await;
    let path = format!("/works/{work}/prompt");
    let plain = app.get(&path).await;
    for coding in ["br", "gzip", "gzip, br;q=0.1"] {
        let packed = app.viewer(Method::GET, &path).header("accept-encoding", coding).send().await.is(200);
        assert!(["br", "gzip"].contains(&packed.header("content-encoding")), "{coding}");
        assert_eq!(packed.header("etag"), plain.header("etag"));
        assert!(packed.header("vary").to_lowercase().contains("accept-encoding"));
    }
}
