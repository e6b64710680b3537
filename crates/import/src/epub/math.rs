//! Formulas (MathML) in a line of text.

/// The sign before the part of a formula that follows `before` others.
pub(super) fn operator(element: &str, before: usize) -> Option<&'static str> {
    match (element, before) {
        ("mfrac", 2) => Some("/"),
        ("msup" | "mover", 2) => Some("^"),
        ("msub" | "munder", 2) => Some("_"),
        ("msubsup" | "munderover", 2) => Some("_"),
        ("msubsup" | "munderover", 3) => Some("^"),
        ("msqrt", 1) => Some("√"),
        _ => None,
    }
}

/// Whether the words for a formula are more than what a converter writes where it has none.
pub(super) fn says_something(words: &str) -> bool {
    let words = words.trim().to_lowercase();
    !words.is_empty() && !words.contains("not available") && !words.starts_with("alternative text")
}
