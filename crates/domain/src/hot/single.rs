//! Single statements, each a transaction of its own: point lookups that every request waits for (who asks, what
//! its prompt is now), and the insert of one row that stands for itself.
//!
//! They go by connections of their own, which stay with the thread that uses them. A pool hands a connection
//! from thread to thread and asks it whether it is alive each time it comes back; on SQLite, which is a library in
//! this very process, a driver thread between costs more than the lookup does. See ADR 5.

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

/// Statements that each connection keeps prepared.
pub(crate) const STATEMENT_CACHE: usize = 256;

/// A PostgreSQL connection that was idle for longer is tried before it is used.
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

/// A row that was found; columns count from 0. What is found is `None` where it is NULL.
pub(crate) trait Row {
    fn find_i64(&self, column: usize) -> Result<Option<i64>>;
    /// Of a column of 32 bits.
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

/// The connections.
#[derive(Debug)]
pub(crate) enum Singles {
    Sqlite { direct: Box<Direct>, group: Group },
    Postgres { kept: Arc<Kept>, group: Group },
}

impl Singles {
    /// On a file that is there, and written to by `write`, which uses the same `vfs`.
    pub(crate) fn sqlite(file: &Path, vfs: Option<&'static str>, write: DatabaseConnection) -> Self {
        Self::Sqlite { direct: Direct::new(file, vfs).into(), group: Group::sqlite(write) }
    }

    /// At most `limit` connections for each thread; a statement waits for one no longer than `patience`.
    /// Each connection is told `settings` first.
    pub(crate) fn postgres(
        options: PgConnectOptions,
        limit: usize,
        patience: Duration,
        settings: String,
    ) -> Self {
        let kept = Arc::new(Kept::new(options, limit, patience, settings));
        Self::Postgres { group: Group::postgres(&kept), kept }
    }

    /// The row that `sql` finds, if any, as `read` makes something of it.
    ///
    /// # Errors
    /// Of the database; whatever `read` answers with. `None` where another way must be tried.
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

    /// Inserts a row, durably, and answers with what the statement gives back of it.
    ///
    /// # Errors
    /// Of the database.
    pub(crate) async fn insert(
        &self,
        insertion: &'static Insertion,
        bound: &[Bound<'_>],
    ) -> std::result::Result<QueryResult, DbErr> {
        let (Self::Sqlite { group, .. } | Self::Postgres { group, .. }) = self;
        group.insert(insertion, bound).await
    }

    /// Closes what nobody uses; what is used closes when it comes back.
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
