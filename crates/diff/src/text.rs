use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use crate::words::{segments_of, whole_lines};

/// Default number of unchanged lines around a change.
pub const DEFAULT_CONTEXT: usize = 3;

/// The changes between two texts, by lines. Line numbers count from 1. All line ends (CRLF, LF, CR) are equal
/// and shown as `\n`: an editor that writes other line ends has not changed every line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextDiff {
    /// The changes with their context, from the top; empty if the texts are equal.
    pub hunks: Vec<Hunk>,
    /// Unchanged lines after the last hunk, or all lines if there is no hunk.
    pub unchanged_after: usize,
    /// Number of lines that only the old text has.
    pub deleted: usize,
    /// Number of lines that only the new text has.
    pub inserted: usize,
    /// Whether the texts differ only in their line ends; then there is no hunk.
    #[serde(default)]
    pub line_ends_only: bool,
}

/// Neighbouring changes and the unchanged lines around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Unchanged lines left out between the previous hunk (or the top) and this one.
    pub unchanged_before: usize,
    /// Number of the first old line. If the hunk has no old line, the number of the line before it (0 at the
    /// top).
    pub old_start: usize,
    /// How many old lines it covers.
    pub old_lines: usize,
    /// Number of the first new line. If the hunk has no new line, the number of the line before it (0 at the
    /// top).
    pub new_start: usize,
    /// How many new lines it covers.
    pub new_lines: usize,
    /// The lines, in reading order. In a replaced stretch, all old lines come before the new lines.
    pub lines: Vec<Line>,
}

/// Which text a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// In both texts.
    Context,
    /// Only in the old text.
    Delete,
    /// Only in the new text.
    Insert,
}

/// One line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which text it belongs to.
    pub kind: LineKind,
    /// Its number in the old text; absent for an inserted line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_line: Option<usize>,
    /// Its number in the new text; absent for a deleted line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_line: Option<usize>,
    /// Its text in pieces. Joined, they are the line with `\n` as its line end.
    pub segments: Vec<Span>,
    /// Whether this is the last line of its text and has no `\n` at its end.
    #[serde(default)]
    pub missing_newline: bool,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The text. The last piece of a line includes the line end.
    pub text: String,
    /// Whether this differs from the lines it replaces or is replaced by. `false` in a line without a
    /// counterpart, or with one that is too different for a useful comparison.
    pub changed: bool,
}

/// Compares two texts with [`DEFAULT_CONTEXT`] lines of context.
pub fn diff_text(old: &str, new: &str) -> TextDiff {
    diff_text_with_context(old, new, DEFAULT_CONTEXT)
}

/// Compares two texts with `context` unchanged lines around each change (`usize::MAX`: all of them).
///
/// Compares lines by Myers' algorithm, bounded as in `similar`. Compares replaced stretches by words, and Han
/// and kana by characters.
pub fn diff_text_with_context(old: &str, new: &str, context: usize) -> TextDiff {
    let is_changed = old != new;
    let (old, new) = (with_line_feeds(old), with_line_feeds(new));
    let line_ends_only = is_changed && old == new;
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let deleted = ops.iter().filter(|op| !is_equal(op)).map(|op| op.old_range().len()).sum();
    let inserted = ops.iter().filter(|op| !is_equal(op)).map(|op| op.new_range().len()).sum();

    let mut hunks = Vec::new();
    let mut covered = 0;
    // The grouping doubles the context: limit it so that this cannot overflow.
    for group in group_diff_ops(ops, context.min(old.len())) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if group.iter().all(is_equal) {
            continue;
        }
        let old_range = first.old_range().start..last.old_range().end;
        let new_range = first.new_range().start..last.new_range().end;
        hunks.push(Hunk {
            unchanged_before: old_range.start - covered,
            old_start: start_number(&old_range),
            old_lines: old_range.len(),
            new_start: start_number(&new_range),
            new_lines: new_range.len(),
            lines: lines_of(&group, &old, &new),
        });
        covered = old_range.end;
    }
    TextDiff { hunks, unchanged_after: old.len() - covered, deleted, inserted, line_ends_only }
}

/// Returns `text` with `\n` for every CRLF and every lone CR.
pub(crate) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

fn is_equal(op: &DiffOp) -> bool {
    matches!(op, DiffOp::Equal { .. })
}

/// Returns the first line's number. As in unified diffs, an empty range has the number of the line before
/// it.
fn start_number(range: &Range<usize>) -> usize {
    if range.is_empty() { range.start } else { range.start + 1 }
}

fn lines_of(ops: &[DiffOp], old: &[&str], new: &[&str]) -> Vec<Line> {
    let mut lines = Vec::new();
    for op in ops {
        let (old_range, new_range) = (op.old_range(), op.new_range());
        let (old_text, new_text) = (&old[old_range.clone()], &new[new_range.clone()]);
        if is_equal(op) {
            let numbers = old_range.zip(new_range);
            lines.extend(
                numbers
                    .zip(whole_lines(old_text))
                    .map(|((old, new), segments)| line(LineKind::Context, Some(old), Some(new), segments)),
            );
            continue;
        }
        let (old_segments, new_segments) = if old_text.is_empty() || new_text.is_empty() {
            (whole_lines(old_text), whole_lines(new_text))
        } else {
            segments_of(old_text, new_text)
        };
        lines.extend(old_range.zip(old_segments).map(|(n, s)| line(LineKind::Delete, Some(n), None, s)));
        lines.extend(new_range.zip(new_segments).map(|(n, s)| line(LineKind::Insert, None, Some(n), s)));
    }
    lines
}

/// Builds a line; `old` and `new` are indices from 0.
fn line(kind: LineKind, old: Option<usize>, new: Option<usize>, segments: Vec<Span>) -> Line {
    let missing_newline = !segments.last().is_some_and(|span| span.text.ends_with('\n'));
    Line { kind, old_line: old.map(|n| n + 1), new_line: new.map(|n| n + 1), segments, missing_newline }
}
