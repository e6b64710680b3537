use crate::app::TestApp;
use crate::call::at;
use colophon_contract::{Code, Role};
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};

#[on_both_engines]
async fn a_token_is_made_shown_once_used_and_revoked(app: TestApp) {
    app.user("chief", Role::Admin).await;
    let chief = app.sign_in("chief").await;
    let (work, _) = app.scene("fake/good").await;
    let ask = async |method: Method, path: &str, body: Value| {
        app.nobody(method, path).header("cookie", &chief).json(&body).send().await
    };
    let new = json!({"name": "nightly import", "scopes": ["write"], "work_id": work, "expires_in_days": 90});
    let made = ask(Method::POST, "/tokens", new).await.is(201).json();
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("clp_") && secret.len() == 47);
    let token = &made["token"];
    assert_eq!(
        (&token["scopes"], &token["work_id"], &token["state"]),
        (&json!(["read", "write"]), &json!(work), &json!("active"))
    );
    assert_eq!(token["owner"], json!({"kind": "user", "id": 1, "name": "chief"}));

    let by_token = |method: Method, path: &str| {
        app.nobody(method, path).header("authorization", &format!("Bearer {secret}"))
    };
    let session = by_token(Method::GET, "/session").send().await.is(200).json();
    assert_eq!(session["author"]["name"], "nightly import (chief)");
    assert_eq!(session["token"], json!({"scopes": ["read", "write"], "work_id": work}));
    let next = json!({"model": "fake/good", "template": "{source_text}", "base_version": 1});
    let version = by_token(Method::POST, &format!("/works/{work}/prompt/versions")).json(&next).send().await;
    assert_eq!(
        version.is(201).json()["author"],
        json!({"kind": "token", "id": token["id"], "name": "nightly import (chief)"})
    );
    // A work of another's is as if it were not there, in lists too.
    let other = app.work().await;
    let works = by_token(Method::GET, "/works").send().await.is(200).json();
    assert_eq!(
        works["items"].as_array().expect("items").iter().map(|w| w["id"].as_i64()).collect::<Vec<_>>(),
        [Some(work)]
    );
    let found = by_token(Method::GET, "/works?query=%E9%8A%80%E6%B2%B3").send().await.is(200).json();
    assert_eq!(found["items"].as_array().expect("items").len(), 1);
    by_token(Method::GET, &format!("/works/{other}")).send().await.refuses(Code::WorkNotFound);

    let listed = app.nobody(Method::GET, "/tokens").header("cookie", &chief).send().await.is(200);
    assert!(!listed.text().contains(&secret));
    let path = format!("/tokens/{}", token["id"]);
    for _ in 0..2 {
        let calls = (0..6).map(|_| app.nobody(Method::DELETE, &path).header("cookie", &chief).send());
        futures::future::join_all(calls).await.into_iter().for_each(|answer| {
            answer.is(204);
        });
        by_token(Method::GET, "/session").send().await.refuses(Code::Unauthenticated);
    }
    let listed = app.nobody(Method::GET, "/tokens").header("cookie", &chief).send().await.is(200).json();
    assert_eq!(listed["items"][0]["state"], "revoked");
    assert!(listed["items"][0]["last_used_at"].is_string() || listed["items"][0]["last_used_at"].is_null());
    app.nobody(Method::DELETE, "/tokens/99")
        .header("cookie", &chief)
        .send()
        .await
        .refuses(Code::TokenNotFound);
}

#[on_both_engines]
async fn what_breaks_rules_makes_no_token(app: TestApp) {
    app.user("chief", Role::Admin).await;
    let chief = app.sign_in("chief").await;
    let ask = async |body: Value| {
        app.nobody(Method::POST, "/tokens").header("cookie", &chief).json(&body).send().await
    };
    for (body, place) in [
        (json!({"name": " ", "scopes": ["read"]}), at("/name", "blank")),
        (json!({"name": "ci", "scopes": []}), at("/scopes", "length")),
        (json!({"name": "ci", "scopes": ["read"], "expires_in_days": 0}), at("/expires_in_days", "range")),
        (json!({"name": "ci", "scopes": ["read"], "expires_in_days": 3651}), at("/expires_in_days", "range")),
    ] {
        assert_eq!(ask(body.clone()).await.refuses(Code::ValidationFailed), place, "{body}");
    }
    ask(json!({"name": "ci", "scopes": ["admin"]})).await.refuses(Code::ValidationFailed);
    ask(json!({"name": "ci", "scopes": ["read"], "work_id": 99})).await.refuses(Code::WorkNotFound);
    ask(json!({"name": "ci", "scopes": ["read"], "owner": 1})).await.refuses(Code::ValidationFailed);
    let listed = app.nobody(Method::GET, "/tokens").header("cookie", &chief).send().await.is(200).json();
    assert_eq!(listed["items"].as_array().expect("items").len(), 2, "those that every test has");
}
