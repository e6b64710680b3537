//! Mismatches, which end a verification.

use crate::{Error, Result};
use colophon_contract::{Mismatch, MismatchCode, MismatchPlace};
use sea_orm::DbErr;

/// Why a verification stops.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It found a mismatch.
    Mismatch(Box<Mismatch>),
    /// An error prevented the check.
    Error(Error),
}

/// Result of a step of a verification.
pub(crate) type Checked<T> = std::result::Result<T, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Error(error.into())
    }
}

/// Makes a mismatch from the expected value and the stored one.
pub(crate) fn mismatch(
    code: MismatchCode,
    place: &MismatchPlace,
    expected: Option<String>,
    found: Option<String>,
    detail: impl Into<String>,
) -> Mismatch {
    Mismatch { code, place: place.clone(), expected, found, detail: detail.into() }
}

/// Ends a verification with a mismatch.
pub(crate) fn stop<T>(
    code: MismatchCode,
    place: &MismatchPlace,
    expected: Option<String>,
    found: Option<String>,
    detail: impl Into<String>,
) -> Checked<T> {
    Err(Stop::Mismatch(mismatch(code, place, expected, found, detail).into()))
}

/// Returns the mismatch that ended a verification, if any, or the error.
pub(crate) fn found(outcome: Checked<()>) -> Result<Option<Mismatch>> {
    match outcome {
        Ok(()) => Ok(None),
        Err(Stop::Mismatch(mismatch)) => Ok(Some(*mismatch)),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// Shortens a stored value, which may have any length, to 100 code points.
pub(crate) fn shown(value: &str) -> String {
    const LONGEST: usize = 100;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_value_has_an_end() {
        assert_eq!(shown("abc"), "abc");
        assert_eq!(shown(&"夜".repeat(100)), "夜".repeat(100));
        assert_eq!(shown(&"夜".repeat(5_000)), format!("{}…", "夜".repeat(100)));
    }
}
