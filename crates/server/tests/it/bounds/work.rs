//! Requests that make the server work: previews, template checks, imports.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use super::{Server, idle};

#[tokio::test(flavor = "multi_thread")]
async fn previews_that_nobody_takes_stay_within_the_memory_budget() {
    let server = Server::start().await;
    let (work, chapter) = server.chapter().await;
    let path = format!("/api/v1/works/{work}/prompt/preview");
    let template = "{a:🌌>9999}".repeat(400);
    let body = json!({"template": template, "model": "demo", "chapter_id": chapter,
        "parameters": {"variables": {"a": "x"}}})
    .to_string();
    let idle = idle(&server).await;
    server
        .withstand("40 previews", idle, async {
            let mut kept = Vec::new();
            for _ in 0..40 {
                kept.push(server.ask_and_take_nothing("POST", &path, &body).await);
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
            // Their first lines are those of previews, or say that the server is busy.
            for stream in &mut kept {
                let mut first = [0; 12];
                stream.read_exact(&mut first).await.expect("an answer");
                assert!([&b"HTTP/1.1 200"[..], &b"HTTP/1.1 503"[..]].contains(&&first[..]), "{first:?}");
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_with_thousands_of_problems_keep_nobody_waiting() {
    let server = Server::start().await;
    let body = json!({"template": "{x}".repeat(16_000)}).to_string();
    let idle = idle(&server).await;
    server
        .withstand("64 template checks", idle, async {
            for _ in 0..3 {
                let mut kept = Vec::new();
                for _ in 0..64 {
                    kept.push(server.ask_and_take_nothing("POST", "/api/v1/templates/check", &body).await);
                }
                let mut checked = 0;
                for mut stream in kept {
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).await.expect("an answer");
                    let answer = String::from_utf8_lossy(&answer).into_owned();
                    checked += usize::from(answer.contains("\"problem_count\":16000"));
                    assert!(answer.starts_with("HTTP/1.1 200") || answer.contains("\"busy\""), "{answer}");
                }
                assert!(checked > 0, "some are checked");
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_of_nothing_but_lines_stay_within_the_memory_budget() {
    let server = Server::start().await;
    let idle = idle(&server).await;
    // Line breaks of every kind, lines of one letter, and lines that all look like headings. A debug build takes minutes
    // for what a release does in seconds.
    let (lines, size): (&[&str], usize) = match cfg!(debug_assertions) {
        true => (&["\n"], 3_000_000),
        false => (&["\n", "\r\n", "\u{2028}", "a\n", "第一章\n"], 19_000_000),
    };
    for line in lines {
        let file = line.repeat(size / line.len());
        let body = form(&file);
        server
            .withstand(&format!("six imports of {size} bytes of {line:?}"), idle, async {
                let mut tasks = JoinSet::new();
                for _ in 0..6 {
                    let (address, body) = (server.address, body.clone());
                    let head = server.head("POST", "/api/v1/works/import?dry_run=true", body.len());
                    let head = as_form(head);
                    tasks.spawn(async move {
                        let mut stream = TcpStream::connect(address).await.expect("a connection");
                        stream.write_all(head.as_bytes()).await.expect("sent");
                        stream.write_all(body.as_bytes()).await.ok();
                        let mut answer = Vec::new();
                        stream.read_to_end(&mut answer).await.expect("an answer");
                        String::from_utf8_lossy(&answer[..answer.len().min(4096)]).into_owned()
                    });
                }
                while let Some(answer) = tasks.join_next().await {
                    let answer = answer.expect("ran");
                    // Read as a book, refused as none, or told to wait: never a failure.
                    let is_answered = ["200", "413", "422", "503"]
                        .iter()
                        .any(|it| answer.starts_with(&format!("HTTP/1.1 {it}")));
                    assert!(is_answered && !answer.contains("\"internal\""), "{line:?}: {answer}");
                }
            })
            .await;
    }
}

const BOUNDARY: &str = "bounds-7f3a91";

/// A request whose body is a [`form`].
pub(super) fn as_form(request: String) -> String {
    request.replacen("application/json", &format!("multipart/form-data; boundary={BOUNDARY}"), 1)
}

/// A form with a text file.
pub(super) fn form(file: &str) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"book.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
    )
}
