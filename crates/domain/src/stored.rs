//! Converts stored values into types of the contract.

use crate::{Error, Result};
use colophon_contract::{AttemptKind, FailureCode, Finish, Role, RunError, RunStatus, SegmentStatus, Usage};

/// Returns the status of a run from its stored text.
pub(crate) fn status_of(text: &str) -> Result<RunStatus> {
    use RunStatus::{Cancelled, Completed, Failed, Queued, Running};
    let status = [Queued, Running, Completed, Failed, Cancelled].into_iter().find(|s| s.as_str() == text);
    status.ok_or_else(|| Error::internal(format!("a run that is {text:?}")))
}

pub(crate) fn segment_status_of(text: &str) -> Result<SegmentStatus> {
    use SegmentStatus::{Blank, Completed, Failed, Pending, Running};
    let status = [Pending, Running, Completed, Failed, Blank].into_iter().find(|s| s.as_str() == text);
    status.ok_or_else(|| Error::internal(format!("a segment that is {text:?}")))
}

pub(crate) fn attempt_kind_of(text: &str) -> Result<AttemptKind> {
    match text {
        "model" => Ok(AttemptKind::Model),
        "person" => Ok(AttemptKind::Person),
        "legacy" => Ok(AttemptKind::Legacy),
        other => Err(Error::internal(format!("an attempt of kind {other:?}"))),
    }
}

/// Returns a failure code from its stored text.
pub(crate) fn failure_of(code: &str) -> FailureCode {
    FailureCode::find(code).unwrap_or(FailureCode::Internal)
}

/// Returns the error in the two columns of a failure.
pub(crate) fn error_of(code: Option<String>, detail: Option<String>) -> Option<RunError> {
    let code = code?;
    let code = failure_of(&code);
    Some(RunError { code, detail: detail.unwrap_or_else(|| code.meaning().to_owned()) })
}

/// Returns the token counts, if they were counted.
pub(crate) fn usage_of(
    [prompt, completion, total]: [Option<i64>; 3],
    [cached_tokens, reasoning_tokens]: [Option<i64>; 2],
) -> Option<Usage> {
    Some(Usage {
        prompt_tokens: prompt?,
        completion_tokens: completion?,
        total_tokens: total?,
        cached_tokens,
        reasoning_tokens,
    })
}

/// Returns a class of finish reasons from its stored text.
pub(crate) fn finish_of(text: &str) -> Result<Finish> {
    let finish = Finish::ALL.iter().copied().find(|finish| finish.as_str() == text);
    finish.ok_or_else(|| Error::internal(format!("an answer that is {text:?}")))
}

/// Returns a role from its stored text.
pub(crate) fn role_of(text: &str) -> Result<Role> {
    Role::find(text).ok_or_else(|| Error::internal(format!("a role {text:?}")))
}
