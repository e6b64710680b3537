//! Two servers on one database: what is asked of both at once is done once.

use crate::app::{Server, TestApp};
use crate::call::Answer;
use colophon_contract::Code;
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::json;

/// The same POST twelve times at once, by turns at both servers.
async fn both(app: &TestApp, other: &Server, path: &str, key: Option<&str>) -> Vec<Answer> {
    let ask = |n: usize| async move {
        let call = match n % 2 {
            0 => app.operator(Method::POST, path),
            _ => app.operator_at(other, Method::POST, path),
        };
        match key {
            Some(key) => call.header("idempotency-key", key).send().await,
            None => call.send().await,
        }
    };
    futures::future::join_all((0..12).map(ask)).await
}

/// The one answer that all who got one have; the others came too soon.
fn first(answers: &[Answer]) -> Answer {
    let accepted: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 202).collect();
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        answer.refuses(Code::IdempotencyKeyInUse);
    }
    assert!(accepted.iter().all(|answer| answer.json() == accepted[0].json()));
    let fresh = accepted.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
    assert_eq!(fresh.count(), 1, "done once");
    accepted[0].clone()
}

#[on_both_engines]
async fn a_start_is_done_once(app: TestApp) {
    let other = app.neighbour().await;
    let (work, chapter) = app.scene("fake/good").await;
    let path = format!("/works/{work}/chapters/{chapter}/translations");
    let run = first(&both(&app, &other, &path, Some("start")).await).id();
    assert_eq!(app.ended(run).await["status"], "completed");
    let again = app.operator_at(&other, Method::POST, &path).header("idempotency-key", "start").send().await;
    assert_eq!((again.status, again.id()), (202, run), "also long after");
    assert_eq!(app.get(&path).await.json()["items"].as_array().expect("items").len(), 1);
    assert_eq!(app.fake.total(), 3);
}

#[on_both_engines]
async fn one_run_a_chapter_is_active(app: TestApp) {
    let other = app.neighbour().await;
    let (work, chapter) = app.scene("fake/good").await;
    app.fake.script(Script::hang());
    let path = format!("/works/{work}/chapters/{chapter}/translations");
    let answers = both(&app, &other, &path, None).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    answers.iter().filter(|answer| answer.status != 202).for_each(|answer| {
        answer.refuses(Code::TranslationInProgress);
    });
}

#[on_both_engines]
async fn a_resume_is_done_once(app: TestApp) {
    let other = app.neighbour().await;
    let (work, chapter) = app.scene("fake/good").await;
    app.fake.script(Script::json(400, &json!({"error": {"message": "no"}})));
    let run = app.start(work, chapter).await;
    assert_eq!(app.ended(run).await["error"]["code"], "provider_refused");
    let path = format!("/translations/{run}/resume");
    let resumed = first(&both(&app, &other, &path, Some("resume")).await);
    assert_eq!((resumed.id(), resumed.header("location")), (run, &*format!("/api/v1/translations/{run}")));
    assert_eq!(app.ended(run).await["status"], "completed");
    assert_eq!(app.fake.total(), 4);

    app.operator(Method::POST, &path).send().await.refuses(Code::TranslationCompleted);
    let again = app.operator_at(&other, Method::POST, &path).header("idempotency-key", "resume").send().await;
    assert_eq!(again.is(202).json(), resumed.json());
    app.operator(Method::POST, "/translations/99/resume").send().await.refuses(Code::TranslationNotFound);
}

#[on_both_engines]
async fn what_is_cancelled_at_one_is_resumed_at_the_other(app: TestApp) {
    let other = app.neighbour().await;
    let (work, chapter) = app.scene("fake/good").await;
    app.fake.script(Script::hang());
    let run = app.start(work, chapter).await;
    for _ in 0..600 {
        if app.fake.total() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    app.operator(Method::POST, &format!("/translations/{run}/resume"))
        .send()
        .await
        .refuses(Code::TranslationInProgress);
    app.operator_at(&other, Method::POST, &format!("/translations/{run}/cancel")).send().await.is(200);
    app.operator(Method::POST, &format!("/translations/{run}/resume")).send().await.is(202);
    assert_eq!(app.ended(run).await["status"], "completed");
}
