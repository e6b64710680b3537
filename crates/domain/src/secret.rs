//! Random tokens, of which the database only knows the hash.

use crate::{Error, Result, hash};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

/// 256 bits from the system, as 43 characters that fit in cookies, headers and URLs.
///
/// # Errors
/// Where the system has no random bytes.
pub fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::internal(format!("no random bytes: {e}")))?;
    Ok(BASE64.encode(bytes))
}

/// What the database has of a token. A plain hash will do: nobody guesses 256 bits.
pub(crate) fn sha256(token: &str) -> String {
    hash::sha256(token)
}
