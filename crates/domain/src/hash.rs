//! SHA-256 and the JSON of RFC 8785, which has one text whichever engine kept a value.

use crate::{Error, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// SHA-256, hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The RFC 8785 JSON of a value.
///
/// # Errors
/// Internal: every value here has that JSON.
pub(crate) fn canonical(value: &impl Serialize) -> Result<String> {
    serde_json_canonicalizer::to_string(value).map_err(|e| Error::internal(format!("canonical JSON: {e}")))
}

/// SHA-256, hexadecimal, of the RFC 8785 JSON of a value.
///
/// # Errors
/// As [`canonical`].
pub(crate) fn canonical_sha256(value: &impl Serialize) -> Result<String> {
    canonical(value).map(sha256)
}
