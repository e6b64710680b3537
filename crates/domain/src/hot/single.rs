//! Single statements, each a transaction of its own: the point lookups that every request waits for (the
//! actor, the prompt's head), and the insert of one independent row.
//!
//! They use separate connections, which stay with the thread that uses them. A pool moves connections between
//! threads and pings each one that is returned. SQLite is a library in this process, and there a driver
//! thread in between costs more than the lookup. See ADR 5.

mod direct;
mod group;
mod kept;

use crate::{Error, Result};
use chrono::{DateTime, Utc};
use direct::Direct;
use group::Group;
pub(crate) use group::Insertion;
use kept::Kept;
use sea_orm::{DatabaseConnection, DbErr, QueryResult, sqlx::postgres::PgConnectOptions};
use std::{borrow::Cow, path::Path, sync::Arc, time::Duration};

/// Number of prepared statements that each connection keeps.
pub(crate) const STATEMENT_CACHE: usize = 256;

/// A PostgreSQL connection that was idle for longer is pinged before it is used.
pub(crate) const PING_AFTER_IDLE: Duration = Duration::from_secs(30);

/// A value bound to a parameter of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Bound<'a> {
    I64(i64),
    I32(i32),
    OptionalI64(Option<i64>),
    OptionalI32(Option<i32>),
    OptionalText(Option<Cow<'a, str>>),
    Text(Cow<'a, str>),
    Time(DateTime<Utc>),
}

/// A row of the result; columns count from 0. The `find_` methods return `None` for NULL.
pub(crate) trait Row {
    fn find_i64(&self, column: usize) -> Result<Option<i64>>;
    /// Reads a column of 32 bits.
    fn find_i32(&self, column: usize) -> Result<Option<i32>>;
    fn find_text(&self, column: usize) -> Result<Option<String>>;
    fn find_time(&self, column: usize) -> Result<Option<DateTime<Utc>>>;

    fn i64(&self, column: usize) -> Result<i64> {
        self.find_i64(column)?.ok_or_else(|| Error::internal("a number is missing"))
    }

    fn i32(&self, column: usize) -> Result<i32> {
        self.find_i32(column)?.ok_or_else(|| Error::internal("a number is missing"))
    }

    fn text(&self, column: usize) -> Result<String> {
        self.find_text(column)?.ok_or_else(|| Error::internal("a text is missing"))
    }

    fn time(&self, column: usize) -> Result<DateTime<Utc>> {
        self.find_time(column)?.ok_or_else(|| Error::internal("a time is missing"))
    }
}

/// The connections for single statements.
#[derive(Debug)]
pub(crate) enum Singles {
    Sqlite { direct: Box<Direct>, group: Group },
    Postgres { kept: Arc<Kept>, group: Group },
}

impl Singles {
    /// Creates the connections to an existing file. `write` is its writer and uses the same `vfs`.
    pub(crate) fn sqlite(file: &Path, vfs: Option<&'static str>, write: DatabaseConnection) -> Self {
        Self::Sqlite { direct: Direct::new(file, vfs).into(), group: Group::sqlite(write) }
    }

    /// Creates at most `limit` connections for each thread. A statement waits for a connection no longer than
    /// `patience`. Each connection first executes `settings`.
    pub(crate) fn postgres(
        options: PgConnectOptions,
        limit: usize,
        patience: Duration,
        settings: String,
    ) -> Self {
        let kept = Arc::new(Kept::new(options, limit, patience, settings));
        Self::Postgres { group: Group::postgres(&kept), kept }
    }

    /// Returns the row that `sql` finds, if any, converted by `read`. Returns `None` if the caller must use
    /// the pool instead.
    ///
    /// # Errors
    /// Database errors and the errors of `read`.
    pub(crate) async fn find<T>(
        &self,
        sql: &'static str,
        bound: &[Bound<'_>],
        read: impl Fn(&dyn Row) -> Result<T>,
    ) -> Option<Result<Option<T>>> {
        match self {
            Self::Sqlite { direct, .. } => direct.find(sql, bound, read),
            Self::Postgres { kept, .. } => {
                let row = kept.find(sql, bound).await;
                Some(row.and_then(|row| row.map(|row| read(&row)).transpose()))
            }
        }
    }

    /// Inserts a row durably and returns the row that the statement returns.
    ///
    /// # Errors
    /// Returns database errors only.
    pub(crate) async fn insert(
        &self,
        insertion: &'static Insertion,
        bound: &[Bound<'_>],
    ) -> std::result::Result<QueryResult, DbErr> {
        let (Self::Sqlite { group, .. } | Self::Postgres { group, .. }) = self;
        group.insert(insertion, bound).await
    }

    /// Closes idle connections; the others close when they are returned.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { direct, .. } => direct.close(),
            Self::Postgres { kept, .. } => kept.close().await,
        }
    }
}

impl<'a> Bound<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn optional_text(text: Option<&'a str>) -> Self {
        Self::OptionalText(text.map(Cow::from))
    }

    fn into_owned(self) -> Bound<'static> {
        match self {
            Self::I64(number) => Bound::I64(number),
            Self::I32(number) => Bound::I32(number),
            Self::OptionalI64(number) => Bound::OptionalI64(number),
            Self::OptionalI32(number) => Bound::OptionalI32(number),
            Self::OptionalText(text) => Bound::OptionalText(text.map(|text| text.into_owned().into())),
            Self::Text(text) => Bound::Text(text.into_owned().into()),
            Self::Time(time) => Bound::Time(time),
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

    fn find_text(&self, column: usize) -> Result<Option<String>> {
        Ok(self.try_get_by_index(column)?)
    }

    fn find_time(&self, column: usize) -> Result<Option<DateTime<Utc>>> {
        Ok(self.try_get_by_index(column)?)
    }
}

impl From<Bound<'_>> for sea_orm::Value {
    fn from(bound: Bound<'_>) -> Self {
        match bound {
            Bound::I64(number) => number.into(),
            Bound::I32(number) => number.into(),
            Bound::OptionalI64(number) => number.into(),
            Bound::OptionalI32(number) => number.into(),
            Bound::OptionalText(text) => text.map(Cow::into_owned).into(),
            Bound::Text(text) => text.into_owned().into(),
            Bound::Time(time) => time.into(),
        }
    }
}
