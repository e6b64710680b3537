//! Lists in pages by keyset: the cursor holds the last key of the page before.

use crate::{Error, Result};
use colophon_contract::{DEFAULT_LIMIT, Page, decode_cursor, encode_cursor};

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many items, 1 to 100 (the caller checks).
    pub limit: u32,
    /// The `next_cursor` of the page before; `None` for the first page.
    pub cursor: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, cursor: None }
    }
}

impl PageRequest {
    /// The key after which the page begins, of a cursor that `list` gave: a name, with the ids of whose list it is.
    pub(crate) fn after(&self, list: &str) -> Result<Option<i64>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        decode_cursor(list, cursor).map(Some).ok_or(Error::CursorInvalid)
    }

    /// One row more than the page holds: whether it comes tells whether there is a next page.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// A page from up to [`Self::rows`] items; `key` is what `after` gets for the next one.
    pub(crate) fn page<T>(&self, list: &str, mut items: Vec<T>, key: impl Fn(&T) -> i64) -> Page<T> {
        let limit = self.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
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
