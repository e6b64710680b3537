//! A server as an operating system sees it: a process that is killed, stopped and continued.

use std::{
    fs::{File, OpenOptions},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use crate::binary::colophon;

/// The key of the fake provider, which no log may tell.
pub(crate) const KEY: &str = "sk-chaos-7f3a91";

/// `colophon serve`, always at the same address. Killed when dropped.
pub(crate) struct Server {
    folder: PathBuf,
    url: String,
    address: SocketAddr,
    process: Mutex<Child>,
}

impl Server {
    /// Starts one that is configured by `colophon.toml` in the folder.
    pub(crate) fn start(folder: &Path, url: &str) -> Self {
        let address = free_address();
        let process = Mutex::new(spawn(folder, url, address));
        Self { folder: folder.to_owned(), url: url.to_owned(), address, process }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.lock().expect("a process").id()
    }

    /// SIGKILL: nothing is said and nothing is put away.
    pub(crate) fn kill(&self) {
        let mut process = self.process.lock().expect("a process");
        process.kill().expect("killed");
        process.wait().expect("its end");
    }

    /// SIGTERM: it stops in good order.
    pub(crate) fn stop(&self) {
        self.signal("-TERM");
        let ended = self.process.lock().expect("a process").wait().expect("its end");
        assert!(ended.success(), "{ended}");
    }

    /// Starts it again after [`Self::kill`] or [`Self::stop`].
    pub(crate) fn start_again(&self) {
        *self.process.lock().expect("a process") = spawn(&self.folder, &self.url, self.address);
    }

    /// SIGSTOP: it does nothing any more, and neither knows nor tells.
    pub(crate) fn stall(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT: it goes on where it was.
    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid().to_string()]).status();
        assert!(status.expect("the program `kill`").success(), "{signal}");
    }

    /// Whether the process ended of itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.process.lock().expect("a process").try_wait().expect("a status").is_some()
    }

    /// Resident memory, in megabytes; `None` where the system has no `/proc`.
    pub(crate) fn resident(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kibibytes / 1024.0)
    }

    /// What it said since its first start, a line of JSON each.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(log_of(&self.folder, self.address)).expect("its log"))
            .into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(40)..].join("\n");
            super::scale::tell(&format!("the last of {}'s log:\n{last}", self.address));
        }
        self.kill();
    }
}

fn log_of(folder: &Path, address: SocketAddr) -> PathBuf {
    folder.join(format!("{}.log", address.port()))
}

fn spawn(folder: &Path, url: &str, address: SocketAddr) -> Child {
    let log: File =
        OpenOptions::new().create(true).append(true).open(log_of(folder, address)).expect("a log");
    let mut command = colophon(folder, url);
    command.arg("serve").env("COLOPHON_LISTEN", address.to_string()).env("FAKE_KEY", KEY);
    command.env("COLOPHON_LOG_FORMAT", "json").stdout(Stdio::null()).stderr(log);
    command.spawn().expect("the binary")
}

/// An address that nobody else takes while its server is away: below those that connections going out are given.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 300).expect("small") * 40;
    loop {
        let port = 20_000 + (process + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
