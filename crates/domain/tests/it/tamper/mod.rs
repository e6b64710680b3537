//! Tamper evidence: honest histories verify, and a change with raw SQL is detected.

mod attack;
mod deeds;
mod history;

use crate::fixture::Fresh;
use attack::Attacker;
use colophon_test_support::{Engine, on_both_engines};
use history::{History, Random};

/// How many histories each engine is tried with, from `COLOPHON_TAMPER_HISTORIES`.
fn histories() -> u64 {
    std::env::var("COLOPHON_TAMPER_HISTORIES").map_or(1, |count| count.parse().expect("a number"))
}

/// Steps of a history.
const STEPS: usize = 220;

/// Changes of a history by somebody else.
const ATTACKS: usize = 150;

#[on_both_engines]
async fn honest_histories_verify_and_changed_ones_do_not(engine: Engine) {
    for seed in 0..histories() {
        let fresh = <Fresh as colophon_test_support::Fixture>::fresh(engine).await;
        let mut random = Random(seed + if engine == Engine::Sqlite { 0 } else { 1_000_000 });
        let mut history = History::begin(fresh).await;
        for step in 0..STEPS {
            history.step(&mut random).await;
            if step % 20 == 0 {
                assert_eq!(history.find_mismatch().await, None, "seed {seed}, step {step}");
            }
        }
        assert_eq!(history.find_mismatch().await, None, "seed {seed}");
        let mut attacker = Attacker::at_work(history).await;
        for _ in 0..ATTACKS {
            attacker.attack(&mut random).await;
        }
        attacker.conclude(seed, ATTACKS / 3).await;
    }
}
