//! What one client can make a server take: each attack against a process of its own, whose address space is limited.
//!
//! The server runs under `ulimit -v`: if it took what the attack asks for, it would abort. Beside the attack somebody else,
//! at another address, asks for `/healthz`. Afterwards the memory must be given back. `load` measures how long others wait
//! for what they ask; `just chaos` runs all of it with a release build, and `load` for longer.

mod bodies;
mod load;
mod locks;
mod replies;
mod work;

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use colophon_test_support::say;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

use crate::{
    binary::colophon,
    chaos::{scale::tell, server::free_address},
};

/// The address of somebody else: on Linux, all of 127.0.0.0/8 is this machine.
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// The server's address space, in KiB.
const ADDRESS_SPACE: u32 = 1_500_000;
/// The most resident memory that a server may have under any load, in MB.
const RESIDENT_MAX: f64 = 512.0;
/// The longest that anybody else may wait for `/healthz`: an unoptimised build on a machine that is busy with other
/// tests takes many times what a release takes.
const HEALTH_MAX: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 3 });
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
        let ended = self.process.try_wait();
        self.process.kill().ok();
        self.process.wait().ok();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            tell(&format!(
                "{ended:?}, the last of its log:\n{}",
                lines[lines.len().saturating_sub(20)..].join("\n")
            ));
        }
    }
}

impl Server {
    /// On an SQLite file.
    async fn start() -> Self {
        let folder = TempDir::with_prefix("colophon-bounds-").expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("colophon.db").display());
        Self::start_on(folder, &url, "[api]\nbody_timeout_s = 2\nsign_in_burst = 5000\n").await
    }

    async fn start_on(folder: TempDir, url: &str, settings: &str) -> Self {
        std::fs::write(folder.path().join("colophon.toml"), settings).expect("the settings");
        let output = |arguments: &[&str]| {
            let output = colophon(folder.path(), url).args(arguments).output().expect("the binary");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("text").trim().to_owned()
        };
        output(&["migrate", "up"]);
        let token = output(&["token", "add", "bounds"]);
        let address = free_address();
        let log = File::create(log_of(folder.path())).expect("a log");
        let plain = colophon(folder.path(), url);
        let mut limited = Command::new("sh");
        let script = format!("ulimit -v {ADDRESS_SPACE} && exec \"$0\" serve");
        limited.arg("-c").arg(script).arg(plain.get_program()).current_dir(folder.path());
        limited.env("COLOPHON_DATABASE_URL", url).env("COLOPHON_LISTEN", address.to_string());
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

    /// What somebody else gets, who is at another address.
    async fn try_get(&self, path: &str) -> Option<String> {
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::from((OTHER, 0))).ok()?;
        let mut stream = socket.connect(self.address).await.ok()?;
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

    /// Gets what must be there, as JSON.
    async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
    }

    /// Sends a request without taking the reply; answers with the connection.
    async fn ask_and_take_nothing(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(self.head(method, path, body.len()).as_bytes()).await.expect("sent");
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
