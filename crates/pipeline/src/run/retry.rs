//! When a segment is tried again.

use crate::options::Options;
use colophon_provider::Fault;
use std::time::Duration;
use tokio_retry2::strategy::{ExponentialBackoff, jitter_range};

/// The first one and those after it.
const TRIES: usize = 4;
/// The longest of our own waits, in milliseconds.
const LONGEST_MS: u64 = 30_000;
/// The longest that a provider may ask for. A run that waited longer would keep its place from others and look as if
/// it hung: it fails and can be resumed.
const LONGEST_ASKED: Duration = Duration::from_secs(15 * 60);

/// The waits before the second try and those after it.
pub(super) struct Waits(Box<dyn Iterator<Item = Duration> + Send>);

impl Waits {
    /// Full jitter: anything from nothing to a limit that doubles each time, so that runs which failed together
    /// do not come back together.
    pub(super) fn new(options: &Options) -> Self {
        // Its first wait is the base times the factor.
        let limits = ExponentialBackoff::from_millis(2).factor(u64::from(options.retry_ms.get()) / 2);
        Self(Box::new(limits.max_delay_millis(LONGEST_MS).map(jitter_range(0.0, 1.0)).take(TRIES - 1)))
    }

    /// How long to wait before another try; `None` where none is worth it. What the provider asks for wins, up to
    /// [`LONGEST_ASKED`].
    pub(super) fn after(&mut self, fault: &Fault) -> Option<Duration> {
        if !fault.retryable() {
            return None;
        }
        let own = self.0.next()?;
        Some(fault.retry_after.unwrap_or(own)).filter(|wait| *wait <= LONGEST_ASKED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_provider::FaultKind;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn four_tries_at_most_thirty_seconds_apart(retry_ms in 1..=u32::MAX) {
            let options = Options { retry_ms: retry_ms.try_into().expect("not zero"), ..Options::default() };
            let mut waits = Waits::new(&options);
            let limits = [1, 2, 4].map(|factor| (u64::from(retry_ms) * factor).min(LONGEST_MS));
            for limit in limits {
                let wait = waits.after(&Fault::new(FaultKind::ServerError)).expect("another try");
                prop_assert!(wait <= Duration::from_millis(limit), "{wait:?} > {limit}");
            }
            prop_assert_eq!(waits.after(&Fault::new(FaultKind::ServerError)), None);
        }
    }

    #[test]
    fn the_providers_wish_wins_and_what_does_not_pass_is_not_tried_again() {
        let mut waits = Waits::new(&Options::default());
        let mut fault = Fault::new(FaultKind::RateLimited);
        fault.retry_after = Some(Duration::from_secs(90));
        assert_eq!(waits.after(&fault), fault.retry_after);
        fault.retry_after = Some(Duration::ZERO);
        assert_eq!(waits.after(&fault), Some(Duration::ZERO));
        fault.retry_after = Some(Duration::from_secs(24 * 60 * 60));
        assert_eq!(waits.after(&fault), None, "nobody waits for a day");
        for kind in FaultKind::ALL.iter().filter(|kind| !kind.retryable()) {
            assert_eq!(Waits::new(&Options::default()).after(&Fault::new(*kind)), None, "{kind:?}");
        }
    }

    #[test]
    fn waits_differ_by_chance() {
        let fault = Fault::new(FaultKind::ServerError);
        let options = Options { retry_ms: 1_000_000_000.try_into().expect("not zero"), ..Options::default() };
        let waits: std::collections::HashSet<_> =
            (0..20).filter_map(|_| Waits::new(&options).after(&fault)).collect();
        assert!(waits.len() > 1, "{waits:?}");
    }
}
