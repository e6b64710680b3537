//! Formulas (MathML) in a line of text.

/// Returns the sign before a part of a formula, given the number of parts before it.
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

/// Returns whether the description of a formula is more than a converter's placeholder.
pub(super) fn says_something(words: &str) -> bool {
    let words = words.trim().to_lowercase();
    !words.is_empty() && !words.contains("not available") && !words.starts_with("alternative text")
}
