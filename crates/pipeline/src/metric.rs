//! Metrics of runs, through the `metrics` facade: without a recorder, nothing is counted.

use colophon_contract::Usage;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use std::time::Duration;

const RUNS: &str = "colophon_runs_total";
const ACTIVE_RUNS: &str = "colophon_active_runs";
const SEGMENTS: &str = "colophon_segments_total";
const TOKENS: &str = "colophon_tokens_total";
const FIRST_TOKEN: &str = "colophon_provider_first_token_seconds";
const ANSWER: &str = "colophon_provider_answer_seconds";

/// Describes each metric, once per process.
pub(crate) fn describe() {
    describe_counter!(
        RUNS,
        "Runs that this server ended or put back, by outcome: completed, parked, or a failure's code."
    );
    describe_gauge!(ACTIVE_RUNS, "Runs that this server works on.");
    describe_counter!(
        SEGMENTS,
        "Segments sent to a model, by provider and outcome: completed or a failure's code."
    );
    describe_counter!(
        TOKENS,
        "Tokens as providers counted them, by provider, model and kind: prompt or completion."
    );
    describe_histogram!(FIRST_TOKEN, Unit::Seconds, "Time from a request to the first text of its answer.");
    describe_histogram!(ANSWER, Unit::Seconds, "Time from a request to the end of its answer.");
}

pub(crate) fn run_ended(outcome: &'static str) {
    counter!(RUNS, "outcome" => outcome).increment(1);
}

pub(crate) fn segment_ended(provider: &str, outcome: &'static str) {
    counter!(SEGMENTS, "provider" => provider.to_owned(), "outcome" => outcome).increment(1);
}

pub(crate) fn tokens(provider: &str, model: &str, usage: Usage) {
    for (kind, count) in [("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens)] {
        counter!(TOKENS, "provider" => provider.to_owned(), "model" => model.to_owned(), "kind" => kind)
            .increment(count.unsigned_abs());
    }
}

pub(crate) fn first_token(provider: &str, model: &str, after: Duration) {
    histogram!(FIRST_TOKEN, "provider" => provider.to_owned(), "model" => model.to_owned()).record(after);
}

pub(crate) fn answer(provider: &str, model: &str, after: Duration) {
    histogram!(ANSWER, "provider" => provider.to_owned(), "model" => model.to_owned()).record(after);
}

/// Counts a run as active while it exists.
pub(crate) struct ActiveRun;

impl ActiveRun {
    pub(crate) fn new() -> Self {
        gauge!(ACTIVE_RUNS).increment(1);
        Self
    }
}

impl Drop for ActiveRun {
    fn drop(&mut self) {
        gauge!(ACTIVE_RUNS).decrement(1);
    }
}
