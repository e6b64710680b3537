//! Unique ids for elements that refer to each other.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns an id that no other element of the page has.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
