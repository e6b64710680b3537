//! Random tokens. The database only holds their hash.

use crate::{Error, Result, hash};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

/// Returns 256 random bits as 43 characters that are valid in cookies, headers and URLs.
///
/// # Errors
/// Internal, if the system returns no random bytes.
pub fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::internal(format!("no random bytes: {e}")))?;
    Ok(BASE64.encode(bytes))
}

/// Returns the stored hash of a token. A plain hash is enough, because 256 bits cannot be guessed.
pub(crate) fn sha256(token: &str) -> String {
    hash::sha256(token)
}
