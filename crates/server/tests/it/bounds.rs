//! What one client can make a server take: each attack against a process of its own, whose address space is limited.
//!
//! The server runs under `ulimit -v`: if it took what the attack asks for, it would abort. Beside the attack somebody else
//! asks for `/healthz`. Afterwards the memory must be given back.

use std::{
    fs::File,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use colophon_test_support::say;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::{binary::colophon, chaos::server::free_address};

/// The server's address space, in KiB.
const ADDRESS_SPACE: u32 = 1_500_000;
/// The most resident memory that a server may have under any load, in MB.
const RESIDENT_MAX: f64 = 512.0;
/// The longest that anybody else may wait for `/healthz`: an unoptimised build on a machine that is busy with other
/// tests takes many times what a release takes.
const HEALTH_MAX: Duration = Duration::from_secs(3);
/// How long the server may take to give memory back.
const RETURN: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(90);

/// A server whose address space is limited. Killed when dropped.
struct Server {
    process: Child,
    address: SocketAddr,
    token: String,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Server {
    async fn start() -> Self {
        let folder = TempDir::with_prefix("colophon-bounds-").expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("colophon.db").display());
        let settings = "[api]\nbody_timeout_s = 2\nsign_in_burst = 5000\n";
        std::fs::write(folder.path().join("colophon.toml"), settings).expect("the settings");
        let output = |arguments: &[&str]| {
            let output = colophon(folder.path(), &url).args(arguments).output().expect("the binary");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("text").trim().to_owned()
        };
        output(&["migrate", "up"]);
        let token = output(&["token", "add", "bounds"]);
        let address = free_address();
        let log = File::create(log_of(folder.path())).expect("a log");
        let plain = colophon(folder.path(), &url);
        let mut limited = Command::new("sh");
        let script = format!("ulimit -v {ADDRESS_SPACE} && exec \"$0\" serve");
        limited.arg("-c").arg(script).arg(plain.get_program()).current_dir(folder.path());
        limited.env("COLOPHON_DATABASE_URL", &url).env("COLOPHON_LISTEN", address.to_string());
        let process =
            limited.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("a shell");
        let server = Self { process, address, token, folder };
        let begun = Instant::now();
        while server.try_get("/readyz").await.is_none_or(|answer| !answer.starts_with("HTTP/1.1 200")) {
            assert!(begun.elapsed() < PATIENCE, "it starts: {}", server.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        server
    }

    fn log(&self) -> String {
        std::fs::read_to_string(log_of(self.folder.path())).unwrap_or_default()
    }

    /// A line of the process's status, in MB; `None` where the system has no `/proc`.
    fn status(&self, name: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kibibytes * 1024.0 / 1e6)
    }

    fn head(&self, method: &str, path: &str, length: usize) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n",
            self.address, self.token
        )
    }

    async fn try_get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).await.ok()?;
        stream.write_all(self.head("GET", path, 0).as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Posts and answers with the JSON that comes.
    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.send("POST", path, &body.to_string()).await;
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(self.head(method, path, body.len()).as_bytes()).await.expect("sent");
        stream.write_all(body.as_bytes()).await.ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends a request without taking the reply; answers with the connection.
    async fn ask_and_take_nothing(&self, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(self.head("POST", path, body.len()).as_bytes()).await.expect("sent");
        stream.write_all(body.as_bytes()).await.ok();
        stream
    }

    /// A work and a chapter of it.
    async fn chapter(&self) -> (i64, i64) {
        let work = json!({"title": "w", "author": "a", "source_language": "ja", "target_language": "en"});
        let work = self.post("/api/v1/works", &work).await["id"].as_i64().expect("an id");
        let chapter = json!({"title": "c", "source_text": "　一、午後の授業でした。\n"});
        let chapter = self.post(&format!("/api/v1/works/{work}/chapters"), &chapter).await;
        (work, chapter["id"].as_i64().expect("an id"))
    }

    /// Asks for `/healthz` until `attack` is over. Checks how long that took, how much memory the server had, and that it
    /// gives it back. `idle` is what it had before, in MB.
    async fn withstand(&self, what: &str, idle: Option<f64>, attack: impl Future<Output = ()>) {
        let mut longest = Duration::ZERO;
        let mut attack = std::pin::pin!(attack);
        loop {
            let begun = Instant::now();
            let health = async {
                let answer = self.try_get("/healthz").await.expect("the server is there");
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            };
            let is_over = tokio::select! {
                biased;
                () = health => false,
                () = &mut attack => true,
            };
            longest = longest.max(begun.elapsed());
            if is_over {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (peak, begun) = (self.status("VmHWM"), Instant::now());
        let returned = |now: Option<f64>| now.zip(idle).is_none_or(|(now, idle)| now < 2.0 * idle);
        while !returned(self.status("VmRSS")) && begun.elapsed() < RETURN {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let after = self.status("VmRSS");
        say(&format!("{what}: idle {idle:?} MB, peak {peak:?}, after {after:?}, longest wait {longest:?}"));
        assert!(self.try_get("/healthz").await.is_some(), "{what}: the server ended: {}", self.log());
        assert!(peak.is_none_or(|peak| peak < RESIDENT_MAX), "{what}: {peak:?} MB");
        assert!(longest < HEALTH_MAX, "{what}: /healthz took {longest:?}");
        assert!(returned(after), "{what}: {after:?} MB of {idle:?} are kept");
    }
}

fn log_of(folder: &Path) -> std::path::PathBuf {
    folder.join("serve.log")
}

async fn idle(server: &Server) -> Option<f64> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.status("VmRSS")
}

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
                kept.push(server.ask_and_take_nothing(&path, &body).await);
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
                    kept.push(server.ask_and_take_nothing("/api/v1/templates/check", &body).await);
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
