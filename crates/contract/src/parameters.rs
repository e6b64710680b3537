//! Pure rules of a version's `parameters`, in one place for the server and the form. The server checks two
//! more, which need other crates: the size as canonical JSON, and which names a variable may have.

use crate::{FieldError, JsonObject, rule::PARAMETERS_MAX_DEPTH, text::with_line_feeds};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};
use std::collections::BTreeMap;

/// Key of the version's own template variables: an object of names to strings.
pub const VARIABLES: &str = "variables";
/// Key of anything that operators want to keep with a version: an object.
pub const METADATA: &str = "metadata";
/// Keys that Colophon sets itself in every request.
pub const RESERVED: &[&str] = &["model", "messages", "stream", "stream_options", "n"];

/// The largest number up to which JSON's doubles represent every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Returns an error for every rule that `parameters` break, with RFC 6901 pointers that begin with
/// `/parameters`. `takes` lists the parameters of the model; if it is `None`, their names are not checked.
#[must_use]
pub fn check_parameters(parameters: &JsonObject, takes: Option<&[String]>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in parameters {
        let pointer = pointer("/parameters", key);
        match key.as_str() {
            VARIABLES => check_variables(&pointer, value, &mut errors),
            METADATA if !value.is_object() => {
                errors.push(FieldError::at(&pointer, "type", "must be an object"));
            }
            METADATA => {}
            reserved if RESERVED.contains(&reserved) => {
                let detail = format!("“{reserved}” is set by Colophon and cannot be a parameter");
                errors.push(FieldError::at(&pointer, "parameter_reserved", detail));
            }
            _ => {
                if let Some(takes) = takes.filter(|takes| !takes.contains(key)) {
                    errors.push(FieldError::at(&pointer, "parameter_unknown", not_taken(key, takes)));
                } else if let Some(detail) = wrong(key, value) {
                    errors.push(FieldError::at(&pointer, "parameter_invalid", detail));
                }
            }
        }
        check_text(&pointer, key, &mut errors);
        check_value(&pointer, value, 2, &mut errors);
    }
    errors
}

/// Returns the version's own variables: the entries of `variables` that are strings.
#[must_use]
pub fn own_variables(parameters: &JsonObject) -> BTreeMap<String, String> {
    let mut own = BTreeMap::new();
    // Not `collect`: it sorts first, which costs the web app a kilobyte.
    for (name, value) in parameters.get(VARIABLES).and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = value.as_str() {
            own.insert(name.clone(), value.to_owned());
        }
    }
    own
}

/// Returns `parameters` with line feeds in the names and values of its `variables`, which are texts for the
/// template ([`with_line_feeds`]). Other strings stay as they are: a line end in `stop` is intended.
#[must_use]
pub fn with_line_feeds_in_variables(mut parameters: JsonObject) -> JsonObject {
    let Some(Value::Object(variables)) = parameters.get_mut(VARIABLES) else { return parameters };
    if !variables.iter().any(|(name, value)| has_carriage_return(name, value)) {
        return parameters;
    }
    for (name, value) in std::mem::take(variables) {
        let value = match value {
            Value::String(text) => Value::String(with_line_feeds(&text).into_owned()),
            other => other,
        };
        let converted = with_line_feeds(&name).into_owned();
        // A variable must not replace another one.
        let name = if variables.contains_key(&converted) { name } else { converted };
        variables.insert(name, value);
    }
    parameters
}

fn has_carriage_return(name: &str, value: &Value) -> bool {
    name.contains('\r') || value.as_str().is_some_and(|text| text.contains('\r'))
}

/// Deserializes parameters with [`with_line_feeds_in_variables`]; for `#[serde(deserialize_with)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<JsonObject, D::Error> {
    JsonObject::deserialize(deserializer).map(with_line_feeds_in_variables)
}

/// Returns an RFC 6901 pointer to a key of the value at `parent`.
#[must_use]
pub fn pointer(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn not_taken(key: &str, takes: &[String]) -> String {
    let taken: Vec<_> = takes.iter().map(String::as_str).filter(|t| !RESERVED.contains(t)).collect();
    match &taken[..] {
        [] => {
            format!("the model takes no parameters, so not “{key}”; what is not for it goes into `metadata`")
        }
        _ => format!("the model does not take “{key}”; it takes {}", taken.join(", ")),
    }
}

/// Returns what is wrong with the value of a usual parameter, by the OpenAI API's reference. Other parameters
/// may have any value.
fn wrong(key: &str, value: &Value) -> Option<&'static str> {
    let within = |from: f64, to: f64| value.as_f64().is_some_and(|number| (from..=to).contains(&number));
    let (right, detail) = match key {
        "temperature" => (within(0.0, 2.0), "must be a number from 0 to 2"),
        "top_p" => (within(0.0, 1.0), "must be a number from 0 to 1"),
        "presence_penalty" | "frequency_penalty" => (within(-2.0, 2.0), "must be a number from -2 to 2"),
        "max_tokens" | "max_completion_tokens" => {
            (is_whole(value) && within(1.0, EXACT), "must be a whole number from 1")
        }
        "seed" => (is_whole(value), "must be a whole number"),
        "stop" => (is_stop(value), "must be a string, or a list of 1 to 4 strings"),
        _ => (true, ""),
    };
    (!right).then_some(detail)
}

fn is_whole(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn is_stop(value: &Value) -> bool {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    match value {
        Value::Array(list) => (1..=4).contains(&list.len()) && list.iter().all(is_text),
        one => is_text(one),
    }
}

fn check_variables(at: &str, value: &Value, errors: &mut Vec<FieldError>) {
    let Value::Object(variables) = value else {
        return errors.push(FieldError::at(at, "type", "must be an object of names to strings"));
    };
    for (name, value) in variables {
        if !value.is_string() {
            errors.push(FieldError::at(pointer(at, name), "type", "must be a string"));
        }
    }
}

/// Checks a value at any depth: no numbers that JSON's doubles cannot represent, no U+0000, no endless
/// nesting.
fn check_value(at: &str, value: &Value, depth: usize, errors: &mut Vec<FieldError>) {
    let is_nested = matches!(value, Value::Array(_) | Value::Object(_));
    if is_nested && depth > PARAMETERS_MAX_DEPTH {
        let detail = format!("must not be nested more than {PARAMETERS_MAX_DEPTH} levels deep");
        return errors.push(FieldError::at(at, "depth", detail));
    }
    match value {
        Value::Number(number) if !is_exact(number) => {
            let detail = "is beyond 2^53, where numbers in JSON lose digits: write it as a string";
            errors.push(FieldError::at(at, "number_inexact", detail));
        }
        Value::String(text) => check_text(at, text, errors),
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                check_value(&format!("{at}/{index}"), value, depth + 1, errors);
            }
        }
        Value::Object(values) => {
            for (key, value) in values {
                let at = pointer(at, key);
                check_text(&at, key, errors);
                check_value(&at, value, depth + 1, errors);
            }
        }
        _ => {}
    }
}

fn check_text(at: &str, text: &str, errors: &mut Vec<FieldError>) {
    if text.contains('\0') {
        errors.push(FieldError::at(at, "null_character", "must not contain U+0000"));
    }
}

fn is_exact(number: &Number) -> bool {
    const EXACT: u64 = 1 << 53;
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) => number <= EXACT,
        (None, Some(number)) => number.unsigned_abs() <= EXACT,
        (None, None) => number.as_f64().is_some_and(|number| number.abs() <= self::EXACT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(json: &str, takes: Option<&[&str]>) -> Vec<(String, String)> {
        let parameters: JsonObject = serde_json::from_str(json).expect("an object");
        let takes = takes.map(|takes| takes.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        let errors = check_parameters(&parameters, takes.as_deref());
        errors.into_iter().map(|e| (e.pointer.expect("a pointer"), e.code)).collect()
    }

    fn fine(json: &str) {
        assert_eq!(errors(json, None), [], "{json}");
    }

    fn refused(json: &str, pointer: &str, code: &str) {
        assert_eq!(errors(json, None), [(pointer.to_owned(), code.to_owned())], "{json}");
    }

    #[test]
    fn usual_parameters_have_their_types_and_ranges() {
        fine(r#"{"temperature": 0, "top_p": 1.0, "max_tokens": 1, "seed": -3, "presence_penalty": -2}"#);
        fine(r#"{"stop": "。", "response_format": {"type": "text"}, "logit_bias": null}"#);
        fine(r#"{"stop": ["a", "b", "c", "d"], "max_tokens": 512.0}"#);
        for (json, key) in [
            (r#"{"temperature": 2.1}"#, "temperature"),
            (r#"{"temperature": "0.3"}"#, "temperature"),
            (r#"{"temperature": null}"#, "temperature"),
            (r#"{"top_p": -0.1}"#, "top_p"),
            (r#"{"max_tokens": 0}"#, "max_tokens"),
            (r#"{"max_tokens": 1.5}"#, "max_tokens"),
            (r#"{"seed": 0.5}"#, "seed"),
            (r#"{"stop": []}"#, "stop"),
            (r#"{"stop": ["a", "b", "c", "d", "e"]}"#, "stop"),
            (r#"{"frequency_penalty": 3}"#, "frequency_penalty"),
        ] {
            refused(json, &format!("/parameters/{key}"), "parameter_invalid");
        }
    }

    #[test]
    fn only_what_the_model_takes_is_taken() {
        let json = r#"{"temperature": 1, "top_k": 5, "metadata": {}, "variables": {"a": ""}}"#;
        assert_eq!(errors(json, Some(&["temperature", "top_k"])), []);
        let expected = [("/parameters/top_k".to_owned(), "parameter_unknown".to_owned())];
        assert_eq!(errors(json, Some(&["temperature"])), expected);
        for key in RESERVED {
            let reserved = errors(&format!(r#"{{"{key}": 1}}"#), Some(&[key]));
            assert_eq!(reserved, [(format!("/parameters/{key}"), "parameter_reserved".to_owned())]);
        }
    }

    #[test]
    fn variables_are_names_to_strings_and_metadata_an_object() {
        refused(r#"{"variables": []}"#, "/parameters/variables", "type");
        refused(r#"{"variables": {"a/b~": 1}}"#, "/parameters/variables/a~1b~0", "type");
        refused(r#"{"metadata": "x"}"#, "/parameters/metadata", "type");
        fine(r#"{"variables": {"tone": "plain"}, "metadata": {"ticket": 12, "tags": ["a"]}}"#);
    }

    #[test]
    fn numbers_are_exact_and_texts_have_no_null() {
        fine(r#"{"metadata": {"a": 9007199254740992, "b": -9007199254740992, "c": 1e-7, "d": 0.1}}"#);
        for number in ["9007199254740993", "-9007199254740993", "18446744073709551616", "1e300"] {
            refused(
                &format!(r#"{{"metadata": {{"a": [{number}]}}}}"#),
                "/parameters/metadata/a/0",
                "number_inexact",
            );
        }
        refused(r#"{"metadata": {"a": "\u0000"}}"#, "/parameters/metadata/a", "null_character");
        refused(r#"{"metadata": {"\u0000": 1}}"#, "/parameters/metadata/\0", "null_character");
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |levels: usize| {
            format!(r#"{{"metadata": {}{}}}"#, r#"{"a":"#.repeat(levels) + "1", "}".repeat(levels))
        };
        fine(&nested(PARAMETERS_MAX_DEPTH - 1));
        let found = errors(&nested(PARAMETERS_MAX_DEPTH), None);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, "depth");
    }
}
