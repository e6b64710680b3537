use serde::Deserialize;
use std::{num::NonZeroU32, time::Duration};

/// Options of the runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How long segments are.
    pub segments: crate::segment::Options,
    /// How many runs are worked on at once; others wait in the queue. 8 by default. A run that only waits for
    /// a provider's slot or for the end of a rate limit does not count. Each provider has its own limit of
    /// requests at once.
    pub max_active_runs: NonZeroU32,
    /// Interval between checkpoints of the text that streams in, in milliseconds. 1,000 by default.
    pub checkpoint_ms: NonZeroU32,
    /// Interval of polls for the queue and for runs that another server works on, in milliseconds. Polls
    /// happen even without a notification. 1,000 by default.
    pub poll_ms: NonZeroU32,
    /// Longest backoff before the first retry of a segment after a temporary fault, in milliseconds. 1,000 by
    /// default. It doubles with each retry, up to 30 seconds; each wait is random up to it. A wait that the
    /// provider asks for takes precedence.
    pub retry_ms: NonZeroU32,
    /// How long a run waits for rate limits in a row before it fails, in seconds. 900 by default. A wait that
    /// is known to be longer fails the run at once.
    pub rate_limit_s: u32,
    /// How often a run of a paused provider is let through, to find out whether the provider works again, in
    /// seconds. 300 by default.
    pub probe_s: NonZeroU32,
    /// How long a lease lasts without renewal, in seconds. 30 by default. It is renewed three times as often.
    pub lease_s: NonZeroU32,
    /// How long a stop waits for segments with an open request, in seconds. 5 by default. Unfinished segments
    /// begin again after the next start, or on another server.
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
