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
use std::sync::atomic::{AtomicU64, Ordering};

/// The most memory that a stored hash may take to compute, in KiB: over three times that of today's.
const MEMORY_MAX: u32 = 64 * 1024;
/// Likewise, passes over it.
const PASSES_MAX: u32 = 8;
/// Likewise, lanes.
const LANES_MAX: u32 = 4;

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

/// Whether a password is that of a hash. Takes as long where the hash is none that can be computed.
#[must_use]
pub fn verify_password(password: &str, hash: &PasswordHash) -> bool {
    let stored = phc::PasswordHash::new(&hash.0).ok().filter(is_bearable);
    let fits = stored.is_some();
    let Some(computed) = stored.or_else(|| phc::PasswordHash::new(&PasswordHash::of_nobody().0).ok()) else {
        return false;
    };
    COMPUTED.fetch_add(1, Ordering::Relaxed);
    argon2().verify_password(password.as_bytes(), &computed).is_ok() && fits
}

/// How many passwords this process has compared with a hash, whatever came of it.
#[must_use]
pub fn computed() -> u64 {
    COMPUTED.load(Ordering::Relaxed)
}

static COMPUTED: AtomicU64 = AtomicU64::new(0);

/// Whether computing a hash again costs no more than it may: what it takes is part of its text, and a row that
/// somebody tampered with could ask for all memory there is.
fn is_bearable(hash: &phc::PasswordHash) -> bool {
    Params::try_from(hash).is_ok_and(|params| {
        params.m_cost() <= MEMORY_MAX && params.t_cost() <= PASSES_MAX && params.p_cost() <= LANES_MAX
    })
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

    #[test]
    fn a_hash_that_asks_for_all_memory_is_not_computed() {
        let hash = hash_password("correct horse").expect("hashes").0;
        for costs in ["m=4194304,t=2,p=1", "m=19456,t=4294967295,p=1", "m=19456,t=2,p=64", "m=65537,t=1,p=1"]
        {
            let costly = PasswordHash(hash.replace("m=19456,t=2,p=1", costs));
            assert!(phc::PasswordHash::new(&costly.0).is_ok_and(|hash| !is_bearable(&hash)), "{costs}");
            assert!(!verify_password("correct horse", &costly), "{costs}");
        }
        for rubbish in ["", "rubbish", "$argon2id$", "$argon2id$v=19$m=0,t=0,p=0$AAAAAAAAAAA$AAAA"] {
            assert!(!verify_password("", &PasswordHash(rubbish.to_owned())), "{rubbish}");
        }
    }

    #[test]
    fn a_name_that_is_not_there_costs_a_hash_too() {
        let before = computed();
        assert!(!verify_password("x", &PasswordHash::of_nobody()));
        assert!(!verify_password("x", &PasswordHash("rubbish".to_owned())));
        assert!(computed() >= before + 2);
    }
}
