//! Passwords: argon2id. These functions take tens of milliseconds of CPU and 19 MiB of memory each: call
//! them on a thread that may block, and not too many at once.

use crate::{Error, Result};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use colophon_contract::{
    FieldError,
    rule::{PASSWORD_MAX, PASSWORD_MIN},
};
use std::sync::atomic::{AtomicU64, Ordering};
use unicode_normalization::UnicodeNormalization as _;

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

/// Reserved for each hash, in blocks of 1 KiB: what is over 32 MiB glibc maps for itself and gives back when it is
/// freed, of less it keeps 19 MiB for each thread that ever hashed. What no hash touches takes no memory.
const ROOM: usize = 40 * 1024;

/// Computes a hash. The parameters are bounded by the caller.
fn compute(password: &str, salt: &[u8], params: Params) -> argon2::Result<[u8; Params::DEFAULT_OUTPUT_LEN]> {
    let count = params.block_count();
    let mut blocks = Vec::with_capacity(count.max(ROOM));
    blocks.resize(count, Block::default());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut blocks)?;
    Ok(output)
}

/// The same password however a keyboard composes its characters: NFKC, as NIST SP 800-63B asks for.
fn normalised(password: &str) -> String {
    password.nfkc().collect()
}

/// Hashes a password, normalised, under a new salt.
///
/// # Errors
/// `ValidationFailed` for one that is too short, normalised too, or too long; internal where the system gives no random
/// bytes.
pub fn hash_password(password: &str) -> Result<PasswordHash> {
    let typed = password.chars().count() as u64;
    let password = normalised(password);
    if typed > PASSWORD_MAX || typed.min(password.chars().count() as u64) < PASSWORD_MIN {
        let detail = format!("must have {PASSWORD_MIN} to {PASSWORD_MAX} characters");
        return Err(Error::ValidationFailed(vec![FieldError::at("/password", "length", detail)]));
    }
    let failed = |e: &dyn std::fmt::Display| Error::internal(format!("hashing a password: {e}"));
    let mut salt = [0; Salt::RECOMMENDED_LENGTH];
    getrandom::fill(&mut salt).map_err(|e| failed(&e))?;
    // OWASP's first choice for argon2id: 19 MiB of memory, two passes, one lane.
    let params = Params::default();
    let output = compute(&password, &salt, params.clone()).map_err(|e| failed(&e))?;
    let hash = phc::PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|e| failed(&e))?,
        salt: Some(Salt::new(&salt).map_err(|e| failed(&e))?),
        hash: Some(Output::new(&output).map_err(|e| failed(&e))?),
    };
    Ok(PasswordHash(hash.to_string()))
}

/// Whether a password is that of a hash. One that is not as typed when it is normalised is tried both ways, for hashes
/// from before that was done; it takes twice as long, whatever the hash.
#[must_use]
pub fn verify_password(password: &str, hash: &PasswordHash) -> bool {
    let normal = normalised(password);
    // Both are always computed: the time tells nothing of the hash.
    let fits_typed = normal != password && fits(password, hash);
    fits(&normal, hash) || fits_typed
}

/// Whether these characters are those of a hash. Takes as long where the hash is none that can be computed.
fn fits(password: &str, hash: &PasswordHash) -> bool {
    COMPUTED.fetch_add(1, Ordering::Relaxed);
    let Some((params, salt, output)) = phc::PasswordHash::new(&hash.0).ok().and_then(parts) else {
        compute(password, &[0; Salt::RECOMMENDED_LENGTH], Params::default()).ok();
        return false;
    };
    // Outputs are compared in constant time.
    compute(password, &salt, params).is_ok_and(|computed| Output::new(&computed).is_ok_and(|c| c == output))
}

/// How many passwords this process has compared with a hash, whatever came of it.
#[must_use]
pub fn computed() -> u64 {
    COMPUTED.load(Ordering::Relaxed)
}

static COMPUTED: AtomicU64 = AtomicU64::new(0);

/// What a stored hash is computed again from, if that costs no more than it may: what it takes is part of its text,
/// and a row that somebody tampered with could ask for all memory there is.
fn parts(hash: phc::PasswordHash) -> Option<(Params, Salt, Output)> {
    let params = Params::try_from(&hash).ok()?;
    let is_bearable = params.m_cost() <= MEMORY_MAX
        && params.t_cost() <= PASSES_MAX
        && params.p_cost() <= LANES_MAX
        && hash.algorithm == ARGON2ID_IDENT;
    is_bearable.then_some((params, hash.salt?, hash.hash?))
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
    fn a_password_is_the_same_however_it_is_composed() {
        let (composed, decomposed) = ("p\u{e9}n\u{e9}lope 7", "pe\u{301}ne\u{301}lope 7");
        let (full, half) = ("ｐａｓｓｗｏｒｄ７７", "password77");
        for (one, other) in [(composed, decomposed), (decomposed, composed), (full, half), (half, full)] {
            assert!(verify_password(other, &hash_password(one).expect("hashes")), "{one}");
        }
        assert!(!verify_password("penelope 7", &hash_password(composed).expect("hashes")));
        // Five characters are five, however many marks they have been typed with.
        assert!(hash_password(&"e\u{301}".repeat(5)).is_err());
    }

    #[test]
    fn a_hash_from_before_passwords_were_normalised_still_fits() {
        let typed = "ｐｅ\u{301}nelope 7";
        assert_ne!(normalised(typed), typed);
        let salt = Salt::new(&[7; Salt::RECOMMENDED_LENGTH]).expect("a salt");
        let params = Params::default();
        let output = compute(typed, &salt, params.clone()).expect("computes");
        let hash = PasswordHash(
            phc::PasswordHash {
                algorithm: ARGON2ID_IDENT,
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(&params).expect("parameters"),
                salt: Some(salt),
                hash: Some(Output::new(&output).expect("an output")),
            }
            .to_string(),
        );
        assert!(verify_password(typed, &hash));
        assert!(!verify_password(&normalised(typed), &hash), "nobody typed that");
    }

    #[test]
    fn a_hash_that_asks_for_all_memory_is_not_computed() {
        let hash = hash_password("correct horse").expect("hashes").0;
        for costs in ["m=4194304,t=2,p=1", "m=19456,t=4294967295,p=1", "m=19456,t=2,p=64", "m=65537,t=1,p=1"]
        {
            let costly = PasswordHash(hash.replace("m=19456,t=2,p=1", costs));
            assert!(phc::PasswordHash::new(&costly.0).is_ok_and(|hash| parts(hash).is_none()), "{costs}");
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
