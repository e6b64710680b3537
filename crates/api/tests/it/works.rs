use crate::app::TestApp;
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

#[on_both_engines]
async fn a_work_is_made_read_changed_and_deleted(app: TestApp) {
    let new = json!({"title": "草枕", "source_language": "ja", "target_language": "en"});
    let made = app.post("/works", new).await.is(201);
    let path = made.header("location").to_owned();
    assert_eq!(path, format!("/api/v1/works/{}", made.id()));
    assert_json_snapshot!("work", made.json(), {".id" => "[id]", ".created_at" => "[time]", ".updated_at" => "[time]"});
    assert_eq!(app.get(&path).await.is(200).json(), made.json());

    let changed = app.patch(&path, json!({"author": "夏目漱石"})).await.is(200).json();
    assert_eq!((&changed["author"], &changed["title"]), (&json!("夏目漱石"), &json!("草枕")));
    assert_eq!(app.patch(&path, json!({})).await.is(200).json()["author"], "夏目漱石");

    let deleted = app.delete(&path).await.is(204);
    assert!(deleted.body.is_empty());
    app.get(&path).await.refuses(Code::WorkNotFound);
    app.patch(&path, json!({})).await.refuses(Code::WorkNotFound);
    app.delete(&path).await.refuses(Code::WorkNotFound);
    assert_eq!(app.get("/works").await.json()["items"], json!([]));
}

#[on_both_engines]
async fn works_come_newest_first_in_pages(app: TestApp) {
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(app.work().await);
    }
    ids.reverse();
    let mut seen: Vec<i64> = Vec::new();
    let mut path = "/works?limit=2".to_owned();
    loop {
        let page = app.get(&path).await.is(200).json();
        seen.extend(page["items"].as_array().expect("items").iter().filter_map(|work| work["id"].as_i64()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/works?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ids);
}

#[on_both_engines]
async fn works_are_found_by_title_and_author(app: TestApp) {
    for (title, author) in [("Snow Country", "Kawabata"), ("100% Kokoro", "Sōseki"), ("草枕", "夏目漱石")]
    {
        let new = json!({"title": title, "author": author, "source_language": "ja", "target_language": "en"});
        app.post("/works", new).await.is(201);
    }
    let titles = async |query: &str| {
        let page = app.get(&format!("/works?query={query}")).await.is(200).json();
        let title = |work: &Value| work["title"].as_str().expect("a title").to_owned();
        page["items"].as_array().expect("items").iter().map(title).collect::<Vec<_>>()
    };
    assert_eq!(titles("snow").await, ["Snow Country"]);
    assert_eq!(titles("KAWABATA").await, ["Snow Country"]);
    assert_eq!(titles("%E6%BC%B1%E7%9F%B3").await, ["草枕"]);
    assert_eq!(titles("%25").await, ["100% Kokoro"]);
    assert_eq!(titles("_").await, [""; 0]);
    assert_eq!(titles("").await.len(), 3);
}

#[on_both_engines]
async fn a_work_that_breaks_rules_is_refused_with_every_place(app: TestApp) {
    let answer =
        app.post("/works", json!({"title": " ", "source_language": "日本語", "target_language": ""})).await;
    answer.refuses(Code::ValidationFailed);
    assert_json_snapshot!("work_refused", answer.json());
    let long = json!({"title": "夜".repeat(256), "source_language": "ja", "target_language": "en"});
    assert_eq!(app.post("/works", long).await.refuses(Code::ValidationFailed), at("/title", "length"));
    let most = json!({"title": "夜".repeat(255), "source_language": "ja", "target_language": "en"});
    app.post("/works", most).await.is(201);
    let path = format!("/works/{}", app.work().await);
    assert_eq!(
        app.patch(&path, json!({"id": 2})).await.refuses(Code::ValidationFailed),
        at("/id", "unknown_field")
    );
}

#[on_both_engines]
async fn what_a_list_cannot_take_is_told_by_parameter(app: TestApp) {
    let cursor_of_chapters = {
        let work = app.work().await;
        app.chapter(work).await;
        app.chapter(work).await;
        let page = app.get(&format!("/works/{work}/chapters?limit=1")).await.is(200).json();
        page["next_cursor"].as_str().expect("a cursor").to_owned()
    };
    for (query, parameter) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=rubbish", "cursor"),
        (&*format!("cursor={cursor_of_chapters}"), "cursor"),
        ("colour=red", "colour"),
        ("query=%ff", "query"),
        ("query=%00", "query"),
    ] {
        let (place, _) = app.get(&format!("/works?{query}")).await.refuses(Code::MalformedQuery);
        assert_eq!(place, parameter, "{query}");
    }
    app.get("/works/1?x=1").await.refuses(Code::MalformedQuery);
    app.operator(Method::POST, "/works?x=1").json(&json!({})).send().await.refuses(Code::MalformedQuery);
    for id in ["0", "-1", "x", "1.5", "01", "+1", "9223372036854775808", "%00", "%ff", "１"] {
        let (place, _) = app.get(&format!("/works/{id}")).await.refuses(Code::MalformedPath);
        assert_eq!(place, "work_id", "{id}");
    }
}
