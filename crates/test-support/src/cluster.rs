//! The tests' own PostgreSQL, started from the programs on the machine.
//!
//! It listens only on a Unix socket, and keeps its data in a temporary folder that is removed with it.
//! PostgreSQL refuses to run as root; for root, it runs as `postgres` or `nobody`.

use std::{
    fs, io,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Name of the environment variable with the URL of a running cluster.
pub const URL_VARIABLE: &str = "COLOPHON_TEST_POSTGRES_URL";

/// How long the first start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running cluster. It ends when this is dropped or when the process ends, even if it is killed.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    durability: Durability,
    watch: Child,
}

/// What happens to commits if the server crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// The last commits may be lost: fast, for tests that do not need them.
    Off,
    /// Commits are on the disk, as in production.
    On,
}

impl Cluster {
    /// Starts a cluster that is fast but not durable; `None` if the machine has no PostgreSQL.
    ///
    /// # Errors
    /// Why it does not start, with its log.
    pub fn start() -> io::Result<Option<Self>> {
        Self::start_with(Durability::Off)
    }

    /// Starts a cluster that loses no commit, for tests that stop it.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_durable() -> io::Result<Option<Self>> {
        Self::start_with(Durability::On)
    }

    fn start_with(durability: Durability) -> io::Result<Option<Self>> {
        let Some(programs) = find_programs() else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("colophon-pg-").tempdir()?.keep();
        // The shell waits for the end of its input, which comes when this process ends, even if it is killed.
        let script = format!("{INITIALISE}{SERVE} & cat >>log; {STOP} -m fast; cd /; rm -rf \"$FOLDER\"");
        let watch = shell(&programs, &folder, durability, &script)?.stdin(Stdio::piped()).spawn()?;
        let mut cluster = Self { programs, folder, durability, watch };
        let ready = wait_until_ready(&cluster.folder, || Ok(cluster.watch.try_wait()?.is_some()));
        if ready.is_err() {
            fs::remove_dir_all(&cluster.folder).ok();
        }
        ready.map(|()| Some(cluster))
    }

    /// Returns the URL `postgres://…` of its database `postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        url(&self.folder)
    }

    /// Stops the server at once, as a crash would. Blocks the thread for a moment.
    ///
    /// # Errors
    /// The server does not stop.
    pub fn stop_at_once(&self) -> io::Result<()> {
        let stop = format!("{STOP} -m immediate");
        let mut shell = shell(&self.programs, &self.folder, self.durability, &stop)?;
        if shell.stdin(Stdio::null()).status()?.success() {
            return Ok(());
        }
        Err(io::Error::other("PostgreSQL did not stop"))
    }

    /// Starts the server again after [`Self::stop_at_once`]. Blocks the thread until it is ready.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_again(&self) -> io::Result<()> {
        let mut shell = shell(&self.programs, &self.folder, self.durability, &format!("{SERVE} &"))?;
        shell.stdin(Stdio::null()).status()?;
        wait_until_ready(&self.folder, || Ok(false))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        self.watch.wait().ok();
    }
}

/// Starts a cluster that outlives this process, until [`stop_free`], and returns its URL. Uses a cluster that
/// already runs. `None` if the machine has no PostgreSQL.
///
/// # Errors
/// As [`Cluster::start`].
pub fn start_free() -> io::Result<Option<String>> {
    let Some(programs) = find_programs() else { return Ok(None) };
    let folder = free_folder();
    if is_running(&folder) {
        return Ok(Some(url(&folder)));
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let script = format!("{INITIALISE}{SERVE} &");
    shell(&programs, &folder, Durability::Off, &script)?.stdin(Stdio::null()).status()?;
    wait_until_ready(&folder, || Ok(false))?;
    Ok(Some(url(&folder)))
}

/// Stops the cluster of [`start_free`], if it runs, and removes its data.
///
/// # Errors
/// Its folder cannot be removed.
pub fn stop_free() -> io::Result<()> {
    let folder = free_folder();
    if let Some(programs) = find_programs().filter(|_| is_running(&folder)) {
        let script = format!("{STOP} -m fast");
        shell(&programs, &folder, Durability::Off, &script)?.stdin(Stdio::null()).status()?;
    }
    if folder.exists() { fs::remove_dir_all(&folder) } else { Ok(()) }
}

const INITIALISE: &str = "\"$PROGRAMS/initdb\" --pgdata=data --username=colophon --auth=trust --encoding=UTF8 \
     --no-locale --no-sync >>log 2>&1 || exit 1; ";

const SERVE: &str = "\"$PROGRAMS/postgres\" -D data -k \"$FOLDER\" -c listen_addresses= -c fsync=$DURABLE \
     -c synchronous_commit=$DURABLE -c full_page_writes=$DURABLE -c max_connections=300 -c shared_buffers=64MB \
     -c autovacuum=off </dev/null >>log 2>&1";

/// To be followed by the mode.
const STOP: &str = "\"$PROGRAMS/pg_ctl\" stop -w -D data >>log 2>&1";

/// Builds a shell command in the folder, as a user that PostgreSQL accepts. Ctrl-C at the terminal does not
/// reach it.
fn shell(programs: &Path, folder: &Path, durability: Durability, script: &str) -> io::Result<Command> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", script]).current_dir(folder).process_group(0);
    shell.env("PROGRAMS", programs).env("FOLDER", folder);
    shell.env("DURABLE", if durability == Durability::On { "on" } else { "off" });
    shell.stdout(Stdio::null()).stderr(Stdio::null());
    // A new folder belongs to this process's user; a folder of `start_free` to the user that it was given to.
    let (user, group) = match fs::metadata("/proc/self").or_else(|_| fs::metadata(folder))?.uid() {
        0 => other_user()?,
        _ => return Ok(shell),
    };
    std::os::unix::fs::chown(folder, Some(user), Some(group))?;
    shell.uid(user).gid(group);
    Ok(shell)
}

/// Returns the user and group id of `postgres`, else of `nobody`.
fn other_user() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let mut fields =
            users.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        let user = fields.nth(2)?.parse().ok()?;
        Some((user, fields.next()?.parse().ok()?))
    };
    let found = find("postgres").or_else(|| find("nobody"));
    found.ok_or_else(|| io::Error::other("PostgreSQL does not run as root, and there is no user `nobody`"))
}

fn wait_until_ready(folder: &Path, mut has_ended: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    let start = Instant::now();
    while !is_running(folder) {
        if has_ended()? || start.elapsed() > PATIENCE {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            return Err(io::Error::other(format!("PostgreSQL did not start:\n{log}")));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Returns whether the server is ready: the eighth line of its pid file says so, and it accepts connections.
fn is_running(folder: &Path) -> bool {
    let Ok(file) = fs::read_to_string(folder.join("data/postmaster.pid")) else { return false };
    let lines: Vec<&str> = file.lines().collect();
    let ready = lines.get(7).is_some_and(|status| status.trim() == "ready");
    ready && std::os::unix::net::UnixStream::connect(folder.join(".s.PGSQL.5432")).is_ok()
}

fn url(folder: &Path) -> String {
    format!("postgres://colophon@localhost/postgres?host={}&sslmode=disable", folder.display())
}

/// Returns a folder that is different for each clone of the repository.
fn free_folder() -> PathBuf {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    std::env::temp_dir().join(format!("colophon-pg-{:08x}", hasher.finish() & 0xffff_ffff))
}

/// Finds the folder with `initdb` and `postgres`: only `PG_BIN` if it is set, else Debian's newest, `PATH`,
/// and usual places.
fn find_programs() -> Option<PathBuf> {
    let is_complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    if let Some(named) = std::env::var_os("PG_BIN").filter(|named| !named.is_empty()) {
        return Some(PathBuf::from(named)).filter(is_complete);
    }
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort_by_key(|path| {
        let version = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        std::cmp::Reverse(version.and_then(|name| name.parse::<u32>().ok()))
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/local/pgsql/bin", "/opt/homebrew/bin"].map(PathBuf::from);
    debian.into_iter().chain(std::env::split_paths(&path)).chain(usual).find(is_complete)
}
