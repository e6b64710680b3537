//! Merging two edits of the same version. A change of only one side is taken. If both sides changed the same
//! place, the person's own change is kept and counted.

use crate::page::diff::Content;
use colophon_diff::{Merge, merge_json, merge_text, merge_whole};
use serde_json::Value;

/// Merges `mine` and `theirs`, both made from `base`. All line ends count as equal; the result has LF.
pub fn merge(base: &Content, mine: &Content, theirs: &Content) -> Merge<Content> {
    let [base, mine, theirs] = [base, mine, theirs].map(|content| content.clone().with_line_feeds());
    let model = merge_whole(&base.model, &mine.model, &theirs.model);
    let template = merge_text(&base.template, &mine.template, &theirs.template);
    let object = |content: &Content| Value::Object(content.parameters.clone());
    let parameters = merge_json(&object(&base), &object(&mine), &object(&theirs));
    let conflicts = model.conflicts + template.conflicts + parameters.conflicts;
    let parameters = match parameters.merged {
        Value::Object(parameters) => parameters,
        _ => mine.parameters,
    };
    Merge { merged: Content { model: model.merged, template: template.merged, parameters }, conflicts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::fixture::object;
    use serde_json::json;

    fn content(model: &str, template: &str, parameters: Value) -> Content {
        Content { model: model.to_owned(), template: template.to_owned(), parameters: object(parameters) }
    }

    fn base() -> Content {
        content("demo", "one\ntwo\nthree\n", json!({"temperature": 0.5, "variables": {"tone": "calm"}}))
    }

    #[test]
    fn a_change_of_one_side_is_taken() {
        let changed =
            content("other", "one\n2\nthree\n", json!({"variables": {"tone": "calm", "place": "river"}}));
        let expected = Merge { merged: changed.clone(), conflicts: 0 };
        assert_eq!(merge(&base(), &changed, &base()), expected, "only mine");
        assert_eq!(merge(&base(), &base(), &changed), expected, "only theirs");
        assert_eq!(merge(&base(), &changed, &changed), expected, "the same on both sides");
        assert_eq!(merge(&base(), &base(), &base()), Merge { merged: base(), conflicts: 0 });
    }

    #[test]
    fn changes_in_different_places_are_both_taken() {
        let mine =
            content("other", "1\ntwo\nthree\n", json!({"temperature": 0.5, "variables": {"tone": "harsh"}}));
        let theirs =
            content("demo", "one\ntwo\n3\n", json!({"temperature": 1, "variables": {"tone": "calm"}}));
        let merged =
            content("other", "1\ntwo\n3\n", json!({"temperature": 1, "variables": {"tone": "harsh"}}));
        assert_eq!(merge(&base(), &mine, &theirs), Merge { merged, conflicts: 0 });
    }

    #[test]
    fn mine_is_kept_where_both_sides_changed_the_same_and_each_place_is_counted() {
        let mine =
            content("mine", "one\nmy\nthree\n", json!({"temperature": 0.1, "variables": {"tone": "calm"}}));
        let theirs = content(
            "theirs",
            "one\ntheir\nthree\n",
            json!({"temperature": 0.9, "variables": {"tone": "calm"}}),
        );
        assert_eq!(merge(&base(), &mine, &theirs), Merge { merged: mine.clone(), conflicts: 3 });
    }

    #[test]
    fn line_ends_of_another_kind_are_no_change() {
        let older = content(
            "demo",
            "one\r\ntwo\r\nthree\r\n",
            json!({"temperature": 0.5, "variables": {"tone": "dry\r\ncalm"}}),
        );
        let base = older.clone().with_line_feeds();
        let mine = Content { template: "1\ntwo\nthree\n".to_owned(), ..base.clone() };
        let theirs = Content { template: "one\r\ntwo\r\n3\r\n".to_owned(), ..older.clone() };
        let merged = Content { template: "1\ntwo\n3\n".to_owned(), ..base };
        assert_eq!(merge(&older, &mine, &theirs), Merge { merged, conflicts: 0 });
    }

    #[test]
    fn parameters_are_merged_key_by_key() {
        let base = content("demo", "", json!({"a": 1, "b": 1, "variables": {"x": "1", "y": "1"}}));
        let mine = content("demo", "", json!({"b": 1, "c": 1, "variables": {"x": "2", "y": "1"}}));
        let theirs = content("demo", "", json!({"a": 1, "b": 2, "variables": {"x": "3", "z": "1"}}));
        let merged = content("demo", "", json!({"b": 2, "c": 1, "variables": {"x": "2", "z": "1"}}));
        assert_eq!(merge(&base, &mine, &theirs), Merge { merged, conflicts: 1 });
    }
}
