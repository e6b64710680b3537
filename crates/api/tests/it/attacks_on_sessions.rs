//! What somebody would try who wants to be signed in as another, or to know who there is.

use crate::app::{PASSWORD, TestApp, app_with, log, make_token, options};
use crate::call::{Answer, Call};
use crate::document::{filled, operations};
use colophon_api::{Options, TrustedProxies};
use colophon_contract::{Code, Role};
use colophon_domain::user;
use colophon_test_support::{Engine, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use std::num::NonZeroU32;

fn sign_in(name: &str, password: &str) -> Value {
    json!({"name": name, "password": password})
}

/// Options of a server behind a proxy on this machine, where every test's requests come from.
fn behind_proxy(burst: u32) -> Options {
    let trusted_proxies = TrustedProxies::try_from(vec!["127.0.0.1".to_owned()]).expect("a network");
    let sign_in_burst = NonZeroU32::new(burst).expect("not zero");
    // Nothing is given back in the time of a test.
    Options { trusted_proxies, sign_in_burst, sign_in_interval_s: NonZeroU32::MAX, ..options() }
}

fn from(app: &TestApp, address: &str, name: &str, password: &str) -> Call {
    let call = app.nobody(Method::POST, "/session").header("x-forwarded-for", address);
    call.json(&sign_in(name, password))
}

async fn disable(app: &TestApp, name: &str) {
    let txn = app.db.begin_write().await.expect("a transaction");
    user::disable_user(&txn, name).await.expect("disabled");
    txn.commit().await.expect("committed");
}

/// A body that an operation takes, by the document.
fn example(operation: &Value) -> Value {
    let content = &operation["requestBody"]["content"]["application/json"];
    let first =
        || content["examples"].as_object().and_then(|examples| examples.values().next()?.get("value"));
    content.get("example").or_else(first).cloned().expect("an example")
}

/// What an answer tells, apart from its own id and time.
fn tells(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers =
        answer.headers.iter().filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    (answer.status, headers, answer.text())
}

#[on_both_engines]
async fn a_cookie_from_before_the_sign_in_is_none_after_it(app: TestApp) {
    app.user("mika", Role::Operator).await;
    let planted = "colophon_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let call = app.nobody(Method::POST, "/session").header("cookie", planted);
    let own = call.json(&sign_in("mika", PASSWORD)).send().await.is(201).cookie();
    assert_ne!(own, planted);
    app.nobody(Method::GET, "/works").header("cookie", planted).send().await.refuses(Code::Unauthenticated);
    // A person who signs in with the attacker's session cookie gets a new session.
    app.user("mallory", Role::Viewer).await;
    let theirs = app.sign_in("mallory").await;
    let call = app.nobody(Method::POST, "/session").header("cookie", &theirs);
    let after = call.json(&sign_in("mika", PASSWORD)).send().await.is(201).cookie();
    assert_ne!(after, theirs);
    app.nobody(Method::GET, "/works").header("cookie", &theirs).send().await.refuses(Code::Unauthenticated);
    // Two cookies of the name: whichever counts, the planted one gives nothing.
    for both in [format!("{planted}; {own}"), format!("{own}; {planted}")] {
        let answer = app.nobody(Method::GET, "/session").header("cookie", &both).send().await;
        assert!(answer.status == 401 || answer.json()["author"]["name"] == "mika", "{}", answer.text());
    }
}

#[on_both_engines]
async fn every_operation_refuses_a_cookie_from_another_origin(app: TestApp) {
    app.user("mika", Role::Admin).await;
    let cookie = app.sign_in("mika").await;
    let foreign = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (method, path, operation) in operations().into_iter().filter(|(method, ..)| method != Method::GET) {
        for (name, value) in foreign {
            let call =
                app.nobody(method.clone(), &filled(&path)).header("cookie", &cookie).header(name, value);
            // What is open to all asks nobody who they are, so the body is read first.
            let body = if operation["security"] == json!([{}]) { example(&operation) } else { json!({}) };
            let answer = call.json(&body).send().await;
            assert_eq!(answer.status, 403, "{method} {path} {name}: {value}: {}", answer.text());
            answer.refuses(Code::CrossOrigin);
        }
    }
    app.nobody(Method::GET, "/session").header("cookie", &cookie).send().await.is(200);
}

#[on_both_engines]
async fn the_cookie_has_its_flags(engine: Engine) {
    for (url, secure) in [("http://colophon.example", false), ("https://colophon.example", true)] {
        let app = app_with(engine, Options { public_url: Some(url.into()), ..options() }).await;
        app.user("mika", Role::Viewer).await;
        let answer =
            app.nobody(Method::POST, "/session").json(&sign_in("mika", PASSWORD)).send().await.is(201);
        let out =
            app.nobody(Method::DELETE, "/session").header("cookie", &answer.cookie()).send().await.is(204);
        for answer in [answer, out] {
            assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 1);
            let cookie = answer.header("set-cookie");
            let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
            for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(attributes.contains(&attribute), "{cookie}");
            }
            assert_eq!(attributes.contains(&"Secure"), secure, "{cookie}");
            assert_eq!(cookie.starts_with("__Host-"), secure, "{cookie}");
            assert!(!attributes.iter().any(|attribute| attribute.starts_with("Domain")), "{cookie}");
            let tls = answer.headers.get("strict-transport-security");
            assert_eq!(tls.is_some_and(|value| value == "max-age=31536000"), secure);
        }
    }
}

#[on_both_engines]
async fn a_token_in_a_url_is_refused_and_not_logged(app: TestApp) {
    let token = make_token(&app.db, "in a url", Role::Operator).await;
    for name in ["token", "access_token", "api_key", "bearer", "authorization", "session", "colophon_session"]
    {
        let path = format!("/works?{name}={token}");
        app.nobody(Method::GET, &path).send().await.refuses(Code::Unauthenticated);
        let answer = app.get(&path).await;
        assert_eq!(answer.refuses(Code::MalformedQuery).0, name);
        assert!(!answer.text().contains(&token), "it is said back");
        app.nobody(Method::GET, &format!("/metrics?{name}={token}")).send().await;
        app.nobody(Method::GET, &format!("/app-page?{name}={token}")).send().await;
    }
    let log = log();
    assert!(log.contains("malformed_query") && !log.contains(&token), "it is in the log");
}

#[on_both_engines]
async fn nothing_tells_which_names_there_are(app: TestApp) {
    app.user("mika", Role::Viewer).await;
    app.user("gone", Role::Viewer).await;
    disable(&app, "gone").await;
    let attempt = async |name: &str, password: &str| {
        app.nobody(Method::POST, "/session").json(&sign_in(name, password)).send().await
    };
    let wrong = attempt("mika", "wrong password").await;
    wrong.refuses(Code::SignInFailed);
    for (name, password) in
        [("nobody", PASSWORD), ("gone", PASSWORD), ("gone", "wrong password"), ("\u{202e}mika", PASSWORD)]
    {
        assert_eq!(tells(&attempt(name, password).await), tells(&wrong), "{name}");
    }
}

#[on_both_engines]
async fn names_are_limited_alike_whether_they_are_there_or_not(engine: Engine) {
    let app = app_with(engine, behind_proxy(1)).await;
    app.user("mika", Role::Viewer).await;
    let mut told = Vec::new();
    for (network, name) in [("198.51.100", "mika"), ("203.0.113", "nobody")] {
        for n in 0..2 {
            from(&app, &format!("{network}.{n}"), name, "wrong password")
                .send()
                .await
                .refuses(Code::SignInFailed);
        }
        let refused = from(&app, &format!("{network}.9"), name, "wrong password").send().await;
        refused.refuses(Code::TooManyRequests);
        let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
        told.push((seconds > 60, refused.json()["title"].clone()));
    }
    assert_eq!(told[0], told[1]);
}

#[on_both_engines]
async fn an_attack_on_a_name_does_not_lock_its_owner_out(engine: Engine) {
    let app = app_with(engine, behind_proxy(3)).await;
    app.user("mika", Role::Viewer).await;
    from(&app, "192.0.2.1", "mika", PASSWORD).send().await.is(201);
    let cookie = from(&app, "192.0.2.2", "MIKA ", PASSWORD).send().await.is(201).cookie();
    // From everywhere, until strangers are refused.
    let mut refused = 0;
    for n in 0..20 {
        let answer = from(&app, &format!("198.51.100.{n}"), "mika", "wrong password").send().await;
        refused += u32::from(answer.status == 429);
    }
    assert!(refused >= 14, "{refused}");
    from(&app, "203.0.113.1", "mika", PASSWORD).send().await.refuses(Code::TooManyRequests);
    // From where they signed in before, and from anywhere with a session, they come in; others are not touched.
    from(&app, "192.0.2.1", "mika", PASSWORD).send().await.is(201);
    from(&app, "203.0.113.2", "mika", PASSWORD).header("cookie", &cookie).send().await.is(201);
    app.user("aki", Role::Viewer).await;
    from(&app, "203.0.113.3", "aki", PASSWORD).send().await.is(201);
    let of_another = from(&app, "203.0.113.4", "aki", PASSWORD).send().await.is(201).cookie();
    let call = from(&app, "203.0.113.5", "mika", PASSWORD).header("cookie", &of_another);
    call.send().await.refuses(Code::TooManyRequests);
}

#[on_both_engines]
async fn who_has_many_addresses_is_counted_by_their_network_too(engine: Engine) {
    // Two for each, so that two addresses that happen to share a place do not matter.
    let app = app_with(engine, behind_proxy(2)).await;
    let attempt = async |address: String, name: String| from(&app, &address, &name, "x").send().await;
    for n in 0..32 {
        attempt(format!("2001:db8:1:{n:x}::1"), format!("name {n}")).await.refuses(Code::SignInFailed);
    }
    attempt("2001:db8:1:ff::1".into(), "another".into()).await.refuses(Code::TooManyRequests);
    attempt("2001:db8:2::1".into(), "another".into()).await.refuses(Code::SignInFailed);
    attempt("192.0.2.1".into(), "yet another".into()).await.refuses(Code::SignInFailed);
}

#[on_both_engines]
async fn a_stolen_session_does_not_guess_the_password_from_everywhere(engine: Engine) {
    let app = app_with(engine, behind_proxy(2)).await;
    app.user("mika", Role::Viewer).await;
    let cookie = from(&app, "192.0.2.1", "mika", PASSWORD).send().await.is(201).cookie();
    let change = async |address: &str, current: &str| {
        let call = app.nobody(Method::POST, "/session/password").header("cookie", &cookie);
        let body = json!({"current_password": current, "password": "another horse battery"});
        call.header("x-forwarded-for", address).json(&body).send().await
    };
    for n in 0..4 {
        change(&format!("198.51.100.{n}"), "a guess").await.refuses(Code::PasswordWrong);
    }
    for n in 4..9 {
        change(&format!("198.51.100.{n}"), PASSWORD).await.refuses(Code::TooManyRequests);
    }
    // Signing in once more is no other way to try.
    let again = from(&app, "198.51.100.20", "mika", "a guess").header("cookie", &cookie);
    again.send().await.refuses(Code::TooManyRequests);
    // The session stays, nobody else is touched, and where they signed in themselves they go on.
    let session = app.nobody(Method::GET, "/session").header("cookie", &cookie);
    session.header("x-forwarded-for", "198.51.100.9").send().await.is(200);
    from(&app, "203.0.113.1", "mika", PASSWORD).send().await.is(201);
    change("192.0.2.1", PASSWORD).await.is(204);
}

#[on_both_engines]
async fn an_address_that_a_client_makes_up_is_not_believed(engine: Engine) {
    let app =
        app_with(engine, Options { trusted_proxies: TrustedProxies::default(), ..behind_proxy(2) }).await;
    for n in 0..2 {
        from(&app, &format!("198.51.100.{n}"), &format!("name {n}"), "x")
            .send()
            .await
            .refuses(Code::SignInFailed);
    }
    from(&app, "198.51.100.77", "another", "x").send().await.refuses(Code::TooManyRequests);
    let app = app_with(engine, behind_proxy(2)).await;
    for n in 0..2 {
        let named = format!("10.0.0.{n}, 198.51.100.1");
        from(&app, &named, &format!("name {n}"), "x").send().await.refuses(Code::SignInFailed);
    }
    from(&app, "10.0.0.77, 198.51.100.1", "another", "x").send().await.refuses(Code::TooManyRequests);
    from(&app, "198.51.100.2", "another", "x").send().await.refuses(Code::SignInFailed);
}

#[on_both_engines]
async fn behind_a_trusted_proxy_the_origin_is_what_browsers_see(engine: Engine) {
    let app = app_with(engine, behind_proxy(1000)).await;
    app.user("mika", Role::Viewer).await;
    let cookie = app.sign_in("mika").await;
    let call = |origin: &str| {
        let call = app.nobody(Method::GET, "/works").header("cookie", &cookie).header("origin", origin);
        call.header("x-forwarded-host", "evil.example, colophon.example").header("x-forwarded-proto", "https")
    };
    call("https://colophon.example").send().await.is(200);
    for origin in ["http://colophon.example", "https://evil.example", &app.base_url] {
        call(origin).send().await.refuses(Code::CrossOrigin);
    }
    // Nobody else is believed.
    let app = app_with(engine, options()).await;
    app.user("mika", Role::Viewer).await;
    let cookie = app.sign_in("mika").await;
    let call =
        app.nobody(Method::GET, "/works").header("cookie", &cookie).header("origin", "https://evil.example");
    call.header("x-forwarded-host", "evil.example").send().await.refuses(Code::CrossOrigin);
}
