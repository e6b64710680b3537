//! A version's parameters: the rules, and their one canonical form.

use crate::{Error, ModelEntry, Result};
use colophon_contract::{
    FieldError, JsonObject,
    parameters::{self as pure, VARIABLES, pointer},
    rule::PARAMETERS_MAX_BYTES,
};
use colophon_template::check_own_variable;
use serde_json::Value;

/// Every rule that parameters break, with pointers below `/parameters`; empty where they are fine. Without a
/// model, which parameters it takes is not checked.
#[must_use]
pub fn check_parameters(parameters: &JsonObject, model: Option<&ModelEntry>) -> Vec<FieldError> {
    let mut errors = pure::check_parameters(parameters, model.map(|model| &*model.parameters));
    errors.extend(check_variable_names(parameters));
    // JSON nested beyond the limit is refused already, and cheaply so.
    let size = if errors.is_empty() { canonical(parameters).map_or(0, |text| text.len()) } else { 0 };
    if size > PARAMETERS_MAX_BYTES {
        let detail =
            format!("are {size} bytes as canonical JSON; at most {PARAMETERS_MAX_BYTES} are allowed");
        errors.push(FieldError::at("/parameters", "length", detail));
    }
    errors
}

/// Names that no field of a template could look up, or that are a built-in variable's.
pub(crate) fn check_variable_names(parameters: &JsonObject) -> impl Iterator<Item = FieldError> {
    let names = parameters.get(VARIABLES).and_then(Value::as_object).into_iter().flat_map(JsonObject::keys);
    names.filter_map(|name| {
        let problem = check_own_variable(name).err()?;
        let at = pointer(&pointer("/parameters", VARIABLES), name);
        Some(FieldError::at(at, "variable_name_invalid", problem.to_string()))
    })
}

/// The canonical text (RFC 8785).
///
/// # Errors
/// Internal: every JSON object has one.
pub fn canonical(parameters: &JsonObject) -> Result<String> {
    serde_json_canonicalizer::to_string(parameters)
        .map_err(|e| Error::internal(format!("canonical JSON: {e}")))
}

/// The inverse of [`canonical`].
pub(crate) fn parse(text: &str) -> Result<JsonObject> {
    serde_json::from_str(text).map_err(|e| Error::internal(format!("stored JSON: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> JsonObject {
        serde_json::from_str(json).expect("an object")
    }

    #[test]
    fn a_variable_needs_a_name_that_a_template_can_use() {
        let errors = check_parameters(
            &object(r#"{"variables": {"tone": "", "a.b": "", "source_text": "", "": ""}}"#),
            None,
        );
        let at: Vec<_> = errors.iter().map(|e| e.pointer.as_deref().expect("a pointer")).collect();
        assert_eq!(
            at,
            ["/parameters/variables/", "/parameters/variables/a.b", "/parameters/variables/source_text"]
        );
        assert!(errors.iter().all(|e| e.code == "variable_name_invalid"));
    }

    #[test]
    fn size_counts_canonical_bytes() {
        let of = |bytes: usize| object(&format!(r#"{{ "metadata" : {{ "a" : "{}" }} }}"#, "x".repeat(bytes)));
        let frame = r#"{"metadata":{"a":""}}"#.len();
        assert_eq!(check_parameters(&of(PARAMETERS_MAX_BYTES - frame), None), []);
        let errors = check_parameters(&of(PARAMETERS_MAX_BYTES - frame + 1), None);
        assert_eq!((errors.len(), errors[0].pointer.as_deref()), (1, Some("/parameters")));
    }

    #[test]
    fn one_number_has_one_text() {
        let text = canonical(&object(r#"{"b": 1.0, "a": 1e-7, "é": 0.30, "\ud83d\ude00": 1E2, "c": -0.0}"#));
        assert_eq!(text.expect("text"), r#"{"a":1e-7,"b":1,"c":0,"é":0.3,"😀":100}"#);
    }
}
