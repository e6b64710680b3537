//! Opening a database with the settings it is meant to have.

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

/// Rows that SQLite reads ahead of the one that is worked on: each may hold a long text.
const ROWS_AHEAD: usize = 8;
/// Connections for verifications, on SQLite.
const VERIFIERS: u32 = 2;
/// After this time an idle reader of SQLite is closed: the two megabytes of its page cache are given back.
const IDLE_READER: Duration = Duration::from_secs(10);
/// SQLite's interface to the system that keeps the index of the write-ahead log in memory, not in a file, and the database
/// file to this process alone (<https://www.sqlite.org/vfs.html>).
const VFS_WITHOUT_INDEX_FILE: &str = "unix-excl";
/// How long SQLite waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that is stopped in the middle of a transaction must not keep its locks: as long as the lease of a run.
const LET_GO_OF_LOCKS: &str = "SET idle_in_transaction_session_timeout = '30s'";

/// How many instructions of SQLite's machine lie between two looks at the clock: about a tenth of a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// What PostgreSQL is told about how long a statement may take and wait for a lock.
fn timeouts(seconds: u32, scope: &str) -> String {
    format!("SET {scope} statement_timeout = '{seconds}s'; SET {scope} lock_timeout = '{seconds}s'")
}

/// Has SQLite interrupt what this connection does once `seconds` are over, counted from now.
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

/// Whether a connection that nobody uses is outside of any transaction. SQLite undoes one by itself when the disk is full
/// or fails; sqlx 0.9 does not notice, its own `ROLLBACK` fails then, and what it takes for further transactions of
/// this connection would be parts of one that nobody ever commits.
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
    // Reading takes a file for the log's index, which a clean stop removes and a full disk has no room for.
    if is_there
        && lacks_room(&failure)
        && let Ok(db) = open_sqlite(file, options, Some(VFS_WITHOUT_INDEX_FILE)).await
    {
        return Ok(db);
    }
    Err(unavailable(failure))
}

/// Whether SQLite could not write or make a file.
fn lacks_room(error: &SqlxError) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    // IOERR, FULL and CANTOPEN, in the low byte.
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
    // A list's rows are read one after the other, and the page may end early.
    let reader = base.pragma("query_only", "ON").row_buffer_size(ROWS_AHEAD);
    let readers = options.max_connections.max(1);
    let limited = |seconds: u32| {
        pool()
            .idle_timeout(IDLE_READER)
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
    // One file, one lock, whatever link it is reached by; the file exists by now.
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
    // The parser's message may repeat the URL and so the password.
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
    // Listens for as long as the server lives, and so is none of those that work.
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
