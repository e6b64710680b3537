//! Estimates tokens without a model's vocabulary.

/// Units per token. Sizes are counted in them, so that sizes of joined texts are sums.
pub(super) const QUARTERS: u64 = 4;

/// Estimates a text's tokens: one for each Chinese, Japanese or Korean character (with punctuation and
/// full-width forms), one for every four other characters, rounded up.
#[must_use]
pub fn token_estimate(text: &str) -> u32 {
    u32::try_from(quarters(text).div_ceil(QUARTERS)).unwrap_or(u32::MAX)
}

/// Returns the estimate in quarters of a token.
pub(super) fn quarters(text: &str) -> u64 {
    if text.is_ascii() {
        return text.len() as u64;
    }
    text.chars().map(|c| if is_wide(c) { QUARTERS } else { 1 }).sum()
}

/// Returns whether a character belongs to a script for which models use about one token a character.
pub(super) fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x11FF       // Hangul Jamo
        | 0x2E80..=0x2FFF     // radicals, Kangxi, ideographic description
        | 0x3001..=0xA4CF     // punctuation, kana, Bopomofo, Hangul Jamo, ideographs, Yi (not the ideographic space)
        | 0xA960..=0xA97F | 0xAC00..=0xD7FF // Hangul
        | 0xF900..=0xFAFF     // compatibility ideographs
        | 0xFE30..=0xFE4F | 0xFF01..=0xFFEF // vertical, full- and half-width forms
        | 0x1B000..=0x1B16F   // more kana
        | 0x20000..=0x3FFFF) // more ideographs
}
