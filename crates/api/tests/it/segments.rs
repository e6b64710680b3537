use crate::app::TestApp;
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};

/// A segment's address, and that of its attempts.
fn place(run: i64, position: i32) -> (String, String) {
    let segment = format!("/translations/{run}/segments/{position}");
    (segment.clone(), format!("{segment}/attempts"))
}

impl TestApp {
    /// A run that has all its text.
    async fn translated(&self) -> i64 {
        let (work, chapter) = self.scene("fake/good").await;
        let run = self.start(work, chapter).await;
        assert_eq!(self.ended(run).await["status"], "completed");
        run
    }

    async fn base(&self, segment: &str) -> Value {
        self.get(segment).await.is(200).json()["attempt"]["id"].clone()
    }
}

#[on_both_engines]
async fn a_segment_is_edited_by_hand_and_keeps_every_attempt(app: TestApp) {
    let run = app.translated().await;
    let (segment, attempts) = place(run, 1);
    let before = app.get(&segment).await.is(200).json();
    let base = before["attempt"]["id"].clone();
    let edit = json!({"text": "In the afternoon.", "base_attempt_id": base});
    let edited = app.patch(&segment, edit).await.is(200).json();
    assert_eq!(
        (&edited["text"], &edited["attempt"]["kind"]),
        (&json!("In the afternoon."), &json!("person"))
    );
    assert_eq!(edited["attempt"]["author"]["name"], "writer");
    assert_eq!(app.get(&segment).await.json(), edited);
    assert_eq!(app.get(&format!("/translations/{run}/segments")).await.json()["items"][0], edited);

    let all = app.get(&attempts).await.is(200).json();
    let [by_hand, by_model] = &all["items"].as_array().expect("a list")[..] else { panic!("{all}") };
    assert_eq!((&by_hand["current"], &by_model["current"]), (&json!(true), &json!(false)));
    assert_eq!((&by_model["id"], &by_model["text"]), (&base, &before["text"]));
    let sent = app.fake.requests().iter().map(|request| request.json()["messages"].clone()).next();
    assert_eq!((&by_model["has_messages"], &by_hand["has_messages"]), (&json!(true), &json!(false)));
    let messages = async |attempt: &Value| {
        let path = format!("{attempts}/{}/messages", attempt["id"]);
        app.get(&path).await.is(200).json()["messages"].clone()
    };
    assert_eq!(Some(messages(by_model).await), sent, "as the provider got them");
    assert_eq!(messages(by_hand).await, Value::Null);
    app.get(&format!("{attempts}/999999/messages")).await.refuses(Code::AttemptNotFound);
    assert_eq!((&by_model["model"], &by_model["provider"]), (&json!("fake/good"), &json!("fake")));
    assert!(by_model["request_sha256"].is_string() && by_model["response_id"].is_string());
    let page = app.get(&format!("{attempts}?limit=1")).await.json();
    let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
    let rest = app.get(&format!("{attempts}?limit=1&cursor={cursor}")).await.json();
    assert_eq!(rest["items"][0], *by_model);
    for (path, cursor) in
        [(attempts.as_str(), "x"), (&attempts.replace("/1/attempts", "/2/attempts"), &cursor)]
    {
        app.get(&format!("{path}?cursor={cursor}")).await.refuses(Code::MalformedQuery);
    }
}

#[on_both_engines]
async fn a_text_by_a_person_is_stored_with_line_feeds(app: TestApp) {
    let run = app.translated().await;
    let (segment, attempts) = place(run, 1);
    let edit = json!({"text": "In the\r\nafter\rnoon.\n", "base_attempt_id": app.base(&segment).await});
    let edited = app.patch(&segment, edit).await.is(200).json();
    assert_eq!(edited["text"], "In the\nafter\nnoon.\n");
    let again = json!({"text": "In the\nafter\r\nnoon.\r\n", "base_attempt_id": edited["attempt"]["id"]});
    assert_eq!(app.patch(&segment, again).await.is(200).json(), edited, "no edit");
    assert_eq!(app.get(&attempts).await.json()["items"].as_array().map(Vec::len), Some(2));
}

#[on_both_engines]
async fn an_attempt_is_brought_back_once(app: TestApp) {
    let run = app.translated().await;
    let (segment, attempts) = place(run, 1);
    let first = app.get(&segment).await.json();
    let edit = json!({"text": "In the afternoon.", "base_attempt_id": first["attempt"]["id"]});
    let base = app.patch(&segment, edit).await.is(200).json()["attempt"]["id"].clone();
    let path = format!("{attempts}/{}/restore", first["attempt"]["id"]);
    let restore = async || {
        let call = app.operator(Method::POST, &path).header("idempotency-key", "back");
        call.json(&json!({"base_attempt_id": base})).send().await.is(201)
    };
    let restored = restore().await;
    assert_eq!(restored.header("location"), format!("/api/v1{segment}"));
    let body = restored.json();
    assert_eq!((&body["text"], &body["attempt"]["restored_from"]), (&first["text"], &first["attempt"]["id"]));
    assert_eq!(
        (&body["attempt"]["kind"], &body["attempt"]["prompt_version_number"]),
        (&json!("person"), &json!(1))
    );
    let again = restore().await;
    assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", body));
    assert_eq!(app.get(&attempts).await.json()["items"].as_array().map(Vec::len), Some(3));
}

#[on_both_engines]
async fn what_a_page_saw_too_long_ago_is_refused_with_the_present(app: TestApp) {
    let run = app.translated().await;
    let (segment, attempts) = place(run, 1);
    let first = app.base(&segment).await;
    app.patch(&segment, json!({"text": "Mine.", "base_attempt_id": first})).await.is(200);
    let late = json!({"text": "Late.", "base_attempt_id": first});
    let refused = app.patch(&segment, late).await;
    refused.refuses(Code::StaleBaseAttempt);
    assert_eq!(refused.json()["present_segment"]["text"], "Mine.");
    let late = app.post(&format!("{attempts}/{first}/restore"), json!({"base_attempt_id": first})).await;
    late.refuses(Code::StaleBaseAttempt);
    app.post(&format!("{attempts}/999/restore"), json!({"base_attempt_id": app.base(&segment).await}))
        .await
        .refuses(Code::AttemptNotFound);
}

#[on_both_engines]
async fn values_that_cannot_be_a_text_are_refused(app: TestApp) {
    let run = app.translated().await;
    let (segment, _) = place(run, 1);
    let base = app.base(&segment).await;
    for (body, error) in [
        (json!({"text": " \n", "base_attempt_id": base}), at("/text", "blank")),
        (json!({"text": "a".repeat(100_001), "base_attempt_id": base}), at("/text", "length")),
        (json!({"text": "a\u{0}b", "base_attempt_id": base}), at("/text", "nul")),
        (json!({"text": "a"}), at("/base_attempt_id", "missing")),
        (json!({"text": "a", "base_attempt_id": base, "author": "me"}), at("/author", "unknown_field")),
    ] {
        assert_eq!(app.patch(&segment, body.clone()).await.refuses(Code::ValidationFailed), error);
    }
    assert_eq!(app.base(&segment).await, base);
    let edit = json!({"text": "a", "base_attempt_id": base});
    app.patch("/translations/999/segments/1", edit.clone()).await.refuses(Code::TranslationNotFound);
    app.patch(&format!("/translations/{run}/segments/99"), edit.clone()).await.refuses(Code::SegmentNotFound);
    app.get(&format!("/translations/{run}/segments/99/attempts")).await.refuses(Code::SegmentNotFound);
    let malformed = app.patch(&format!("/translations/{run}/segments/0"), edit).await;
    assert_eq!(malformed.refuses(Code::MalformedPath).0, "position");
}

#[on_both_engines]
async fn what_waits_or_failed_says_so(app: TestApp) {
    let (work, chapter) = app.scene("fake/cut").await;
    let run = app.start(work, chapter).await;
    assert_eq!(app.ended(run).await["status"], "failed");
    let (segment, attempts) = place(run, 1);
    let cut = app.get(&attempts).await.json()["items"][0].clone();
    assert_eq!((&cut["status"], &cut["error"]["code"]), (&json!("failed"), &json!("output_truncated")));
    let restore =
        app.post(&format!("{attempts}/{}/restore", cut["id"]), json!({"base_attempt_id": null})).await;
    restore.refuses(Code::AttemptWithoutText);
    for position in 1..=3 {
        let edit = json!({"text": "By hand.", "base_attempt_id": null});
        app.patch(&place(run, position).0, edit).await.is(200);
    }
    let done = app.ended(run).await;
    assert_eq!((&done["status"], &done["error"]), (&json!("completed"), &Value::Null), "all by hand");

    let (work, chapter) = app.scene("fake/slow").await;
    let active = app.start(work, chapter).await;
    let edit = json!({"text": "By hand.", "base_attempt_id": null});
    app.patch(&place(active, 3).0, edit.clone()).await.refuses(Code::TranslationInProgress);
    app.operator(Method::POST, &format!("/translations/{active}/cancel")).send().await.is(200);
    app.delete(&format!("/works/{work}")).await.is(204);
    app.patch(&place(active, 3).0, edit.clone()).await.refuses(Code::WorkNotFound);
    app.get(&segment).await.is(200);
}

#[on_both_engines]
async fn a_segment_is_translated_again(app: TestApp) {
    let run = app.translated().await;
    let (segment, attempts) = place(run, 2);
    let base = app.base(&segment).await;
    let path = format!("{segment}/retranslate");
    let ask = async |body: Value| {
        app.operator(Method::POST, &path).header("idempotency-key", "2").json(&body).send().await
    };
    let unheard = json!({"instruction": "Shorter.", "base_attempt_id": base});
    assert_eq!(ask(unheard).await.refuses(Code::ValidationFailed), at("/instruction", "instruction_unused"));
    let asked = ask(json!({"base_attempt_id": base, "version": "latest"})).await.is(202);
    assert_eq!(asked.header("location"), format!("/api/v1{segment}"));
    assert_eq!(asked.json()["retranslation"]["author"]["name"], "writer");
    let mut now = asked.json();
    for _ in 0..600 {
        if now["retranslation"].is_null() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        now = app.get(&segment).await.json();
    }
    assert_eq!((&now["retranslation"], &now["attempt"]["author"]["name"]), (&Value::Null, &json!("writer")));
    assert_ne!(now["attempt"]["id"], base);
    assert_eq!(ask(json!({"base_attempt_id": base, "version": "latest"})).await.is(202).json(), asked.json());
    assert_eq!(app.get(&attempts).await.json()["items"].as_array().map(Vec::len), Some(2), "asked for once");
    app.post(&path, json!({"base_attempt_id": base})).await.refuses(Code::StaleBaseAttempt);
    let other = app.post(&path, json!({"base_attempt_id": base, "version": 1})).await;
    assert_eq!(other.refuses(Code::ValidationFailed), at("/version", "type"));
    let (work, chapter) = app.scene("fake/slow").await;
    let active = app.start(work, chapter).await;
    let early =
        app.post(&format!("{}/retranslate", place(active, 1).0), json!({"base_attempt_id": null})).await;
    early.refuses(Code::TranslationInProgress);
}
