use crate::app::{PASSWORD, TestApp};
use colophon_contract::{Code, Role};
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};

/// An administrator's cookie.
async fn chief(app: &TestApp) -> String {
    app.user("chief", Role::Admin).await;
    app.sign_in("chief").await
}

/// The secret of a link.
fn secret(link: &Value) -> String {
    let url = link["url"].as_str().expect("an address");
    url.strip_prefix("/password#token=")
        .expect("a path of the app, the secret where no server sees it")
        .to_owned()
}

#[on_both_engines]
async fn somebody_is_invited_sets_a_password_and_is_in(app: TestApp) {
    let chief = chief(&app).await;
    let ask = async |method: Method, path: &str, body: Value| {
        app.nobody(method, path).header("cookie", &chief).json(&body).send().await
    };
    let invited = ask(Method::POST, "/users", json!({"name": " Kenji ", "role": "operator"})).await.is(201);
    let user = &invited.json()["user"];
    assert_eq!(
        (&user["name"], &user["state"], &user["role"]),
        (&json!("Kenji"), &json!("invited"), &json!("operator"))
    );
    assert_eq!(user["link_expires_at"], invited.json()["link"]["expires_at"]);
    let path = format!("/users/{}", user["id"]);
    assert_eq!(invited.header("location"), format!("/api/v1{path}"));
    ask(Method::POST, "/users", json!({"name": "KENJI", "role": "viewer"})).await.refuses(Code::UserExists);

    let no_password = app.nobody(Method::POST, "/session").json(&json!({"name": "kenji", "password": "x"}));
    no_password.send().await.refuses(Code::SignInFailed);
    let set = async |token: &str, password: &str| {
        let body = json!({"token": token, "password": password});
        app.nobody(Method::POST, "/password").json(&body).send().await
    };
    let first = secret(&invited.json()["link"]);
    set("guess", PASSWORD).await.refuses(Code::LinkInvalid);
    set(&first, "too short").await.refuses(Code::ValidationFailed);
    // Another link takes the place of the first.
    let link =
        app.nobody(Method::POST, &format!("{path}/link")).header("cookie", &chief).send().await.is(201);
    set(&first, PASSWORD).await.refuses(Code::LinkInvalid);
    let second = secret(&link.json());
    let body = json!({"token": second, "password": PASSWORD});
    app.user("other", Role::Viewer).await;
    let other = app.sign_in("other").await;
    let made =
        app.nobody(Method::POST, "/password").header("cookie", &other).json(&body).send().await.is(201);
    app.nobody(Method::GET, "/session").header("cookie", &other).send().await.refuses(Code::Unauthenticated);
    assert_eq!((&made.json()["author"]["name"], &made.json()["role"]), (&json!("Kenji"), &json!("operator")));
    app.nobody(Method::GET, "/session").header("cookie", &made.cookie()).send().await.is(200);
    set(&second, PASSWORD).await.refuses(Code::LinkInvalid);
    let user = app.nobody(Method::GET, &path).header("cookie", &chief).send().await.is(200).json();
    assert_eq!((&user["state"], &user["link_expires_at"]), (&json!("active"), &Value::Null));
    assert!(user["last_sign_in_at"].is_string());
    app.sign_in("kenji").await;
}

#[on_both_engines]
async fn names_that_look_alike_are_one_or_refused(app: TestApp) {
    let chief = chief(&app).await;
    let invite = async |name: &str| {
        let body = json!({"name": name, "role": "viewer"});
        app.nobody(Method::POST, "/users").header("cookie", &chief).json(&body).send().await
    };
    for (name, code_point) in [
        ("mika\u{200b}", "U+200B"),
        ("\u{202e}akim", "U+202E"),
        ("mi\u{2066}ka", "U+2066"),
        ("mi\u{2028}ka", "U+2028"),
    ] {
        let answer = invite(name).await;
        assert_eq!(answer.refuses(Code::ValidationFailed), crate::call::at("/name", "character_not_allowed"));
        assert!(answer.text().contains(code_point), "{}", answer.text());
        let token = json!({"name": name, "scopes": ["read"]});
        let answer = app.nobody(Method::POST, "/tokens").header("cookie", &chief).json(&token).send().await;
        assert_eq!(answer.refuses(Code::ValidationFailed), crate::call::at("/name", "character_not_allowed"));
    }
    let made = invite("Zoe\u{308}").await.is(201).json();
    assert_eq!(made["user"]["name"], "Zo\u{eb}");
    invite("zo\u{eb}").await.refuses(Code::UserExists);
    // Letters of another script that look the same, in one word and as the whole of it.
    let mixed = invite("z\u{43e}\u{eb}").await;
    assert_eq!(mixed.refuses(Code::ValidationFailed), crate::call::at("/name", "scripts_mixed"));
    invite("paypal").await.is(201);
    invite("\u{440}\u{430}\u{443}\u{440}\u{430}l").await.refuses(Code::ValidationFailed);
    invite("\u{455}\u{441}\u{43e}\u{440}\u{435}").await.is(201);
    invite("scope").await.refuses(Code::UserExists);
    // However they type their name and their password.
    let password = "pe\u{301}ne\u{301}lope ７７";
    let set = json!({"token": secret(&made["link"]), "password": password});
    app.nobody(Method::POST, "/password").json(&set).send().await.is(201);
    for (name, password) in [("zoe\u{308}", "p\u{e9}n\u{e9}lope 77"), ("ZO\u{cb}", password)] {
        let body = json!({"name": name, "password": password});
        app.nobody(Method::POST, "/session").json(&body).send().await.is(201);
    }
    // One from before names were normalised is found as it was typed then, and as others type it.
    assert_eq!(app.database().execute("UPDATE users SET name_key = 'zoe\u{308}' WHERE id = 2").await, 1);
    for name in ["zoe\u{308}", "zo\u{eb}"] {
        let body = json!({"name": name, "password": password});
        app.nobody(Method::POST, "/session").json(&body).send().await.is(201);
    }
    invite("zo\u{eb}").await.refuses(Code::UserExists);
}

#[on_both_engines]
async fn a_link_ends_with_its_time_and_with_its_user(app: TestApp) {
    let chief = chief(&app).await;
    let ask = async |method: Method, path: &str, body: Value| {
        app.nobody(method, path).header("cookie", &chief).json(&body).send().await
    };
    let set = async |token: &str| {
        let body = json!({"token": token, "password": PASSWORD});
        app.nobody(Method::POST, "/password").json(&body).send().await
    };
    let invited =
        ask(Method::POST, "/users", json!({"name": "kenji", "role": "viewer"})).await.is(201).json();
    let path = format!("/users/{}", invited["user"]["id"]);
    let old = "UPDATE users SET link_expires_at = '2026-01-01T00:00:00+00:00' WHERE name = 'kenji'";
    assert_eq!(app.database().execute(old).await, 1);
    set(&secret(&invited["link"])).await.refuses(Code::LinkInvalid);
    let again =
        app.nobody(Method::POST, &format!("{path}/link")).header("cookie", &chief).send().await.is(201);
    ask(Method::PATCH, &path, json!({"disabled": true})).await.is(200);
    set(&secret(&again.json())).await.refuses(Code::LinkInvalid);
    let refused = app.nobody(Method::POST, &format!("{path}/link")).header("cookie", &chief).send().await;
    refused.refuses(Code::UserDisabled);
    // What was taken away does not come back with the user.
    ask(Method::PATCH, &path, json!({"disabled": false})).await.is(200);
    set(&secret(&again.json())).await.refuses(Code::LinkInvalid);
    ask(Method::PATCH, "/users/99", json!({"disabled": true})).await.refuses(Code::UserNotFound);
}

#[on_both_engines]
async fn a_password_is_changed_by_who_knows_it(app: TestApp) {
    app.user("mika", Role::Viewer).await;
    let (here, elsewhere) = (app.sign_in("mika").await, app.sign_in("mika").await);
    let change = async |cookie: &str, current: &str, new: &str| {
        let body = json!({"current_password": current, "password": new});
        app.nobody(Method::POST, "/session/password").header("cookie", cookie).json(&body).send().await
    };
    change(&here, "wrong", "another horse battery").await.refuses(Code::PasswordWrong);
    change(&here, PASSWORD, "short").await.refuses(Code::ValidationFailed);
    let changed = change(&here, PASSWORD, "another horse battery").await.is(204);
    for old in [&here, &elsewhere] {
        app.nobody(Method::GET, "/session").header("cookie", old).send().await.refuses(Code::Unauthenticated);
    }
    app.nobody(Method::GET, "/session").header("cookie", &changed.cookie()).send().await.is(200);
    let sign_in = async |password: &str| {
        app.nobody(Method::POST, "/session").json(&json!({"name": "mika", "password": password})).send().await
    };
    sign_in(PASSWORD).await.refuses(Code::SignInFailed);
    sign_in("another horse battery").await.is(201);
}

#[on_both_engines]
async fn the_last_administrator_stays(app: TestApp) {
    let chief = chief(&app).await;
    let ask = async |path: &str, body: Value| {
        app.nobody(Method::PATCH, path).header("cookie", &chief).json(&body).send().await
    };
    for change in [json!({"disabled": true}), json!({"role": "operator"})] {
        ask("/users/1", change).await.refuses(Code::LastAdmin);
    }
    // One who was only invited cannot manage anybody yet.
    let new = json!({"name": "other", "role": "admin"});
    app.nobody(Method::POST, "/users").header("cookie", &chief).json(&new).send().await.is(201);
    ask("/users/1", json!({"disabled": true})).await.refuses(Code::LastAdmin);
    app.user("third", Role::Admin).await;
    ask("/users/1", json!({"role": "viewer"})).await.is(200);
    ask("/users/1", json!({"role": "admin"})).await.refuses(Code::Forbidden);
}

#[on_both_engines]
async fn of_administrators_who_remove_each_other_one_remains(app: TestApp) {
    let mut cookies = Vec::new();
    for n in 1..=6 {
        app.user(&format!("chief {n}"), Role::Admin).await;
        cookies.push(app.sign_in(&format!("chief {n}")).await);
    }
    let calls = cookies.iter().enumerate().map(|(n, cookie)| {
        let path = format!("/users/{}", (n + 1) % cookies.len() + 1);
        let call = app.nobody(Method::PATCH, &path).header("cookie", cookie);
        call.json(&json!({"disabled": true})).send()
    });
    for answer in futures::future::join_all(calls).await {
        assert!([200, 401, 409].contains(&answer.status), "{}", answer.text());
    }
    let mut admins = 0;
    for n in 1..=6 {
        let body = json!({"name": format!("chief {n}"), "password": PASSWORD});
        admins += usize::from(app.nobody(Method::POST, "/session").json(&body).send().await.status == 201);
    }
    assert!(admins >= 1);
}
