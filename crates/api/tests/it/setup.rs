use crate::app::{PASSWORD, SETUP_TOKEN, TestApp};
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};

fn request(token: &str) -> Value {
    json!({"token": token, "name": "Kenji", "password": PASSWORD})
}

#[on_both_engines]
async fn the_link_makes_one_administrator_and_signs_them_in(app: TestApp) {
    let wrong = app.nobody(Method::POST, "/setup").json(&request("guess")).send().await;
    wrong.refuses(Code::SetupTokenInvalid);
    let made = app.nobody(Method::POST, "/setup").json(&request(SETUP_TOKEN)).send().await.is(201);
    assert_eq!((&made.json()["role"], &made.json()["author"]["name"]), (&json!("admin"), &json!("Kenji")));
    app.nobody(Method::GET, "/works").header("cookie", &made.cookie()).send().await.is(200);
    for token in [SETUP_TOKEN, "guess"] {
        app.nobody(Method::POST, "/setup").json(&request(token)).send().await.refuses(Code::SetupDone);
    }
}

#[on_both_engines]
async fn of_many_at_once_one_succeeds(app: TestApp) {
    let calls = (0..8).map(|_| app.nobody(Method::POST, "/setup").json(&request(SETUP_TOKEN)).send());
    let answers = futures::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    answers.iter().filter(|answer| answer.status != 201).for_each(|answer| {
        answer.refuses(Code::SetupDone);
    });
}

#[on_both_engines]
async fn what_breaks_rules_is_refused_and_the_link_still_works(app: TestApp) {
    let short = json!({"token": SETUP_TOKEN, "name": "Kenji", "password": "too short"});
    let answer = app.nobody(Method::POST, "/setup").json(&short).send().await;
    assert_eq!(answer.refuses(Code::ValidationFailed), at("/password", "length"));
    let foreign = app.nobody(Method::POST, "/setup").header("origin", "https://evil.example");
    foreign.json(&request(SETUP_TOKEN)).send().await.refuses(Code::CrossOrigin);
    app.nobody(Method::POST, "/setup").json(&request(SETUP_TOKEN)).send().await.is(201);
}
