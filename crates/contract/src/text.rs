//! Line ends of texts that people write.
//!
//! These texts are stored with U+000A only. Browsers send one kind of line end, programs and files others,
//! and a text that differs only in line ends is the same text. Requests are converted when they are read, so
//! that limits count what is stored. Answers of models are not converted.

use crate::given::given;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// Returns `text` with every CRLF and every lone CR (U+000D) replaced by LF (U+000A).
#[must_use]
pub fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// Returns whether two texts are equal apart from the kind of their line ends.
#[must_use]
pub fn is_same_text(one: &str, other: &str) -> bool {
    one == other || with_line_feeds(one) == with_line_feeds(other)
}

/// Deserializes a text with [`with_line_feeds`]; for `#[serde(deserialize_with)]`.
///
/// # Errors
/// The errors of deserializing a string.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(converted)
}

/// Deserializes a text that may be `null`; add `#[serde(default)]` if it may be left out.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(converted))
}

/// Deserializes a text that may be left out but not be `null`.
pub(crate) fn given_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    given::<D, String>(deserializer).map(|text| text.map(converted))
}

fn converted(text: String) -> String {
    match with_line_feeds(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(converted) => converted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppendVersion, RetranslateSegment, UpdateChapter};

    #[test]
    fn every_line_end_becomes_a_line_feed() {
        for (text, converted) in [
            ("", ""),
            ("one\ntwo\n", "one\ntwo\n"),
            ("one\r\ntwo\r\n", "one\ntwo\n"),
            ("one\rtwo", "one\ntwo"),
            ("\r\r\n\n\r", "\n\n\n\n"),
            ("夜\r\n\r\n朝\u{2028}\u{85}", "夜\n\n朝\u{2028}\u{85}"),
        ] {
            assert_eq!(with_line_feeds(text), converted, "{text:?}");
            assert!(is_same_text(text, converted) && is_same_text(converted, text));
        }
        assert!(!is_same_text("one\r\n", "one\n\n") && !is_same_text("one\r\n", "one"));
    }

    #[test]
    fn texts_of_requests_are_converted_as_they_are_read() {
        let append: AppendVersion = serde_json::from_str(
            r#"{"model": "demo", "template": "a\r\nb\r{c\r\nd}", "note": "x\r\ny", "base_version": 1, "parameters":
                {"variables": {"tone": "dry\r\ncalm", "c\r\nd": ""}, "metadata": {"kept": "a\r\n"}, "stop": ["\r\n"]}}"#,
        )
        .expect("a request");
        assert_eq!((append.template.as_str(), append.note.as_str()), ("a\nb\n{c\nd}", "x\ny"));
        let expected = serde_json::json!({
            "variables": {"tone": "dry\ncalm", "c\nd": ""}, "metadata": {"kept": "a\r\n"}, "stop": ["\r\n"],
        });
        assert_eq!(serde_json::Value::Object(append.parameters), expected);

        let chapter: UpdateChapter =
            serde_json::from_str(r#"{"source_text": "夜。\r\n朝。\r\n"}"#).expect("a request");
        assert_eq!(chapter.source_text.as_deref(), Some("夜。\n朝。\n"));
        assert!(serde_json::from_str::<UpdateChapter>(r#"{"source_text": null}"#).is_err());
        assert_eq!(serde_json::from_str::<UpdateChapter>("{}").expect("a request").source_text, None);

        let again = |json| serde_json::from_str::<RetranslateSegment>(json).expect("a request").instruction;
        assert_eq!(again(r#"{"instruction": "a\r\nb", "base_attempt_id": 1}"#).as_deref(), Some("a\nb"));
        assert_eq!(again(r#"{"instruction": null, "base_attempt_id": 1}"#), None);
        assert_eq!(again(r#"{"base_attempt_id": 1}"#), None);
    }
}
