//! Finds what reading JSON would silently lose: the first of two equal keys, and numbers that no double
//! holds.

use super::json::push;
use colophon_contract::FieldError;
use std::collections::HashSet;

/// Maximum depth that the reader accepts; it refuses deeper values.
const DEPTH: usize = 128;

/// An object or array around the scan's position.
struct Level {
    /// The keys so far, or the number of items before this one.
    members: Members,
    /// The length of this value's own pointer.
    pointer: usize,
}

enum Members {
    Keys(HashSet<String>),
    Items(usize),
}

/// Returns the first loss in `text`, which must be valid JSON syntax. Takes time proportional to the text's
/// length.
pub(super) fn find_loss(text: &str) -> Option<FieldError> {
    let bytes = text.as_bytes();
    let mut levels: Vec<Level> = Vec::new();
    let mut pointer = String::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).filter(|_| levels.len() <= DEPTH) {
        let end = match byte {
            b'"' => end_of_string(bytes, at),
            b'-' | b'0'..=b'9' => end_of_number(bytes, at),
            _ => at + 1,
        };
        match byte {
            b'{' => {
                levels.push(Level { members: Members::Keys(HashSet::new()), pointer: pointer.len() });
            }
            b'[' => {
                levels.push(Level { members: Members::Items(0), pointer: pointer.len() });
                push(&mut pointer, "0");
            }
            b'}' | b']' => pointer.truncate(levels.pop()?.pointer),
            b',' => {
                let level = levels.last_mut()?;
                pointer.truncate(level.pointer);
                if let Members::Items(before) = &mut level.members {
                    *before += 1;
                    push(&mut pointer, &before.to_string());
                }
            }
            b'"' => {
                if let Some(Level { members: Members::Keys(keys), pointer: parent }) = levels.last_mut()
                    && pointer.len() == *parent
                {
                    // Two spellings of one key are one key.
                    let raw = &text[at..end];
                    let key = serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned());
                    push(&mut pointer, &key);
                    if !keys.insert(key) {
                        return Some(FieldError::at(pointer, "duplicate_field", "is there twice"));
                    }
                }
            }
            b'-' | b'0'..=b'9' if !survives(&text[at..end]) => {
                let detail = "is too large or too small for a number in JSON: write it as a string";
                return Some(FieldError::at(pointer, "number_inexact", detail));
            }
            _ => {}
        }
        at = end;
    }
    None
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    start + bytes[start..].iter().take_while(|byte| is_part(byte)).count()
}

/// Checks that the double is finite, and is zero only if the number is.
fn survives(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = mantissa.bytes().all(|byte| !matches!(byte, b'1'..=b'9'));
    number.parse::<f64>().is_ok_and(|double| double.is_finite() && (double == 0.0) == is_zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(text: &str) -> Option<(String, String)> {
        serde_json::from_str::<serde::de::IgnoredAny>(text).expect("JSON");
        find_loss(text).map(|error| (error.pointer.expect("a pointer"), error.code))
    }

    #[test]
    fn what_survives_is_no_loss() {
        for text in [
            "{}",
            "[]",
            "1",
            r#""{\"a\":1,\"a\":1e400}""#,
            r#"{"a": {"a": [{"a": 1}, {"a": 1}]}, "b": {"a": "a", "c": ["a", "a"]}, "": {"": 0}}"#,
            r#"{"a": [0, -0, 0.0e-999, 1e308, 5e-324, 0.1, 123456789012345678901], "b": "1e400", "c": "\\"}"#,
        ] {
            assert_eq!(loss(text), None, "{text}");
        }
    }

    #[test]
    fn the_second_of_two_keys_is_told() {
        for (text, pointer) in [
            (r#"{"a": 1, "a": 1}"#, "/a"),
            (r#"{"": 1, "": 1}"#, "/"),
            (r#"{"b": {"a/~": [1, {"x": [], "a": 2, "\u0061": 3}]}}"#, "/b/a~1~0/1/a"),
            (r#"[{"a": {"b": 1}, "c": 1, "a": {}}]"#, "/0/a"),
        ] {
            assert_eq!(loss(text), Some((pointer.to_owned(), "duplicate_field".to_owned())), "{text}");
        }
    }

    #[test]
    fn a_number_that_no_double_holds_is_told() {
        for number in ["1e400", "-1E+400", "1e-400", "-0.001e-330"] {
            let text = format!(r#"{{"a": [[], {{}}, "b", {{"c": {number}}}]}}"#);
            assert_eq!(loss(&text), Some(("/a/3/c".to_owned(), "number_inexact".to_owned())), "{text}");
        }
    }
}
