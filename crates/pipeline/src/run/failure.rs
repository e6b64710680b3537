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

/// A run that went through all its segments, some of them in vain; `None` where none failed.
pub(crate) fn of_segments(failed: &[(i32, RunError)]) -> Option<RunError> {
    let (position, error) = failed.first()?;
    let detail = match failed.len() {
        1 => format!("Segment {position} failed: {}", error.detail),
        n => format!("{n} segments failed, the first is segment {position}: {}", error.detail),
    };
    Some(RunError { code: error.code, detail })
}

/// Whether a failure is about one segment alone, so that the others may well succeed.
pub(crate) fn is_of_segment(code: FailureCode) -> bool {
    use FailureCode::{
        AnswerTimeout, AnswerTooLarge, ContentFiltered, EmptyAnswer, OutputTruncated, UnexpectedFinish,
    };
    matches!(
        code,
        OutputTruncated | ContentFiltered | UnexpectedFinish | EmptyAnswer | AnswerTooLarge | AnswerTimeout
    )
}

/// Whether a failure says that the provider wants money or another key: every other run of it would fail
/// for the same reason.
pub(crate) fn pauses_provider(code: FailureCode) -> bool {
    matches!(code, FailureCode::ProviderQuota | FailureCode::ProviderUnauthorized)
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
    fn a_run_tells_of_its_first_failed_segment_and_how_many_there_are() {
        let truncated = of_code(FailureCode::OutputTruncated);
        let one = of_segments(&[(2, truncated.clone())]).expect("a failure");
        assert_eq!((one.code, one.detail.starts_with("Segment 2 failed: ")), (truncated.code, true));
        let two = of_segments(&[(2, truncated), (5, of_code(FailureCode::EmptyAnswer))]).expect("a failure");
        assert!(two.detail.starts_with("2 segments failed, the first is segment 2: "), "{}", two.detail);
        assert_eq!((two.code, of_segments(&[])), (FailureCode::OutputTruncated, None));
    }

    #[test]
    fn every_fault_of_a_provider_is_in_the_table_of_failures() {
        for kind in FaultKind::ALL {
            assert!(FailureCode::find(kind.code()).is_some(), "{}", kind.code());
        }
    }
}
