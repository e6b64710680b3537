//! Bodies that are large, stop, or bring secrets to be hashed.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use super::{Server, idle};

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_with_large_bodies_are_refused_before_they_are_read() {
    let server = Server::start().await;
    let idle = idle(&server).await;
    server
        .withstand("600 sign-ins of 1 MiB", idle, async {
            let mut tasks = JoinSet::new();
            for n in 0..600 {
                let (address, is_chunked) = (server.address, n % 2 == 0);
                tasks.spawn(async move {
                    let mut stream = TcpStream::connect(address).await.expect("a connection");
                    let length = if is_chunked { "Transfer-Encoding: chunked" } else { "Content-Length: 1048576" };
                    let head = format!(
                        "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
                    );
                    stream.write_all(head.as_bytes()).await.ok();
                    let chunk = if is_chunked { format!("10000\r\n{}\r\n", " ".repeat(65_536)) } else { " ".repeat(65_536) };
                    for _ in 0..16 {
                        if stream.write_all(chunk.as_bytes()).await.is_err() {
                            break;
                        }
                    }
                    let mut first = [0; 12];
                    // A connection may be reset before its answer is read.
                    stream.read_exact(&mut first).await.is_err() || first == *b"HTTP/1.1 413"
                });
            }
            while let Some(refused) = tasks.join_next().await {
                assert!(refused.expect("ran"));
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chapters_that_stop_before_their_end_free_their_memory_within_seconds() {
    let server = Server::start().await;
    let (work, _) = server.chapter().await;
    let path = format!("/api/v1/works/{work}/chapters");
    let idle = idle(&server).await;
    server
        .withstand("40 bodies of 15 MB that stop", idle, async {
            let mut tasks = JoinSet::new();
            for _ in 0..40 {
                let (address, head) = (server.address, server.head("POST", &path, 16_000_000));
                tasks.spawn(async move {
                    let mut stream = TcpStream::connect(address).await.expect("a connection");
                    stream.write_all(head.as_bytes()).await.ok();
                    let part = vec![b' '; 1_000_000];
                    for _ in 0..15 {
                        if stream.write_all(&part).await.is_err() {
                            break;
                        }
                    }
                    let mut first = [0; 12];
                    let answer = stream.read_exact(&mut first).await.map(|_| first);
                    answer.map_or_else(
                        |_| "reset".to_owned(),
                        |first| String::from_utf8_lossy(&first).into_owned(),
                    )
                });
            }
            let begun = Instant::now();
            while let Some(answer) = tasks.join_next().await {
                let answer = answer.expect("ran");
                assert!(["reset", "HTTP/1.1 408", "HTTP/1.1 503"].contains(&answer.as_str()), "{answer}");
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_that_cost_a_hash_each_wait_in_a_bounded_queue() {
    let server = Server::start().await;
    let body = json!({"name": "n".repeat(255), "password": "p".repeat(256), }).to_string();
    let idle = idle(&server).await;
    server
        .withstand("400 sign-ins at once", idle, async {
            let mut tasks = JoinSet::new();
            for _ in 0..400 {
                let (address, body) = (server.address, body.clone());
                tasks.spawn(async move {
                    let mut stream = TcpStream::connect(address).await.expect("a connection");
                    let head = format!(
                        "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                         Content-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len()
                    );
                    stream.write_all(head.as_bytes()).await.expect("sent");
                    stream.write_all(body.as_bytes()).await.expect("sent");
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).await.expect("an answer");
                    String::from_utf8_lossy(&answer).into_owned()
                });
            }
            let (mut checked, mut turned_away) = (0, 0);
            while let Some(answer) = tasks.join_next().await {
                let answer = answer.expect("ran");
                match answer.get(..12) {
                    Some("HTTP/1.1 401" | "HTTP/1.1 429") => checked += 1,
                    Some("HTTP/1.1 503") => {
                        assert!(answer.contains("\"busy\"") && answer.contains("retry-after"), "{answer}");
                        turned_away += 1;
                    }
                    _ => panic!("{answer}"),
                }
            }
            assert!(checked > 0 && turned_away > 0, "{checked} checked, {turned_away} turned away");
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_stop_before_their_end_are_let_go_within_seconds() {
    let server = Server::start().await;
    let idle = idle(&server).await;
    server
        .withstand("40 uploads that stop", idle, async {
            let head = server.head("POST", "/api/v1/works/import?dry_run=true", 20_000_000);
            let head = head.replace("application/json", "multipart/form-data; boundary=b");
            let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n";
            let sent = format!("{head}{part}{}", "夜。\n".repeat(2_000_000));
            let mut tasks = JoinSet::new();
            for _ in 0..40 {
                let (address, sent) = (server.address, sent.clone());
                tasks.spawn(async move {
                    let mut stream = TcpStream::connect(address).await.expect("a connection");
                    stream.write_all(sent.as_bytes()).await.ok();
                    let begun = Instant::now();
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).await.ok();
                    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
                });
            }
            while let Some(outcome) = tasks.join_next().await {
                let (answer, waited) = outcome.expect("ran");
                let is_let_go =
                    ["", "HTTP/1.1 408", "HTTP/1.1 503"].contains(&answer.get(..12).unwrap_or_default());
                assert!(is_let_go, "{answer}");
                assert!(waited < Duration::from_secs(60), "{waited:?}");
            }
        })
        .await;
}
