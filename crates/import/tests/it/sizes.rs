//! Texts of a kind that costs memory where each line is kept; the figures themselves come from the example `cost`.

use crate::{import, titles};

#[test]
fn a_text_of_line_breaks_is_read() {
    let text = "\n".repeat(2_000_000) + "A short text.\n";
    let book = import("a.txt", text.as_bytes()).unwrap();
    assert_eq!(book.chapters[0].source_text, "A short text.");
    assert_eq!(import("a.txt", "\n".repeat(2_000_000).as_bytes()).unwrap_err().code(), "no_text");
}

#[test]
fn every_kind_of_line_end_ends_a_line() {
    for end in ["\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"] {
        let text = ["第1話", "本文。", "", "\u{feff}第2話", "本文。"].join(end);
        let book = import("a.txt", text.as_bytes()).unwrap();
        assert_eq!(titles(&book), ["第1話", "第2話"], "{end:?}");
        assert_eq!(book.chapters[0].source_text, "本文。", "{end:?}");
    }
}
