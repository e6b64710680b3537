//! How long somebody else waits while many clients send the most expensive request of a kind, one kind after the other.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    runtime,
};

use super::{OTHER, RESIDENT_MAX, RETURN, Server, idle};
use crate::chaos::scale::{scale, tell};

/// Clients that send the same. A debug build gets through with fewer.
const CLIENTS: usize = if cfg!(debug_assertions) { 16 } else { 64 };
/// How much of an event stream a client reads, in bytes.
const STREAM: usize = 256 * 1024;
/// Between two requests of somebody else.
const PAUSE: Duration = Duration::from_millis(5);

/// What p99 of `/healthz` and of `GET …/prompt` is to be at most. Whoever makes the load shares the machine with the server,
/// and so these are told, not asserted.
const GOALS: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// What tells a server that stands still.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 3 });

#[test]
fn others_are_answered_whatever_64_clients_ask_for() {
    // One thread makes the load, and another one is somebody else: the server has the rest of the machine.
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let server = Server::start().await;
        let kinds = Seed::plant(&server).await.kinds(&server);
        let idle = idle(&server).await;
        let seconds = Duration::from_secs(u64::try_from(scale("CHAOS_LOAD_S", 1)).expect("few"));
        let mut missed = Vec::new();
        for (what, requests) in kinds {
            missed.extend(measure(&server, what, requests, seconds).await);
        }
        let begun = Instant::now();
        let is_returned = |now: Option<f64>| now.zip(idle).is_none_or(|(now, idle)| now < 2.0 * idle);
        while !is_returned(server.status("VmRSS")) && begun.elapsed() < RETURN {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let after = server.status("VmRSS");
        tell(&format!("load: idle {idle:.0?} MB, {:.1?} after the last {after:.0?} MB", begun.elapsed()));
        assert!(is_returned(after), "{after:?} MB of {idle:?} are kept");
        assert!(!server.log().contains("panicked"), "a server panicked");
        assert_eq!(missed, [""; 0], "see the figures above");
    });
}

/// What is there to be asked for.
struct Seed {
    work: i64,
    /// A chapter of a million code points.
    long: i64,
    /// A run of it, and one of a short chapter by a template that renders to four million bytes.
    runs: [i64; 2],
    /// An attempt of the second.
    attempt: i64,
}

impl Seed {
    async fn plant(server: &Server) -> Self {
        let (work, short) = server.chapter().await;
        let wide = format!("{{source_text}}{}", "{a:🌌>9999}".repeat(100));
        let parameters = json!({"variables": {"a": "x"}});
        let prompt = json!({"name": "p", "model": "demo", "template": wide, "parameters": parameters});
        server.post(&format!("/api/v1/works/{work}/prompt"), &prompt).await;
        let second = start(server, work, short).await;
        let segment = format!("/api/v1/translations/{second}/segments/1");
        let attempt = loop {
            if let Some(id) = server.get(&segment).await["attempt"]["id"].as_i64() {
                break id;
            }
            tokio::time::sleep(PAUSE).await;
        };
        // Versions whose every word differs.
        for (number, letter) in [(1, 'a'), (2, 'b')] {
            let words = (0..7_000).map(|n| format!("{letter}{n:x}{}", if n % 7 == 0 { "\n" } else { " " }));
            let template: String = words.collect::<String>() + "{source_text}";
            let version = json!({"model": "demo", "template": template, "base_version": number});
            server.post(&format!("/api/v1/works/{work}/prompt/versions"), &version).await;
        }
        let text = "　カムパネルラが手をあげました。\n".repeat(58_000);
        let new = json!({"title": "long", "source_text": text});
        let new = server.post(&format!("/api/v1/works/{work}/chapters"), &new).await;
        let long = new["id"].as_i64().unwrap_or_else(|| panic!("{new}"));
        let first = start(server, work, long).await;
        Self { work, long, runs: [first, second], attempt }
    }

    /// The kinds, each with what its clients send in turn.
    fn kinds(&self, server: &Server) -> Vec<(&'static str, Vec<Vec<u8>>)> {
        let Self { work, long, runs: [run, second], attempt } = self;
        let base = "/api/v1";
        let of_work = format!("{base}/works/{work}");
        let get = |path: String| vec![request(server, "GET", &path, "")];
        let send =
            |method, path: String, body: &Value| vec![request(server, method, &path, &body.to_string())];
        let wide = json!({"template": "{a:🌌>9999}".repeat(400), "model": "demo", "chapter_id": long,
            "parameters": {"variables": {"a": "x"}}});
        let broken = json!({"template": "{x}".repeat(16_000)});
        let version = json!({"model": "demo", "template": "{x}".repeat(16_000), "base_version": 3});
        let texts =
            ["夜がきました。\n", "朝がきました。\n"].map(|line| json!({"source_text": line.repeat(120_000)}));
        let patch =
            |text| request(server, "PATCH", &format!("{of_work}/chapters/{long}"), &Value::to_string(text));
        let sign_in = json!({"name": "nobody", "password": "p".repeat(64)});
        vec![
            ("previews", send("POST", format!("{of_work}/prompt/preview"), &wide)),
            ("template checks", send("POST", format!("{base}/templates/check"), &broken)),
            ("versions that are refused", send("POST", format!("{of_work}/prompt/versions"), &version)),
            ("comparisons", get(format!("{of_work}/prompt/diff?from=2&to=3"))),
            ("verifications of a run", get(format!("{base}/translations/{second}/verify"))),
            ("verifications of a prompt", get(format!("{of_work}/prompt/verify"))),
            ("imports", vec![import(server)]),
            ("chapters read", get(format!("{of_work}/chapters/{long}"))),
            ("pages of segments", get(format!("{base}/translations/{run}/segments?limit=100"))),
            ("event streams", get(format!("{base}/translations/{run}/events"))),
            ("messages", get(format!("{base}/translations/{second}/segments/1/attempts/{attempt}/messages"))),
            ("searches", get(format!("{base}/works?query=%E9%8A%80"))),
            ("starts", send("POST", format!("{of_work}/chapters/{long}/translations"), &json!({}))),
            ("chapters written", texts.iter().map(patch).collect()),
            ("sign-ins", send("POST", format!("{base}/session"), &sign_in)),
        ]
    }
}

async fn start(server: &Server, work: i64, chapter: i64) -> i64 {
    let run = server.post(&format!("/api/v1/works/{work}/chapters/{chapter}/translations"), &json!({})).await;
    run["id"].as_i64().unwrap_or_else(|| panic!("{run}"))
}

/// A request that keeps its connection.
fn request(server: &Server, method: &str, path: &str, body: &str) -> Vec<u8> {
    let head = server.head(method, path, body.len()).replace("Connection: close\r\n", "");
    (head + body).into_bytes()
}

fn import(server: &Server) -> Vec<u8> {
    let body = super::work::form(&"\n".repeat(if cfg!(debug_assertions) { 1_000_000 } else { 19_000_000 }));
    let request = request(server, "POST", "/api/v1/works/import?dry_run=true", &body);
    super::work::as_form(String::from_utf8(request).expect("text")).into_bytes()
}

/// What clients were answered.
#[derive(Default)]
struct Answered {
    done: AtomicUsize,
    busy: AtomicUsize,
    other: AtomicUsize,
}

/// Has clients send requests for so long; answers with what was missed.
async fn measure(server: &Server, what: &str, requests: Vec<Vec<u8>>, time: Duration) -> Option<String> {
    // Forgets the peak so far (proc(5)).
    std::fs::write(format!("/proc/{}/clear_refs", server.process.id()), "5").ok();
    let (over, answered, requests) =
        (Arc::new(AtomicBool::new(false)), Arc::<Answered>::default(), Arc::new(requests));
    let somebody_else = {
        let paths = ["/healthz".to_owned(), "/api/v1/works/1/prompt".to_owned()];
        let asks = paths.map(|path| server.head("GET", &path, 0).into_bytes());
        let (address, over) = (server.address, over.clone());
        std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(watch(address, &asks, &over))
        })
    };
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| tokio::spawn(client(server.address, requests.clone(), n, over.clone(), answered.clone())))
        .collect();
    let begun = Instant::now();
    // At least until one of them had what it asked for.
    while begun.elapsed() < time
        || (answered.done.load(Ordering::Relaxed) == 0 && begun.elapsed() < super::PATIENCE)
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    over.store(true, Ordering::Relaxed);
    let [health, prompt] =
        tokio::task::spawn_blocking(|| somebody_else.join()).await.expect("ran").expect("ran");
    for client in clients {
        client.abort();
    }
    let peak = server.status("VmHWM");
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let space = server.status("VmSize");
    tell(&format!(
        "load: {what}: {} done, {} busy, {} others; /healthz {}, prompt {}, peak {peak:.0?} MB of {space:.0?} MB of addresses",
        count(&answered.done),
        count(&answered.busy),
        count(&answered.other),
        shown(&health, GOALS[0]),
        shown(&prompt, GOALS[1]),
    ));
    let is_missed = [&health, &prompt].into_iter().any(|waits| p99(waits) >= LONGEST)
        || peak.is_some_and(|peak| peak >= RESIDENT_MAX)
        || count(&answered.done) == 0;
    is_missed.then(|| what.to_owned())
}

/// How long somebody else waited for each of these, in order.
async fn watch(address: SocketAddr, asks: &[Vec<u8>; 2], over: &AtomicBool) -> [Vec<Duration>; 2] {
    let mut waits = [Vec::new(), Vec::new()];
    while !over.load(Ordering::Relaxed) || waits.iter().any(Vec::is_empty) {
        for (ask, waits) in asks.iter().zip(&mut waits) {
            let begun = Instant::now();
            let socket = TcpSocket::new_v4().expect("a socket");
            socket.bind(SocketAddr::from((OTHER, 0))).expect("an address");
            let mut stream = socket.connect(address).await.expect("a connection");
            stream.write_all(ask).await.expect("sent");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.expect("an answer");
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
            waits.push(begun.elapsed());
            tokio::time::sleep(PAUSE).await;
        }
    }
    waits.iter_mut().for_each(|waits| waits.sort());
    waits
}

fn p99(sorted: &[Duration]) -> Duration {
    sorted[(sorted.len() * 99 / 100).min(sorted.len() - 1)]
}

fn shown(sorted: &[Duration], goal: Duration) -> String {
    let verdict = if p99(sorted) < goal { "" } else { " (over the goal)" };
    let (p50, p99) = (sorted[sorted.len() / 2], p99(sorted));
    format!("p50 {p50:.1?} p99 {p99:.1?}{verdict} of {}", sorted.len())
}

async fn client(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    first: usize,
    over: Arc<AtomicBool>,
    answered: Arc<Answered>,
) {
    let (mut stream, mut buffer) = (None, Vec::new());
    for request in requests.iter().cycle().skip(first) {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let mut open = match stream.take() {
            Some(open) => open,
            None => TcpStream::connect(address).await.expect("a connection"),
        };
        // A refusal may come before the whole body is sent.
        open.write_all(request).await.ok();
        match reply(&mut open, &mut buffer).await {
            Some((status, is_kept)) => {
                let counter = match status {
                    503 => &answered.busy,
                    200..=299 | 401 | 409 | 413 | 422 => &answered.done,
                    _ => &answered.other,
                };
                counter.fetch_add(1, Ordering::Relaxed);
                stream = is_kept.then_some(open);
            }
            None => {
                answered.other.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Reads a reply to its end: its status, and whether the connection stays. `None` where the connection broke.
async fn reply(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(u16, bool)> {
    buffer.clear();
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    // A stream is left after its beginning.
    let mut left = length.unwrap_or(STREAM).saturating_sub(buffer.len() - end);
    while left > 0 {
        buffer.clear();
        let read = stream.read_buf(buffer).await.ok()?;
        if read == 0 {
            return length.is_none().then_some((status, false));
        }
        left = left.saturating_sub(read);
    }
    Some((status, length.is_some() && !head.contains("connection: close")))
}
