//! Rubbish, everywhere: never a 5xx, always a problem.

use crate::app::TestApp;
use crate::call::Answer;
use crate::document::{filled, operations};
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};

/// Bodies that no operation takes.
fn bodies() -> Vec<Vec<u8>> {
    let texts = [
        "",
        " ",
        "nul",
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "\"text\"",
        "[]",
        "{}",
        "[{}]",
        "{",
        "}",
        "{\"a\":}",
        "{\"title\":\"\\ud800\"}",
        "{\"title\":\"\\udc00\\ud800\"}",
        "{\"title\":\"\\u0000\"}",
        "{\"\\u0000\":1}",
        "{\"title\":1e999}",
        "{\"number\":1e999}",
        "{\"number\":-0}",
        "{\"number\":1.0}",
        "{\"number\":99999999999999999999}",
        "{\"base_version\":9223372036854775808}",
        "{\"base_version\":-1}",
        "{\"base_version\":2.5}",
        "{\"title\":\"a\",\"title\":\"b\"}",
        "{\"title\":null}",
        "{\"parameters\":null}",
        "{\"parameters\":{\"a\":1,\"a\":2}}",
        "{\"__proto__\":{}}",
        "{\"title\":{\"$ne\":1}}",
        "{\"title\":\"'; DROP TABLE works; --\"}",
        "\u{feff}{}",
        "NaN",
        "{\"chapter_id\":\"1\"}",
        "{\"template\":\"{\",\"model\":\"\",\"chapter_id\":-1}",
        "// x\n{}",
        "{'a':1}",
    ];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.push("[".repeat(10_000).into_bytes());
    bodies.push(format!("{}{}", "{\"a\":".repeat(10_000), "1".to_owned() + &"}".repeat(10_000)).into_bytes());
    bodies.push(format!("{{\"parameters\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes());
    bodies.push(b"{\"title\":\"\xff\xfe\"}".to_vec());
    bodies.push(b"\x00\x01\x02".to_vec());
    bodies.push(b"\x1f\x8b\x08\x00".to_vec());
    bodies.push(vec![b' '; 70_000]);
    bodies
}

#[track_caller]
fn check(answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text());
    if answer.status >= 400 {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {}", answer.text());
        assert!(answer.json()["code"].is_string());
    }
}

#[on_both_engines]
async fn no_body_makes_a_fault_of_ours(app: TestApp) {
    let (work, chapter) = app.scene("demo").await;
    assert_eq!((work, chapter), (1, 1), "the ids that paths are filled with");
    for (method, path, operation) in operations() {
        if method == Method::GET || method == Method::DELETE {
            continue;
        }
        for body in bodies() {
            let what = format!(
                "{} {}",
                operation["operationId"],
                String::from_utf8_lossy(&body[..body.len().min(40)])
            );
            let call =
                app.operator(method.clone(), &filled(&path)).header("content-type", "application/json");
            let answer = call.body(body).send().await;
            check(&answer, &what);
        }
    }
}

#[on_both_engines]
async fn no_content_type_and_no_coding_makes_a_fault_of_ours(app: TestApp) {
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/jsonx",
        "\u{ff}",
        "multipart/form-data",
    ] {
        let call = app.operator(Method::POST, "/works").header("content-type", kind);
        call.body("{}").send().await.refuses(Code::UnsupportedMediaType);
    }
    app.operator(Method::POST, "/works").body("{}").send().await.refuses(Code::UnsupportedMediaType);
    let packed = app.operator(Method::POST, "/works").header("content-type", "application/json");
    packed.header("content-encoding", "gzip").body("{}").send().await.refuses(Code::UnsupportedMediaType);
    for kind in ["application/json; charset=UTF-8", "Application/JSON", "application/json;charset=\"utf-8\""]
    {
        let call = app.operator(Method::POST, "/works").header("content-type", kind);
        call.body("{}").send().await.refuses(Code::ValidationFailed);
    }
}

#[on_both_engines]
async fn a_body_over_its_limit_is_refused_whatever_it_announces(app: TestApp) {
    let work = app.work().await;
    let large = vec![b' '; 1024 * 1024 + 1];
    let json =
        |method: Method, path: &str| app.operator(method, path).header("content-type", "application/json");
    json(Method::POST, "/works").body(large.clone()).send().await.refuses(Code::PayloadTooLarge);
    let stream = |bytes: Vec<u8>| {
        let chunks: Vec<_> =
            bytes.chunks(65_536).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
        reqwest::Body::wrap_stream(futures::stream::iter(chunks))
    };
    json(Method::POST, "/works").body(stream(large.clone())).send().await.refuses(Code::PayloadTooLarge);
    let chapters = format!("/works/{work}/chapters");
    json(Method::POST, &chapters).body(stream(large)).send().await.refuses(Code::MalformedJson);
    let huge = vec![b' '; 16 * 1024 * 1024 + 1];
    json(Method::POST, &chapters).body(stream(huge)).send().await.refuses(Code::PayloadTooLarge);
}

#[on_both_engines]
async fn no_path_and_no_query_makes_a_fault_of_ours(app: TestApp) {
    let ids = [
        "0",
        "-1",
        "x",
        "9223372036854775808",
        "%00",
        "%ff",
        "%2f",
        "..",
        "%2e%2e",
        "1%0a",
        "1;drop",
        "夜",
        "%E5",
        "1e3",
    ];
    for (method, path, _) in operations() {
        for id in ids {
            let part = |part: &str| if part.starts_with('{') { id.to_owned() } else { part.to_owned() };
            let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
            let answer = app.operator(method.clone(), &path).json(&json!({})).send().await;
            check(&answer, &format!("{method} {path}"));
        }
        for query in [
            "x=1",
            "limit=%",
            "limit=%zz",
            "cursor=%00",
            "cursor=AAAA",
            "&&&",
            "=",
            "limit",
            "%ff=%ff",
            "query=%F0%9F%9A%82",
            "limit=1&limit=1",
        ] {
            let path = format!("{}?{query}", filled(&path));
            if path.contains("/events?") && query == "&&&" {
                continue;
            }
            check(
                &app.operator(method.clone(), &path).json(&json!({})).send().await,
                &format!("{method} {path}"),
            );
        }
    }
}

#[on_both_engines]
async fn no_header_makes_a_fault_of_ours(app: TestApp) {
    let long = "x".repeat(8_000);
    for (name, value) in [
        ("cookie", "colophon_session"),
        ("cookie", "colophon_session=\"; x"),
        ("cookie", ";;;==;;"),
        ("cookie", long.as_str()),
        ("accept-encoding", "rubbish;;q=x"),
        ("accept-encoding", "identity;q=0"),
        ("accept-encoding", "*;q=0"),
        ("accept-encoding", "br;q=9"),
        ("if-none-match", "\"\"\"\""),
        ("if-none-match", long.as_str()),
        ("if-none-match", "\u{ff}"),
        ("last-event-id", "夜"),
        ("origin", "\u{ff}"),
        ("sec-fetch-site", "\u{ff}"),
        ("x-request-id", "\u{ff}"),
        ("authorization", "\u{ff}"),
        ("authorization", "Bearer \u{ff}"),
        ("range", "bytes=9-1"),
        ("expect", "nonsense"),
        ("transfer-encoding", "identity"),
        ("x-http-method-override", "DELETE"),
        ("accept", "nonsense/"),
        ("host", "evil.example"),
        ("content-length", "0"),
    ] {
        for path in ["/works", "/nothing", "/healthz", "/app-page", "/swagger-ui/"] {
            let mut call = app.nobody(Method::GET, path);
            if name != "authorization" {
                call = app.viewer(Method::GET, path);
            }
            let answer = call.header(name, value).send().await;
            assert!(answer.status < 500, "{name}: {value}: {} {}", answer.status, answer.text());
            assert_ne!(answer.status, 406, "{name}: {value}");
        }
    }
}

#[on_both_engines]
async fn no_bytes_on_the_wire_make_a_fault_of_ours(app: TestApp) {
    let who = app.operator_line();
    let post = |rest: &str| {
        format!("POST /api/v1/works HTTP/1.1\r\nHost: x\r\n{who}Content-Type: application/json\r\n{rest}")
    };
    let requests: Vec<Vec<u8>> = vec![
        post("Transfer-Encoding: chunked\r\n\r\nnonsense\r\n").into(),
        post("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\nzz\r\n").into(),
        post("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n").into(),
        post("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n").into(),
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").into(),
        post("Content-Length: -1\r\n\r\n").into(),
        post("Content-Length: 99999999999999999999\r\n\r\n").into(),
        post("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}").into(),
        b"GET /api/v1/works\r\n\r\n".to_vec(),
        b"GET /api/v1/works HTTP/9.9\r\n\r\n".to_vec(),
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET \xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /api/v1/works?%ff HTTP/1.1\r\nHost: \xff\r\n\r\n".to_vec(),
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"NONSENSE /api/v1/works HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000)).into(),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(1_000)).into(),
        b"\x16\x03\x01\x02\x00\x01\x00".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
    ];
    let answers = futures::future::join_all(requests.iter().map(|request| app.raw(request))).await;
    for (request, answer) in requests.iter().zip(answers) {
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 2"),
            "{shown}: {answer}"
        );
    }
    app.get("/session").await.is(200);
    let kept: Value = app.get("/works").await.json();
    assert_eq!(kept["items"], json!([]));
}
