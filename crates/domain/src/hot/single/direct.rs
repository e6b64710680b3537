//! SQLite on the caller's own thread: a lookup of cached rows takes a few microseconds, less than waking
//! another thread.

use super::{Bound, Row};
use crate::{Error, Result, hot::single::STATEMENT_CACHE};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{
    Connection, OpenFlags, ToSql,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use thread_local::ThreadLocal;

/// Readers in WAL mode do not wait for a writer. If a lookup must wait (recovery after a crash), it does not
/// wait here, where it would block the thread's other requests. The pool waits instead, on threads of its
/// own.
const BUSY_TIMEOUT: Duration = Duration::ZERO;

/// A connection for each thread, opened on first use.
#[derive(Debug)]
pub(crate) struct Direct {
    file: PathBuf,
    /// The SQLite VFS, if it is not the default.
    vfs: Option<&'static str>,
    threads: ThreadLocal<Mutex<Option<Connection>>>,
    closed: AtomicBool,
}

impl Direct {
    pub(super) fn new(file: &Path, vfs: Option<&'static str>) -> Self {
        Self { file: file.to_owned(), vfs, threads: ThreadLocal::new(), closed: AtomicBool::new(false) }
    }

    /// Returns `None` if SQLite returns any error: the caller then uses the pool, which reports it.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        bound: &[Bound<'_>],
        read: impl Fn(&dyn Row) -> Result<T>,
    ) -> Option<Result<Option<T>>> {
        if self.closed.load(Ordering::Acquire) {
            return None;
        }
        let mut connection = self.threads.get_or_default().lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.find_by(&mut connection, sql, bound, read);
        if found.is_err() {
            *connection = None;
        }
        found.ok()
    }

    fn find_by<T>(
        &self,
        connection: &mut Option<Connection>,
        sql: &'static str,
        bound: &[Bound<'_>],
        read: impl Fn(&dyn Row) -> Result<T>,
    ) -> rusqlite::Result<Result<Option<T>>> {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(self.open()?),
        };
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(bound))?;
        let Some(row) = rows.next()? else { return Ok(Ok(None)) };
        Ok(read(row).map(Some))
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.file, flags, vfs)?,
            None => Connection::open_with_flags(&self.file, flags)?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        Ok(connection)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for connection in &self.threads {
            *connection.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::I64(number) => (*number).into(),
            Self::I32(number) => (*number).into(),
            Self::OptionalI64(number) => ToSqlOutput::Owned((*number).into()),
            Self::OptionalI32(number) => ToSqlOutput::Owned((*number).into()),
            Self::OptionalText(None) => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::OptionalText(Some(text)) | Self::Text(text) => {
                ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
            }
            // The same format as sqlx writes: times are compared as texts.
            Self::Time(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, false).into(),
        })
    }
}

impl Row for rusqlite::Row<'_> {
    fn find_i64(&self, column: usize) -> Result<Option<i64>> {
        self.get(column).map_err(unreadable)
    }

    fn find_i32(&self, column: usize) -> Result<Option<i32>> {
        self.get(column).map_err(unreadable)
    }

    fn find_text(&self, column: usize) -> Result<Option<String>> {
        self.get(column).map_err(unreadable)
    }

    fn find_time(&self, column: usize) -> Result<Option<DateTime<Utc>>> {
        let text = self.get_ref(column).and_then(|value| Ok(value.as_str_or_null()?)).map_err(unreadable)?;
        text.map(|text| DateTime::parse_from_rfc3339(text).map(DateTime::into).map_err(unreadable))
            .transpose()
    }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_complains_of_is_left_to_the_pool() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("colophon.db");
        let direct = Direct::new(&file, None);
        let find = |sql| direct.find(sql, &[Bound::text("夜")], |row| row.text(0));
        assert!(find("SELECT $1").is_none() && !file.exists(), "no file, and none is made");
        Connection::open(&file).expect("made");
        let found = find("SELECT $1").expect("a connection").expect("reads");
        assert_eq!(found.as_deref(), Some("夜"));
        assert!(find("SELECT a FROM t WHERE b = $1").is_none(), "no such table");
        assert!(find("SELECT $1 WHERE FALSE").expect("a connection").expect("reads").is_none());
        let wrong = direct.find("SELECT $1", &[Bound::I64(1)], |row| row.text(0));
        assert!(wrong.expect("a connection").is_err(), "a number is no text");
        direct.close();
        assert!(find("SELECT $1").is_none());
    }
}
