//! Passwords: argon2id. Each call takes tens of milliseconds of CPU and 19 MiB of memory. Call these
//! functions on a thread that may block, and limit how many run at once.

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

/// Maximum memory to compute a stored hash, in KiB: over three times that of new hashes.
const MEMORY_MAX: u32 = 64 * 1024;
/// Maximum number of passes to compute a stored hash.
const PASSES_MAX: u32 = 8;
/// Maximum number of lanes to compute a stored hash.
const LANES_MAX: u32 = 4;

/// A password's hash as a PHC string. `Debug` omits it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub(crate) String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl PasswordHash {
    /// Returns a hash that no password matches and that takes as long to check.
    pub(crate) fn of_nobody() -> Self {
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        Self(format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${hash}"))
    }
}

/// Capacity reserved for each hash, in blocks of 1 KiB. glibc maps allocations over 32 MiB separately and
/// returns them to the system when freed. Of smaller ones it would keep 19 MiB for each thread that ever
/// hashed. Untouched pages take no memory.
const ROOM: usize = 40 * 1024;

/// Computes a hash. The caller bounds the parameters.
fn compute(password: &str, salt: &[u8], params: Params) -> argon2::Result<[u8; Params::DEFAULT_OUTPUT_LEN]> {
    let count = params.block_count();
    let mut blocks = Vec::with_capacity(count.max(ROOM));
    blocks.resize(count, Block::default());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut blocks)?;
    Ok(output)
}

/// Returns the password in NFKC, as NIST SP 800-63B recommends: it is the same however a keyboard composes
/// characters.
fn normalised(password: &str) -> String {
    password.nfkc().collect()
}

/// Hashes a password, normalised, with a new salt.
///
/// # Errors
/// `ValidationFailed` if the password is too long, or too short as typed or when normalised; internal if the
/// system returns no random bytes.
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

/// Returns whether a password matches a hash. If normalising changes the password, both forms are tried,
/// because older hashes are of the password as typed. That takes twice as long, for every hash.
#[must_use]
pub fn verify_password(password: &str, hash: &PasswordHash) -> bool {
    let normal = normalised(password);
    // Compute this even if the other matches, so that the time reveals nothing about the hash.
    let fits_typed = normal != password && fits(password, hash);
    fits(&normal, hash) || fits_typed
}

/// Returns whether these characters match a hash. Takes as long if the hash cannot be computed.
fn fits(password: &str, hash: &PasswordHash) -> bool {
    COMPUTED.fetch_add(1, Ordering::Relaxed);
    let Some((params, salt, output)) = phc::PasswordHash::new(&hash.0).ok().and_then(parts) else {
        compute(password, &[0; Salt::RECOMMENDED_LENGTH], Params::default()).ok();
        return false;
    };
    // Outputs are compared in constant time.
    compute(password, &salt, params).is_ok_and(|computed| Output::new(&computed).is_ok_and(|c| c == output))
}

/// Returns how many times this process has checked a password against a hash, whatever the result.
#[must_use]
pub fn computed() -> u64 {
    COMPUTED.load(Ordering::Relaxed)
}

static COMPUTED: AtomicU64 = AtomicU64::new(0);

/// Returns the parts from which a stored hash is computed, or `None` if that costs too much. The hash's own
/// text contains its costs, and a tampered row could demand all memory.
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
        // Characters are also counted after normalising: these are five.
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
