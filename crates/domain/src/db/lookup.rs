//! Point lookups: the statements that find at most one row by its key and that every request waits for: who
//! asks, and what its prompt is now.
//!
//! They go by connections of their own, which stay with the thread that uses them. A pool hands a connection
//! from thread to thread and asks it whether it is alive each time it comes back; on SQLite, which is a library in
//! this very process, a driver thread between costs more than the lookup does. See ADR 5.

mod direct;
mod kept;

use crate::{Error, Result};
use chrono::{DateTime, Utc};
use direct::Direct;
use kept::Kept;
use sea_orm::{QueryResult, sqlx::postgres::PgConnectOptions};
use std::{path::Path, time::Duration};

/// What a row is found by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    Id(i64),
    Text(&'a str),
    Time(DateTime<Utc>),
}

/// A row that was found; columns count from 0. What is found is `None` where it is NULL.
pub(crate) trait Row {
    fn find_i64(&self, column: usize) -> Result<Option<i64>>;
    /// Of a column of 32 bits.
    fn find_i32(&self, column: usize) -> Result<Option<i32>>;
    fn text(&self, column: usize) -> Result<String>;
    fn find_time(&self, column: usize) -> Result<Option<DateTime<Utc>>>;

    fn i64(&self, column: usize) -> Result<i64> {
        self.find_i64(column)?.ok_or_else(|| Error::internal("a number is missing"))
    }

    fn i32(&self, column: usize) -> Result<i32> {
        self.find_i32(column)?.ok_or_else(|| Error::internal("a number is missing"))
    }

    fn time(&self, column: usize) -> Result<DateTime<Utc>> {
        self.find_time(column)?.ok_or_else(|| Error::internal("a time is missing"))
    }
}

/// The connections.
#[derive(Debug)]
pub(super) enum Lookups {
    Sqlite(Box<Direct>),
    Postgres(Box<Kept>),
}

impl Lookups {
    pub(super) fn sqlite(file: &Path) -> Self {
        Self::Sqlite(Direct::new(file).into())
    }

    /// At most `limit` connections for each thread; a lookup waits for one no longer than `patience`.
    pub(super) fn postgres(options: PgConnectOptions, limit: usize, patience: Duration) -> Self {
        Self::Postgres(Kept::new(options, limit, patience).into())
    }

    /// The row that `sql` finds, if any, as `read` makes something of it.
    ///
    /// # Errors
    /// Of the database; whatever `read` answers with. `None` where another way must be tried.
    pub(super) async fn find<T>(
        &self,
        sql: &'static str,
        keys: &[Key<'_>],
        read: impl Fn(&dyn Row) -> Result<T>,
    ) -> Option<Result<Option<T>>> {
        match self {
            Self::Sqlite(direct) => direct.find(sql, keys, read),
            Self::Postgres(kept) => {
                let row = kept.find(sql, keys).await;
                Some(row.and_then(|row| row.map(|row| read(&row)).transpose()))
            }
        }
    }

    /// Closes what nobody uses; what is used closes when it comes back.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(direct) => direct.close(),
            Self::Postgres(kept) => kept.close().await,
        }
    }
}

impl Row for QueryResult {
    fn find_i64(&self, column: usize) -> Result<Option<i64>> {
        Ok(self.try_get_by_index(column)?)
    }

    fn find_i32(&self, column: usize) -> Result<Option<i32>> {
        Ok(self.try_get_by_index(column)?)
    }

    fn text(&self, column: usize) -> Result<String> {
        Ok(self.try_get_by_index(column)?)
    }

    fn find_time(&self, column: usize) -> Result<Option<DateTime<Utc>>> {
        Ok(self.try_get_by_index(column)?)
    }
}

impl From<Key<'_>> for sea_orm::Value {
    fn from(key: Key<'_>) -> Self {
        match key {
            Key::Id(id) => id.into(),
            Key::Text(text) => text.into(),
            Key::Time(time) => time.into(),
        }
    }
}
