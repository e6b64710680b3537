//! Texts: their length and the forbidden character U+0000.

use crate::{Error, Result};
use colophon_contract::FieldError;

/// Returns the number of code points.
pub(crate) fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// Refuses texts of a request that contain U+0000, which PostgreSQL cannot store.
pub(crate) fn refuse_nul<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<()> {
    let errors: Vec<_> = texts
        .into_iter()
        .filter(|(_, text)| text.contains('\0'))
        .map(|(pointer, _)| FieldError::at(pointer, "null_character", "must not contain U+0000"))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::ValidationFailed(errors)) }
}

/// Replaces U+0000 in the text that a model sent.
pub(crate) fn replace_nul(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}
