//! Finds the sent parameter that an error is about.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::Sent;

/// Longest part of a message that is searched for names, in bytes.
const MAX_SEARCHED: usize = 2 << 10;

/// `Unrecognized request arguments supplied: max_tokens, top_k`; the group holds the names.
static LISTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let refused = "(?:un(?:recognized|recognised|known|supported|expected)|invalid|extra|extraneous|illegal|bad|forbidden|disallowed|(?:not|isn't|aren't)\\s+(?:recognized|supported|permitted|allowed|accepted))";
    let noun = "(?:argument|parameter|param|field|propert(?:y|ies)|key|option|input|attribute|setting)s?";
    Regex::new(&format!(
        r#"(?i)\b{refused}\b[^:.]{{0,40}}?\b{noun}\b(?:[^:.=]{{0,60}}[:=])?\s*[\[(]?((?:[\s,'"`]*(?:and\s+)?\b[a-z][a-z0-9]*(?:_[a-z0-9]+)*\b['"`]?)+)"#
    ))
    .ok()
});

/// Text directly after a name, as in `max_tokens is not supported with this model`,
/// `top_k: Extra inputs are not permitted`.
const AFTER: [&str; 22] = [
    ": extra inputs",
    ": extra field",
    ": unknown",
    ": unsupported",
    ": unrecognized",
    ": unexpected",
    ": not permitted",
    ": invalid",
    ": input should",
    ": field required",
    ": should be",
    " is not",
    " is unsupported",
    " isn't",
    " are not",
    " cannot",
    " can't",
    " must",
    " should be",
    " is deprecated",
    " is too",
    " is invalid",
];
/// Text directly before a name.
const BEFORE: [&str; 12] = [
    "parameter ",
    "param ",
    "argument ",
    "field ",
    "property ",
    "option ",
    "key ",
    "unsupported ",
    "unknown ",
    "unrecognized ",
    "unexpected ",
    "value for ",
];
/// A message that refuses a parameter contains one of these.
const REFUSING: [&str; 18] = [
    "not support",
    "unsupport",
    "unrecogni",
    "unknown",
    "unexpected",
    "not permitted",
    "not allowed",
    "invalid",
    "extra",
    "must be",
    "should be",
    "not accept",
    "out of range",
    "too large",
    "too small",
    "deprecated",
    "不支持",
    "参数",
];

/// Returns the parameter that an error is about, under the request's name. Finds only sent parameters.
pub(super) fn find(error: &Value, message: &str, sent: Sent<'_>) -> Option<String> {
    let message = cut(message);
    named(error, sent).or_else(|| quoted(message, sent)).or_else(|| unquoted(message, sent))
}

/// Whether a message refuses parameters by a list of names, which may include names that were not sent.
pub(super) fn lists_names(message: &str) -> bool {
    LISTED.as_ref().is_some_and(|listed| {
        // A word with an underscore is a name; any other word may be prose.
        listed.captures_iter(cut(message)).any(|found| found[1].contains('_'))
    })
}

fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_SEARCHED)]
}

fn own(found: &str, sent: Sent<'_>) -> Option<String> {
    sent.parameters.iter().find(|(_, sent_as)| sent_as == found).map(|(name, _)| name.clone())
}

/// Looks in the fields `param` (also with an index or a path) and `loc` (pydantic).
fn named(error: &Value, sent: Sent<'_>) -> Option<String> {
    let inner = error.get("error").filter(|inner| inner.is_object()).unwrap_or(error);
    let param = inner.get("param").and_then(Value::as_str);
    let details =
        [inner.get("detail"), inner.get("details"), inner.get("message").and_then(|it| it.get("detail"))];
    let located = details.into_iter().flatten().filter_map(Value::as_array).flatten();
    let located = located.filter_map(|detail| detail.get("loc")?.as_array());
    let located = located.flat_map(|place| place.iter().rev().filter_map(Value::as_str));
    param.into_iter().chain(located).find_map(|name| {
        let top = name.split(['.', '[']).next().unwrap_or(name);
        own(name, sent).or_else(|| own(top, sent))
    })
}

/// Looks for a name in quotes.
fn quoted(message: &str, sent: Sent<'_>) -> Option<String> {
    first(sent, |sent_as| {
        let quotes = [("'", "'"), ("\"", "\""), ("`", "`"), ("“", "”"), ("‘", "’"), ("[", "]"), ("<", ">")];
        let places = quotes.map(|(open, close)| message.find(&format!("{open}{sent_as}{close}")));
        places.into_iter().flatten().min()
    })
}

/// Looks for a name without quotes: in a list of refused names, or next to words that show that it is a name.
fn unquoted(message: &str, sent: Sent<'_>) -> Option<String> {
    let lists: Vec<&str> = LISTED.as_ref().map_or_else(Vec::new, |listed| {
        listed.captures_iter(message).filter_map(|found| Some(found.get(1)?.as_str())).collect()
    });
    let listed = lists.iter().find_map(|list| first(sent, |sent_as| words(list, sent_as).next()));
    let lower = message.to_lowercase();
    let is_refusing = REFUSING.iter().any(|word| lower.contains(word));
    listed.or_else(|| {
        first(sent, |sent_as| {
            words(&lower, &sent_as.to_lowercase()).find(|at| {
                let (before, after) = (&lower[..*at], &lower[at + sent_as.len()..]);
                // `max_tokens` is a name anywhere; `stop` and `seed` are also words.
                let is_name =
                    sent_as.contains(['_', '.']) || sent_as.bytes().any(|byte| byte.is_ascii_digit());
                let is_between = AFTER.iter().any(|it| after.starts_with(it))
                    || BEFORE.iter().any(|it| before.ends_with(it));
                is_refusing && (is_name || is_between) || is_between && after.starts_with(" is not")
            })
        })
    })
}

/// Returns the name whose sent form comes first in a message.
fn first(sent: Sent<'_>, place: impl Fn(&str) -> Option<usize>) -> Option<String> {
    let found = sent.parameters.iter().filter_map(|(name, sent_as)| Some((place(sent_as)?, name)));
    found.min().map(|(_, name)| name.clone())
}

/// Returns the offsets of `word` in `text` without an adjacent letter, digit or underscore.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        !word.is_empty() && !text[..*at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(error: Value, message: &str) -> Option<String> {
        let names =
            [("temperature", "temperature"), ("max_tokens", "max_completion_tokens"), ("top_k", "top_k")];
        let names = names.into_iter().chain([("stop", "stop"), ("seed", "seed")]);
        let parameters: Vec<_> = names.map(|(name, sent)| (name.to_owned(), sent.to_owned())).collect();
        find(&error, message, Sent { parameters: &parameters, secrets: &[], asks_for_usage: true })
    }

    #[test]
    fn fields_name_it() {
        for error in [
            json!({"error": {"param": "max_completion_tokens"}}),
            json!({"param": "max_completion_tokens[0]"}),
            json!({"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "no"}]}),
            json!({"detail": [{"loc": ["body", "other"]}, {"loc": ["body", "max_completion_tokens", "int"]}]}),
            json!({"message": {"detail": [{"loc": ["body", "max_completion_tokens"]}]}}),
        ] {
            assert_eq!(found(error.clone(), "").as_deref(), Some("max_tokens"), "{error}");
        }
    }

    #[test]
    fn messages_name_it_with_and_without_quotes() {
        for (message, name) in [
            ("Unrecognized request arguments supplied: max_completion_tokens, top_k", Some("max_tokens")),
            ("Unrecognized request argument supplied: top_k", Some("top_k")),
            ("Unknown parameters: foo, top_k and seed", Some("top_k")),
            ("Unsupported parameter: 'temperature' is not supported with this model.", Some("temperature")),
            ("Extra fields not allowed: [seed]", Some("seed")),
            ("top_k: Extra inputs are not permitted", Some("top_k")),
            ("seed: Extra inputs are not permitted", Some("seed")),
            ("The parameter temperature is out of range", Some("temperature")),
            ("temperature must be between 0 and 1", Some("temperature")),
            ("max_completion_tokens is too large: 9000", Some("max_tokens")),
            ("参数 top_k 不支持", Some("top_k")),
            ("“seed” is not supported", Some("seed")),
            ("Invalid value for 'temperature'", Some("temperature")),
            ("The server had to stop. Try again.", None),
            ("Please seed the request", None),
            ("max_tokens_total is too large", None),
            ("A high temperature of the graphics card", None),
            ("Invalid request", None),
        ] {
            assert_eq!(found(Value::Null, message).as_deref(), name, "{message}");
        }
    }

    #[test]
    fn a_list_of_names_refuses_parameters_whoever_sent_them() {
        assert!(lists_names("Unrecognized request arguments supplied: max_tokens, top_k"));
        assert!(lists_names("unknown field: parallel_tool_calls"));
        for message in ["Invalid input: the text is too long", "Unknown error", "Invalid parameter", ""] {
            assert!(!lists_names(message), "{message}");
        }
    }
}
