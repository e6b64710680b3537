use crate::app::{PASSWORD, TestApp, app_with, make_token, options};
use colophon_api::Options;
use colophon_contract::{Code, Role};
use colophon_domain::user;
use colophon_test_support::{Engine, on_both_engines};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

fn sign_in(name: &str, password: &str) -> Value {
    json!({"name": name, "password": password})
}

#[on_both_engines]
async fn a_person_signs_in_and_out(app: TestApp) {
    app.user("Mika", Role::Operator).await;
    app.nobody(Method::GET, "/session").send().await.refuses(Code::Unauthenticated);
    let answer = app.nobody(Method::POST, "/session").json(&sign_in("mika", PASSWORD)).send().await.is(201);
    assert_json_snapshot!("session", answer.json(), {".author.id" => "[id]"});
    let cookie = answer.header("set-cookie");
    for part in ["colophon_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let cookie = answer.cookie();
    let me = app.nobody(Method::GET, "/session").header("cookie", &cookie).send().await.is(200);
    assert_eq!(me.json(), answer.json());

    let out = app.nobody(Method::DELETE, "/session").header("cookie", &cookie).send().await.is(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    app.nobody(Method::GET, "/session").header("cookie", &cookie).send().await.refuses(Code::Unauthenticated);
    app.nobody(Method::DELETE, "/session").send().await.refuses(Code::Unauthenticated);
}

#[on_both_engines]
async fn a_failed_sign_in_says_the_same_whoever_it_is(app: TestApp) {
    app.user("mika", Role::Viewer).await;
    app.user("gone", Role::Viewer).await;
    let txn = app.db.begin_write().await.expect("a transaction");
    user::disable_user(&txn, "gone").await.expect("disabled");
    txn.commit().await.expect("committed");
    let attempt = async |name: &str, password: &str| {
        app.nobody(Method::POST, "/session").json(&sign_in(name, password)).send().await
    };
    let wrong = attempt("mika", "wrong password").await;
    wrong.refuses(Code::SignInFailed);
    assert!(wrong.headers.get("set-cookie").is_none());
    for (name, password) in [("nobody", PASSWORD), ("gone", PASSWORD), ("a\u{7}b", "x")] {
        assert_eq!(attempt(name, password).await.json(), wrong.json(), "{name}");
    }
    // That each costs one hash is counted in the server's `tests/it/secrets.rs`.
    assert_eq!(attempt("", PASSWORD).await.refuses(Code::ValidationFailed).0, "/name");
    attempt("mika", &"x".repeat(257)).await.refuses(Code::ValidationFailed);
}

#[on_both_engines]
async fn signing_in_again_ends_the_session_before(app: TestApp) {
    app.user("mika", Role::Viewer).await;
    let first = app.sign_in("mika").await;
    let again =
        app.nobody(Method::POST, "/session").header("cookie", &first).json(&sign_in("mika", PASSWORD));
    let second = again.send().await.is(201).cookie();
    assert_ne!(first, second);
    app.nobody(Method::GET, "/session").header("cookie", &first).send().await.refuses(Code::Unauthenticated);
    app.nobody(Method::GET, "/session").header("cookie", &second).send().await.is(200);
    // A session that somebody planted is not taken over.
    let planted = "colophon_session=planted";
    let answer =
        app.nobody(Method::POST, "/session").header("cookie", planted).json(&sign_in("mika", PASSWORD));
    assert_ne!(answer.send().await.is(201).cookie(), planted);
}

#[on_both_engines]
async fn a_disabled_users_session_ends_at_once(app: TestApp) {
    app.user("mika", Role::Viewer).await;
    let cookie = app.sign_in("mika").await;
    let txn = app.db.begin_write().await.expect("a transaction");
    user::disable_user(&txn, "mika").await.expect("disabled");
    txn.commit().await.expect("committed");
    app.nobody(Method::GET, "/works").header("cookie", &cookie).send().await.refuses(Code::Unauthenticated);
}

#[on_both_engines]
async fn requests_of_other_sites_pages_are_refused(app: TestApp) {
    app.user("mika", Role::Operator).await;
    let cookie = app.sign_in("mika").await;
    let own = app.base_url.clone();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "rubbish"),
    ] {
        for method in [Method::GET, Method::POST] {
            let call =
                app.nobody(method, "/works").header("cookie", &cookie).header(name, value).json(&json!({}));
            call.send().await.refuses(Code::CrossOrigin);
        }
        let call = app.nobody(Method::POST, "/session").header(name, value).json(&sign_in("mika", PASSWORD));
        call.send().await.refuses(Code::CrossOrigin);
        // Tokens are not sent by browsers of themselves.
        app.viewer(Method::GET, "/works").header(name, value).send().await.is(200);
    }
    for (name, value) in
        [("origin", own.as_str()), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none")]
    {
        app.nobody(Method::GET, "/works").header("cookie", &cookie).header(name, value).send().await.is(200);
    }
}

#[on_both_engines]
async fn of_two_tokens_none_is_taken(app: TestApp) {
    let token = make_token(&app.db, "twice", Role::Viewer).await;
    let bearer = format!("Bearer {token}");
    app.nobody(Method::GET, "/session").header("authorization", &bearer).send().await.is(200);
    let twice = app.nobody(Method::GET, "/session").header("authorization", &bearer);
    twice.header("authorization", &bearer).send().await.refuses(Code::Unauthenticated);
}

#[on_both_engines]
async fn tokens_are_taken_as_bearer_alone(app: TestApp) {
    app.user("mika", Role::Viewer).await;
    let cookie = app.sign_in("mika").await;
    for value in ["Bearer clp_unknown", "Bearer x", "Basic bWlrYTp4", "clp_x", "Bearer", "Bearer  "] {
        let answer = app
            .nobody(Method::GET, "/session")
            .header("authorization", value)
            .header("cookie", &cookie)
            .send()
            .await;
        answer.refuses(Code::Unauthenticated);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    assert_eq!(app.get("/session").await.is(200).json()["author"]["kind"], "token");
    app.delete("/session").await.is(204);
    app.post("/works", json!({})).await.refuses(Code::ValidationFailed);
}

#[on_both_engines]
async fn over_tls_the_cookie_is_bound_to_the_host(engine: Engine) {
    let options = Options { public_url: Some("https://colophon.example".into()), ..options() };
    let app = app_with(engine, options).await;
    app.user("mika", Role::Viewer).await;
    let call = app.nobody(Method::POST, "/session").header("origin", "https://colophon.example");
    let answer = call.json(&sign_in("mika", PASSWORD)).send().await.is(201);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-colophon_session=") && cookie.contains("; Secure"), "{cookie}");
    app.nobody(Method::GET, "/session").header("cookie", &answer.cookie()).send().await.is(200);
    let plain = answer.cookie().replace("__Host-", "");
    app.nobody(Method::GET, "/session").header("cookie", &plain).send().await.refuses(Code::Unauthenticated);
}

#[on_both_engines]
async fn an_address_may_not_try_for_ever(engine: Engine) {
    let three = std::num::NonZeroU32::new(3).expect("not zero");
    let app = app_with(engine, Options { sign_in_burst: three, ..options() }).await;
    for _ in 0..3 {
        app.nobody(Method::POST, "/session")
            .json(&sign_in("mika", "x"))
            .send()
            .await
            .refuses(Code::SignInFailed);
    }
    let refused = app.nobody(Method::POST, "/session").json(&sign_in("mika", "x")).send().await;
    refused.refuses(Code::TooManyRequests);
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=4).contains(&seconds), "{seconds}");
    app.get("/session").await.is(200);
}
