use serde::Deserialize;
use std::{num::NonZeroU32, time::Duration};

/// How runs are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How long segments are.
    pub segments: crate::segment::Options,
    /// How many runs are worked on at once; others wait in the queue. 8 by default. A run that only waits, for a
    /// provider's slot or for the end of a rate limit, does not count. How many requests a provider gets at once is the
    /// provider's own limit.
    pub max_active_runs: NonZeroU32,
    /// How often the text that streams in is written down, in milliseconds. 1,000 by default.
    pub checkpoint_ms: NonZeroU32,
    /// How often the queue, and runs which another server works on, are looked at, in milliseconds, even if
    /// nobody tells of a change. 1,000 by default.
    pub poll_ms: NonZeroU32,
    /// How long the second try at a segment waits at most after a fault that may pass, in milliseconds. 1,000
    /// by default. Later ones wait up to twice as long each time, never over 30 seconds, and each as long as
    /// chance has it; what the provider asks for wins.
    pub retry_ms: NonZeroU32,
    /// How long a run waits for a provider that asks to slow down before it fails, in seconds. 900 by default. A wait
    /// that is known to be longer fails it at once.
    pub rate_limit_s: u32,
    /// How often a run of a paused provider is let through, to find out whether it can go on, in seconds.
    /// 300 by default.
    pub probe_s: NonZeroU32,
    /// How long a run is ours without a sign of life, in seconds. 30 by default; a sign is given three
    /// times as often.
    pub lease_s: NonZeroU32,
    /// How long a stop waits for segments that are with a model, in seconds. 5 by default. What is not
    /// done by then begins anew after the next start, or on another server.
    pub stop_grace_s: u32,
}

impl Default for Options {
    fn default() -> Self {
        const fn at_least_one(n: u32) -> NonZeroU32 {
            NonZeroU32::MIN.saturating_add(n - 1)
        }
        Self {
            segments: crate::segment::Options::default(),
            max_active_runs: at_least_one(8),
            checkpoint_ms: at_least_one(1_000),
            poll_ms: at_least_one(1_000),
            retry_ms: at_least_one(1_000),
            rate_limit_s: 15 * 60,
            probe_s: at_least_one(300),
            lease_s: at_least_one(30),
            stop_grace_s: 5,
        }
    }
}

impl Options {
    pub(crate) fn checkpoint(&self) -> Duration {
        Duration::from_millis(u64::from(self.checkpoint_ms.get()))
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(u64::from(self.poll_ms.get()))
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.lease_s.get()))
    }

    pub(crate) fn rate_limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.rate_limit_s))
    }

    pub(crate) fn probe(&self) -> Duration {
        Duration::from_secs(u64::from(self.probe_s.get()))
    }

    pub(crate) fn stop_grace(&self) -> Duration {
        Duration::from_secs(u64::from(self.stop_grace_s))
    }
}
