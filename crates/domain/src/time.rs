//! The clock: UTC in whole microseconds, on both engines.

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use colophon_contract::Timestamp;

/// Returns the current time in whole microseconds, the precision of PostgreSQL, so that stored times are read
/// back equal.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Returns RFC 3339 with exactly six decimals and `Z`.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp(time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// [`timestamp`] of an optional time.
pub(crate) fn optional(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_has_six_decimals_and_z() {
        let time = DateTime::from_timestamp(1_795_362_228, 1_999).expect("a time");
        assert_eq!(timestamp(time.trunc_subsecs(6)).0, "2026-11-22T15:43:48.000001Z");
        assert_eq!(now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
