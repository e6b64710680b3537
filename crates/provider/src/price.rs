use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Maximum price, in US dollars per million tokens. The bound keeps sums in range.
const MAX_DOLLARS: f64 = 1_000_000.0;
const TOKENS_PER_MTOK: u128 = 1_000_000;
/// Maximum number of tokens of each kind accepted for one answer.
const MAX_TOKENS: u64 = 100_000_000;

/// The exact price of a million tokens.
///
/// Stored in nano-dollars per million tokens. So prices stay exact whose single token costs a fraction of a
/// nano-dollar (0.0375 dollars per million). Only a whole sum is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Price(u64);

/// Why a number is not a price.
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
    /// Reads US dollars per million tokens.
    ///
    /// Uses the shortest decimal that denotes the number: 0.15 is exactly 0.15.
    ///
    /// # Errors
    /// The number is negative, not finite, too large, or has more than nine decimals.
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

    /// Returns the price in nano-dollars per million tokens.
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

/// Token counts as reported by the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the messages, cached ones included.
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
    /// The provider's total; the sum of both if the provider reported no total.
    pub total_tokens: u64,
    /// Part of `prompt_tokens` that was read from the provider's cache; `None` if not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Part of `completion_tokens` that was reasoning; `None` if not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Reads a `usage`; `None` if a count is missing or above [`MAX_TOKENS`].
    ///
    /// Besides OpenAI's names it reads Anthropic's and Cohere's `input_tokens` and `output_tokens`. For
    /// cached tokens it also reads DeepSeek's `prompt_cache_hit_tokens`, Moonshot's `cached_tokens` and
    /// Anthropic's `cache_read_input_tokens`.
    pub(crate) fn from_json(usage: &Value) -> Option<Self> {
        let counts = if usage.get("billed_units").is_some() { &usage["billed_units"] } else { usage };
        let count = |names: &[&str]| names.iter().find_map(|name| tokens(counts.get(*name)?));
        let prompt_tokens = count(&["prompt_tokens", "input_tokens"])?;
        let completion_tokens = count(&["completion_tokens", "output_tokens"])?;
        let total = counts.get("total_tokens").and_then(tokens_up_to(2 * MAX_TOKENS));
        let total_tokens = total.unwrap_or(prompt_tokens + completion_tokens);
        let first = |pointers: &[&str]| pointers.iter().find_map(|it| tokens(usage.pointer(it)?));
        Some(Self {
            prompt_tokens,
            completion_tokens,
            total_tokens,
            cached_tokens: first(&[
                "/prompt_tokens_details/cached_tokens",
                "/prompt_cache_hit_tokens",
                "/cached_tokens",
                "/cache_read_input_tokens",
                "/input_tokens_details/cached_tokens",
            ]),
            reasoning_tokens: first(&[
                "/completion_tokens_details/reasoning_tokens",
                "/output_tokens_details/reasoning_tokens",
                "/reasoning_tokens",
            ]),
        })
    }

    /// Returns the billed output tokens. xAI does not count reasoning in `completion_tokens`; its total shows
    /// this.
    fn output_tokens(&self) -> u128 {
        let (completion, reasoning) =
            (u128::from(self.completion_tokens), u128::from(self.reasoning_tokens.unwrap_or_default()));
        let all = completion + reasoning;
        if u128::from(self.total_tokens) == u128::from(self.prompt_tokens) + all { all } else { completion }
    }

    /// Returns the cost in nano-dollars, rounded half up once. `None` if a price is unknown or the sum
    /// exceeds an `i64`. Cached tokens cost `cached`, or `input` if that is unknown.
    pub fn cost_nano(
        &self,
        input: Option<Price>,
        cached: Option<Price>,
        output: Option<Price>,
    ) -> Option<i64> {
        let input = input?;
        // Some servers do not include cached tokens in `prompt_tokens`.
        let from_cache = self.cached_tokens.unwrap_or_default().min(self.prompt_tokens);
        let prompt = u128::from(self.prompt_tokens - from_cache) * u128::from(input.0)
            + u128::from(from_cache) * u128::from(cached.unwrap_or(input).0);
        let completion = self.output_tokens() * u128::from(output?.0);
        i64::try_from((prompt + completion + TOKENS_PER_MTOK / 2) / TOKENS_PER_MTOK).ok()
    }
}

/// Reads a number of tokens. Some servers write it as `12.0`.
fn tokens(value: &Value) -> Option<u64> {
    tokens_up_to(MAX_TOKENS)(value)
}

fn tokens_up_to(max: u64) -> impl Fn(&Value) -> Option<u64> {
    move |value| {
        let whole = || value.as_f64().filter(|it| it.fract() == 0.0 && (0.0..=max as f64).contains(it));
        value.as_u64().or_else(|| whole().map(|it| it as u64)).filter(|tokens| *tokens <= max)
    }
}

/// Returns the cost that a provider reports with its usage, in nano-dollars: OpenRouter's `cost` or
/// Perplexity's `cost.total_cost`, in dollars. `None` if there is no valid cost.
pub(crate) fn reported_cost_nano(usage: &Value) -> Option<i64> {
    let cost = usage.get("cost")?;
    let cost = cost.get("total_cost").unwrap_or(cost);
    let dollars = cost.as_f64().or_else(|| cost.as_str()?.trim().parse().ok())?;
    // Costs are far below 2^53 nano-dollars, so rounding gives the exact number.
    (0.0..=MAX_DOLLARS).contains(&dollars).then(|| (dollars * 1e9).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(dollars: f64) -> Price {
        Price::from_dollars_per_mtok(dollars).unwrap()
    }

    fn usage(prompt_tokens: u64, completion_tokens: u64) -> Usage {
        Usage {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens + completion_tokens,
            ..Usage::default()
        }
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
        assert_eq!(usage(1000, 100).cost_nano(Some(price(0.15)), None, Some(price(0.60))), Some(210_000));
        assert_eq!(usage(1, 1).cost_nano(Some(price(0.0375)), None, Some(price(0.0375))), Some(75));
        assert_eq!(usage(1, 0).cost_nano(Some(price(0.0375)), None, Some(price(0.0))), Some(38));
        assert_eq!(usage(0, 0).cost_nano(Some(price(1.0)), None, Some(price(1.0))), Some(0));
    }

    #[test]
    fn a_cost_is_never_invented() {
        assert_eq!(usage(1, 1).cost_nano(None, None, Some(price(1.0))), None);
        assert_eq!(usage(1, 1).cost_nano(Some(price(1.0)), None, None), None);
        let huge = usage(u64::MAX / 2, u64::MAX / 2);
        assert_eq!(huge.cost_nano(Some(price(1_000_000.0)), None, Some(price(1_000_000.0))), None);
    }

    #[test]
    fn cached_tokens_have_their_own_price() {
        let cached = |cached_tokens| Usage { cached_tokens: Some(cached_tokens), ..usage(1000, 100) };
        let cost = |usage: Usage, cached| usage.cost_nano(Some(price(1.0)), cached, Some(price(2.0)));
        assert_eq!(cost(cached(400), Some(price(0.1))), Some(600_000 + 40_000 + 200_000));
        assert_eq!(cost(cached(400), None), Some(1_200_000));
        assert_eq!(cost(cached(9000), Some(price(0.1))), Some(100_000 + 200_000), "no more than there are");
        assert_eq!(usage(1, 1).cost_nano(None, Some(price(1.0)), Some(price(1.0))), None);
    }

    #[test]
    fn reasoning_is_paid_once_whoever_counts_it_how() {
        let cost = |usage: Usage| usage.cost_nano(Some(price(0.0)), None, Some(price(1.0)));
        let inside = Usage { reasoning_tokens: Some(80), ..usage(10, 100) };
        assert_eq!(cost(inside), Some(100_000));
        let beside = Usage { reasoning_tokens: Some(80), total_tokens: 190, ..usage(10, 100) };
        assert_eq!(cost(beside), Some(180_000));
    }

    #[test]
    fn a_cost_that_is_reported_is_read() {
        for (usage, cost) in [
            (serde_json::json!({"cost": 0.00014}), Some(140_000)),
            (serde_json::json!({"cost": 0}), Some(0)),
            (serde_json::json!({"cost": "0.5"}), Some(500_000_000)),
            (serde_json::json!({"cost": {"total_cost": 0.006}}), Some(6_000_000)),
            (serde_json::json!({"cost": null}), None),
            (serde_json::json!({"cost": -1}), None),
            (serde_json::json!({"cost": 1e300}), None),
            (serde_json::json!({}), None),
        ] {
            assert_eq!(reported_cost_nano(&usage), cost, "{usage}");
        }
    }

    #[test]
    fn usage_has_many_names() {
        let read = |json| Usage::from_json(&json).unwrap();
        let cached = |cached_tokens| Usage { cached_tokens: Some(cached_tokens), ..usage(9, 3) };
        for json in [
            serde_json::json!({"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}),
            serde_json::json!({"prompt_tokens": 9, "completion_tokens": 3, "prompt_cache_hit_tokens": 4}),
            serde_json::json!({"prompt_tokens": 9, "completion_tokens": 3, "cached_tokens": 4}),
            serde_json::json!({"input_tokens": 9, "output_tokens": 3.0, "cache_read_input_tokens": 4}),
        ] {
            assert_eq!(read(json.clone()), cached(4), "{json}");
        }
        assert_eq!(
            read(
                serde_json::json!({"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": null,
                "completion_tokens_details": {"reasoning_tokens": 2}})
            ),
            Usage { reasoning_tokens: Some(2), ..usage(9, 3) }
        );
        let cohere =
            serde_json::json!({"billed_units": {"input_tokens": 9, "output_tokens": 3}, "tokens": {}});
        assert_eq!(read(cohere), usage(9, 3));
        let nulls = serde_json::json!({"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": null}});
        assert_eq!(read(nulls), usage(9, 3));
    }

    #[test]
    fn usage_needs_both_counts() {
        let read = |json| Usage::from_json(&json);
        assert_eq!(read(serde_json::json!({"prompt_tokens": 2, "completion_tokens": 3})), Some(usage(2, 3)));
        assert_eq!(
            read(serde_json::json!({"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 9})),
            Some(Usage { total_tokens: 9, ..usage(2, 3) })
        );
        let most = usage(MAX_TOKENS, MAX_TOKENS);
        assert_eq!(read(serde_json::to_value(most).unwrap()), Some(most));
        assert_eq!(
            read(serde_json::json!({"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 1e12,
                "prompt_tokens_details": {"cached_tokens": 1e12}})),
            Some(usage(2, 3))
        );
        for broken in [
            serde_json::json!(null),
            serde_json::json!({}),
            serde_json::json!({"prompt_tokens": 2}),
            serde_json::json!({"prompt_tokens": -2, "completion_tokens": 3}),
            serde_json::json!({"prompt_tokens": 2.5, "completion_tokens": 3}),
            serde_json::json!({"prompt_tokens": u64::MAX, "completion_tokens": u64::MAX}),
            serde_json::json!({"prompt_tokens": 1_000_000_000_000_u64, "completion_tokens": 3}),
            serde_json::json!({"prompt_tokens": 2, "completion_tokens": 100_000_001}),
            serde_json::json!({"prompt_tokens": 2, "completion_tokens": 1e12}),
        ] {
            assert_eq!(read(broken.clone()), None, "{broken}");
        }
    }
}
