//! Converts faults to a run's failures.

use colophon_contract::{FailureCode, RunError};
use colophon_provider::Fault;
use colophon_template::RenderError;

/// Returns a failure with the text that its code has in the table.
pub(crate) fn of_code(code: FailureCode) -> RunError {
    RunError { code, detail: code.meaning().to_owned() }
}

/// Converts a provider's fault. Its text is only our own words, so it can be shown.
pub(crate) fn of_fault(fault: &Fault) -> RunError {
    let code = FailureCode::find(fault.code()).unwrap_or(FailureCode::ProviderError);
    RunError { code, detail: fault.to_string() }
}

/// Returns the failure of a run of which all segments were tried and some failed; `None` if none failed.
pub(crate) fn of_segments(failed: &[(i32, RunError)]) -> Option<RunError> {
    let (position, error) = failed.first()?;
    let detail = match failed.len() {
        1 => format!("Segment {position} failed: {}", error.detail),
        n => format!("{n} segments failed, the first is segment {position}: {}", error.detail),
    };
    Some(RunError { code: error.code, detail })
}

/// Returns whether a failure concerns only the content of one segment's answer, not other segments.
pub(crate) fn is_of_content(code: FailureCode) -> bool {
    use FailureCode::{AnswerTooLarge, ContentFiltered, EmptyAnswer, OutputTruncated, UnexpectedFinish};
    matches!(code, OutputTruncated | ContentFiltered | UnexpectedFinish | EmptyAnswer | AnswerTooLarge)
}

/// How many segments in a row fail with the same provider failure before the run stops.
const IN_A_ROW: u32 = 3;

/// Counts segments in a row that failed for the same reason, which is the provider's.
#[derive(Debug, Default)]
pub(crate) struct InARow(Option<(FailureCode, u32)>);

impl InARow {
    /// Records how the next segment ended. Returns `Some` if the run must stop.
    pub(crate) fn take(&mut self, ended: Option<&RunError>) -> Option<RunError> {
        let is_of_segment = |code| is_of_content(code) || code == FailureCode::TemplateRenderFailed;
        let error = ended.filter(|error| !is_of_segment(error.code));
        let Some(error) = error else {
            self.0 = None;
            return None;
        };
        let count = self.0.filter(|(code, _)| *code == error.code).map_or(1, |(_, count)| count + 1);
        self.0 = Some((error.code, count));
        let detail = format!(
            "{count} segments in a row failed for the same reason, so the run stopped. {}",
            error.detail
        );
        (count >= IN_A_ROW).then_some(RunError { code: error.code, detail })
    }
}

/// Returns the failure of a template that cannot be rendered on a segment.
pub(crate) fn of_render(error: &RenderError) -> RunError {
    RunError { code: FailureCode::TemplateRenderFailed, detail: error.to_string() }
}

/// Returns the failure of a model that has left the catalogue.
pub(crate) fn of_unknown_model(id: &str) -> RunError {
    let detail = format!("The model “{id}” is not in the catalogue any more. Append a version with another.");
    RunError { code: FailureCode::ModelUnknown, detail }
}

/// Returns the failure of a key that is not set.
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
    fn three_segments_in_a_row_that_fail_alike_stop_a_run() {
        let [error, refused, filtered] =
            [FailureCode::ProviderError, FailureCode::ProviderRefused, FailureCode::ContentFiltered]
                .map(of_code);
        let stops_at = |ends: &[Option<&RunError>]| {
            let mut row = InARow::default();
            ends.iter().position(|end| row.take(*end).is_some())
        };
        let (error, refused, filtered) = (Some(&error), Some(&refused), Some(&filtered));
        assert_eq!(stops_at(&[error, error, error]), Some(2));
        assert_eq!(stops_at(&[error, refused, error, error, error]), Some(4));
        let unrendered = of_code(FailureCode::TemplateRenderFailed);
        let unrendered = [Some(&unrendered); 4];
        for passes in
            [[error, error, None, error], [error, error, filtered, error], [filtered; 4], unrendered]
        {
            assert_eq!(stops_at(&passes), None);
        }
    }

    #[test]
    fn every_fault_of_a_provider_is_in_the_table_of_failures() {
        for kind in FaultKind::ALL {
            assert!(FailureCode::find(kind.code()).is_some(), "{}", kind.code());
        }
    }
}
