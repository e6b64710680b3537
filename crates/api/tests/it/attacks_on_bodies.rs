//! What somebody would try with bodies that are large or slow, and with connections that take nothing.

use crate::app::{TestApp, app_with, options};
use crate::attacks_on_http::{PATIENCE, connect, head, rest, seconds, statuses};
use crate::document::{filled, operations};
use colophon_api::Options;
use colophon_test_support::{Engine, on_both_engines};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

#[on_both_engines]
async fn a_body_that_trickles_in_is_given_up(engine: Engine) {
    let app = app_with(engine, Options { body_timeout_s: seconds(1), ..options() }).await;
    for length in ["Content-Length: 30000\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut stream = connect(&app).await;
        stream.write_all(head(&app, length).as_bytes()).await.expect("sent");
        let (mut read, mut write) = stream.into_split();
        let trickle = tokio::spawn(async move {
            let piece: &[u8] = if length.starts_with('C') { b" " } else { b"1\r\n \r\n" };
            while write.write_all(piece).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        let mut answer = Vec::new();
        tokio::time::timeout(PATIENCE, read.read_to_end(&mut answer)).await.expect("it ends").ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(statuses(&answer), ["408"], "{answer}");
        assert!(
            answer.contains("request_timeout") && answer.to_ascii_lowercase().contains("connection: close"),
            "{answer}"
        );
        tokio::time::timeout(PATIENCE, trickle).await.expect("nothing more is taken").expect("ended");
    }
    app.get("/works").await.is(200);
}

#[on_both_engines]
async fn uploads_that_stop_before_their_end_are_given_up_soon(engine: Engine) {
    let app = app_with(engine, Options { body_timeout_s: seconds(1), ..options() }).await;
    let form = "--B0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n";
    let head = format!(
        "POST /api/v1/works/import HTTP/1.1\r\nHost: a\r\n{}Content-Type: multipart/form-data; boundary=B0\r\nContent-Length: 20000000\r\n\r\n{form}",
        app.operator_line()
    );
    // So much that, counted over the whole body, the client would have minutes left.
    let text = "本文。\n".repeat(500_000);
    let uploads = (0..8).map(async |_| {
        let mut stream = connect(&app).await;
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.write_all(text.as_bytes()).await.expect("sent");
        rest(&mut stream).await
    });
    for answer in futures::future::join_all(uploads).await {
        assert_eq!(statuses(&answer), ["408"], "{answer}");
    }
    app.get("/works").await.is(200);
}

#[on_both_engines]
async fn bodies_have_the_limits_of_the_document(app: TestApp) {
    let mut count = 0;
    for (method, path, operation) in operations() {
        let Some(limit) = operation["responses"]["413"]["x-body-limit"].as_u64() else { continue };
        let lines = app.operator_line();
        let head = |length: u64| {
            format!(
                "{method} /api/v1{} HTTP/1.1\r\nHost: a\r\n{lines}Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
                filled(&path).trim_start_matches("/api/v1")
            )
        };
        let mut stream = connect(&app).await;
        stream.write_all(head(limit + 1).as_bytes()).await.expect("sent");
        let answer = rest(&mut stream).await;
        // Somebody without the permission gets no further.
        assert!(["413", "403"].contains(&statuses(&answer)[0]), "{method} {path}: {answer}");
        count += usize::from(statuses(&answer) == ["413"]);
        let is_open =
            operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| way == &json!({})));
        assert!(!is_open || limit <= 4096, "{method} {path}: open to all, and takes {limit} bytes");
    }
    assert!(count > 12, "{count}");
}

#[on_both_engines]
async fn what_is_refused_is_not_read_to_its_end(app: TestApp) {
    let mut stream = connect(&app).await;
    let head = "POST /api/v1/works HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\nContent-Type: application/json\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let answer = rest(&mut stream).await;
    assert_eq!(statuses(&answer), ["401"], "{answer}");
}

#[on_both_engines]
async fn a_reader_that_takes_nothing_is_let_go(engine: Engine) {
    let app = app_with(engine, Options { stall_timeout_s: seconds(1), ..options() }).await;
    let (work, _) = app.scene("demo").await;
    let text = "本".repeat(900_000);
    let chapter = app
        .post(&format!("/works/{work}/chapters"), json!({"title": "long", "source_text": text}))
        .await
        .is(201)
        .id();
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(2048).expect("a small buffer");
    let address = app.base_url.trim_start_matches("http://").parse().expect("an address");
    let mut stream = socket.connect(address).await.expect("a connection");
    let request = format!(
        "GET /api/v1/works/{work}/chapters/{chapter} HTTP/1.1\r\nHost: a\r\n{}\r\n",
        app.operator_line()
    );
    // Often enough that no buffer on the way holds it all.
    stream.write_all(request.repeat(8).as_bytes()).await.expect("asked");
    tokio::time::sleep(Duration::from_secs(8)).await;
    let mut taken = 0;
    let mut buffer = vec![0; 65_536];
    let ended = tokio::time::timeout(PATIENCE, async {
        while let Ok(n) = stream.read(&mut buffer).await {
            if n == 0 {
                break;
            }
            taken += n;
        }
    });
    ended.await.expect("the connection ends");
    assert!(taken < 8 * 2_700_000, "all {taken} bytes were kept for it");
}

#[on_both_engines]
async fn connections_have_their_number(engine: Engine) {
    let app = app_with(engine, Options { connections_of_address: seconds(20), ..options() }).await;
    let ask = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let (mut kept, mut ended) = (Vec::new(), 0);
    for _ in 0..40 {
        let mut stream = connect(&app).await;
        stream.write_all(ask).await.ok();
        let mut first = [0];
        match tokio::time::timeout(PATIENCE, stream.read(&mut first)).await.expect("an answer or an end") {
            Ok(1) => kept.push(stream),
            _ => ended += 1,
        }
    }
    assert!((1..=20).contains(&kept.len()) && ended >= 20, "{} kept, {ended} ended", kept.len());
    drop(kept);
    // As soon as the server has noticed that they are gone, there is room again.
    for _ in 0..100 {
        let mut stream = connect(&app).await;
        stream.write_all(ask).await.ok();
        if matches!(stream.read(&mut [0]).await, Ok(1)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no room for anybody");
}
