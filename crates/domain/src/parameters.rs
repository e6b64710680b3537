//! A version's parameters: their rules and their canonical form.

use crate::{Error, ModelEntry, Result, hash};
use colophon_contract::{
    FieldError, JsonObject,
    parameters::{self as pure, VARIABLES, pointer},
    rule::PARAMETERS_MAX_BYTES,
};
use colophon_template::{ADDED_LATER, NameProblem, check_own_variable, suggest_own_name};
use serde_json::Value;

/// Returns every rule that the parameters break, with pointers below `/parameters`; empty if they are valid.
/// Without a model, the names of the parameters are not checked against it.
#[must_use]
pub fn check_parameters(parameters: &JsonObject, model: Option<&ModelEntry>) -> Vec<FieldError> {
    let mut errors = pure::check_parameters(parameters, model.map(|model| &*model.parameters));
    errors.extend(check_variable_names(parameters));
    // JSON nested beyond the limit was already rejected, at little cost.
    let size = if errors.is_empty() { canonical(parameters).map_or(0, |text| text.len()) } else { 0 };
    if size > PARAMETERS_MAX_BYTES {
        let detail =
            format!("are {size} bytes as canonical JSON; at most {PARAMETERS_MAX_BYTES} are allowed");
        errors.push(FieldError::at("/parameters", "length", detail));
    }
    errors
}

/// Like [`check_parameters`] without a model, for parameters that are rendered and not saved. An old version
/// may have a variable of its own whose name later became built-in.
#[must_use]
pub fn check_parameters_to_render(parameters: &JsonObject) -> Vec<FieldError> {
    let at: Vec<String> = ADDED_LATER.iter().map(|name| variable_pointer(name)).collect();
    let mut errors = check_parameters(parameters, None);
    errors.retain(|error| {
        let is_later = error.pointer.as_ref().is_some_and(|pointer| at.contains(pointer));
        !(is_later && error.code == VARIABLE_NAME_INVALID)
    });
    errors
}

/// The code of the errors of [`check_variable_names`].
pub(crate) const VARIABLE_NAME_INVALID: &str = "variable_name_invalid";

/// Returns errors for names that no template field can refer to, and for built-in names, with another name as
/// suggestion.
pub(crate) fn check_variable_names(parameters: &JsonObject) -> impl Iterator<Item = FieldError> {
    let names = parameters.get(VARIABLES).and_then(Value::as_object).into_iter().flat_map(JsonObject::keys);
    names.filter_map(|name| {
        let problem = check_own_variable(name).err()?;
        let error = FieldError::at(variable_pointer(name), VARIABLE_NAME_INVALID, problem.to_string());
        if problem != NameProblem::BuiltIn {
            return Some(error);
        }
        let other = suggest_own_name(name, &pure::own_variables(parameters));
        let detail = format!("{problem} Use another name, such as “{other}”, here and in the template.");
        Some(FieldError { detail, text: Some(name.clone()), suggestion: Some(other), ..error })
    })
}

fn variable_pointer(name: &str) -> String {
    pointer(&pointer("/parameters", VARIABLES), name)
}

/// Returns the canonical JSON (RFC 8785).
///
/// # Errors
/// Internal; does not occur, because every JSON object has a canonical form.
pub fn canonical(parameters: &JsonObject) -> Result<String> {
    hash::canonical(parameters)
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
        let suggested: Vec<_> = errors.iter().map(|e| e.suggestion.as_deref()).collect();
        assert_eq!(suggested, [None, None, Some("own_source_text")]);
    }

    #[test]
    fn a_new_version_may_not_define_a_younger_built_in_variable_but_an_older_one_is_rendered_with_it() {
        let parameters = object(r#"{"variables": {"volume_title": "mine", "own_volume_title": "x"}}"#);
        let errors = check_parameters(&parameters, None);
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].pointer.as_deref(), Some("/parameters/variables/volume_title"));
        assert_eq!(errors[0].suggestion.as_deref(), Some("own_volume_title_2"));
        assert!(errors[0].detail.contains("“own_volume_title_2”"), "{}", errors[0].detail);
        assert_eq!(check_parameters_to_render(&parameters), []);
        for wrong in [r#"{"variables": {"volume_title": 1}}"#, r#"{"variables": {"work_title": ""}}"#] {
            assert_eq!(check_parameters_to_render(&object(wrong)).len(), 1, "{wrong}");
        }
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
