//! What somebody would try who speaks HTTP by hand.

use crate::app::{TestApp, log};
use crate::document::{filled, operations};
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::json;
use std::io::Write;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Longer than anything that a test waits for takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A chunked or measured body's head for `POST /works`.
pub(crate) fn head(app: &TestApp, more: &str) -> String {
    let line = app.operator_line();
    format!("POST /api/v1/works HTTP/1.1\r\nHost: a\r\n{line}Content-Type: application/json\r\n{more}\r\n")
}

pub(crate) async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.base_url.trim_start_matches("http://")).await.expect("a connection")
}

/// What comes until the server ends the connection.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    // A connection that was reset has ended as well.
    read.expect("the server ends the connection").ok();
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn statuses(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect()
}

pub(crate) fn seconds(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not zero")
}

#[on_both_engines]
async fn requests_of_two_lengths_are_not_taken_as_two(app: TestApp) {
    let smuggled = "GET /api/v1/works HTTP/1.1\r\nHost: a\r\n\r\n";
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length : 5\r\n",
    ] {
        let answers = app.raw(format!("{}0\r\n\r\n{smuggled}", head(&app, lengths)).as_bytes()).await;
        let statuses = statuses(&answers);
        assert!(
            statuses.len() <= 1 && statuses.iter().all(|status| status.starts_with('4')),
            "{lengths}: {answers}"
        );
    }
    // A body whose chunks are malformed ends its connection: nothing after it is a request.
    for chunks in
        ["5;\n\r\nhello\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "-1\r\n", "5\r\nhelloX\r\n0\r\n\r\n"]
    {
        let head = head(&app, "Transfer-Encoding: chunked\r\n");
        let answers = app.raw(format!("{head}{chunks}{smuggled}").as_bytes()).await;
        assert!(statuses(&answers).len() <= 1, "{chunks}: {answers}");
    }
    assert!(app.get("/works").await.is(200).json()["items"].as_array().is_some_and(Vec::is_empty));
}

#[on_both_engines]
async fn heads_have_a_limit(app: TestApp) {
    let many = "X-A: b\r\n".repeat(200);
    let long = format!("X-A: {}\r\n", "b".repeat(200_000));
    for headers in [many, long] {
        let answers =
            app.raw(format!("GET /api/v1/works HTTP/1.1\r\nHost: a\r\n{headers}\r\n").as_bytes()).await;
        assert!(statuses(&answers).iter().all(|status| status.starts_with('4')), "{answers}");
    }
    let answers =
        app.raw(format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(200_000)).as_bytes()).await;
    assert!(statuses(&answers).iter().all(|status| status.starts_with('4')), "{answers}");
    app.get("/works").await.is(200);
}

#[on_both_engines]
async fn no_method_and_no_form_of_target_is_a_way_around(app: TestApp) {
    let line = app.operator_line();
    for request in [
        "TRACE /api/v1/works HTTP/1.1",
        "TRACE / HTTP/1.1",
        "CONNECT /api/v1/works HTTP/1.1",
        "CONNECT evil.example:443 HTTP/1.1",
        "PUT /api/v1/works HTTP/1.1",
        "DEBUG / HTTP/1.1",
        "PROPFIND /api/v1/works HTTP/1.1",
        "get /api/v1/works HTTP/1.1",
    ] {
        let answers =
            app.raw(format!("{request}\r\nHost: a\r\nX-Planted: hush-trace\r\n{line}\r\n").as_bytes()).await;
        assert!(statuses(&answers).iter().all(|status| status.starts_with('4')), "{request}: {answers}");
        assert!(!answers.contains("hush-trace"), "{request}: {answers}");
    }
    // An absolute target goes nowhere but here.
    let answers = app
        .raw(format!("GET http://evil.example/api/v1/works HTTP/1.1\r\nHost: a\r\n{line}\r\n").as_bytes())
        .await;
    assert!(statuses(&answers).iter().all(|status| ["200", "400", "404"].contains(status)), "{answers}");
    assert!(!answers.contains("evil.example"), "{answers}");
}

#[on_both_engines]
async fn a_host_is_never_said_back(app: TestApp) {
    let line = app.operator_line();
    for host in ["evil.example", "evil.example:80@a", "\"><script>", "a/../b", "", "[::1", "a b"] {
        for path in [
            "/",
            "/swagger-ui",
            "/swagger-ui/",
            "/problems",
            "/api/openapi.json",
            "/api/v1/works",
            "/api/v1/nothing",
            "/setup",
        ] {
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: {host}\r\n{line}");
            let answers = app.raw_until_end(&request).await;
            assert!(
                !answers.contains("evil.example") && !answers.contains("<script>"),
                "{host} {path}: {answers}"
            );
        }
    }
}

#[on_both_engines]
async fn no_redirect_goes_where_a_request_says(app: TestApp) {
    for path in [
        "/swagger-ui",
        "/swagger-ui//evil.example",
        "//evil.example",
        "//evil.example/swagger-ui",
        "/\\evil.example",
        "/%2f/evil.example",
        "/https://evil.example",
        "/setup?next=//evil.example",
        "/sign-in?next=https://evil.example",
        "/?next=//evil.example",
        "/problems//evil.example",
        "/swagger-ui?next=//evil.example",
        "/api//evil.example",
    ] {
        let answers = app
            .raw_until_end(&format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\n"))
            .await;
        for line in answers.lines().filter(|line| line.to_ascii_lowercase().starts_with("location:")) {
            assert_eq!(line, "location: /swagger-ui/", "{path}");
        }
        let is_folder = path == "/swagger-ui" || path.starts_with("/swagger-ui?");
        assert_eq!(answers.starts_with("HTTP/1.1 308"), is_folder, "{path}: {answers}");
    }
}

#[on_both_engines]
async fn no_path_leaves_the_files_of_the_app(app: TestApp) {
    for base in ["/", "/swagger-ui/", "/problems/", "/app/", "/api/v1/"] {
        for path in [
            "../../../../etc/passwd",
            "..%2f..%2f..%2fetc%2fpasswd",
            "%2e%2e/%2e%2e/etc/passwd",
            "%252e%252e%252fetc%252fpasswd",
            "..\\..\\etc\\passwd",
            "..%5c..%5cetc%5cpasswd",
            "%00",
            "index.html%00.js",
            "....//....//etc/passwd",
            "/etc/passwd",
            "./././etc/passwd",
            "..;/etc/passwd",
            "%c0%ae%c0%ae/etc/passwd",
            "etc/passwd.txt",
        ] {
            let answers =
                app.raw_until_end(&format!("GET {base}{path} HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n")).await;
            assert!(!answers.contains("root:"), "{base}{path}: {answers}");
            let status = statuses(&answers).first().copied().unwrap_or_default().to_owned();
            assert!(["200", "400", "401", "404"].contains(&status.as_str()), "{base}{path}: {answers}");
            assert!(status != "200" || answers.contains("<!doctype html>"), "{base}{path}: {answers}");
        }
    }
}

#[on_both_engines]
async fn line_breaks_get_into_no_header(app: TestApp) {
    let work = app.work().await;
    let title = "a\r\nSet-Cookie: planted=1\r\n\r\n<b>";
    app.patch(&format!("/works/{work}"), json!({"title": title})).await.refuses(Code::ValidationFailed);
    let new = json!({"title": "x\ny", "source_text": "本文"});
    app.post(&format!("/works/{work}/chapters"), new).await.refuses(Code::ValidationFailed);
    // A file's name is the work's title where the file has none.
    for name in [
        "a\r\nSet-Cookie: planted=1.txt",
        "a\"; x=\".txt",
        "../../a.txt",
        "<img src=x onerror=alert(1)>.txt",
        "a\u{0}b.txt",
    ] {
        let boundary = "B0";
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n本文\r\n--{boundary}--\r\n"
        );
        let call = app
            .operator(Method::POST, "/works/import")
            .header("content-type", "multipart/form-data; boundary=B0");
        let answer = call.body(body).send().await;
        assert!([201, 400, 422].contains(&answer.status), "{name:?}: {}", answer.text());
        assert!(answer.headers.get("set-cookie").is_none(), "{name:?}");
        let location = answer.header("location");
        assert!(
            answer.status != 201 || location.trim_start_matches("/api/v1/works/").parse::<i64>().is_ok(),
            "{location}"
        );
    }
    let line = app.operator_line();
    for header in ["X-Request-Id", "Idempotency-Key", "If-None-Match", "Last-Event-ID"] {
        for value in ["a\rSet-Cookie: planted=1", "a\u{0}b", "a\u{7f}b", "a%0d%0aSet-Cookie: planted=1"] {
            let request = format!("GET /api/v1/works HTTP/1.1\r\nHost: a\r\n{line}{header}: {value}\r\n");
            let answers = app.raw_until_end(&request).await;
            assert!(!answers.to_ascii_lowercase().contains("set-cookie"), "{header} {value:?}: {answers}");
        }
    }
    for path in [
        "/api/v1/works/1%0d%0aSet-Cookie:%20planted=1",
        "/swagger-ui%0d%0aSet-Cookie:%20planted=1",
        "/%0d%0aSet-Cookie:%20planted=1",
    ] {
        let answers = app.raw_until_end(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n{line}")).await;
        assert!(!answers.to_ascii_lowercase().contains("\nset-cookie"), "{path}: {answers}");
    }
}

#[on_both_engines]
async fn no_operation_takes_a_body_that_is_compressed(app: TestApp) {
    // What anybody who expanded it would have twenty megabytes of.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b' '; 20_000_000]).expect("packed");
    let bomb = bomb.finish().expect("packed");
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    for (method, path, operation) in operations() {
        let takes_form = !operation["requestBody"]["content"]["multipart/form-data"].is_null();
        let takes_json = !operation["requestBody"]["content"]["application/json"].is_null();
        if !takes_form && !takes_json && method != Method::POST {
            continue;
        }
        let kind = if takes_form { "multipart/form-data; boundary=B0" } else { "application/json" };
        for coding in ["gzip", "br", "deflate", "identity, gzip", "zstd"] {
            let call = app.operator(method.clone(), &filled(&path)).header("content-type", kind);
            let answer = call.header("content-encoding", coding).body(bomb.clone()).send().await;
            assert!(
                [415, 404, 410, 403].contains(&answer.status),
                "{method} {path} {coding}: {}",
                answer.text()
            );
        }
    }
}

#[on_both_engines]
async fn every_answer_is_safe_to_show(app: TestApp) {
    let (work, _) = app.scene("demo").await;
    let script = "<script>alert(1)</script>";
    app.patch(&format!("/works/{work}"), json!({"title": script, "author": script})).await.is(200);
    for (method, path, _) in operations().into_iter().filter(|(_, path, _)| !path.ends_with("/events")) {
        let answer = app
            .operator(method.clone(), &filled(&path))
            .json(&json!({"title": script, script: 1}))
            .send()
            .await;
        let kind = answer.header("content-type");
        let is_data = [
            "",
            "application/json",
            "application/problem+json",
            "text/plain",
            "application/x-ndjson",
            "application/jsonl",
        ];
        let essence = kind.split(';').next().unwrap_or_default();
        assert!(is_data.contains(&essence), "{method} {path}: {kind}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(name), value, "{method} {path}");
        }
    }
    for path in [
        "/",
        "/swagger-ui/",
        "/problems/",
        "/problems/not_found",
        "/app-page",
        "/nothing.js",
        "/healthz",
        "/metrics",
    ] {
        let answer = app.anywhere(Method::GET, path).header("accept", "text/html,*/*").send().await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
    assert!(!log().contains(script), "texts are not logged");
}

#[test]
fn no_operation_sets_where_a_provider_is() {
    for (method, path, operation) in operations() {
        let takes = json!([operation["parameters"], operation["requestBody"]]).to_string();
        assert!(!takes.contains("base_url") && !takes.contains("api_key"), "{method} {path}");
    }
    let document = serde_json::to_value(colophon_api::openapi()).expect("JSON");
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for (name, schema) in schemas {
        let text = schema.to_string();
        assert!(!text.contains("\"base_url\"") && !text.contains("\"format\":\"uri\""), "{name} has a URL");
    }
}
