use serde::{Deserialize, Serialize};

/// Nothing costs more, in US dollars for a million tokens: a bound that keeps sums in range.
const MAX_DOLLARS: f64 = 1_000_000.0;
const TOKENS_PER_MTOK: u128 = 1_000_000;
/// A provider that claims more tokens than this for one answer is not to be believed.
const MAX_TOKENS: u64 = 1_000_000_000_000;

/// What a million tokens cost, exactly.
///
/// Kept in nano-dollars for a million tokens, so that prices whose single token costs a fraction of a
/// nano-dollar (0.0375 dollars a million) stay exact; only a whole sum is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Price(u64);

/// Why a number is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Negative, not a number, or over a million dollars.
    #[error("a price is between 0 and 1000000 US dollars for a million tokens")]
    OutOfRange,
    /// More than nine decimals.
    #[error("a price has at most nine decimals")]
    TooFine,
}

impl Price {
    /// Reads US dollars for a million tokens.
    ///
    /// The shortest decimal that denotes the number is taken as what was written: 0.15 is exactly 0.15.
    ///
    /// # Errors
    /// When it is negative, not finite, too large, or has more than nine decimals.
    pub fn from_dollars_per_mtok(dollars: f64) -> Result<Self, PriceError> {
        if !(0.0..=MAX_DOLLARS).contains(&dollars) {
            return Err(PriceError::OutOfRange);
        }
        let written = dollars.abs().to_string();
        let (whole, decimals) = written.split_once('.').unwrap_or((&written, ""));
        if decimals.len() > 9 {
            return Err(PriceError::TooFine);
        }
        format!("{whole}{decimals:0<9}").parse().map(Self).map_err(|_| PriceError::OutOfRange)
    }

    /// In nano-dollars for a million tokens.
    pub fn nano_per_mtok(self) -> u64 {
        self.0
    }
}

impl TryFrom<f64> for Price {
    type Error = PriceError;

    fn try_from(dollars: f64) -> Result<Self, PriceError> {
        Self::from_dollars_per_mtok(dollars)
    }
}

/// Tokens, as the provider counted them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the messages.
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
    /// Both, as the provider said; their sum where it said only the two.
    pub total_tokens: u64,
}

impl Usage {
    /// Reads a chunk's `usage`; `None` where it lacks a count or has one that cannot be.
    pub(crate) fn from_json(usage: &serde_json::Value) -> Option<Self> {
        let count = |name: &str| usage.get(name)?.as_u64().filter(|tokens| *tokens <= MAX_TOKENS);
        let (prompt_tokens, completion_tokens) = (count("prompt_tokens")?, count("completion_tokens")?);
        let total_tokens = count("total_tokens").unwrap_or(prompt_tokens + completion_tokens);
        Some(Self { prompt_tokens, completion_tokens, total_tokens })
    }

    /// What it costs in nano-dollars, rounded half up once; `None` where a price is not known, or the sum
    /// is out of the range of an `i64`.
    pub fn cost_nano(&self, input: Option<Price>, output: Option<Price>) -> Option<i64> {
        let prompt = u128::from(self.prompt_tokens) * u128::from(input?.0);
        let completion = u128::from(self.completion_tokens) * u128::from(output?.0);
        i64::try_from((prompt + completion + TOKENS_PER_MTOK / 2) / TOKENS_PER_MTOK).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(dollars: f64) -> Price {
        Price::from_dollars_per_mtok(dollars).unwrap()
    }

    fn usage(prompt_tokens: u64, completion_tokens: u64) -> Usage {
        Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(price(0.15).nano_per_mtok(), 150_000_000);
        assert_eq!(price(0.1).nano_per_mtok(), 100_000_000);
        assert_eq!(price(0.0375).nano_per_mtok(), 37_500_000);
        assert_eq!(price(75.0).nano_per_mtok(), 75_000_000_000);
        assert_eq!(price(0.000_000_001).nano_per_mtok(), 1);
        assert_eq!(price(0.0).nano_per_mtok(), 0);
        assert_eq!(price(-0.0).nano_per_mtok(), 0);
        assert_eq!(price(1_000_000.0).nano_per_mtok(), 1_000_000_000_000_000);
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for dollars in [-0.01, f64::NAN, f64::INFINITY, 1_000_000.5, 1e300] {
            assert_eq!(Price::from_dollars_per_mtok(dollars), Err(PriceError::OutOfRange), "{dollars}");
        }
        assert_eq!(Price::from_dollars_per_mtok(0.000_000_000_1), Err(PriceError::TooFine));
    }

    #[test]
    fn a_cost_is_summed_exactly_and_rounded_once() {
        assert_eq!(usage(1000, 100).cost_nano(Some(price(0.15)), Some(price(0.60))), Some(210_000));
        assert_eq!(usage(1, 1).cost_nano(Some(price(0.0375)), Some(price(0.0375))), Some(75));
        assert_eq!(usage(1, 0).cost_nano(Some(price(0.0375)), Some(price(0.0))), Some(38));
        assert_eq!(usage(0, 0).cost_nano(Some(price(1.0)), Some(price(1.0))), Some(0));
    }

    #[test]
    fn a_cost_is_never_invented() {
        assert_eq!(usage(1, 1).cost_nano(None, Some(price(1.0))), None);
        assert_eq!(usage(1, 1).cost_nano(Some(price(1.0)), None), None);
        let huge = usage(MAX_TOKENS, MAX_TOKENS);
        assert_eq!(huge.cost_nano(Some(price(1_000_000.0)), Some(price(1_000_000.0))), None);
    }

    #[test]
    fn usage_needs_both_counts() {
        let read = |json| Usage::from_json(&json);
        assert_eq!(read(serde_json::json!({"prompt_tokens": 2, "completion_tokens": 3})), Some(usage(2, 3)));
        assert_eq!(
            read(serde_json::json!({"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 9})),
            Some(Usage { prompt_tokens: 2, completion_tokens: 3, total_tokens: 9 })
        );
        for broken in [
            serde_json::json!(null),
            serde_json::json!({}),
            serde_json::json!({"prompt_tokens": 2}),
            serde_json::json!({"prompt_tokens": -2, "completion_tokens": 3}),
            serde_json::json!({"prompt_tokens": 2.5, "completion_tokens": 3}),
            serde_json::json!({"prompt_tokens": u64::MAX, "completion_tokens": u64::MAX}),
        ] {
            assert_eq!(read(broken.clone()), None, "{broken}");
        }
    }
}
