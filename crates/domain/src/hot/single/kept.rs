//! PostgreSQL connections that stay open and with the thread whose runtime waits for their answers.

use super::Bound;
use crate::{Error, hot::single::PING_AFTER_IDLE};
use sea_orm::{
    DbErr, QueryResult, RuntimeErr, SqlxError,
    sqlx::{
        AssertSqlSafe, Connection, Executor, PgConnection, Postgres,
        postgres::{PgArguments, PgConnectOptions},
        query,
        query::Query,
    },
};
use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use thread_local::ThreadLocal;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Forces index scans. A prepared statement keeps the plan made while a table was small: a sequential scan,
/// which would still be used when the table is large.
const BY_INDEX: &str =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off";

/// A few connections for each thread, opened on first use.
#[derive(Debug)]
pub(crate) struct Kept {
    options: PgConnectOptions,
    limit: usize,
    patience: Duration,
    /// The SQL that each connection executes first.
    settings: String,
    threads: ThreadLocal<Thread>,
}

/// The idle connections of one thread with the time of their last use; the last used is last.
#[derive(Debug)]
struct Thread {
    permits: Semaphore,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

impl Kept {
    pub(super) fn new(options: PgConnectOptions, limit: usize, patience: Duration, settings: String) -> Self {
        Self {
            options,
            limit,
            patience,
            settings: format!("{BY_INDEX}; {settings}"),
            threads: ThreadLocal::new(),
        }
    }

    /// Finds a row. Retries once, on a new connection, if an idle connection turns out to be closed.
    pub(super) async fn find(
        &self,
        sql: &'static str,
        bound: &[Bound<'_>],
    ) -> crate::Result<Option<QueryResult>> {
        let found = self.try_find(sql, bound).await;
        found.map_err(|error| Error::from(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))))
    }

    /// Inserts a row without retry: after a lost connection it is unknown whether the statement was executed.
    pub(super) async fn insert(&self, sql: &'static str, values: &[Bound<'_>]) -> Result<QueryResult, DbErr> {
        let mut rows = self.carry_out(bind(query(sql), values)).await?;
        rows.pop().ok_or(DbErr::RecordNotInserted)
    }

    /// Inserts several rows without retry. `sql` must not contain user input.
    pub(super) async fn insert_all<'a>(
        &self,
        sql: String,
        values: impl IntoIterator<Item = &'a Bound<'a>>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.carry_out(bind(query(AssertSqlSafe(sql)), values)).await
    }

    async fn carry_out(
        &self,
        statement: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let carried_out = async {
            let (thread, _permit) = self.enter().await?;
            let connection = match thread.take().await {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            thread.carry_out(connection, statement).await
        };
        carried_out.await.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    }

    async fn try_find(
        &self,
        sql: &'static str,
        bound: &[Bound<'_>],
    ) -> Result<Option<QueryResult>, SqlxError> {
        let (thread, _permit) = self.enter().await?;
        if let Some(connection) = thread.take().await {
            match thread.carry_out(connection, bind(query(sql), bound)).await.map(first) {
                Err(SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::Protocol(_)) => {}
                Err(SqlxError::Database(error)) if is_shutdown(error.code().as_deref()) => {}
                settled => return settled,
            }
        }
        thread.carry_out(self.connect().await?, bind(query(sql), bound)).await.map(first)
    }

    /// Waits for a free connection slot of this thread.
    async fn enter(&self) -> Result<(&Thread, SemaphorePermit<'_>), SqlxError> {
        let thread =
            self.threads.get_or(|| Thread { permits: Semaphore::new(self.limit), idle: Mutex::default() });
        let permit = match thread.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => {
                let wait = timeout(self.patience, thread.permits.acquire()).await;
                wait.map_err(|_| SqlxError::PoolTimedOut)?.map_err(|_| SqlxError::PoolClosed)?
            }
        };
        Ok((thread, permit))
    }

    async fn connect(&self) -> Result<PgConnection, SqlxError> {
        let connect = async {
            let mut connection = PgConnection::connect_with(&self.options).await?;
            connection.execute(AssertSqlSafe(self.settings.clone())).await?;
            Ok(connection)
        };
        timeout(self.patience, connect).await.map_err(|_| SqlxError::PoolTimedOut)?
    }

    pub(super) async fn close(&self) {
        for thread in &self.threads {
            thread.permits.close();
            let idle = std::mem::take(&mut *thread.idle());
            for (connection, _) in idle {
                // The connection is dropped even if this fails.
                connection.close().await.ok();
            }
        }
    }
}

/// Returns whether the server ended the connection before the statement: operator intervention (PostgreSQL,
/// appendix A).
fn is_shutdown(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.starts_with("57P"))
}

impl Thread {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(PgConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the connection that was used last, if it still answers.
    async fn take(&self) -> Option<PgConnection> {
        let (mut connection, used) = self.idle().pop()?;
        let alive = used.elapsed() < PING_AFTER_IDLE || connection.ping().await.is_ok();
        alive.then_some(connection)
    }

    /// Executes a statement. The connection is closed if the statement fails or the caller is dropped
    /// meanwhile.
    async fn carry_out(
        &self,
        mut connection: PgConnection,
        statement: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<QueryResult>, SqlxError> {
        let rows = statement.fetch_all(&mut connection).await?;
        if !self.permits.is_closed() {
            self.idle().push((connection, Instant::now()));
        }
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}

fn first(mut rows: Vec<QueryResult>) -> Option<QueryResult> {
    rows.truncate(1);
    rows.pop()
}

fn bind<'q, 'a>(
    statement: Query<'q, Postgres, PgArguments>,
    bound: impl IntoIterator<Item = &'a Bound<'a>>,
) -> Query<'q, Postgres, PgArguments> {
    bound.into_iter().fold(statement, |statement, bound| match bound {
        Bound::I64(number) => statement.bind(*number),
        Bound::I32(number) => statement.bind(*number),
        Bound::OptionalI64(number) => statement.bind(*number),
        Bound::OptionalI32(number) => statement.bind(*number),
        Bound::OptionalText(text) => statement.bind(text.clone().map(Cow::into_owned)),
        Bound::Text(text) => statement.bind(text.clone().into_owned()),
        Bound::Time(time) => statement.bind(*time),
    })
}
