//! `/providers`.

use crate::app::TestApp;
use crate::call::at;
use colophon_contract::{Code, Role};
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};

async fn provider(app: &TestApp, name: &str) -> Value {
    let listed = app.get("/providers").await.is(200).json();
    let found = listed.as_array().expect("a list").iter().find(|provider| provider["name"] == name);
    found.expect("listed").clone()
}

#[on_both_engines]
async fn providers_are_shown_without_what_is_secret(app: TestApp) {
    let list = app.get("/providers").await.is(200);
    assert!(!list.text().contains("127.0.0.1") && !list.text().contains("sk-fake"), "{}", list.text());
    let fake = provider(&app, "fake").await;
    assert_eq!(fake["limits"], json!({"max_concurrency": 4, "requests_per_minute": null}));
    assert_eq!((&fake["available"], &fake["paused"]), (&json!(true), &Value::Null));
    assert!(fake["models"].as_array().expect("models").contains(&json!("fake/good")));
    let keyless = provider(&app, "keyless").await;
    assert_eq!((&keyless["available"], &keyless["missing_env"]), (&json!(false), &json!("ABSENT_KEY")));
    assert_eq!(provider(&app, "demo").await["models"], json!(["demo"]));
}

#[on_both_engines]
async fn a_paused_provider_says_why_and_is_resumed(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    app.fake.script(Script::json(402, &json!({"error": {"message": "sk-fake owes us"}})));
    let failed = app.start(work, chapter).await;
    assert_eq!(app.ended(failed).await["error"]["code"], "provider_quota");
    let paused = provider(&app, "fake").await["paused"].clone();
    assert_eq!(paused["code"], "provider_quota");
    assert!(paused["since"].as_str().is_some() && !paused.to_string().contains("owes"), "{paused}");
    let waiting = app.start(work, chapter).await;
    let run = app.get(&format!("/translations/{waiting}")).await.is(200).json();
    assert_eq!((&run["status"], &run["waiting_reason"]["provider"]), (&json!("queued"), &json!("fake")));
    assert_eq!(run["waiting_reason"]["code"], "provider_quota");

    app.operator(Method::POST, "/providers/fake/resume").send().await.refuses(Code::Forbidden);
    app.user("chief", Role::Admin).await;
    let cookie = app.sign_in("chief").await;
    let resume = async |path: &str| app.nobody(Method::POST, path).header("cookie", &cookie).send().await;
    let resumed = resume("/providers/fake/resume").await.is(200).json();
    assert_eq!((&resumed["name"], &resumed["paused"]), (&json!("fake"), &Value::Null));
    assert_eq!(app.ended(waiting).await["status"], "completed");
    resume("/providers/fake/resume").await.is(200);
    resume("/providers/nowhere/resume").await.refuses(Code::ProviderNotFound);
    let odd = resume("/providers/a%20b/resume").await;
    assert_eq!(odd.refuses(Code::MalformedPath), at("name", "malformed"));
}
