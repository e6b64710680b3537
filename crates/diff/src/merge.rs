use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::text::with_line_feeds;
use crate::{LineKind, diff_text_with_context};

/// Two edits of the same thing, merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge<T> {
    /// Both edits. A place that only one side changed is taken from that side. A place that both changed is
    /// taken from the first side.
    pub merged: T,
    /// Number of places that both sides changed differently.
    pub conflicts: usize,
}

/// Merges two edits of `base` as a whole, without comparing its parts.
pub fn merge_whole<T: Clone + PartialEq>(base: &T, mine: &T, theirs: &T) -> Merge<T> {
    let mut conflicts = 0;
    let merged = pick(base, mine, theirs, &mut conflicts).clone();
    Merge { merged, conflicts }
}

/// Merges two edits of the text `base` by lines, as diff3 does: neighbouring changed lines are one place. All
/// line ends (CRLF, LF, CR) are equal; the merged text has `\n`.
pub fn merge_text(base: &str, mine: &str, theirs: &str) -> Merge<String> {
    let (base, mine, theirs) = (with_line_feeds(base), with_line_feeds(mine), with_line_feeds(theirs));
    let (base, mine, theirs) = (base.as_ref(), mine.as_ref(), theirs.as_ref());
    let lines: Vec<&str> = base.split_inclusive('\n').collect();
    let count = lines.len();
    let (m, t) = (Edit::of(base, mine, count), Edit::of(base, theirs, count));
    // A line that both sides kept, with nothing inserted before it, separates two changed places.
    let is_stable = |at: usize| m.is_stable(at) && t.is_stable(at);
    let (mut merged, mut conflicts, mut at) = (String::new(), 0, 0);
    loop {
        let end = (at..count).find(|&n| is_stable(n)).unwrap_or(count);
        let (b, m, t) = (lines[at..end].concat(), m.stretch(&lines, at, end), t.stretch(&lines, at, end));
        merged.push_str(pick(&b, &m, &t, &mut conflicts));
        if end == count {
            return Merge { merged, conflicts };
        }
        merged.push_str(lines[end]);
        at = end + 1;
    }
}

/// Merges two edits of `base`: key by key where both edits have objects, as a whole elsewhere.
pub fn merge_json(base: &Value, mine: &Value, theirs: &Value) -> Merge<Value> {
    let mut conflicts = 0;
    let merged = merge_values(Some(base), Some(mine), Some(theirs), &mut conflicts);
    Merge { merged: merged.unwrap_or(Value::Null), conflicts }
}

fn pick<'a, T: PartialEq + ?Sized>(base: &T, mine: &'a T, theirs: &'a T, conflicts: &mut usize) -> &'a T {
    if mine == base {
        return theirs;
    }
    if theirs != base && theirs != mine {
        *conflicts += 1;
    }
    mine
}

fn merge_values(
    base: Option<&Value>,
    mine: Option<&Value>,
    theirs: Option<&Value>,
    conflicts: &mut usize,
) -> Option<Value> {
    let (Some(Value::Object(mine)), Some(Value::Object(theirs))) = (mine, theirs) else {
        return pick(&base, &mine, &theirs, conflicts).cloned();
    };
    let empty = Map::new();
    let base = base.and_then(Value::as_object).unwrap_or(&empty);
    let mut keys = BTreeSet::new();
    keys.extend(base.keys().chain(mine.keys()).chain(theirs.keys()));
    let mut merged = Map::new();
    for key in keys {
        if let Some(value) = merge_values(base.get(key), mine.get(key), theirs.get(key), conflicts) {
            merged.insert(key.clone(), value);
        }
    }
    Some(Value::Object(merged))
}

/// One side's edit of a text.
struct Edit {
    /// The text inserted before each line of the base, and after the last.
    before: Vec<String>,
    /// Whether each line of the base is still there.
    kept: Vec<bool>,
}

impl Edit {
    /// Returns the edit that made `edited` from `base`, which has `count` lines.
    fn of(base: &str, edited: &str, count: usize) -> Self {
        let mut edit = Self { before: vec![String::new(); count + 1], kept: vec![true; count] };
        let mut at = 0;
        // In a replaced stretch the old lines come first. The new lines belong where the stretch began, not
        // before the line that follows it.
        let mut start = 0;
        let diff = diff_text_with_context(base, edited, usize::MAX);
        for line in diff.hunks.into_iter().flat_map(|hunk| hunk.lines) {
            match line.kind {
                LineKind::Context => {
                    at += 1;
                    start = at;
                }
                LineKind::Delete => {
                    edit.kept[at] = false;
                    at += 1;
                }
                LineKind::Insert => {
                    edit.before[start].extend(line.segments.into_iter().map(|span| span.text));
                }
            }
        }
        edit
    }

    fn is_stable(&self, at: usize) -> bool {
        self.kept[at] && self.before[at].is_empty()
    }

    /// Returns what the lines `from..to` of the base became, with the insertions before each of them and
    /// before `to`.
    fn stretch(&self, base: &[&str], from: usize, to: usize) -> String {
        let mut text = String::new();
        for (at, line) in base.iter().enumerate().take(to).skip(from) {
            text.push_str(&self.before[at]);
            if self.kept[at] {
                text.push_str(line);
            }
        }
        text + &self.before[to]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(base: &str, mine: &str, theirs: &str) -> (String, usize) {
        let merge = merge_text(base, mine, theirs);
        (merge.merged, merge.conflicts)
    }

    #[test]
    fn edits_of_different_lines_are_both_taken() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(merged(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n"), ("A\nb\nc\nd\nE\nf\n".into(), 0));
        assert_eq!(merged(base, "a\nc\nd\ne\n", "a\nb\nc\nx\nd\ne\n"), ("a\nc\nx\nd\ne\n".into(), 0));
        assert_eq!(merged(base, "0\na\nb\nc\nd\ne\n", "a\nb\nc\nd\n"), ("0\na\nb\nc\nd\n".into(), 0));
    }

    #[test]
    fn where_both_changed_a_line_the_first_side_stays_and_is_counted() {
        assert_eq!(merged("a\nb\nc", "a\nB\nc", "a\nß\nc"), ("a\nB\nc".into(), 1));
        assert_eq!(merged("a\nb", "a\nB", "a\nB"), ("a\nB".into(), 0));
        assert_eq!(merged("", "mine", "theirs"), ("mine".into(), 1));
        assert_eq!(merged("a\nb\nc\n", "1\nb\n3\n", "x\nb\ny\n"), ("1\nb\n3\n".into(), 2));
    }

    #[test]
    fn neighbouring_changes_are_one_place() {
        // A line inserted before "a", and a change of "b": no line that both sides kept lies between them.
        assert_eq!(merged("a\nb\n", "x\na\nb\n", "a\nB\n"), ("x\na\nb\n".into(), 1));
        assert_eq!(merged("a\nb\n", "a\nB\n", "x\na\nb\n"), ("a\nB\n".into(), 1));
        assert_eq!(merged("a\nb\nc\n", "x\na\nb\nc\n", "a\nb\nC\n"), ("x\na\nb\nC\n".into(), 0));
    }

    #[test]
    fn an_edit_on_one_side_alone_is_that_side() {
        for text in ["", "x", "a\nb\n", "b", "a\n\nb\nc", "\n\n", "b\na"] {
            for base in ["", "a\nb", "a\nb\n"] {
                assert_eq!(merged(base, text, base), (text.to_owned(), 0));
                assert_eq!(merged(base, base, text), (text.to_owned(), 0));
                assert_eq!(merged(base, text, text), (text.to_owned(), 0));
            }
        }
    }

    #[test]
    fn line_ends_of_another_kind_are_no_edit() {
        let (base, mine) = ("a\r\nb\r\nc\r\n", "A\nb\nc\n");
        assert_eq!(merged(base, mine, "a\r\nb\r\nC\r\n"), ("A\nb\nC\n".into(), 0));
        assert_eq!(merged(base, mine, "a\rb\rc\r"), (mine.into(), 0));
        assert_eq!(merged("a\nb\n", "a\r\nb\r\n", "a\nB\n"), ("a\nB\n".into(), 0));
        assert_eq!(merged("a\r\nb", "a\nx", "a\r\ny"), ("a\nx".into(), 1));
    }

    #[test]
    fn objects_are_merged_key_by_key() {
        let base = json!({"temperature": 0.3, "metadata": {"team": "a", "n": 1}, "gone": 1});
        let mine = json!({"temperature": 0.5, "metadata": {"team": "a", "n": 2}});
        let theirs = json!({"temperature": 0.3, "metadata": {"team": "b", "n": 1}, "gone": 1, "seed": 7});
        let wanted = json!({"temperature": 0.5, "metadata": {"team": "b", "n": 2}, "seed": 7});
        assert_eq!(merge_json(&base, &mine, &theirs), Merge { merged: wanted, conflicts: 0 });
    }

    #[test]
    fn a_key_that_both_changed_is_a_conflict() {
        let merge = merge_json(&json!({}), &json!({"a": 1}), &json!({"a": 2}));
        assert_eq!(merge, Merge { merged: json!({"a": 1}), conflicts: 1 });
        let merge = merge_json(&json!({"a": 1}), &json!({"a": 2}), &json!({}));
        assert_eq!(merge, Merge { merged: json!({"a": 2}), conflicts: 1 });
        let merge = merge_json(&json!({"a": 1}), &json!({}), &json!({"a": {"b": 1}}));
        assert_eq!(merge, Merge { merged: json!({}), conflicts: 1 });
        assert_eq!(merge_whole(&1, &2, &3), Merge { merged: 2, conflicts: 1 });
    }
}
