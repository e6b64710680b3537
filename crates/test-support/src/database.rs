//! A database for each test.

use std::{
    io::Write,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tempfile::TempDir;

use crate::cluster::{Cluster, URL_VARIABLE};

/// Where a test's database lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A temporary file in WAL mode.
    Sqlite,
    /// A database of the tests' own cluster.
    Postgres,
}

impl Engine {
    /// All engines.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Returns whether tests can use the engine. If not, says so on stdout, once.
    ///
    /// # Panics
    /// If PostgreSQL does not start, or if there is none and `CI=true`.
    #[must_use]
    pub fn is_here(self) -> bool {
        self == Self::Sqlite || postgres().is_some()
    }
}

/// The argument of a test's body, made for each test.
pub trait Fixture: Sized {
    /// Makes a fixture on an engine that is available.
    fn fresh(engine: Engine) -> impl Future<Output = Self>;
}

/// A database for one test, with all migrations applied. It is removed when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    engine: Engine,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { _folder: TempDir },
    Database { name: String },
}

/// A [`TestDatabase`] without any table.
#[derive(Debug)]
pub struct Unmigrated(pub TestDatabase);

impl Fixture for TestDatabase {
    async fn fresh(engine: Engine) -> Self {
        Self::create(engine, true).await
    }
}

impl Fixture for Unmigrated {
    async fn fresh(engine: Engine) -> Self {
        Self(TestDatabase::create(engine, false).await)
    }
}

impl Fixture for Engine {
    async fn fresh(engine: Engine) -> Self {
        engine
    }
}

impl TestDatabase {
    /// Returns the URL for the application: `sqlite:///…` (the file exists) or `postgres://…`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the database's engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Connects for raw SQL, with the application's settings (SQLite: WAL, `synchronous=FULL`, foreign keys
    /// on, busy timeout 5 s).
    ///
    /// # Panics
    /// If that fails.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(&self.url).await
    }

    /// Adds a user, for tests in which people act without signing in.
    ///
    /// # Panics
    /// If that fails.
    pub async fn add_user(&self, id: i64, name: &str) {
        let at = "'2026-11-22T10:00:00.000001+00:00'";
        let sql = format!(
            "INSERT INTO users (id, name, name_key, password_hash, role, created_at, password_set_at)
            VALUES ({id}, '{name}', lower('{name}'), 'x', 'admin', {at}, {at})"
        );
        self.execute(&sql).await;
    }

    /// Runs a statement on its own connection, and returns how many rows it changed.
    ///
    /// # Panics
    /// If that fails.
    pub async fn execute(&self, sql: &str) -> u64 {
        let db = self.connect().await;
        db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
    }

    async fn create(engine: Engine, migrated: bool) -> Self {
        match engine {
            Engine::Sqlite => create_file(migrated),
            Engine::Postgres => create_database(migrated).await,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Database { name } = &self.place {
            let sql = format!("DROP DATABASE {name} WITH (FORCE)");
            apart(async move { administer(&sql).await });
        }
    }
}

fn create_file(migrated: bool) -> TestDatabase {
    /// The bytes of a migrated file.
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();

    let folder = TempDir::with_prefix("colophon-test-").expect("a temporary folder can be made");
    let file = folder.path().join("colophon.db");
    let url = format!("sqlite://{}", file.display());
    let bytes: &[u8] = if migrated { TEMPLATE.get_or_init(migrate_file) } else { &[] };
    std::fs::write(&file, bytes).expect("the database file can be written");
    TestDatabase { url, engine: Engine::Sqlite, place: Place::File { _folder: folder } }
}

fn migrate_file() -> Vec<u8> {
    let empty = create_file(false);
    let url = empty.url.clone();
    apart(async move { migrate(&url).await });
    std::fs::read(empty.url.trim_start_matches("sqlite://")).expect("the migrated file can be read")
}

/// The cluster that this process's PostgreSQL tests use.
struct Postgres {
    url: String,
    template: String,
    /// Stops with the process, whose end closes the input of the cluster's watch.
    _cluster: Option<Cluster>,
}

fn postgres() -> Option<&'static Postgres> {
    static POSTGRES: OnceLock<Option<Postgres>> = OnceLock::new();
    let postgres = POSTGRES.get_or_init(|| {
        let shared = std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty());
        let (url, cluster) = match shared {
            Some(url) => (url, None),
            None => match Cluster::start().expect("PostgreSQL starts") {
                Some(cluster) => (cluster.url(), Some(cluster)),
                None => {
                    skip(NO_POSTGRES);
                    return None;
                }
            },
        };
        let template = format!("colophon_template_{}_{}", std::process::id(), nanoseconds());
        let (administration, migrated) = (url.clone(), with_database(&url, &template));
        let create = format!("CREATE DATABASE {template}");
        apart(async move {
            execute(&administration, &create).await;
            migrate(&migrated).await;
        });
        Some(Postgres { url, template, _cluster: cluster })
    });
    postgres.as_ref()
}

async fn create_database(migrated: bool) -> TestDatabase {
    static NUMBER: AtomicU32 = AtomicU32::new(0);

    let postgres = postgres().expect("asked for where it is");
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("colophon_test_{}_{}_{number}", std::process::id(), nanoseconds());
    let template = if migrated { postgres.template.as_str() } else { "template0" };
    administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let url = with_database(&postgres.url, &name);
    TestDatabase { url, engine: Engine::Postgres, place: Place::Database { name } }
}

/// Replaces the database in a URL of the form `postgres://user@host/database?options`.
fn with_database(url: &str, database: &str) -> String {
    let (address, options) = url.split_once('?').unwrap_or((url, ""));
    let (server, _) = address.rsplit_once('/').expect("a PostgreSQL URL names a database");
    format!("{server}/{database}?{options}")
}

async fn administer(sql: &str) {
    execute(&postgres().expect("asked for where it is").url, sql).await;
}

async fn execute(url: &str, sql: &str) {
    let db = connect(url).await;
    db.execute_unprepared(sql).await.expect("the tests' own statement succeeds");
    db.close().await.expect("the connection closes");
}

async fn migrate(url: &str) {
    let db = connect(url).await;
    colophon_migration::up(&db, None).await.expect("the migrations apply");
    db.close().await.expect("the connection closes");
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(8).sqlx_logging(false).map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(5))
    });
    Database::connect(options).await.expect("the test's database can be opened")
}

/// Runs a task to its end on its own runtime, so that it can be called from any other runtime.
fn apart(task: impl Future<Output = ()> + Send + 'static) {
    let worker = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(task);
    });
    if let Err(panic) = worker.join()
        && !thread::panicking()
    {
        std::panic::resume_unwind(panic);
    }
}

/// Why tests on PostgreSQL are skipped.
pub const NO_POSTGRES: &str = "no PostgreSQL here (set PG_BIN to the folder of its programs)";

/// Says on stdout that tests are skipped, and why.
///
/// # Panics
/// With `CI=true` in the environment, since no test may be skipped then.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "with CI=true no test is skipped: {why}");
    say(&format!("skipped: {why}"));
}

/// Writes directly to stdout, because the test harness hides what passing tests print.
pub fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}

fn nanoseconds() -> u32 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos())
}
