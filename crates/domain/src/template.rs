//! Templates as the contract sees them: checks and the table of variables.

use crate::unfinished_value;
use colophon_contract::{JsonObject, TemplateCheck, TemplateVariable};

/// What is to be said of a template, with the version's own variables from `parameters.variables`.
#[must_use]
pub fn check_template(template: &str, parameters: &JsonObject) -> TemplateCheck {
    let _ = (template, parameters);
    unfinished_value()
}

/// The built-in variables.
#[must_use]
pub fn list_variables() -> Vec<TemplateVariable> {
    unfinished_value()
}
