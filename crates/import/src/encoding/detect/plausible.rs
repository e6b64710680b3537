//! Checks whether bytes form text in the guessed encoding. Any bytes decode in some encoding, but those of
//! pictures and programs do not form words.

use crate::encoding::lossy;
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS};

/// Bytes of the file that are checked.
const SAMPLE: usize = 256 * 1024;

/// Returns whether the bytes may be text in the encoding. Input too short to decide is accepted.
pub(super) fn is_plausible(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let (text, _) = lossy(encoding, sample);
    has_text(&text)
        && if encoding.is_single_byte() { has_words(&text) } else { has_usual_letters(encoding, sample) }
}

/// Returns whether the text has enough letters, hardly any control characters, and no long runs of one
/// character.
fn has_text(text: &str) -> bool {
    const SHORT: usize = 20;
    let (mut letters, mut controls, mut all) = (0usize, 0usize, 0usize);
    let mut repeated = 0usize;
    let mut before = None;
    for c in text.chars() {
        all += 1;
        letters += usize::from(c.is_alphanumeric() || c.is_whitespace());
        controls +=
            usize::from(c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1a}' | '\u{1b}'));
        repeated += usize::from(before == Some(c) && !c.is_ascii() && c.is_alphanumeric());
        before = Some(c);
    }
    controls * 200 <= all && letters * 2 >= all && (all <= SHORT || repeated * 2 < all)
}

/// Returns whether words have a usual length, with capitals only at the start or throughout.
fn has_words(text: &str) -> bool {
    const SHORT: usize = 60;
    // Thai has spaces only between phrases.
    const LONGEST_MEAN: usize = 60;
    let (mut letters, mut words, mut pairs, mut turns) = (0usize, 0usize, 0usize, 0usize);
    let mut before: Option<char> = None;
    for c in text.chars() {
        if c.is_alphabetic() {
            letters += 1;
            match before {
                Some(last) => {
                    pairs += 1;
                    turns += usize::from(last.is_lowercase() && c.is_uppercase());
                }
                None => words += 1,
            }
        }
        before = c.is_alphabetic().then_some(c);
    }
    letters < SHORT || (letters <= words * LONGEST_MEAN && turns * 12 <= pairs)
}

/// Returns whether enough characters are common ones. In East Asian encodings these have their own ranges,
/// which random bytes seldom hit.
fn has_usual_letters(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    const SHORT: usize = 40;
    let (mut usual, mut all) = (0usize, 0usize);
    let mut at = 0;
    while let Some(lead) = bytes.get(at).copied() {
        let trail = bytes.get(at + 1).copied().unwrap_or_default();
        if lead < 0x81 {
            at += 1;
            continue;
        }
        all += 1;
        let high = trail >= 0xa1;
        let (is_usual, length) = if encoding == SHIFT_JIS {
            match lead {
                0xa1..=0xdf => (false, 1),
                _ => (matches!(lead, 0x81..=0x83 | 0x88..=0x97), 2),
            }
        } else if encoding == EUC_JP {
            match lead {
                0x8f => (false, 3),
                _ => (high && matches!(lead, 0xa1 | 0xa3..=0xa5 | 0xb0..=0xcf), 2),
            }
        } else if encoding == GB18030 {
            match trail {
                b'0'..=b'9' => (false, 4),
                _ => (high && matches!(lead, 0xa1 | 0xa3 | 0xb0..=0xd7), 2),
            }
        } else if encoding == BIG5 {
            (matches!(lead, 0xa1..=0xc6), 2)
        } else if encoding == EUC_KR {
            (high && matches!(lead, 0xa1 | 0xa3 | 0xb0..=0xc8), 2)
        } else {
            return true;
        };
        usual += usize::from(is_usual);
        at += length;
    }
    all < SHORT || usual * 20 >= all * 11
}
