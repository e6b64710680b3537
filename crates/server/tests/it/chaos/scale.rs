//! How much is done, by which chance, and what is told of it.

use std::time::{SystemTime, UNIX_EPOCH};

/// How many: so many as the variable says, else the bounded number.
pub(crate) fn scale(variable: &str, bounded: usize) -> usize {
    let given = std::env::var(variable).ok().filter(|given| !given.is_empty());
    given.map_or(bounded, |given| given.parse().expect("a number"))
}

/// Chance that can be had again by its seed.
pub(crate) fn chance(scenario: &str) -> fastrand::Rng {
    let now =
        || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos()) as usize;
    let seed = scale("CHAOS_SEED", now());
    tell(&format!("{scenario}: CHAOS_SEED={seed}"));
    fastrand::Rng::with_seed(seed as u64)
}

/// A line for who runs the long form; in the project's tests it is shown with a failure only.
#[expect(clippy::print_stdout, reason = "what a scenario did is for people to read")]
pub(crate) fn tell(line: &str) {
    println!("{line}");
}
