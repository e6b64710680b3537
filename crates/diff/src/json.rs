use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// How the value at one place changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Only the new side has it.
    Added,
    /// Only the old side has it.
    Removed,
    /// Both sides have it, with different values.
    Changed,
}

/// One difference between two JSON values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyChange {
    /// The place, as a JSON pointer (RFC 6901): `/metadata/team`; empty for the whole value.
    pub pointer: String,
    /// How it changed.
    pub kind: ChangeKind,
    /// The old value; absent if it was added. A present JSON `null` stays `Some(Null)`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub old: Option<Value>,
    /// The new value; absent if it was removed. A present JSON `null` stays `Some(Null)`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub new: Option<Value>,
}

/// Reads a field that is present, even `null`, as `Some`. Serde reads `null` as an absent `Option`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Compares two JSON values key by key, in the order of the keys.
///
/// Objects are compared by key where both sides have one. All other values, arrays too, are compared whole.
/// Numbers are compared as written: `1` and `1.0` differ. Equal values give an empty list.
pub fn diff_json(old: &Value, new: &Value) -> Vec<KeyChange> {
    let mut changes = Vec::new();
    walk(String::new(), Some(old), Some(new), &mut changes);
    changes
}

fn walk(pointer: String, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<KeyChange>) {
    let kind = match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            // Extended, not collected: collecting adds a sort to the web app's code.
            let mut keys = BTreeSet::new();
            keys.extend(old.keys().chain(new.keys()));
            for key in keys {
                let below = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                walk(below, old.get(key), new.get(key), changes);
            }
            return;
        }
        (Some(old), Some(new)) if old == new => return,
        (Some(_), Some(_)) => ChangeKind::Changed,
        (Some(_), None) => ChangeKind::Removed,
        (None, Some(_)) => ChangeKind::Added,
        (None, None) => return,
    };
    changes.push(KeyChange { pointer, kind, old: old.cloned(), new: new.cloned() });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(pointer: &str, kind: ChangeKind, old: Option<Value>, new: Option<Value>) -> KeyChange {
        KeyChange { pointer: pointer.to_owned(), kind, old, new }
    }

    #[test]
    fn keys_are_compared_one_by_one_in_order() {
        let old = json!({"temperature": 0.3, "top_p": 1, "variables": {"tone": "dry", "same": "x"}});
        let new = json!({"max_tokens": 9, "temperature": 0.7, "variables": {"tone": "warm", "same": "x"}});
        assert_eq!(
            diff_json(&old, &new),
            [
                change("/max_tokens", ChangeKind::Added, None, Some(json!(9))),
                change("/temperature", ChangeKind::Changed, Some(json!(0.3)), Some(json!(0.7))),
                change("/top_p", ChangeKind::Removed, Some(json!(1)), None),
                change("/variables/tone", ChangeKind::Changed, Some(json!("dry")), Some(json!("warm"))),
            ]
        );
    }

    #[test]
    fn equal_values_have_no_changes() {
        for value in [json!(null), json!({}), json!({"a": {"b": [1, {"c": null}]}}), json!("x")] {
            assert_eq!(diff_json(&value, &value), []);
        }
    }

    #[test]
    fn pointers_are_escaped() {
        let changes = diff_json(&json!({}), &json!({"a/b": {"~": 1}, "": 2}));
        assert_eq!(changes[0].pointer, "/");
        assert_eq!(changes[1].pointer, "/a~1b");
        let changes = diff_json(&json!({"a/b": {"~": 1}}), &json!({"a/b": {"~": 2}}));
        assert_eq!(changes[0].pointer, "/a~1b/~0");
        assert_eq!(json!({"a/b": {"~": 2}}).pointer(&changes[0].pointer), Some(&json!(2)));
    }

    #[test]
    fn arrays_and_values_of_other_types_are_compared_whole() {
        let changes = diff_json(&json!({"stop": ["a", "b"]}), &json!({"stop": ["a"]}));
        assert_eq!(
            changes,
            [change("/stop", ChangeKind::Changed, Some(json!(["a", "b"])), Some(json!(["a"])))]
        );
        let changes = diff_json(&json!({"a": {"b": 1}}), &json!({"a": 1}));
        assert_eq!(changes, [change("/a", ChangeKind::Changed, Some(json!({"b": 1})), Some(json!(1)))]);
        assert_eq!(diff_json(&json!(1), &json!(2))[0].pointer, "");
    }

    #[test]
    fn a_null_survives_the_wire() {
        let changes = diff_json(&json!({"a": null}), &json!({"b": null}));
        assert_eq!(changes[0].old, Some(Value::Null));
        let wire = serde_json::to_string(&changes).unwrap();
        assert_eq!(
            wire,
            r#"[{"pointer":"/a","kind":"removed","old":null},{"pointer":"/b","kind":"added","new":null}]"#
        );
        assert_eq!(serde_json::from_str::<Vec<KeyChange>>(&wire).unwrap(), changes);
    }
}
