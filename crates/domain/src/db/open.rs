//! Opens databases with Colophon's settings.

use super::{Db, Engine, Options, Singles};
use crate::{
    Error, Result,
    hot::single::{PING_AFTER_IDLE, STATEMENT_CACHE},
};
use sea_orm::{
    DbErr, RuntimeErr, SqlxError, SqlxPostgresConnector, SqlxSqliteConnector,
    sqlx::{
        AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _,
        postgres::{PgConnectOptions, PgPoolOptions},
        sqlite::{
            SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
        },
    },
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Number of rows that SQLite reads ahead: each may hold a long text.
const ROWS_AHEAD: usize = 8;
/// Number of connections for verifications on SQLite.
const VERIFIERS: u32 = 2;
/// Maximum age of an SQLite reader: closing it frees its page cache, up to two megabytes. An idle timeout would
/// close none: sqlx 0.9 checks idle connections once in that time, and each check counts as use.
const READER_LIFETIME: Duration = Duration::from_secs(15);
/// The SQLite VFS that keeps the index of the write-ahead log in memory instead of a file, and locks the
/// database file for this process alone (<https://www.sqlite.org/vfs.html>).
const VFS_WITHOUT_INDEX_FILE: &str = "unix-excl";

/// Number of attempts to open the file with [`VFS_WITHOUT_INDEX_FILE`].
const ATTEMPTS_WITHOUT_INDEX_FILE: u32 = 20;

/// Time between these attempts.
const CLOSING: Duration = Duration::from_millis(100);
/// Maximum wait for another process's write on SQLite.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Ends idle transactions of a stopped server, so that it does not keep its locks. The limit equals the
/// default lease of a run.
/// of a run.
const LET_GO_OF_LOCKS: &str = "SET idle_in_transaction_session_timeout = '30s'";

/// Number of SQLite VM instructions between two checks of the clock: about a tenth of a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Returns the SQL that limits how long a statement may take and wait for a lock on PostgreSQL.
fn timeouts(seconds: u32, scope: &str) -> String {
    format!("SET {scope} statement_timeout = '{seconds}s'; SET {scope} lock_timeout = '{seconds}s'")
}

/// Makes SQLite interrupt the connection's statements `seconds` from now; 0 sets no limit.
async fn limit_time(connection: &mut SqliteConnection, seconds: u32) -> std::result::Result<(), SqlxError> {
    if seconds > 0 {
        let end = Instant::now() + Duration::from_secs(seconds.into());
        connection
            .lock_handle()
            .await?
            .set_progress_handler(STEPS_BETWEEN_LOOKS, move || Instant::now() < end);
    }
    Ok(())
}

/// Returns whether an unused connection is outside of any transaction. SQLite rolls back by itself when the
/// disk is full or fails. sqlx 0.9 does not notice: its own `ROLLBACK` fails, and it runs later transactions
/// of this connection as parts of one that is never committed.
fn connection_is_sound(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

fn unavailable(error: SqlxError) -> Error {
    Error::DatabaseUnavailable(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
}

pub(super) async fn connect_sqlite(file: &Path, options: &Options) -> Result<Db> {
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::Configuration(format!("cannot make the folder {}: {e}", folder.display())))?;
    }
    let is_there = file.exists();
    let failure = match open_sqlite(file, options, None).await {
        Ok(db) => return Ok(db),
        Err(failure) => failure,
    };
    // Reading needs a file for the index of the log. A clean stop removes it, and a full disk has no room for
    // a new one.
    if is_there && lacks_room(&failure) {
        // sqlx closes the failed connection on another thread. Until then SQLite refuses a second VFS on the
        // file.
        for _ in 0..ATTEMPTS_WITHOUT_INDEX_FILE {
            if let Ok(db) = open_sqlite(file, options, Some(VFS_WITHOUT_INDEX_FILE)).await {
                return Ok(db);
            }
            tokio::time::sleep(CLOSING).await;
        }
    }
    Err(unavailable(failure))
}

/// Returns whether SQLite could not write or create a file.
fn lacks_room(error: &SqlxError) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    // Primary codes IOERR, FULL and CANTOPEN, in the low byte.
    code.is_some_and(|code| [10, 13, 14].contains(&(code & 0xff)))
}

async fn open_sqlite(
    file: &Path,
    options: &Options,
    vfs: Option<&'static str>,
) -> std::result::Result<Db, SqlxError> {
    let mut base = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENT_CACHE)
        .disable_statement_logging();
    if let Some(vfs) = vfs {
        base = base.vfs(vfs);
    }
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(Duration::from_secs(options.acquire_timeout_s))
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(std::future::ready(Ok(connection_is_sound(connection)))))
    };
    let writer = base
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("journal_size_limit", "67108864");
    let write = pool().max_connections(1).connect_with(writer).await?;
    // A list's rows are read one by one, and the page may end early.
    let reader = base.pragma("query_only", "ON").row_buffer_size(ROWS_AHEAD);
    let readers = options.max_connections.max(1);
    let limited = |seconds: u32| {
        pool()
            .max_lifetime(READER_LIFETIME)
            .after_connect(move |connection, _| Box::pin(limit_time(connection, seconds)))
            .before_acquire(move |connection, _| {
                Box::pin(async move {
                    let is_sound = connection_is_sound(connection);
                    if is_sound {
                        limit_time(connection, seconds).await?;
                    }
                    Ok(is_sound)
                })
            })
    };
    let read = limited(options.statement_timeout_s).max_connections(readers);
    let read = read.connect_with(reader.clone()).await?;
    let verify = limited(options.verify_statement_timeout_s).max_connections(VERIFIERS).min_connections(0);
    let verify = verify.connect_lazy_with(reader);
    // One lock for each file, whichever link leads to it; the file exists by now.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let write = SqlxSqliteConnector::from_sqlx_sqlite_pool(write);
    Ok(Db {
        read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
        verify: SqlxSqliteConnector::from_sqlx_sqlite_pool(verify),
        verify_setting: None,
        singles: Singles::sqlite(&file, vfs, write.clone()).into(),
        write,
        engine: Engine::Sqlite,
        file: Some(file.into()),
        is_exclusive: vfs.is_some(),
        notices: None,
        histories: Arc::default(),
    })
}

pub(super) async fn connect_postgres(url: &str, options: &Options) -> Result<Db> {
    // The parser's message may contain the URL, and so the password.
    let connect: PgConnectOptions = url
        .parse()
        .map_err(|_| Error::Configuration("the database URL is not one of PostgreSQL".to_owned()))?;
    let connect = connect
        .application_name("colophon")
        .statement_cache_capacity(STATEMENT_CACHE)
        .disable_statement_logging();
    let (limit, patience) = (options.max_connections.max(1), Duration::from_secs(options.acquire_timeout_s));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let limits = timeouts(options.statement_timeout_s, "");
    let settings = format!("{LET_GO_OF_LOCKS}; {limits}");
    let singles = Singles::postgres(connect.clone(), (limit as usize / threads).max(1), patience, limits);
    // This connection listens for as long as the server lives, so it does not count towards the limit.
    let notices = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(patience)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(connect.clone());
    let pool = PgPoolOptions::new()
        .max_connections(limit)
        .min_connections(1)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(settings)).await.map(|_| ()) })
        })
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > PING_AFTER_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(connect)
        .await
        .map_err(unavailable)?;
    let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Ok(Db {
        read: pool.clone(),
        verify: pool.clone(),
        verify_setting: Some(timeouts(options.verify_statement_timeout_s, "LOCAL").into()),
        write: pool,
        engine: Engine::Postgres,
        singles: singles.into(),
        file: None,
        is_exclusive: false,
        notices: Some(notices),
        histories: Arc::default(),
    })
}
