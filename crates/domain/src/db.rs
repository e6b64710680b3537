//! The database: its options, connections and transactions.
//!
//! SQLite has one connection that writes and a pool of connections that only read. So no writer finds the
//! file locked by another connection of the same process. PostgreSQL has one pool for both.

mod open;

use crate::{
    Actor, Error, Result,
    chain::Heads,
    hot::{
        Histories,
        single::{Bound, Row, Singles},
    },
    time,
};
use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, sqlx::PgPool,
};
use serde::Deserialize;
use std::{
    fs::{File, TryLockError},
    path::Path,
    sync::Arc,
};

/// Reads at most one row of each table that requests read.
const READ_EVERY_TABLE: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM works) OR EXISTS (SELECT 1 FROM chapters)
    OR EXISTS (SELECT 1 FROM prompts) OR EXISTS (SELECT 1 FROM prompt_versions)
    OR EXISTS (SELECT 1 FROM chapter_translations) OR EXISTS (SELECT 1 FROM translation_segments)
    OR EXISTS (SELECT 1 FROM segment_attempts) OR EXISTS (SELECT 1 FROM run_events)
    OR EXISTS (SELECT 1 FROM retranslations) OR EXISTS (SELECT 1 FROM provider_states)
    OR EXISTS (SELECT 1 FROM idempotency_keys) OR EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM sessions)
    OR EXISTS (SELECT 1 FROM api_tokens) OR EXISTS (SELECT 1 FROM audit_log)";

/// Options of the database. `Debug` omits the URL, which may contain a password.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// `sqlite:colophon.db`, `sqlite:///var/lib/colophon.db` or `postgres://user:password@host/name`. A
    /// missing SQLite file and its folder are created.
    pub url: String,
    /// Maximum number of connections: on SQLite those that read, on PostgreSQL all. Point lookups use
    /// additional connections: on PostgreSQL as many again and at least one per thread, on SQLite one per
    /// thread.
    pub max_connections: u32,
    /// Maximum wait for a free connection, in seconds; then the database counts as unavailable.
    pub acquire_timeout_s: u64,
    /// Maximum duration of a statement and of a wait for a lock, in seconds; 0 means no limit. On SQLite it
    /// limits reads, counted from when the request gets its connection.
    pub statement_timeout_s: u32,
    /// The same limit for the statements of a verification.
    pub verify_statement_timeout_s: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: "sqlite:colophon.db".to_owned(),
            max_connections: 8,
            acquire_timeout_s: 10,
            statement_timeout_s: 10,
            verify_statement_timeout_s: 600,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite: a file, served by one server.
    Sqlite,
    /// PostgreSQL: shared by any number of servers.
    Postgres,
}

impl From<Engine> for DbBackend {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite,
            Engine::Postgres => Self::Postgres,
        }
    }
}

/// An open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// Connections for verifications, whose statements may take longer. On PostgreSQL this is the same pool,
    /// and the transaction sets the limit.
    verify: DatabaseConnection,
    /// The statement by which a verification sets its limit in its transaction; only on PostgreSQL.
    verify_setting: Option<Arc<str>>,
    engine: Engine,
    file: Option<Arc<Path>>,
    is_exclusive: bool,
    histories: Arc<Histories>,
    singles: Arc<Singles>,
    /// The connection that listens for notifications; `None` on SQLite.
    notices: Option<PgPool>,
}

/// A transaction that writes. It is rolled back if it is dropped without [`Self::commit`].
#[derive(Debug)]
pub struct Txn {
    inner: DatabaseTransaction,
    engine: Engine,
    by: Actor,
    heads: Heads,
}

/// Locks an SQLite file against other servers while it lives; does nothing on PostgreSQL.
#[derive(Debug)]
pub struct ServeLock {
    _file: Option<File>,
}

impl Db {
    /// Opens the database; creates a missing SQLite file and its folder. Does not migrate.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL of unknown kind, [`Error::DatabaseUnavailable`] if the database
    /// does not answer.
    pub async fn connect(options: &Options) -> Result<Self> {
        let url = options.url.trim();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open::connect_postgres(url, options).await
        } else if let Some(file) = options.sqlite_file()? {
            open::connect_sqlite(&file, options).await
        } else {
            Err(Error::Configuration(
                "the database URL must begin with `sqlite:` or `postgres://`".to_owned(),
            ))
        }
    }

    /// Returns the kind of database.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns whether this process has the SQLite file for itself until it closes it. This happens if the
    /// disk has no room for the file through which processes share the database.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.is_exclusive
    }

    /// Returns the connection for single statements that read.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Returns the connection for migrations; everything else writes through [`Self::begin_write`].
    #[must_use]
    pub fn write_connection(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Begins a transaction that writes. On SQLite it takes the only write lock at once: a deferred
    /// transaction would fail on its first write after a read, whatever the busy timeout. On PostgreSQL it is
    /// read committed, and the functions of this crate lock the parent row.
    ///
    /// Its changes are recorded as made by the server. Use [`Self::begin_write_by`] for changes that an actor
    /// requested.
    ///
    /// # Errors
    /// [`Error::DatabaseUnavailable`].
    pub async fn begin_write(&self) -> Result<Txn> {
        self.begin_write_by(Actor::system("colophon")).await
    }

    /// Like [`Self::begin_write`], for changes by `by`, which the audit log records.
    ///
    /// # Errors
    /// [`Error::DatabaseUnavailable`].
    pub async fn begin_write_by(&self, by: Actor) -> Result<Txn> {
        let options = match self.engine {
            Engine::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
            Engine::Postgres => TransactionOptions::default(),
        };
        let inner = self.begin(&self.write, options).await?;
        Ok(Txn { inner, engine: self.engine, by, heads: Heads::default() })
    }

    /// Begins a transaction in which every statement sees the same snapshot.
    pub(crate) async fn begin_snapshot(&self) -> Result<DatabaseTransaction> {
        self.begin_snapshot_on(&self.read).await
    }

    /// [`Self::begin_snapshot`] for a verification, whose statements may take longer.
    pub(crate) async fn begin_verification(&self) -> Result<DatabaseTransaction> {
        let txn = self.begin_snapshot_on(&self.verify).await?;
        if let Some(setting) = &self.verify_setting {
            txn.execute_unprepared(setting).await?;
        }
        Ok(txn)
    }

    async fn begin_snapshot_on(&self, conn: &DatabaseConnection) -> Result<DatabaseTransaction> {
        let options = match self.engine {
            Engine::Sqlite => TransactionOptions::default(),
            Engine::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        self.begin(conn, options).await
    }

    /// Begins a transaction in a task of its own, which is not dropped with the caller. On PostgreSQL, sqlx
    /// 0.9 does not undo a `BEGIN` whose future is dropped before the answer arrives (a client that
    /// disconnected). The connection would return to the pool with an open transaction. On SQLite the
    /// driver's worker handles this.
    async fn begin(
        &self,
        conn: &DatabaseConnection,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction> {
        if self.engine == Engine::Sqlite {
            return Ok(conn.begin_with_options(options).await?);
        }
        let conn = conn.clone();
        let begun = tokio::spawn(async move { conn.begin_with_options(options).await }).await;
        Ok(begun.map_err(|e| Error::internal(format!("beginning a transaction: {e}")))??)
    }

    /// Returns the time of the database's clock, which all servers share.
    ///
    /// # Errors
    /// [`Error::DatabaseUnavailable`].
    pub async fn now(&self) -> Result<DateTime<Utc>> {
        now(self.engine, &self.read).await
    }

    /// Checks that requests can be answered: reads from every table that requests read. Waits at most 900 ms
    /// for a locked table.
    ///
    /// # Errors
    /// [`Error::DatabaseUnavailable`].
    pub async fn check_readiness(&self) -> Result<()> {
        let txn = self.begin_snapshot().await?;
        if self.engine == Engine::Postgres {
            txn.execute_unprepared("SET LOCAL statement_timeout = '900ms'").await?;
        }
        let outcome = txn.query_all_raw(statement(&txn, READ_EVERY_TABLE, [])).await;
        txn.rollback().await?;
        outcome?;
        Ok(())
    }

    /// Locks the SQLite file so that no other `serve` uses it. Commands may still write to it.
    ///
    /// # Errors
    /// [`Error::AlreadyServed`], or [`Error::Configuration`] if the lock file cannot be created.
    pub fn lock_for_serving(&self) -> Result<ServeLock> {
        let Some(file) = &self.file else { return Ok(ServeLock { _file: None }) };
        let mut path = file.as_os_str().to_owned();
        path.push(".lock");
        let unusable = |e: std::io::Error| {
            Error::Configuration(format!("cannot lock {}: {e}", Path::new(&path).display()))
        };
        let lock = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(ServeLock { _file: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(Error::AlreadyServed { file: file.display().to_string() }),
            Err(TryLockError::Error(e)) => Err(unusable(e)),
        }
    }

    /// Returns the row that a statement finds by its key, converted by `read`. Only for statements that
    /// most requests wait for. `$1`, `$2` … must first occur in this order: SQLite treats them as names and
    /// numbers them by occurrence.
    pub(crate) async fn look_up<T>(
        &self,
        sql: &'static str,
        bound: &[Bound<'_>],
        read: impl Fn(&dyn Row) -> Result<T>,
    ) -> Result<Option<T>> {
        if let Some(found) = self.singles.find(sql, bound, &read).await {
            return found;
        }
        let values = bound.iter().map(|bound| bound.clone().into());
        let row = self.read.query_one_raw(statement(&self.read, sql, values)).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Returns the connections for statements that are transactions of their own.
    pub(crate) fn singles(&self) -> &Singles {
        &self.singles
    }

    pub(crate) fn notices(&self) -> Option<&PgPool> {
        self.notices.as_ref()
    }

    pub(crate) fn histories(&self) -> &Histories {
        &self.histories
    }

    /// Waits for running statements and closes all connections.
    ///
    /// # Errors
    /// [`Error::DatabaseUnavailable`].
    pub async fn close(self) -> Result<()> {
        self.singles.close().await;
        if let Some(notices) = &self.notices {
            notices.close().await;
        }
        self.read.close_by_ref().await?;
        self.verify.close_by_ref().await?;
        Ok(self.write.close_by_ref().await?)
    }
}

impl Txn {
    /// Commits the transaction durably.
    ///
    /// # Errors
    /// [`Error::DatabaseUnavailable`].
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    /// Rolls back at once, rather than some time after the drop.
    ///
    /// # Errors
    /// [`Error::DatabaseUnavailable`].
    pub async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }

    pub(crate) fn conn(&self) -> &DatabaseTransaction {
        &self.inner
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns the ends of the chains of the runs that the transaction holds.
    pub(crate) fn heads(&self) -> &Heads {
        &self.heads
    }

    /// Returns the actor of the transaction's changes.
    pub(crate) fn by(&self) -> &Actor {
        &self.by
    }

    /// Returns the time of the database's clock.
    pub(crate) async fn now(&self) -> Result<DateTime<Utc>> {
        now(self.engine, &self.inner).await
    }
}

/// Returns a statement whose values are `$1`, `$2` …, which both engines accept.
pub(crate) fn statement(
    conn: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Statement {
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

/// Returns the SQL suffix that reads a canonical JSON column as text.
pub(crate) fn json_as_text(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres { "::text" } else { "" }
}

/// Returns the SQL of a canonical JSON value that is given as text.
pub(crate) fn json_from_text(backend: DbBackend, value: u8) -> String {
    if backend == DbBackend::Postgres { format!("CAST(${value} AS jsonb)") } else { format!("${value}") }
}

async fn now(engine: Engine, conn: &impl ConnectionTrait) -> Result<DateTime<Utc>> {
    match engine {
        // There is one server, on the same machine as the file, so its clock is the database's.
        Engine::Sqlite => Ok(time::now()),
        Engine::Postgres => {
            let row = conn.query_one_raw(statement(conn, "SELECT clock_timestamp()", [])).await?;
            let row = row.ok_or_else(|| Error::internal("no clock"))?;
            Ok(row.try_get_by_index::<DateTime<Utc>>(0)?.trunc_subsecs(6))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_do_not_tell_the_password() {
        let options = Options { url: "postgres://u:secret@h/d".into(), ..Options::default() };
        assert!(!format!("{options:?}").contains("secret"));
    }
}
