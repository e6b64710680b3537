//! Passwords: argon2id. These functions take tens of milliseconds of CPU and 19 MiB of memory each: call
//! them on a thread that may block, and not too many at once.

use crate::{Error, Result};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use colophon_contract::{
    FieldError,
    rule::{PASSWORD_MAX, PASSWORD_MIN},
};

/// A password's hash as a PHC string. Its `Debug` keeps it to itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub(crate) String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl PasswordHash {
    /// One that no password fits, and that takes as long to find out.
    pub(crate) fn of_nobody() -> Self {
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        Self(format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${hash}"))
    }
}

/// OWASP's first choice for argon2id: 19 MiB of memory, two passes, one lane.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// Hashes a password under a new salt.
///
/// # Errors
/// `ValidationFailed` for one that is too short or too long; internal where the system gives no random bytes.
pub fn hash_password(password: &str) -> Result<PasswordHash> {
    if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&(password.chars().count() as u64)) {
        let detail = format!("must have {PASSWORD_MIN} to {PASSWORD_MAX} characters");
        return Err(Error::ValidationFailed(vec![FieldError::at("/password", "length", detail)]));
    }
    let hash = argon2()
        .hash_password(password.as_bytes())
        .map_err(|e| Error::internal(format!("hashing a password: {e}")))?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether a password is that of a hash.
#[must_use]
pub fn verify_password(password: &str, hash: &PasswordHash) -> bool {
    phc::PasswordHash::new(&hash.0)
        .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse").expect("hashes");
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct horse ", &hash));
        assert!(hash_password("too short").is_err());
        assert!(phc::PasswordHash::new(&PasswordHash::of_nobody().0).is_ok(), "it takes time to refuse");
        assert!(!verify_password("correct horse", &PasswordHash::of_nobody()));
        assert_ne!(hash, hash_password("correct horse").expect("hashes"));
    }
}
