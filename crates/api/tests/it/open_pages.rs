//! What is beside the API: health, metrics, problems, Swagger UI, the web app; and what every reply has.

use crate::app::{PASSWORD, SETUP_TOKEN, TestApp, log, make_token};
use colophon_contract::{Code, Role};
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::json;

#[on_both_engines]
async fn health_is_open(app: TestApp) {
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.nobody(Method::GET, path).send().await.is(200).json(), json!({"status": "ok"}));
        assert!(app.nobody(Method::HEAD, path).send().await.is(200).body.is_empty());
    }
}

#[on_both_engines]
async fn a_database_that_is_gone_is_told_without_its_inside(app: TestApp) {
    app.db.clone().close().await.expect("closed");
    for path in ["/readyz", "/works"] {
        let answer = app.get(path).await;
        answer.refuses(Code::DatabaseUnavailable);
        assert_eq!(answer.json()["detail"], Code::DatabaseUnavailable.meaning());
        assert!(!answer.header("retry-after").is_empty());
    }
    app.nobody(Method::GET, "/healthz").send().await.is(200);
}

#[on_both_engines]
async fn metrics_are_for_this_machine_or_with_a_token(app: TestApp) {
    // Through a proxy on this machine everybody comes from loopback.
    let call = |method: Method| app.nobody(method, "/metrics").header("x-forwarded-for", "203.0.113.9");
    call(Method::GET).send().await.refuses(Code::Unauthenticated);
    // A page whose host name was made to mean this machine (DNS rebinding) asks from loopback too.
    let rebound = app.nobody(Method::GET, "/metrics").header("host", "evil.example:8080");
    rebound.send().await.refuses(Code::Unauthenticated);
    app.nobody(Method::GET, "/metrics").header("host", "localhost:8080").send().await.is(200);
    app.get("/works/999").await.refuses(Code::WorkNotFound);
    app.get("/nothing-of-the-kind").await;
    for answer in [
        app.nobody(Method::GET, "/metrics").send().await.is(200),
        app.viewer(Method::GET, "/metrics").header("x-forwarded-for", "203.0.113.9").send().await.is(200),
    ] {
        let text = answer.text();
        let counted =
            "colophon_http_requests_total{method=\"GET\",route=\"/api/v1/works/{work_id}\",status=\"404\"}";
        assert!(text.contains(counted), "{text}");
        assert!(text.contains("colophon_http_request_seconds_bucket{"), "{text}");
        assert!(text.contains("colophon_memory_limit_bytes 256000000"), "{text}");
        assert!(text.contains("colophon_admission_requests{lane=\"compute\"} 0"), "{text}");
        assert!(!text.contains("/works/999") && !text.contains("nothing-of"), "{text}");
    }
}

#[on_both_engines]
async fn every_problem_has_its_page(app: TestApp) {
    let list = app.nobody(Method::GET, "/problems/").send().await.is(200);
    for code in Code::ALL {
        assert!(list.text().contains(&format!("/problems/{}\"", code.as_str())));
        let page = app.nobody(Method::GET, &format!("/problems/{}", code.as_str())).send().await.is(200);
        assert!(page.text().contains(code.meaning()), "{}", code.as_str());
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
    }
    app.nobody(Method::GET, "/problems/nonsense").send().await.refuses(Code::NotFound);
}

#[on_both_engines]
async fn swagger_ui_comes_from_the_binary(app: TestApp) {
    let page = app.nobody(Method::GET, "/swagger-ui/").header("accept-encoding", "gzip").send().await.is(200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self';") && !policy.contains("script-src 'self' 'unsafe"),
        "{policy}"
    );
    for file in ["swagger-initializer.js", "swagger-ui-bundle.js", "swagger-ui.css"] {
        app.nobody(Method::GET, &format!("/swagger-ui/{file}")).send().await.is(200);
    }
    let start = app.nobody(Method::GET, "/swagger-ui/swagger-initializer.js").send().await;
    assert!(start.text().contains("/api/openapi.json"));
    app.nobody(Method::GET, "/swagger-ui/../../etc/passwd").send().await;
    app.nobody(Method::GET, "/swagger-ui/nothing.js").send().await.refuses(Code::NotFound);
    let folder = app.nobody(Method::GET, "/swagger-ui").send().await;
    assert_eq!(folder.status, 200, "the browser is sent on: {}", folder.text());
}

#[on_both_engines]
async fn app_pages_are_pages_and_files_that_are_not_there_are_not(app: TestApp) {
    let html = |path: &str| app.nobody(Method::GET, path).header("accept", "text/html,*/*;q=0.8");
    let page = html("/app-page").send().await.is(200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    html("/app-file-1234.js").send().await.refuses(Code::NotFound);
    html("/app/%2e%2e/%2e%2e/etc/passwd.txt").send().await.refuses(Code::NotFound);
    app.nobody(Method::GET, "/app-page")
        .header("accept", "application/json")
        .send()
        .await
        .refuses(Code::NotFound);
    app.nobody(Method::POST, "/app-page").send().await.refuses(Code::MethodNotAllowed);
    for path in ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/works", "/api/v1/nothing", "/api/v1/works/"]
    {
        html(path).send().await.refuses(Code::NotFound);
    }
}

#[on_both_engines]
async fn every_reply_has_its_id_and_its_guards(app: TestApp) {
    for path in ["/works", "/healthz", "/nothing", "/swagger-ui/", "/problems/", "/app-page"] {
        let answer = app.get(path).await;
        assert!(answer.header("x-request-id").len() > 10, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(
            !answer.header("permissions-policy").is_empty() && !answer.header("cache-control").is_empty(),
            "{path}"
        );
    }
    let given = app.viewer(Method::GET, "/works").header("x-request-id", "of-the-client.1").send().await;
    assert_eq!(given.header("x-request-id"), "of-the-client.1");
    for bad in ["two words", "<b>", "", &"x".repeat(129)] {
        let made = app.viewer(Method::GET, "/works").header("x-request-id", bad).send().await;
        assert!(made.header("x-request-id") != bad && made.header("x-request-id").len() == 36, "{bad}");
    }
}

#[on_both_engines]
async fn the_log_has_ids_and_no_secrets(app: TestApp) {
    app.user("mika", Role::Admin).await;
    let body = json!({"name": "mika", "password": PASSWORD});
    let call = app.nobody(Method::POST, "/session").header("x-request-id", "log-sign-in").json(&body);
    let cookie = call.send().await.is(201).cookie();
    let setup = json!({"token": SETUP_TOKEN, "name": "x", "password": "another long password"});
    let call = app.nobody(Method::POST, "/setup").header("x-request-id", "log-setup").json(&setup);
    call.send().await.refuses(Code::SetupDone);
    let call = app.nobody(Method::GET, "/works?query=searched-for").header("cookie", &cookie);
    call.header("x-request-id", "log-search").send().await.is(200);
    let token = make_token(&app.db, "logged", Role::Viewer).await;
    let call = app.nobody(Method::GET, "/works/999").header("authorization", &format!("Bearer {token}"));
    call.header("x-request-id", "log-refusal").send().await.refuses(Code::WorkNotFound);
    let log = log();
    let (_, session) = cookie.split_once('=').expect("a value");
    for secret in [PASSWORD, "another long password", SETUP_TOKEN, session, &token, "searched-for"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    for (id, code) in [("log-refusal", "work_not_found"), ("log-setup", "setup_done")] {
        let line = log.lines().find(|line| line.contains(id) && line.contains(code));
        assert!(line.is_some(), "{id} has no line with {code}");
    }
    let line =
        log.lines().find(|line| line.contains("log-sign-in") && line.contains("answered")).expect("a line");
    assert!(line.contains("/api/v1/session") && line.contains("201"), "{line}");
}

#[on_both_engines]
async fn head_is_get_without_a_body(app: TestApp) {
    let work = app.work().await;
    for path in [format!("/works/{work}"), "/works".to_owned(), "/api/openapi.json".to_owned()] {
        let (get, head) =
            (app.get(&path).await.is(200), app.viewer(Method::HEAD, &path).send().await.is(200));
        assert!(head.body.is_empty());
        for name in ["etag", "content-type", "content-length"] {
            assert_eq!(get.header(name), head.header(name), "{path} {name}");
        }
    }
    assert_eq!(app.viewer(Method::HEAD, "/works/999").send().await.status, 404);
}
