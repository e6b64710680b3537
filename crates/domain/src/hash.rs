//! SHA-256 and RFC 8785 JSON, which has the same text whichever engine stored the value.

use crate::{Error, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Returns the SHA-256, hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Returns the RFC 8785 JSON of a value.
///
/// # Errors
/// Internal; does not occur, because every value here has that JSON.
pub(crate) fn canonical(value: &impl Serialize) -> Result<String> {
    serde_json_canonicalizer::to_string(value).map_err(|e| Error::internal(format!("canonical JSON: {e}")))
}

/// Returns the SHA-256, hexadecimal, of the RFC 8785 JSON of a value.
///
/// # Errors
/// The errors of [`canonical`].
pub(crate) fn canonical_sha256(value: &impl Serialize) -> Result<String> {
    canonical(value).map(sha256)
}
