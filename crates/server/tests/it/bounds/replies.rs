//! Replies that would be large: attempts whose messages are long.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use super::{Server, idle};

/// Attempts at one segment.
const ATTEMPTS: usize = 12;
/// The least length of each one's messages, in bytes.
const MESSAGES: usize = 3_900_000;

#[tokio::test(flavor = "multi_thread")]
async fn attempts_with_long_messages_are_listed_without_them_and_read_one_by_one() {
    let server = Server::start().await;
    let (run, newest) = translate_often(&server).await;
    let list = format!("/api/v1/translations/{run}/segments/1/attempts");
    let page = server.send("GET", &format!("{list}?limit=100"), "").await;
    assert!(page.len() < 200_000, "{} bytes", page.len());
    let items = server.get(&format!("{list}?limit=100")).await["items"].as_array().expect("a list").len();
    assert_eq!(items, ATTEMPTS);
    let messages = format!("{list}/{newest}/messages");
    let whole = server.send("GET", &messages, "").await;
    assert!(whole.starts_with("HTTP/1.1 200") && whole.len() > MESSAGES, "{} bytes", whole.len());
    let idle = idle(&server).await;
    server
        .withstand("64 lists of attempts and 64 messages of 4 MB", idle, async {
            let mut kept = Vec::new();
            for _ in 0..64 {
                for path in [&list, &messages] {
                    kept.push(server.ask_and_take_nothing("GET", path, "").await);
                }
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
            for stream in &mut kept {
                let mut first = [0; 12];
                stream.read_exact(&mut first).await.expect("an answer");
                assert!([&b"HTTP/1.1 200"[..], &b"HTTP/1.1 503"[..]].contains(&&first[..]), "{first:?}");
            }
        })
        .await;
}

/// Translates a segment many times by a template that renders to a million wide characters. Returns the id of the run and
/// the id of the newest attempt.
async fn translate_often(server: &Server) -> (i64, i64) {
    let (work, chapter) = server.chapter().await;
    let template = format!("{{source_text}}{}", "{a:🌌>9999}".repeat(100));
    let prompt =
        json!({"name": "p", "model": "demo", "template": template, "parameters": {"variables": {"a": "x"}}});
    server.post(&format!("/api/v1/works/{work}/prompt"), &prompt).await;
    let start = format!("/api/v1/works/{work}/chapters/{chapter}/translations");
    let answer = server.send("POST", &start, "").await;
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let run: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
    let run = run["id"].as_i64().unwrap_or_else(|| panic!("{answer}"));
    let segment = format!("/api/v1/translations/{run}/segments/1");
    let mut newest = attempt_after(server, &segment, 0).await;
    for _ in 1..ATTEMPTS {
        server.post(&format!("{segment}/retranslate"), &json!({"base_attempt_id": newest})).await;
        newest = attempt_after(server, &segment, newest).await;
    }
    (run, newest)
}

/// The segment's attempt once it is another one than `before`, and finished.
async fn attempt_after(server: &Server, segment: &str, before: i64) -> i64 {
    let newer = async {
        loop {
            let now = server.get(segment).await;
            if let Some(id) =
                now["attempt"]["id"].as_i64().filter(|id| *id != before && now["retranslation"].is_null())
            {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let newer = tokio::time::timeout(super::PATIENCE, newer).await;
    newer.unwrap_or_else(|_| panic!("no attempt after {before}: {}", server.log()))
}
