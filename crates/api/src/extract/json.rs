//! Reads JSON text into a checked value. Each fault has its RFC 6901 pointer.

use super::loss::find_loss;
use crate::error::{ApiError, ApiResult, shortened};
use colophon_contract::{Code, FieldError};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

/// Reads `bytes` as a `T` and checks its rules.
///
/// # Errors
/// `malformed_json` for text that is not JSON. `validation_failed`, with a pointer to each fault, for a wrong
/// type, an unknown, missing or duplicate field, U+0000 anywhere, a number that would be lost, or a broken
/// rule.
pub(crate) fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> ApiResult<T> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ApiError::new(
            Code::MalformedJson,
            format!("The body is not UTF-8: byte {} cannot be read.", error.valid_up_to() + 1),
        )
    })?;
    // Serde would also accept the fields as an array, in the order of their declaration.
    if !text.trim_ascii_start().starts_with('{') {
        refuse_malformed(text)?;
        return Err(refused(String::new(), "type", "must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| unreadable(text, error))?;
    reader.end().map_err(|error| malformed(&error))?;
    refuse_nul(text)?;
    refuse_loss(text)?;
    value.validate().map_err(|errors| invalid(&errors))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::new(Code::MalformedJson, format!("The body is not JSON: {error}."))
}

/// Refuses text that is not JSON. Serde finds a wrong type before a later syntax error, but the syntax error
/// takes precedence.
fn refuse_malformed(text: &str) -> ApiResult<()> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error)).map(|_| ())
}

fn refuse_loss(text: &str) -> ApiResult<()> {
    match find_loss(text) {
        Some(loss) => Err(refused(loss.pointer.unwrap_or_default(), &loss.code, &loss.detail)),
        None => Ok(()),
    }
}

fn refused(pointer: String, code: &str, detail: &str) -> ApiError {
    ApiError::with_errors(
        Code::ValidationFailed,
        format!("The value at `{}` cannot be taken.", shortened(&pointer)),
        vec![FieldError::at(pointer, code, detail)],
    )
}

fn unreadable(text: &str, error: serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    if let Err(error) = refuse_malformed(text) {
        return error;
    }
    if error.inner().classify() != Category::Data {
        // To the reader, a number that is out of range, or in the place of one of several names, is a syntax
        // error, but it is JSON. Half a surrogate pair is a syntax error only when the string is read.
        let read = || serde_json::from_str::<serde_json::Value>(text).map_err(|error| malformed(&error));
        let fault = refuse_loss(text).and_then(|()| read().map(|_| ())).err();
        return fault.unwrap_or_else(|| refused(pointer(error.path()), "type", "must be of another type"));
    }
    let mut pointer = pointer(error.path());
    let message = error.inner().to_string();
    // The pointer has the place already.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(text, _)| text);
    let code = if let Some(name) = quoted(message, "missing field `") {
        push(&mut pointer, name);
        "missing"
    } else if let Some(name) = quoted(message, "unknown field `") {
        if !pointer.ends_with(&format!("/{}", escaped(name))) {
            push(&mut pointer, name);
        }
        "unknown_field"
    } else if let Some(name) = quoted(message, "duplicate field `") {
        if !pointer.ends_with(&format!("/{}", escaped(name))) {
            push(&mut pointer, name);
        }
        "duplicate_field"
    } else {
        // The text before this repeats the value.
        let expected = message.rsplit_once(", expected ").map_or("of another type", |(_, expected)| expected);
        return refused(pointer, "type", &format!("must be {}", in_words(expected)));
    };
    refused(pointer, code, &message.chars().take(300).collect::<String>())
}

/// Returns what serde expects, without Rust's type names.
fn in_words(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number in its range",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number in its range, not negative",
        "f32" | "f64" => "a number",
        "a map" => "a JSON object",
        "a sequence" => "a list",
        "unit" | "unit struct" => "null",
        expected if expected.starts_with("struct ") || expected.starts_with("internally tagged") => {
            "a JSON object"
        }
        expected => expected,
    }
}

/// Returns the text in back quotes after `prefix`.
fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.split('`').next()
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { variant } => push(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    pointer
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

pub(super) fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&escaped(token));
}

/// Refuses U+0000 anywhere, keys included: neither database engine stores it in text.
fn refuse_nul(text: &str) -> ApiResult<()> {
    // JSON itself refuses a raw U+0000. Most bodies have no such escape and need no search.
    if !text.contains("\\u0000") {
        return Ok(());
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let mut errors = Vec::new();
    find_nul(&value, &mut String::new(), &mut errors);
    if errors.is_empty() {
        return Ok(());
    }
    Err(ApiError::with_errors(Code::ValidationFailed, "The body holds the character U+0000.", errors))
}

fn find_nul(value: &serde_json::Value, pointer: &mut String, errors: &mut Vec<FieldError>) {
    let nul = || "must not hold the character U+0000";
    let length = pointer.len();
    match value {
        serde_json::Value::String(text) if text.contains('\0') => {
            errors.push(FieldError::at(pointer.clone(), "nul", nul()));
        }
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                push(pointer, &index.to_string());
                find_nul(item, pointer, errors);
                pointer.truncate(length);
            }
        }
        serde_json::Value::Object(fields) => {
            for (key, item) in fields {
                push(pointer, key);
                if key.contains('\0') {
                    errors.push(FieldError::at(pointer.clone(), "nul", nul()));
                }
                find_nul(item, pointer, errors);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// Returns the problem for broken rules, with one error each, sorted by place.
pub(super) fn invalid(errors: &ValidationErrors) -> ApiError {
    broken_rules(field_errors(errors))
}

/// Returns the places and sentences of broken rules.
pub(super) fn field_errors(errors: &ValidationErrors) -> Vec<FieldError> {
    let mut found = Vec::new();
    collect(errors, &mut String::new(), &mut found);
    found
}

/// Returns `validation_failed` for at least one wrong value.
pub(super) fn broken_rules(mut found: Vec<FieldError>) -> ApiError {
    found.sort_by(|a, b| (&a.pointer, &a.code).cmp(&(&b.pointer, &b.code)));
    let detail = match found.as_slice() {
        [one] => format!("`{}` {}.", one.pointer.as_deref().unwrap_or_default(), one.detail),
        many => format!("{} values break a rule.", many.len()),
    };
    ApiError::with_errors(Code::ValidationFailed, detail, found)
}

fn collect(errors: &ValidationErrors, pointer: &mut String, found: &mut Vec<FieldError>) {
    let length = pointer.len();
    for (field, kind) in errors.errors() {
        push(pointer, field);
        match kind {
            ValidationErrorsKind::Field(broken) => found.extend(
                broken
                    .iter()
                    .map(|error| FieldError::at(pointer.clone(), error.code.clone(), sentence(error))),
            ),
            ValidationErrorsKind::Struct(nested) => collect(nested, pointer, found),
            ValidationErrorsKind::List(nested) => {
                let length = pointer.len();
                for (index, errors) in nested {
                    push(pointer, &index.to_string());
                    collect(errors, pointer, found);
                    pointer.truncate(length);
                }
            }
        }
        pointer.truncate(length);
    }
}

fn sentence(error: &ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.to_string();
    }
    let bound = |name: &str| {
        // Ranges come as floats; none of our limits has a fraction.
        error.params.get(name).map(|v| v.as_f64().map_or_else(|| v.to_string(), |v| format!("{v:.0}")))
    };
    let unit = if error.code == "length" { " characters long" } else { "" };
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("must be {min} to {max}{unit}"),
        (Some(min), None) => format!("must be at least {min}{unit}"),
        (None, Some(max)) => format!("must be at most {max}{unit}"),
        (None, None) => "is not valid".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{CreateChapter, CreatePrompt};

    fn refused<T: DeserializeOwned + Validate>(body: &str) -> (Code, Vec<(String, String)>) {
        match parse::<T>(body.as_bytes()).map(|_| ()).expect_err("refused") {
            ApiError::Problem(problem) => (
                problem.code,
                problem.errors.into_iter().map(|e| (e.pointer.unwrap_or_default(), e.code)).collect(),
            ),
            other => panic!("{other:?}"),
        }
    }

    fn places(body: &str) -> Vec<(String, String)> {
        let (code, errors) = refused::<CreatePrompt>(body);
        assert_eq!(code, Code::ValidationFailed, "{body}");
        errors
    }

    fn place(body: &str) -> (String, String) {
        places(body).remove(0)
    }

    fn pair(pointer: &str, code: &str) -> (String, String) {
        (pointer.to_owned(), code.to_owned())
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        let deep = "[".repeat(10_000);
        for body in
            ["", "{", "nul", "{\"name\":\"\\ud800\"}", &deep, "{} {}", "\u{feff}{}", "{\"name\":1", "[1"]
        {
            let (code, _) = refused::<CreatePrompt>(body);
            let shown: String = body.chars().take(20).collect();
            assert_eq!(code, Code::MalformedJson, "{shown}");
        }
        assert!(
            matches!(parse::<CreatePrompt>(b"{\"name\":\"\xff\"}"), Err(ApiError::Problem(p)) if p.code == Code::MalformedJson)
        );
    }

    #[test]
    fn trailing_text_is_malformed() {
        let body = "{\"name\":\"n\",\"model\":\"m\",\"template\":\"t\"} x";
        assert_eq!(refused::<CreatePrompt>(body).0, Code::MalformedJson);
    }

    #[test]
    fn a_wrong_type_an_unknown_and_a_missing_field_have_their_pointer() {
        assert_eq!(place("{\"name\":1}"), pair("/name", "type"));
        assert_eq!(place("{\"nam\":\"x\"}"), pair("/nam", "unknown_field"));
        assert_eq!(place("{\"a/b~\":\"x\"}"), pair("/a~1b~0", "unknown_field"));
        assert_eq!(place("{\"name\":\"x\"}"), pair("/model", "missing"));
        assert_eq!(place("{\"name\":\"x\",\"name\":\"y\"}"), pair("/name", "duplicate_field"));
        assert_eq!(place("[]"), pair("", "type"));
        assert_eq!(place("[\"n\",\"m\",\"t\"]"), pair("", "type"));
        assert_eq!(place("{\"parameters\":[]}"), pair("/parameters", "type"));
    }

    #[test]
    fn what_a_value_must_be_is_said_in_words() {
        let told = |body: &str| match parse::<CreateChapter>(body.as_bytes()).map(|_| ()).expect_err(body) {
            ApiError::Problem(problem) => problem.errors[0].detail.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told("{\"title\":1}"), "must be a string");
        assert_eq!(told("{\"number\":\"1\"}"), "must be a whole number in its range");
        assert_eq!(told("{\"number\":1.5}"), "must be a whole number in its range");
        assert_eq!(told("{\"number\":99999999999}"), "must be a whole number in its range");
    }

    #[test]
    fn what_reading_would_lose_is_refused_with_its_place() {
        let body = |parameters: &str| {
            format!("{{\"name\":\"n\",\"model\":\"m\",\"template\":\"t\",\"parameters\":{parameters}}}")
        };
        let twice = body(r#"{"temperature":1,"temperature":2}"#);
        assert_eq!(place(&twice), pair("/parameters/temperature", "duplicate_field"));
        let nested = body(r#"{"metadata":{"a":[{"b":1,"\u0062":1}]}}"#);
        assert_eq!(place(&nested), pair("/parameters/metadata/a/0/b", "duplicate_field"));
        for number in ["1e400", "-1e400", "1e-400"] {
            let lost = body(&format!("{{\"temperature\":{number}}}"));
            assert_eq!(place(&lost), pair("/parameters/temperature", "number_inexact"));
        }
        assert_eq!(place("{\"name\":1e999}"), pair("/name", "number_inexact"));
        assert!(parse::<CreatePrompt>(body("{\"temperature\":0.1,\"top_p\":0e9}").as_bytes()).is_ok());
    }

    #[test]
    fn every_broken_rule_is_told() {
        let body = serde_json::json!({"name": " ", "model": "", "template": "t", "note": "n".repeat(501)});
        assert_eq!(
            places(&body.to_string()),
            [pair("/model", "length"), pair("/name", "blank"), pair("/note", "length")]
        );
        let (_, errors) =
            refused::<CreateChapter>("{\"title\":\"a\\nb\",\"source_text\":\"x\",\"number\":0}");
        assert_eq!(errors, [pair("/number", "range"), pair("/title", "control_character")]);
    }

    #[test]
    fn nul_is_refused_wherever_it_hides() {
        let body = r#"{"name":"n","model":"m","template":"a\u0000b","parameters":{"metadata":{"k\u0000":["\u0000"]}}}"#;
        assert_eq!(
            places(body),
            [
                pair("/parameters/metadata/k\0", "nul"),
                pair("/parameters/metadata/k\0/0", "nul"),
                pair("/template", "nul"),
            ]
        );
        let fine = r#"{"name":"n","model":"m","template":"a\\u0000b"}"#;
        assert!(parse::<CreatePrompt>(fine.as_bytes()).is_ok());
    }
}
