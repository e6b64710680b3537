//! Lists in pages.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The page's items, in the list's order.
    pub items: Vec<T>,
    /// Opaque: pass it as `cursor` to get the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

/// Items a page holds unless `limit` says otherwise.
pub const DEFAULT_LIMIT: u32 = 50;
/// Prompt versions a page holds unless `limit` says otherwise.
pub const DEFAULT_VERSION_LIMIT: u32 = 20;
/// The most items a page may hold.
pub const MAX_LIMIT: u32 = 100;
