//! A child: a provider whose tokens say when they were sent.

use std::{
    io::Read,
    net::Ipv4Addr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use futures::{Stream, StreamExt as _, stream};
use serde_json::Value;

use crate::{Failure, table::say};

/// What the provider calls a model that writes as fast as good models do: [`PACED_TOKENS`], one each [`PACE`].
pub(crate) const PACED: &str = "paced";
/// What it calls one that answers at once, with [`BURST_TOKENS`].
pub(crate) const BURST: &str = "burst";

/// Between tokens: 50 a second.
const PACE: Duration = Duration::from_millis(20);
const PACED_TOKENS: usize = 150;
const BURST_TOKENS: usize = 50;

/// Begins each token; no other event has it.
pub(crate) const MARK: char = '⏱';
/// Of a token after its mark: microseconds since 1970.
pub(crate) const DIGITS: usize = 16;

/// Microseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

fn data(value: &Value) -> web::Bytes {
    format!("data: {value}\n\n").into()
}

fn chunk(content: Option<&str>, finish_reason: Option<&str>) -> Value {
    serde_json::json!({
        "id": "bench", "object": "chat.completion.chunk", "model": "bench",
        "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}]
    })
}

fn tokens(count: usize, pace: Option<Duration>) -> impl Stream<Item = web::Bytes> {
    let interval = pace.map(tokio::time::interval);
    let sent = stream::unfold((0, interval), move |(sent, mut interval)| async move {
        if sent == count {
            return None;
        }
        if let Some(interval) = &mut interval {
            interval.tick().await;
        }
        let token = format!("{MARK}{:0DIGITS$} ", now());
        Some((data(&chunk(Some(&token), None)), (sent + 1, interval)))
    });
    let usage = serde_json::json!({
        "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": count, "total_tokens": count + 1}
    });
    let end = [data(&chunk(None, Some("stop"))), data(&usage), web::Bytes::from_static(b"data: [DONE]\n\n")];
    sent.chain(stream::iter(end))
}

async fn complete(request: web::Json<Value>) -> HttpResponse {
    let (count, pace) = match request["model"].as_str() {
        Some(PACED) => (PACED_TOKENS, Some(PACE)),
        _ => (BURST_TOKENS, None),
    };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(tokens(count, pace).map(Ok::<_, actix_web::Error>))
}

/// Serves until standard input ends.
pub(crate) fn run() -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(async {
        let app = || App::new().route("/v1/chat/completions", web::post().to(complete));
        let server = HttpServer::new(app).workers(1).disable_signals().bind((Ipv4Addr::LOCALHOST, 0))?;
        for address in server.addrs() {
            say(&address.to_string());
        }
        let server = server.run();
        let handle = server.handle();
        std::thread::spawn(move || {
            std::io::stdin().read_to_end(&mut Vec::new()).ok();
            drop(handle.stop(false));
        });
        Ok(server.await?)
    })
}
