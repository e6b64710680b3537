//! Line, word and character hunks between two texts, and a key-by-key comparison of two JSON objects.
//!
//! Pure and deterministic: the server and the browser get the same answer for the same input. Work is bounded
//! by the size of the input, not by a clock, which would cut at another place each time.
//!
//! ```
//! let diff = colophon_diff::diff_text("a red house\n", "a blue house\n");
//! let line = &diff.hunks[0].lines[0];
//! let shown: Vec<_> = line.segments.iter().map(|span| (span.text.as_str(), span.changed)).collect();
//! assert_eq!(shown, [("a ", false), ("red", true), (" house\n", false)]);
//! ```

mod json;
mod merge;
mod text;
mod words;

pub use json::{ChangeKind, KeyChange, diff_json};
pub use merge::{Merge, merge_json, merge_text, merge_whole};
pub use text::{DEFAULT_CONTEXT, Hunk, Line, LineKind, Span, TextDiff, diff_text, diff_text_with_context};
