//! Keyset pagination: the cursor holds the last key of the previous page.

use crate::{Error, Result};
use colophon_contract::{DEFAULT_LIMIT, Page, decode_cursor, encode_cursor};
use futures::TryStreamExt as _;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, StreamTrait};

/// Maximum text of a page's rows, in bytes. A page ends before the row that would exceed it, but has at least
/// one row.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// The rows of a page, and whether there are more.
pub(crate) struct Rows<R> {
    pub(crate) rows: Vec<R>,
    pub(crate) more: bool,
}

/// Selects a page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Maximum number of items, 1 to 100 (the caller checks).
    pub limit: u32,
    /// The `next_cursor` of the previous page; `None` for the first page.
    pub cursor: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, cursor: None }
    }
}

impl PageRequest {
    /// Returns the key after which the page begins. The cursor must come from `list`: a name with the ids of
    /// its parents.
    pub(crate) fn after(&self, list: &str) -> Result<Option<i64>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        decode_cursor(list, cursor).map(Some).ok_or(Error::CursorInvalid)
    }

    /// Returns the page's limit plus one: the additional row shows that there is a next page.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Returns a page of up to [`Self::rows`] items. `key` returns the key that [`Self::after`] returns for
    /// the next page.
    pub(crate) fn page<T>(&self, list: &str, mut items: Vec<T>, key: impl Fn(&T) -> i64) -> Page<T> {
        let limit = self.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        Self::page_of(list, items, more, key)
    }

    /// Returns the rows of a statement that limits itself to [`Self::rows`]. Stops at the page's limit and at
    /// [`PAGE_BYTES`], as `bytes` counts them, and keeps no further rows in memory.
    ///
    /// # Errors
    /// Returns database errors only.
    pub(crate) async fn fetch<R, C>(
        &self,
        conn: &C,
        statement: Statement,
        bytes: impl Fn(&R) -> usize,
    ) -> Result<Rows<R>>
    where
        R: FromQueryResult + Send + 'static,
        C: ConnectionTrait + StreamTrait + Send,
    {
        let (mut rows, mut total) = (Vec::new(), 0);
        let mut found = R::find_by_statement(statement).stream(conn).await?;
        while let Some(row) = found.try_next().await? {
            total += bytes(&row);
            if rows.len() >= self.limit as usize || (!rows.is_empty() && total > PAGE_BYTES) {
                return Ok(Rows { rows, more: true });
            }
            rows.push(row);
        }
        Ok(Rows { rows, more: false })
    }

    /// Returns a page of the items of [`Self::fetch`].
    pub(crate) fn page_of<T>(list: &str, items: Vec<T>, more: bool, key: impl Fn(&T) -> i64) -> Page<T> {
        let next_cursor = if more { items.last().map(|item| encode_cursor(list, key(item))) } else { None };
        Page { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_of_its_list() {
        let page = PageRequest { limit: 2, cursor: None }.page("works", vec![9, 7, 5], |i| *i);
        assert_eq!(page.items, [9, 7]);
        let next = PageRequest { limit: 2, cursor: page.next_cursor };
        assert_eq!(next.after("works").expect("a key"), Some(7));
        assert!(matches!(next.after("runs"), Err(Error::CursorInvalid)));
        let odd = PageRequest { limit: 2, cursor: Some("ä".into()) };
        assert!(matches!(odd.after("works"), Err(Error::CursorInvalid)));
        assert_eq!(PageRequest::default().page("works", vec![1], |i| *i).next_cursor, None);
    }
}
