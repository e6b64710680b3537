//! Faults as a run's failures.

use colophon_contract::{FailureCode, RunError};
use colophon_provider::Fault;
use colophon_template::RenderError;

/// A failure with its table's sentence.
pub(crate) fn of_code(code: FailureCode) -> RunError {
    RunError { code, detail: code.meaning().to_owned() }
}

/// A provider's fault; its words are ours alone, so they can be shown.
pub(crate) fn of_fault(fault: &Fault) -> RunError {
    let code = FailureCode::find(fault.code()).unwrap_or(FailureCode::ProviderError);
    RunError { code, detail: fault.to_string() }
}

/// A template that cannot be rendered on a segment.
pub(crate) fn of_render(error: &RenderError) -> RunError {
    RunError { code: FailureCode::TemplateRenderFailed, detail: error.to_string() }
}

/// A model that has left the catalogue.
pub(crate) fn of_unknown_model(id: &str) -> RunError {
    let detail = format!("The model “{id}” is not in the catalogue any more. Append a version with another.");
    RunError { code: FailureCode::ModelUnknown, detail }
}

/// A key that is not there.
pub(crate) fn of_missing_key(variable: &str) -> RunError {
    let detail = format!(
        "The provider's key is not in the environment: set {variable}, restart the server and start a new run."
    );
    RunError { code: FailureCode::ProviderKeyMissing, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_provider::FaultKind;

    #[test]
    fn every_fault_of_a_provider_is_in_the_table_of_failures() {
        for kind in FaultKind::ALL {
            assert!(FailureCode::find(kind.code()).is_some(), "{}", kind.code());
        }
    }
}
