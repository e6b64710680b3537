//! The mismatch that ends a verification.

use crate::{Error, Result};
use colophon_contract::{Mismatch, MismatchCode, MismatchPlace};
use sea_orm::DbErr;

/// Why a verification goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It has found what it looked for.
    Mismatch(Box<Mismatch>),
    /// It could not look.
    Error(Error),
}

/// Of a step of a verification.
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

/// A mismatch with what follows from the rest and what is stored.
pub(crate) fn mismatch(
    code: MismatchCode,
    place: &MismatchPlace,
    expected: Option<String>,
    found: Option<String>,
    detail: impl Into<String>,
) -> Mismatch {
    Mismatch { code, place: place.clone(), expected, found, detail: detail.into() }
}

/// Ends a verification with that.
pub(crate) fn stop<T>(
    code: MismatchCode,
    place: &MismatchPlace,
    expected: Option<String>,
    found: Option<String>,
    detail: impl Into<String>,
) -> Checked<T> {
    Err(Stop::Mismatch(mismatch(code, place, expected, found, detail).into()))
}

/// What a verification ended with, where it could look.
pub(crate) fn found(outcome: Checked<()>) -> Result<Option<Mismatch>> {
    match outcome {
        Ok(()) => Ok(None),
        Err(Stop::Mismatch(mismatch)) => Ok(Some(*mismatch)),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// A value that may be anything by now, in the length of what it should be.
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
