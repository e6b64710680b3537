//! The cost of a run or an attempt in words.

use crate::ui::number::grouped;
use colophon_contract::Usage;

/// Returns `1,452 tokens (200 cached, 300 reasoning)`; the brackets only if the provider counted them.
pub fn tokens(usage: &Usage) -> String {
    let parts = [(usage.cached_tokens, "cached"), (usage.reasoning_tokens, "reasoning")];
    let parts: Vec<_> = parts
        .into_iter()
        .filter_map(|(count, name)| Some(format!("{} {name}", grouped(count.filter(|count| *count > 0)?))))
        .collect();
    let total = format!("{} tokens", grouped(usage.total_tokens));
    if parts.is_empty() { total } else { format!("{total} ({})", parts.join(", ")) }
}

/// Returns `$0.0123`, with the provider's own figure if it reported one.
pub fn cost(own: Option<&str>, reported: Option<&str>) -> Option<String> {
    match (own, reported) {
        (None, None) => None,
        (Some(own), None) => Some(format!("${own}")),
        (Some(own), Some(reported)) => Some(format!("${own} by the catalogue, ${reported} by the provider")),
        (None, Some(reported)) => Some(format!("${reported} by the provider")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_name_their_parts_where_they_were_counted() {
        let usage = |cached_tokens, reasoning_tokens| Usage {
            total_tokens: 1_452,
            cached_tokens,
            reasoning_tokens,
            ..Usage::default()
        };
        let cases = [
            (None, None, "1,452 tokens"),
            (Some(0), Some(0), "1,452 tokens"),
            (Some(1_000), None, "1,452 tokens (1,000 cached)"),
            (Some(200), Some(300), "1,452 tokens (200 cached, 300 reasoning)"),
        ];
        for (cached, reasoning, text) in cases {
            assert_eq!(tokens(&usage(cached, reasoning)), text);
        }
    }

    #[test]
    fn both_costs_say_whose_they_are() {
        assert_eq!(cost(None, None), None);
        assert_eq!(cost(Some("0.01"), None).as_deref(), Some("$0.01"));
        assert_eq!(cost(None, Some("0.02")).as_deref(), Some("$0.02 by the provider"));
        let both = cost(Some("0.01"), Some("0.02"));
        assert_eq!(both.as_deref(), Some("$0.01 by the catalogue, $0.02 by the provider"));
    }
}
