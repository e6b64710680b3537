//! Pagination of lists.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The page's items, in the list's order.
    pub items: Vec<T>,
    /// Opaque cursor: send it as `cursor` to get the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

/// Default number of items of a page.
pub const DEFAULT_LIMIT: u32 = 50;
/// Default number of prompt versions of a page.
pub const DEFAULT_VERSION_LIMIT: u32 = 20;
/// Maximum number of items of a page.
pub const MAX_LIMIT: u32 = 100;

/// Returns the cursor after an item of a list; `key` is the value that orders the list. The cursor contains
/// the list's name, so it is invalid for other lists.
#[must_use]
pub fn encode_cursor(list: &str, key: i64) -> String {
    BASE64.encode(format!("{list}:{key}"))
}

/// Returns the key in a cursor that [`encode_cursor`] made for this list; `None` for every other text.
#[must_use]
pub fn decode_cursor(list: &str, cursor: &str) -> Option<i64> {
    let text = String::from_utf8(BASE64.decode(cursor).ok()?).ok()?;
    let key = text.strip_prefix(list)?.strip_prefix(':')?.parse().ok()?;
    (encode_cursor(list, key) == cursor).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cursor_of_the_list_is_one() {
        for key in [i64::MIN, -1, 0, 7, i64::MAX] {
            assert_eq!(decode_cursor("works", &encode_cursor("works", key)), Some(key));
            assert_eq!(decode_cursor("runs", &encode_cursor("works", key)), None);
        }
        for text in ["works", "works:", "works:+7", "works:07", "works:7 ", "works:9223372036854775808", "7"]
        {
            assert_eq!(decode_cursor("works", &BASE64.encode(text)), None, "{text}");
        }
        for text in ["", "ä", "d29ya3M6Nw==", "d29ya3M6Nx", " d29ya3M6Nw"] {
            assert_eq!(decode_cursor("works", text), None, "{text}");
        }
    }
}
