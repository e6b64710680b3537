//! `Idempotency-Key`.

use crate::app::{TEMPLATE, TestApp, make_token};
use crate::call::{Answer, at};
use crate::document::operations;
use colophon_contract::{Code, Role};
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};

async fn keyed(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    app.operator(Method::POST, path).header("idempotency-key", key).json(body).send().await
}

fn new_work(title: &str) -> Value {
    json!({"title": title, "source_language": "ja", "target_language": "en"})
}

#[track_caller]
fn same(first: &Answer, again: &Answer) {
    assert_eq!((first.status, first.json()), (again.status, again.json()));
    for name in ["location", "etag", "content-type"] {
        assert_eq!(first.header(name), again.header(name));
    }
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
}

#[test]
fn every_post_that_creates_or_starts_takes_a_key() {
    // Those that make no second thing, and those whose answers hold a secret and are not kept.
    let without = [
        "create_session",
        "set_up",
        "set_password",
        "change_password",
        "create_user",
        "create_link",
        "create_token",
        "preview_prompt",
        "check_template",
        "cancel_translation",
        "resume_provider",
    ];
    for (method, _, operation) in operations() {
        let name = operation["operationId"].as_str().expect("an id");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let takes = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        assert_eq!(takes, method == Method::POST && !without.contains(&name), "{name}");
    }
}

#[on_both_engines]
async fn the_same_request_gets_the_first_answer_again(app: TestApp) {
    let first = keyed(&app, "/works", "k1", &new_work("草枕")).await.is(201);
    same(&first, &keyed(&app, "/works", "k1", &new_work("草枕")).await);
    assert_eq!(app.get("/works").await.json()["items"].as_array().expect("items").len(), 1);
    let work = first.id();
    let prompt = json!({"name": "n", "model": "fake/good", "template": TEMPLATE});
    let next = json!({"model": "fake/good", "template": "{source_text}", "base_version": 1});
    let chapter = json!({"title": "", "source_text": "本文"});
    for (path, key, body) in [
        (format!("/works/{work}/prompt"), "k2", prompt),
        (format!("/works/{work}/prompt/versions"), "k3", next),
        (format!("/works/{work}/prompt/versions/1/restore"), "k4", json!({"base_version": 2})),
        (format!("/works/{work}/chapters"), "k5", chapter),
    ] {
        let first = keyed(&app, &path, key, &body).await.is(201);
        same(&first, &keyed(&app, &path, key, &body).await);
    }
    let chapter =
        app.get(&format!("/works/{work}/chapters")).await.json()["items"][0]["id"].as_i64().expect("an id");
    let path = format!("/works/{work}/chapters/{chapter}/translations");
    let start = async || app.operator(Method::POST, &path).header("idempotency-key", "k6").send().await;
    let first = start().await.is(202);
    same(&first, &start().await);
    app.ended(first.id()).await;
    same(&first, &start().await);
    assert_eq!(app.get(&path).await.json()["items"].as_array().expect("items").len(), 1);
}

#[on_both_engines]
async fn a_key_is_of_one_request(app: TestApp) {
    let first = keyed(&app, "/works", "k", &new_work("草枕")).await.is(201);
    keyed(&app, "/works", "k", &new_work("心")).await.refuses(Code::IdempotencyKeyReused);
    let path = format!("/works/{}/chapters", first.id());
    keyed(&app, &path, "k", &json!({"title": "", "source_text": "x"}))
        .await
        .refuses(Code::IdempotencyKeyReused);
    // Somebody else's key of the same text is another.
    let other = make_token(&app.db, "other", Role::Operator).await;
    let call = app.nobody(Method::POST, "/works").header("authorization", &format!("Bearer {other}"));
    let answer = call.header("idempotency-key", "k").json(&new_work("草枕")).send().await.is(201);
    assert_ne!(answer.id(), first.id());
}

#[on_both_engines]
async fn a_refusal_is_not_kept(app: TestApp) {
    let work = app.work().await;
    let path = format!("/works/{work}/prompt");
    let mut prompt = json!({"name": "n", "model": "no/such", "template": TEMPLATE});
    keyed(&app, &path, "k", &prompt).await.refuses(Code::ModelUnknown);
    keyed(&app, &path, "k", &prompt).await.refuses(Code::ModelUnknown);
    prompt["model"] = json!("demo");
    keyed(&app, &path, "k", &prompt).await.is(201);
}

#[on_both_engines]
async fn what_is_no_key_is_refused(app: TestApp) {
    let long = "k".repeat(256);
    for key in ["", "two words", "夜", long.as_str()] {
        let answer = keyed(&app, "/works", key, &new_work("草枕")).await;
        assert_eq!(answer.refuses(Code::MalformedHeader), at("Idempotency-Key", "malformed"));
    }
    let twice =
        app.operator(Method::POST, "/works").header("idempotency-key", "a").header("idempotency-key", "b");
    twice.json(&new_work("草枕")).send().await.refuses(Code::MalformedHeader);
    keyed(&app, "/works", &"k".repeat(255), &new_work("草枕")).await.is(201);
}

#[on_both_engines]
async fn of_many_at_once_one_is_done(app: TestApp) {
    let body = new_work("草枕");
    let answers = futures::future::join_all((0..16).map(|_| keyed(&app, "/works", "k", &body))).await;
    let mut ids: Vec<i64> = Vec::new();
    for answer in &answers {
        if answer.status == 201 {
            ids.push(answer.id());
        } else {
            answer.refuses(Code::IdempotencyKeyInUse);
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(app.get("/works").await.json()["items"].as_array().expect("items").len(), 1);
}
