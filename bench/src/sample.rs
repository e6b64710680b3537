//! What a round measures, and the medians of several.

use std::time::Duration;

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Rounds of each measurement, of which the median counts.
    pub(crate) rounds: usize,
    /// Seconds of each round.
    pub(crate) seconds: f64,
}

/// What one round came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Operations a second.
    pub(crate) rate: f64,
    /// The median operation, in microseconds.
    pub(crate) p50: f64,
    /// The 99th of 100, in microseconds.
    pub(crate) p99: f64,
}

impl Sample {
    /// Of the latencies of all operations that began and ended within `elapsed`.
    pub(crate) fn of(mut latencies: Vec<Duration>, elapsed: Duration) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| {
            let index = (latencies.len() as f64 * share) as usize;
            latencies.get(index.min(latencies.len().saturating_sub(1))).map_or(f64::NAN, |l| micros(*l))
        };
        Self { rate: latencies.len() as f64 / elapsed.as_secs_f64(), p50: at(0.5), p99: at(0.99) }
    }

    /// As one process tells another.
    pub(crate) fn to_line(self) -> String {
        format!("{} {} {}", self.rate, self.p50, self.p99)
    }

    /// The inverse of [`Self::to_line`].
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let mut numbers = line.split_whitespace().map(str::parse::<f64>);
        let mut next = || numbers.next()?.ok();
        Some(Self { rate: next()?, p50: next()?, p99: next()? })
    }
}

/// The rounds of one measurement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rounds(Vec<Sample>);

impl Rounds {
    /// Adds a round.
    pub(crate) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// Each figure's median of its own.
    pub(crate) fn median(&self) -> Sample {
        let of = |pick: fn(&Sample) -> f64| median(self.0.iter().map(pick).collect());
        Sample { rate: of(|s| s.rate), p50: of(|s| s.p50), p99: of(|s| s.p99) }
    }

    /// The median over the rounds of this one's rate to that of its neighbour in time.
    pub(crate) fn rate_to(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(a, b)| a.rate / b.rate).collect())
    }

    /// As [`Self::rate_to`], of the 99th percentiles.
    pub(crate) fn p99_to(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(a, b)| a.p99 / b.p99).collect())
    }
}

/// The middle one; of an even number the upper.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Microseconds.
pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
