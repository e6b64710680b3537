//! Decides when a segment is tried again.

use crate::options::Options;
use chrono::{DateTime, SecondsFormat, Utc};
use colophon_provider::{Fault, FaultKind, Retry};
use std::time::{Duration, Instant};
use tokio_retry2::strategy::{ExponentialBackoff, jitter_range};

/// The first try and the retries after temporary faults; tries that met a rate limit do not count.
const TRIES: usize = 4;
/// The longest backoff, in milliseconds.
const LONGEST_MS: u64 = 30_000;
/// The longest backoff after a rate limit, in milliseconds.
const LONGEST_RATE_LIMIT_MS: u64 = 60_000;
/// After this many rate limits in a row, the wait is at least the backoff, even if the provider asks for a
/// shorter wait or for none.
const TRUSTED_WAITS: u32 = 3;

type Delays = Box<dyn Iterator<Item = Duration> + Send>;

/// What to do after a fault.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Try again after this time.
    Wait(Duration),
    /// Try again after this time because of a rate limit: the run waits, and an event says so.
    Rest(Duration),
    /// Prepare the request again and send it at once.
    Prepare,
    /// Do not try again; the text is added to the fault's message.
    GiveUp(Option<String>),
}

/// The state of the retries of one segment.
pub(super) struct Waits {
    own: Delays,
    rate_limited: Delays,
    /// How long a run waits for rate limits in a row before it fails.
    patience: Duration,
    /// When the first rate limit was met, and how many there were in a row.
    limited: Option<(Instant, u32)>,
    /// Whether the only retry after an answer of nothing but reasoning was made. `prepared` says the same of
    /// the retry with a new request.
    tried_once: bool,
    prepared: bool,
}

impl Waits {
    /// Full jitter: the wait is a random time from zero to a limit that doubles each time. Runs that failed
    /// together then do not retry together. After a rate limit, the wait is at least half of the limit.
    pub(super) fn new(options: &Options) -> Self {
        // The first delay is the base times the factor.
        let limits = || ExponentialBackoff::from_millis(2).factor(u64::from(options.retry_ms.get()) / 2);
        let own = limits().max_delay_millis(LONGEST_MS).map(jitter_range(0.0, 1.0)).take(TRIES - 1);
        let rate_limited = limits().max_delay_millis(LONGEST_RATE_LIMIT_MS).map(jitter_range(0.5, 1.0));
        Self {
            own: Box::new(own),
            rate_limited: Box::new(rate_limited),
            patience: options.rate_limit(),
            limited: None,
            tried_once: false,
            prepared: false,
        }
    }

    /// Returns what to do after a fault that came at `now`.
    pub(super) fn after(&mut self, fault: &Fault, now: Instant) -> Next {
        match fault.retry {
            Retry::Never => Next::GiveUp(None),
            Retry::Prepare if std::mem::replace(&mut self.prepared, true) => Next::GiveUp(None),
            Retry::Prepare => Next::Prepare,
            Retry::Once if std::mem::replace(&mut self.tried_once, true) => Next::GiveUp(None),
            _ if fault.kind == FaultKind::RateLimited => self.after_rate_limit(fault, now),
            _ => match self.own.next() {
                Some(own) => {
                    Next::Wait(fault.retry_after.filter(|asked| *asked <= self.patience).unwrap_or(own))
                }
                None => Next::GiveUp(None),
            },
        }
    }

    /// Waits out rate limits for up to [`Options::rate_limit_s`].
    fn after_rate_limit(&mut self, fault: &Fault, now: Instant) -> Next {
        let asked = fault.retry_after;
        if fault.is_long_wait || asked.is_some_and(|asked| asked > self.patience) {
            return Next::GiveUp(Some(too_long(fault, Utc::now())));
        }
        let (since, met) = self.limited.map_or((now, 1), |(since, met)| (since, met + 1));
        self.limited = Some((since, met));
        let rested = now.saturating_duration_since(since);
        if rested >= self.patience {
            let minutes = rested.as_secs().div_ceil(60).max(1);
            return Next::GiveUp(Some(format!(
                "It has asked so for {minutes} minutes. Resume the run later, or set a lower `requests_per_minute`."
            )));
        }
        let own = self.rate_limited.next().unwrap_or(Duration::from_millis(LONGEST_RATE_LIMIT_MS));
        Next::Rest(match asked {
            Some(asked) if met <= TRUSTED_WAITS => asked,
            Some(asked) => asked.max(own),
            None => own,
        })
    }
}

/// Says that a wait is longer than a run may wait, and when it ends if that is known.
fn too_long(fault: &Fault, now: DateTime<Utc>) -> String {
    // Google sends a short `retry_after` with a daily limit: that is not the end of the limit.
    let asked =
        fault.retry_after.filter(|asked| !fault.is_long_wait || *asked > Duration::from_secs(15 * 60));
    let end = asked.and_then(|asked| now.checked_add_signed(chrono::Duration::from_std(asked).ok()?));
    match end {
        Some(end) => format!(
            "It can be asked again at {}: resume the run then.",
            end.to_rfc3339_opts(SecondsFormat::Secs, true)
        ),
        None => "Its limit holds for a day or longer: resume the run after it is renewed.".to_owned(),
    }
}

/// Returns the time after a wait that begins now, to the second: `2026-11-30T05:40:00Z`.
pub(super) fn time_after(wait: Duration) -> String {
    let end = chrono::Duration::from_std(wait).ok().and_then(|wait| Utc::now().checked_add_signed(wait));
    end.unwrap_or(DateTime::<Utc>::MAX_UTC).to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limited(retry_after: Option<Duration>) -> Fault {
        Fault { retry_after, ..Fault::new(FaultKind::RateLimited) }
    }

    proptest! {
        #[test]
        fn four_tries_at_most_thirty_seconds_apart(retry_ms in 1..=u32::MAX) {
            let options = Options { retry_ms: retry_ms.try_into().expect("not zero"), ..Options::default() };
            let mut waits = Waits::new(&options);
            let (fault, now) = (Fault::new(FaultKind::ServerError), Instant::now());
            let limits = [1, 2, 4].map(|factor| (u64::from(retry_ms) * factor).min(LONGEST_MS));
            for limit in limits {
                let Next::Wait(wait) = waits.after(&fault, now) else { panic!("another try") };
                prop_assert!(wait <= Duration::from_millis(limit), "{wait:?} > {limit}");
            }
            prop_assert_eq!(waits.after(&fault, now), Next::GiveUp(None));
        }

        #[test]
        fn a_rate_limit_is_borne_for_fifteen_minutes(asked in proptest::option::of(0_u64..900)) {
            let mut waits = Waits::new(&Options::default());
            let (begun, fault) = (Instant::now(), limited(asked.map(Duration::from_secs)));
            let (mut now, mut tries) = (begun, 0);
            loop {
                match waits.after(&fault, now) {
                    Next::Rest(wait) => {
                        prop_assert!(wait <= MINUTE || wait == fault.retry_after.expect("asked for"));
                        (now, tries) = (now + wait, tries + 1);
                    }
                    Next::GiveUp(Some(why)) => {
                        prop_assert!(now - begun >= 15 * MINUTE && why.contains("minutes"), "{why}");
                        break;
                    }
                    other => panic!("{other:?}"),
                }
                prop_assert!(tries < 100, "a provider that asks for no wait is not asked without end");
            }
        }
    }

    #[test]
    fn the_providers_wait_wins_and_what_does_not_pass_is_not_tried_again() {
        let now = Instant::now();
        let mut waits = Waits::new(&Options::default());
        assert_eq!(
            waits.after(&limited(Some(35 * Duration::from_secs(1))), now),
            Next::Rest(35 * Duration::from_secs(1))
        );
        assert_eq!(waits.after(&limited(Some(Duration::ZERO)), now), Next::Rest(Duration::ZERO));
        let busy = Fault { retry_after: Some(2 * MINUTE), ..Fault::new(FaultKind::ServerError) };
        assert_eq!(waits.after(&busy, now), Next::Wait(2 * MINUTE));
        for kind in FaultKind::ALL.iter().filter(|kind| !kind.retryable()) {
            let after = Waits::new(&Options::default()).after(&Fault::new(*kind), now);
            assert_eq!(after, Next::GiveUp(None), "{kind:?}");
        }
    }

    #[test]
    fn a_wait_that_is_known_to_be_long_is_not_begun_and_its_end_is_named() {
        let now = Instant::now();
        let day = limited(Some(Duration::from_secs(24 * 60 * 60)));
        let Next::GiveUp(Some(why)) = Waits::new(&Options::default()).after(&day, now) else {
            panic!("waits")
        };
        let tomorrow = (Utc::now() + chrono::Duration::days(1)).format("%Y-%m-%dT%H:").to_string();
        assert!(why.contains(&tomorrow), "{why}");
        let mut google = limited(Some(Duration::from_secs(35)));
        google.is_long_wait = true;
        let Next::GiveUp(Some(why)) = Waits::new(&Options::default()).after(&google, now) else {
            panic!("waits")
        };
        assert!(why.contains("a day or longer"), "{why}");
    }

    #[test]
    fn reasoning_alone_and_another_request_are_tried_once_more() {
        let (now, mut waits) = (Instant::now(), Waits::new(&Options::default()));
        let empty = Fault { retry: Retry::Once, ..Fault::new(FaultKind::EmptyAnswer) };
        assert!(matches!(waits.after(&empty, now), Next::Wait(_)));
        assert_eq!(waits.after(&empty, now), Next::GiveUp(None));
        let refused = Fault { retry: Retry::Prepare, ..Fault::new(FaultKind::Refused) };
        assert_eq!(waits.after(&refused, now), Next::Prepare);
        assert_eq!(waits.after(&refused, now), Next::GiveUp(None));
    }

    #[test]
    fn waits_differ_by_chance() {
        let fault = Fault::new(FaultKind::ServerError);
        let options = Options { retry_ms: 1_000_000_000.try_into().expect("not zero"), ..Options::default() };
        let after = |_| match Waits::new(&options).after(&fault, Instant::now()) {
            Next::Wait(wait) => wait,
            other => panic!("{other:?}"),
        };
        let waits: std::collections::HashSet<_> = (0..20).map(after).collect();
        assert!(waits.len() > 1, "{waits:?}");
    }
}
