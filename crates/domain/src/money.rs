//! Money: whole nano-dollars internally, a decimal string externally.

/// Returns US dollars as an exact decimal without trailing zeros: `1_234_000` nano-dollars are `0.001234`.
/// Takes `i128`, because a sum may exceed the range of its parts.
#[must_use]
pub fn usd(nano: impl Into<i128>) -> String {
    let nano: i128 = nano.into();
    let sign = if nano < 0 { "-" } else { "" };
    let nano = nano.unsigned_abs();
    let text = format!("{sign}{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nano_dollars_become_decimals() {
        for (nano, text) in [
            (0_i64, "0"),
            (1, "0.000000001"),
            (1_234_000, "0.001234"),
            (2_500_000_000, "2.5"),
            (10_000_000_000, "10"),
            (-5, "-0.000000005"),
            (i64::MIN, "-9223372036.854775808"),
        ] {
            assert_eq!(usd(nano), text);
        }
        assert_eq!(usd(3 * i128::from(i64::MAX)), "27670116110.564327421");
    }
}
