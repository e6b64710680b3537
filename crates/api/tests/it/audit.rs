use crate::app::{PASSWORD, SETUP_TOKEN, TestApp, app_with, options};
use colophon_api::{Options, TrustedProxies};
use colophon_contract::{Code, Role};
use colophon_test_support::{Engine, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};

/// The log, newest first, as an administrator reads it.
async fn log(app: &TestApp, cookie: &str, query: &str) -> Vec<Value> {
    app.settle().await;
    let path = format!("/audit{query}");
    let page = app.nobody(Method::GET, &path).header("cookie", cookie).send().await.is(200).json();
    page["items"].as_array().expect("items").clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().expect("an action")).collect()
}

/// What [`what_is_done_is_written_down`] does, newest first.
const EVERY_ACTION: [&str; 13] = [
    "work_updated",
    "attempt_restored",
    "segment_edited",
    "run_ended",
    "run_started",
    "version_restored",
    "prompt_renamed",
    "version_appended",
    "prompt_created",
    "chapter_created",
    "work_created",
    "sign_in",
    "user_created",
];

#[on_both_engines]
async fn what_is_done_is_written_down(app: TestApp) {
    let set_up = json!({"token": SETUP_TOKEN, "name": "chief", "password": PASSWORD});
    let chief = app.nobody(Method::POST, "/setup").json(&set_up).send().await.is(201).cookie();
    let ask = async |method: Method, path: &str, body: Value| {
        let call = app.nobody(method, path).header("cookie", &chief).header("x-request-id", "req-7");
        call.json(&body).send().await
    };
    let work = ask(
        Method::POST,
        "/works",
        json!({"title": "草枕", "source_language": "ja", "target_language": "en"}),
    )
    .await
    .is(201)
    .id();
    let chapters = format!("/works/{work}/chapters");
    let chapter =
        ask(Method::POST, &chapters, json!({"title": "一", "source_text": "本文です。"})).await.is(201).id();
    let prompt = format!("/works/{work}/prompt");
    let first = json!({"name": "House style", "model": "fake/good", "template": "{source_text}"});
    ask(Method::POST, &prompt, first).await.is(201);
    let next =
        json!({"model": "fake/good", "template": "Now: {source_text}", "base_version": 1, "name": "Other"});
    let second = ask(Method::POST, &format!("{prompt}/versions"), next).await.is(201).json();
    let keyed = app.nobody(Method::POST, &format!("{prompt}/versions/1/restore")).header("cookie", &chief);
    let third =
        keyed.header("idempotency-key", "k").json(&json!({"base_version": 2})).send().await.is(201).json();
    let path = format!("/works/{work}/chapters/{chapter}/translations");
    let run = app.nobody(Method::POST, &path).header("cookie", &chief).send().await.is(202).id();
    app.ended(run).await;
    let segment = format!("/translations/{run}/segments/1");
    let before = app.get(&segment).await.is(200).json()["attempt"]["id"].clone();
    let edited =
        ask(Method::PATCH, &segment, json!({"text": "By hand.", "base_attempt_id": before})).await.is(200);
    let after = edited.json()["attempt"]["id"].clone();
    ask(Method::POST, &format!("{segment}/attempts/{before}/restore"), json!({"base_attempt_id": after}))
        .await
        .is(201);
    ask(Method::PATCH, &format!("/works/{work}"), json!({"title": "草枕 二"})).await.is(200);
    // What changes nothing, and what is refused, is not a change.
    ask(Method::PATCH, &format!("/works/{work}"), json!({"title": "草枕 二"})).await.is(200);
    ask(Method::PATCH, &format!("/works/{work}"), json!({"title": ""})).await.refuses(Code::ValidationFailed);

    let mut entries = log(&app, &chief, "").await;
    // Before anybody was there, the tokens that every test has were made.
    entries.retain(|entry| entry["action"] != "token_created");
    assert_eq!(actions(&entries), EVERY_ACTION);
    let of = |action: &str| entries.iter().find(|entry| entry["action"] == action).expect("an entry").clone();
    let appended = of("version_appended");
    assert_eq!(appended["actor"], json!({"kind": "user", "id": 1, "name": "chief"}));
    assert_eq!((&appended["address"], &appended["request_id"]), (&json!("127.0.0.1"), &json!("req-7")));
    assert_eq!((&appended["work_id"], &appended["subject"]["kind"]), (&json!(work), &json!("prompt")));
    for (action, name) in [
        ("prompt_created", "House style"),
        ("version_appended", "House style"),
        ("prompt_renamed", "Other"),
        ("version_restored", "Other"),
        ("run_started", "1. 一"),
    ] {
        assert_eq!(of(action)["subject"]["name"], name, "{action}");
    }
    assert_eq!(
        (&appended["before_id"], &appended["after_id"]),
        (&of("prompt_created")["after_id"], &second["id"])
    );
    let restored = of("version_restored");
    assert_eq!((&restored["before_id"], &restored["after_id"]), (&second["id"], &third["id"]));
    assert_eq!(of("run_started")["after_id"], third["id"]);
    assert_eq!(
        (&of("run_ended")["detail"], &of("run_ended")["actor"]["kind"]),
        (&json!("completed"), &json!("system"))
    );
    assert_eq!((&of("segment_edited")["before_id"], &of("segment_edited")["after_id"]), (&before, &after));
    assert_eq!(of("attempt_restored")["before_id"], after);
    assert_eq!(of("user_created")["actor"], json!({"kind": "system", "id": null, "name": "set-up"}));
    assert_eq!(of("sign_in")["actor"], appended["actor"]);
    let text = serde_json::to_string(&entries).expect("JSON");
    assert!(!text.contains("By hand") && !text.contains(PASSWORD) && !text.contains(SETUP_TOKEN), "{text}");
}

#[on_both_engines]
async fn sign_ins_and_failures_are_told_and_never_what_was_typed(app: TestApp) {
    app.user("chief", Role::Admin).await;
    let chief = app.sign_in("chief").await;
    for (name, password) in [("chief", "wrong horse"), ("my-secret-password", "x")] {
        let body = json!({"name": name, "password": password});
        app.nobody(Method::POST, "/session").json(&body).send().await.refuses(Code::SignInFailed);
    }
    app.user("gone", Role::Viewer).await;
    let gone = json!({"disabled": true});
    app.nobody(Method::PATCH, "/users/2").header("cookie", &chief).json(&gone).send().await.is(200);
    let right = json!({"name": "gone", "password": PASSWORD});
    app.nobody(Method::POST, "/session").json(&right).send().await.refuses(Code::SignInFailed);
    let change = json!({"current_password": "a guess", "password": PASSWORD});
    let changed = app.nobody(Method::POST, "/session/password").header("cookie", &chief).json(&change);
    changed.send().await.refuses(Code::PasswordWrong);
    let set = json!({"token": "guess", "password": PASSWORD});
    app.nobody(Method::POST, "/password").json(&set).send().await.refuses(Code::LinkInvalid);
    let failed = log(&app, &chief, "?action=sign_in_failed").await;
    assert_eq!(failed.len(), 5);
    // They are written beside the answers: two that follow each other at once may change places.
    let is_told = |subject: [Value; 2], actor: Value| {
        failed.iter().any(|entry| {
            [&entry["subject"]["id"], &entry["subject"]["name"]] == [&subject[0], &subject[1]]
                && entry["actor"]["name"] == actor
        })
    };
    assert!(is_told([json!(1), json!("chief")], Value::Null), "{failed:?}");
    assert!(is_told([Value::Null, Value::Null], Value::Null), "{failed:?}");
    // Whom it was for is told of who may not sign in too, and who tried, where that is known.
    assert!(is_told([json!(2), json!("gone")], Value::Null), "{failed:?}");
    assert!(is_told([json!(1), json!("chief")], json!("chief")), "{failed:?}");
    assert!(failed.iter().all(|entry| entry["address"] == "127.0.0.1" && entry["request_id"].is_string()));
    let text = serde_json::to_string(&failed).expect("JSON");
    assert!(!text.contains("horse") && !text.contains("secret") && !text.contains("guess"), "{text}");
}

#[on_both_engines]
async fn entries_are_found_by_who_what_where_and_when_and_kept_as_a_file(app: TestApp) {
    app.user("chief", Role::Admin).await;
    let chief = app.sign_in("chief").await;
    let (first, second) = (app.work().await, app.work().await);
    let only = |entries: Vec<Value>, name: &str, value: Value| {
        assert!(!entries.is_empty() && entries.iter().all(|entry| entry[name] == value), "{entries:?}");
    };
    only(log(&app, &chief, &format!("?work_id={first}")).await, "work_id", json!(first));
    only(log(&app, &chief, "?action=work_created").await, "action", json!("work_created"));
    assert_eq!(actions(&log(&app, &chief, "?user_id=1").await), ["sign_in"]);
    for kind in ["user", "token", "system"] {
        let entries = log(&app, &chief, &format!("?actor_kind={kind}")).await;
        assert!(
            !entries.is_empty() && entries.iter().all(|entry| entry["actor"]["kind"] == kind),
            "{entries:?}"
        );
    }
    let of_token = log(&app, &chief, "?token_id=2").await;
    assert_eq!(of_token.len(), 2);
    let at = of_token[0]["at"].as_str().expect("a time").to_owned();
    let since = log(&app, &chief, &format!("?from={at}&action=work_created")).await;
    assert_eq!((since.len(), &since[0]["work_id"]), (1, &json!(second)));
    let before = log(&app, &chief, &format!("?to={at}&action=work_created")).await;
    assert_eq!((before.len(), &before[0]["work_id"]), (1, &json!(first)));

    let mut paged = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let page = app.nobody(Method::GET, &format!("/audit{query}")).header("cookie", &chief).send().await;
        let page = page.is(200).json();
        paged.extend(page["items"].as_array().expect("items").clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    let all = log(&app, &chief, "?limit=100").await;
    assert_eq!(paged, all);
    let export = app.nobody(Method::GET, "/audit/export").header("cookie", &chief).send().await.is(200);
    assert_eq!(export.header("content-type"), "application/jsonl");
    assert!(export.header("content-disposition").starts_with("attachment"));
    let lines: Vec<Value> =
        export.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines, all);
    let some = app.nobody(Method::GET, "/audit/export?action=sign_in").header("cookie", &chief).send().await;
    assert_eq!(some.is(200).text().lines().count(), 1);

    // A cursor is of the entries that were asked for.
    let page = app.nobody(Method::GET, "/audit?limit=1&token_id=2").header("cookie", &chief).send().await;
    let cursor = page.is(200).json()["next_cursor"].as_str().expect("more").to_owned();
    for (query, is_its_own) in
        [("&token_id=2", true), ("", false), ("&token_id=1", false), ("&token_id=2&work_id=1", false)]
    {
        let path = format!("/audit?limit=5&cursor={cursor}{query}");
        let answer = app.nobody(Method::GET, &path).header("cookie", &chief).send().await;
        if is_its_own {
            answer.is(200);
        } else {
            assert_eq!(answer.refuses(Code::MalformedQuery).0, "cursor", "{query}");
        }
    }

    for bad in [
        "?action=nothing",
        "?from=yesterday",
        "?user_id=1&token_id=1",
        "?work_id=0",
        "?limit=0",
        "?cursor=x",
        "?who=1",
        "?actor_kind=ghost",
        "?to=-0001-01-01T00:00:00Z",
    ] {
        let answer = app.nobody(Method::GET, &format!("/audit{bad}")).header("cookie", &chief).send().await;
        answer.refuses(Code::MalformedQuery);
    }
}

#[on_both_engines]
async fn what_a_newer_version_wrote_is_shown_as_it_is(app: TestApp) {
    app.user("chief", Role::Admin).await;
    let chief = app.sign_in("chief").await;
    let newer = "INSERT INTO audit_log (at, action, subject_kind, subject_id)
            VALUES ('2026-01-01T00:00:00+00:00', 'comet_sighted', 'comet', 7)";
    assert_eq!(app.database().execute(newer).await, 1);
    let entry = log(&app, &chief, "?limit=1").await.remove(0);
    assert_eq!((&entry["action"], &entry["subject"]["kind"]), (&json!("comet_sighted"), &json!("comet")));
    let export =
        app.nobody(Method::GET, "/audit/export").header("cookie", &chief).send().await.is(200).text();
    assert_eq!(export.lines().next().map(|line| serde_json::from_str(line).expect("JSON")), Some(entry));
    assert!(export.lines().count() > 1, "and what was before it");
}

#[on_both_engines]
async fn the_noise_of_one_address_hides_nobody_and_is_told_when_the_server_stops(engine: Engine) {
    let trusted_proxies = TrustedProxies::try_from(vec!["127.0.0.1".to_owned()]).expect("a network");
    let app = app_with(engine, Options { trusted_proxies, ..options() }).await;
    app.user("chief", Role::Admin).await;
    let chief = app.sign_in("chief").await;
    let fail = async |address: &str| {
        let call = app.nobody(Method::POST, "/session").header("x-forwarded-for", address);
        call.json(&json!({"name": "nobody", "password": "x"})).send().await.refuses(Code::SignInFailed);
    };
    for _ in 0..30 {
        fail("198.51.100.1").await;
    }
    fail("203.0.113.1").await;
    let entries = log(&app, &chief, "?action=sign_in_failed&limit=100").await;
    let of =
        |entries: &[Value], address: &str| entries.iter().filter(|entry| entry["address"] == address).count();
    let written = of(&entries, "198.51.100.1");
    assert!((20..30).contains(&written), "{written}");
    assert_eq!((of(&entries, "203.0.113.1"), &entries[0]["address"]), (1, &json!("203.0.113.1")));
    app.write_left_out().await;
    app.write_left_out().await;
    let after = log(&app, &chief, "?action=sign_in_failed&limit=100").await;
    assert_eq!(after.len(), entries.len() + 1, "once");
    assert_eq!(after[0]["address"], "198.51.100.1");
    let told = format!("refusals that were not written down when the server stopped: {}", 30 - written);
    assert_eq!(after[0]["detail"], told);
}

#[on_both_engines]
async fn who_comes_too_late_with_a_link_is_written_down(app: TestApp) {
    app.user("chief", Role::Admin).await;
    let chief = app.sign_in("chief").await;
    let new = json!({"name": "kenji", "role": "viewer"});
    let invited = app.nobody(Method::POST, "/users").header("cookie", &chief).json(&new).send().await.is(201);
    let url = invited.json()["link"]["url"].as_str().expect("an address").to_owned();
    let secret = url.split_once('=').expect("a secret").1;
    let body = json!({"token": secret, "password": PASSWORD});
    let calls = (0..6).map(|_| app.nobody(Method::POST, "/password").json(&body).send());
    let answers = futures::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    answers.iter().filter(|answer| answer.status != 201).for_each(|answer| {
        answer.refuses(Code::LinkInvalid);
    });
    assert_eq!(log(&app, &chief, "?action=sign_in_failed").await.len(), 5);
}
