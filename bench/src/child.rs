//! The processes that are measured. Each ends with its handle.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    Failure,
    load::{Connection, get},
    sample::Sample,
};

/// How long a child may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program of the same build as this one.
fn sibling(name: &str) -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() { Ok(path) } else { Err(format!("build {} first", path.display()).into()) }
}

/// The real server, as shipped, with its log in a file.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From its start to its first 200 at `/readyz`.
    pub(crate) ready_after: Duration,
    _folder: TempDir,
}

impl Server {
    /// Starts it on a database and waits until it is ready.
    pub(crate) async fn start(database_url: &str) -> Result<Self, Failure> {
        Self::start_with(database_url, "").await
    }

    /// The same, with a `colophon.toml`.
    pub(crate) async fn start_with(database_url: &str, configuration: &str) -> Result<Self, Failure> {
        let folder = TempDir::with_prefix("colophon-bench-")?;
        std::fs::write(folder.path().join("colophon.toml"), configuration)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut command = Command::new(sibling("colophon")?);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COLOPHON_")) {
            command.env_remove(name);
        }
        command.arg("serve").current_dir(folder.path());
        command.env("COLOPHON_DATABASE_URL", database_url).env("COLOPHON_LISTEN", address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(folder.path().join("log"))?);
        let begun = Instant::now();
        let process = command.spawn()?;
        let mut server = Self { process, address, ready_after: Duration::ZERO, _folder: folder };
        server.wait(begun).await?;
        Ok(server)
    }

    async fn wait(&mut self, begun: Instant) -> Result<(), Failure> {
        let request = get("/readyz", "", "");
        while begun.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(self.address).await
                && let Ok(reply) = connection.fetch(&request).await
                && reply.status == 200
            {
                self.ready_after = begun.elapsed();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err("the server did not become ready".into())
    }

    /// Resident memory, in megabytes of 1,000,000 bytes.
    pub(crate) fn resident(&self) -> Result<f64, Failure> {
        self.memory("VmRSS:")
    }

    /// The most that it ever was.
    pub(crate) fn peak(&self) -> Result<f64, Failure> {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
        let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// This program again, as one of its children; ends with its input.
#[derive(Debug)]
struct Own {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Own {
    fn start(arguments: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = process.stdin.take();
        let output = process.stdout.take().ok_or("no output")?;
        Ok(Self { process, input, output: BufReader::new(output) })
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err("a child ended early".into()),
            _ => Ok(line.trim().to_owned()),
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.input.take());
        self.process.wait().ok();
    }
}

/// The bare actix-web handlers.
#[derive(Debug)]
pub(crate) struct Bare {
    _own: Own,
    /// Where they listen.
    pub(crate) address: SocketAddr,
    /// Where the read for anybody does, within the layers of the real server.
    pub(crate) layered: SocketAddr,
}

impl Bare {
    /// Starts them: they answer with the bytes of `body`, one of them after the driver's statements.
    pub(crate) fn start(body: &Path, database_url: &str, token_sha256: &str) -> Result<Self, Failure> {
        let body = body.to_str().ok_or("a path that is not text")?;
        let mut own = Own::start(&["bare", body, database_url, token_sha256])?;
        let (address, layered) = (own.line()?.parse()?, own.line()?.parse()?);
        Ok(Self { _own: own, address, layered })
    }
}

/// The provider.
#[derive(Debug)]
pub(crate) struct Provider {
    _own: Own,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Provider {
    /// Starts it.
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut own = Own::start(&["provider"])?;
        let address = own.line()?.parse()?;
        Ok(Self { _own: own, address })
    }
}

/// The driver alone.
#[derive(Debug)]
pub(crate) struct Driver(Own);

impl Driver {
    /// Starts it on a database.
    pub(crate) fn start(database_url: &str, token_sha256: &str, work_ids: &[i64]) -> Result<Self, Failure> {
        let work_ids: Vec<String> = work_ids.iter().map(i64::to_string).collect();
        let mut own = Own::start(&["driver", database_url, token_sha256, &work_ids.join(",")])?;
        own.line()?;
        Ok(Self(own))
    }

    /// A round of a job; the load process waits meanwhile.
    pub(crate) fn round(&mut self, job: &str, seconds: f64) -> Result<Sample, Failure> {
        let input = self.0.input.as_mut().ok_or("no input")?;
        writeln!(input, "{job} {seconds}")?;
        let line = self.0.line()?;
        Sample::from_line(&line).ok_or_else(|| format!("a child said: {line}").into())
    }
}
