//! The result of an answer.

use serde::{Deserialize, Serialize};

use crate::price::Usage;

/// Maximum length of stored reasoning from a field of its own, in bytes of UTF-8. For longer reasoning, the
/// first characters, the full length and the hash are stored.
pub const MAX_REASONING_BYTES: usize = 256_000;

/// Our class of a provider's finish reason. The table of words is in `finish.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model was done: `stop`, `STOP`, `end_turn`, `eos` …
    Done,
    /// The answer was cut at a limit of tokens: `length`, `MAX_TOKENS`, `model_length` …
    Truncated,
    /// A content filter stopped the answer: `content_filter`, `SAFETY`, `sensitive` …
    Filtered,
    /// Any other word: `abort`, `tool_calls` …
    Other,
}

impl Finish {
    /// All classes.
    pub const ALL: &'static [Self] = &[Self::Done, Self::Truncated, Self::Filtered, Self::Other];

    /// Returns the name, as stored: `done`, `truncated`, `filtered` or `other`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Truncated => "truncated",
            Self::Filtered => "filtered",
            Self::Other => "other",
        }
    }
}

/// Characters of the content that are not part of the text: reasoning, its tags, and the white space after
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// The number of code points of the *text* (without removed characters) before these characters. Pieces
    /// are sorted by offset; pieces with the same offset are in the order of the content.
    pub offset: usize,
    /// The characters. Never empty; U+0000 is replaced by U+FFFD.
    pub text: String,
}

/// Reasoning from a field of its own (`reasoning_content`, `reasoning`, thinking parts of a list).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoning {
    /// Its first [`MAX_REASONING_BYTES`] bytes, cut between characters; U+0000 is replaced by U+FFFD.
    pub text: String,
    /// Its full length in bytes of UTF-8.
    pub bytes: u64,
    /// SHA-256 of the full reasoning, in hexadecimal (lower case).
    pub sha256: String,
}

/// The result of an answer. If the answer broke off, the fields hold everything received before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// The translation: the content without the removed characters. It equals all
    /// [`Event::Delta`](crate::Event::Delta)s after the last [`Event::Replaced`](crate::Event::Replaced),
    /// joined.
    pub text: String,
    /// The removed characters. [`restore_content`] rebuilds the content from them.
    pub removed: Vec<Removed>,
    /// SHA-256 of the content as received (U+0000 replaced by U+FFFD), in hexadecimal (lower case). Always
    /// the hash of [`restore_content`] of `text` and `removed`; `None` only if no answer began.
    pub content_sha256: Option<String>,
    /// Reasoning from a field of its own; `None` if there was none.
    pub reasoning: Option<Reasoning>,
    /// The provider's own finish reason, 1 to 64 ASCII characters, or `unknown` if it was anything else.
    /// `None` if the provider gave none.
    pub finish_reason: Option<String>,
    /// Our class of `finish_reason`. `None` if the provider gave none. [`Finish::Done`] without a word if the
    /// answer was not cut off at a provider with `finish_reason = "optional"`.
    pub finish: Option<Finish>,
    /// The token counts; `None` if the provider gave none.
    pub usage: Option<Usage>,
    /// The cost that the provider itself reported (`usage.cost` of OpenRouter), in nano-dollars.
    pub reported_cost_nano: Option<i64>,
    /// The provider's id for the answer.
    pub response_id: Option<String>,
    /// The model that answered, as the provider reports it.
    pub reported_model: Option<String>,
}

/// Puts removed characters back into a text. Returns the content as received, byte for byte, U+0000 replaced.
///
/// `None` if the pieces are not sorted by offset or an offset is after the end of the text.
#[must_use]
pub fn restore_content(text: &str, removed: &[Removed]) -> Option<String> {
    let mut content =
        String::with_capacity(text.len() + removed.iter().map(|it| it.text.len()).sum::<usize>());
    let (mut rest, mut offset) = (text, 0);
    for piece in removed {
        let characters = piece.offset.checked_sub(offset)?;
        let at = match characters {
            0 => 0,
            _ => rest.char_indices().nth(characters - 1).map(|(at, last)| at + last.len_utf8())?,
        };
        content.push_str(&rest[..at]);
        content.push_str(&piece.text);
        (rest, offset) = (&rest[at..], piece.offset);
    }
    content.push_str(rest);
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(offset: usize, text: &str) -> Removed {
        Removed { offset, text: text.to_owned() }
    }

    #[test]
    fn removed_characters_go_back_to_their_places() {
        let removed = [piece(0, "<think>a</think>"), piece(0, "\n"), piece(2, "é"), piece(4, "!")];
        assert_eq!(restore_content("銀河ab", &removed).as_deref(), Some("<think>a</think>\n銀河éab!"));
        assert_eq!(restore_content("銀河", &[]).as_deref(), Some("銀河"));
        assert_eq!(restore_content("", &[piece(0, "x")]).as_deref(), Some("x"));
    }

    #[test]
    fn offsets_that_cannot_be_are_refused() {
        assert_eq!(restore_content("ab", &[piece(3, "x")]), None);
        assert_eq!(restore_content("ab", &[piece(2, "x"), piece(1, "y")]), None);
    }
}
