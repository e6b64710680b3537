//! Bringing two edits of the same version together: what only one side changed is taken from that side;
//! where both changed the same, one's own stays and is counted.

use crate::page::diff::Content;
use colophon_contract::JsonObject;
use colophon_diff::{LineKind, diff_text_with_context};
use serde_json::Value;

/// A merge, and how many places both sides had changed differently.
pub struct Merged {
    /// Both edits together.
    pub content: Content,
    /// Places where one's own was kept over the other's.
    pub conflicts: usize,
}

/// Merges `mine` and `theirs`, both made from `base`.
pub fn merge(base: &Content, mine: &Content, theirs: &Content) -> Merged {
    let mut conflicts = 0;
    let model = pick(&base.model, &mine.model, &theirs.model, &mut conflicts);
    let template = merge_text(&base.template, &mine.template, &theirs.template, &mut conflicts);
    let parameters = merge_objects(&base.parameters, &mine.parameters, &theirs.parameters, &mut conflicts);
    Merged { content: Content { model, template, parameters }, conflicts }
}

fn pick<T: Clone + PartialEq>(base: &T, mine: &T, theirs: &T, conflicts: &mut usize) -> T {
    if mine == base {
        return theirs.clone();
    }
    if theirs != base && theirs != mine {
        *conflicts += 1;
    }
    mine.clone()
}

fn merge_objects(
    base: &JsonObject,
    mine: &JsonObject,
    theirs: &JsonObject,
    conflicts: &mut usize,
) -> JsonObject {
    let empty = JsonObject::new();
    let mut merged = JsonObject::new();
    let mut keys: Vec<&String> = base.keys().chain(mine.keys()).chain(theirs.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let (b, m, t) = (base.get(key), mine.get(key), theirs.get(key));
        let value = match (m, t) {
            (Some(Value::Object(m)), Some(Value::Object(t))) => {
                let b = b.and_then(Value::as_object).unwrap_or(&empty);
                Some(Value::Object(merge_objects(b, m, t, conflicts)))
            }
            _ => pick(&b, &m, &t, conflicts).cloned(),
        };
        if let Some(value) = value {
            merged.insert(key.clone(), value);
        }
    }
    merged
}

/// One side's edit of a text: for each line of the base what became of it, and what was put before it.
struct Edit {
    /// Before each line of the base, and at the end: inserted lines.
    before: Vec<Vec<String>>,
    /// Whether each line of the base is still there.
    kept: Vec<bool>,
}

impl Edit {
    fn of(base: &str, edited: &str, count: usize) -> Self {
        let mut edit = Self { before: vec![Vec::new(); count + 1], kept: vec![true; count] };
        let mut at = 0;
        let diff = diff_text_with_context(base, edited, usize::MAX);
        for line in diff.hunks.into_iter().flat_map(|hunk| hunk.lines) {
            match line.kind {
                LineKind::Context => at += 1,
                LineKind::Delete => {
                    edit.kept[at] = false;
                    at += 1;
                }
                LineKind::Insert => {
                    let text = line.segments.into_iter().map(|span| span.text).collect();
                    edit.before[at].push(text);
                }
            }
        }
        edit
    }

    /// Whether nothing was changed at the boundary before line `at`.
    fn is_quiet(&self, at: usize) -> bool {
        self.before[at].is_empty()
    }

    /// The lines that the stretch `from..to` of the base became, what was put before it among them.
    fn stretch(&self, base: &[&str], from: usize, to: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for at in from..to {
            lines.extend(self.before[at].iter().cloned());
            if self.kept[at] {
                lines.push(base[at].to_owned());
            }
        }
        lines.extend(self.before[to].iter().cloned());
        lines
    }
}

fn merge_text(base: &str, mine: &str, theirs: &str, conflicts: &mut usize) -> String {
    if mine == base || theirs == base || mine == theirs {
        return pick(&base, &mine, &theirs, conflicts).to_owned();
    }
    let lines: Vec<&str> = base.split_inclusive('\n').collect();
    let count = lines.len();
    let (m, t) = (Edit::of(base, mine, count), Edit::of(base, theirs, count));
    // A line both sides kept, with nothing put before it, parts one changed stretch from the next.
    let is_stable = |at: usize| m.kept[at] && t.kept[at] && m.is_quiet(at) && t.is_quiet(at);
    let mut merged = String::new();
    let mut at = 0;
    while at <= count {
        if at < count && is_stable(at) {
            merged.push_str(lines[at]);
            at += 1;
            continue;
        }
        let end = (at..count).find(|&n| is_stable(n)).unwrap_or(count);
        let [b, m, t] = [
            lines[at..end].iter().map(|&line| line.to_owned()).collect(),
            m.stretch(&lines, at, end),
            t.stretch(&lines, at, end),
        ];
        for line in pick(&b, &m, &t, conflicts) {
            merged.push_str(&line);
        }
        if end == count {
            break;
        }
        at = end;
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(base: &str, mine: &str, theirs: &str) -> (String, usize) {
        let mut conflicts = 0;
        let text = merge_text(base, mine, theirs, &mut conflicts);
        (text, conflicts)
    }

    #[test]
    fn edits_of_different_lines_are_both_taken() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(merged(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n"), ("A\nb\nc\nd\nE\nf\n".into(), 0));
        assert_eq!(merged(base, "a\nc\nd\ne\n", "a\nb\nc\nx\nd\ne\n"), ("a\nc\nx\nd\ne\n".into(), 0));
    }

    #[test]
    fn where_both_changed_a_line_ones_own_stays_and_is_counted() {
        assert_eq!(merged("a\nb\nc", "a\nB\nc", "a\nß\nc"), ("a\nB\nc".into(), 1));
        assert_eq!(merged("a\nb", "a\nB", "a\nB"), ("a\nB".into(), 0));
        assert_eq!(merged("", "mine", "theirs"), ("mine".into(), 1));
    }

    #[test]
    fn an_edit_on_one_side_alone_is_that_side() {
        for text in ["", "x", "a\nb\n", "b", "a\n\nb\nc"] {
            assert_eq!(merged("a\nb", text, "a\nb"), (text.to_owned(), 0));
            assert_eq!(merged("a\nb", "a\nb", text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn parameters_are_merged_key_by_key() {
        let object = |value: Value| value.as_object().expect("an object").clone();
        let base = object(json!({"temperature": 0.3, "metadata": {"team": "a", "n": 1}, "gone": 1}));
        let mine = object(json!({"temperature": 0.5, "metadata": {"team": "a", "n": 2}}));
        let theirs =
            object(json!({"temperature": 0.3, "metadata": {"team": "b", "n": 1}, "gone": 1, "seed": 7}));
        let mut conflicts = 0;
        let merged = merge_objects(&base, &mine, &theirs, &mut conflicts);
        let wanted = json!({"temperature": 0.5, "metadata": {"team": "b", "n": 2}, "seed": 7});
        assert_eq!((Value::Object(merged), conflicts), (wanted, 0));
    }
}
