//! Characters allowed in names of users and tokens, and names that look alike, by Unicode's UTS 39. Not in
//! the web app.

use crate::rule::error;
use std::ops::RangeInclusive;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::{
    GeneralSecurityProfile as _, RestrictionLevel, RestrictionLevelDetection as _,
    confusable_detection::skeleton,
};
use validator::ValidationError;

/// Joiners, which Persian and Sinhala need, and variation selectors, which choose among forms of a character,
/// as in Japanese names. They belong to the character before and do not distinguish names. Unicode's rules
/// for identifiers leave them to the context (UAX 31, section 2.3).
const JOINED: &[RangeInclusive<char>] =
    &['\u{200c}'..='\u{200d}', '\u{fe00}'..='\u{fe0f}', '\u{e0100}'..='\u{e01ef}'];

/// Returns whether a character belongs to the one before it and does not distinguish names.
#[must_use]
pub fn is_joined(c: char) -> bool {
    JOINED.iter().any(|range| range.contains(&c))
}

/// Returns whether a character may be part of a word of a name: Unicode's General Security Profile for
/// identifiers (UTS 39, section 3.1). It has no invisible, unassigned, private or obsolete characters.
fn is_of_word(c: char) -> bool {
    c.identifier_allowed() && !c.is_ascii_punctuation()
}

/// Returns whether a character may stand between words: a space (in Japanese names also the wide one), ASCII
/// punctuation, an apostrophe or a middle dot.
fn is_between_words(c: char) -> bool {
    c == ' ' || c == '\u{3000}' || c.is_ascii_punctuation() || c == '’' || c == '·' || c == '・'
}

/// Checks the part of [`crate::rule::account_name`] that needs Unicode's tables.
pub(crate) fn check_characters(text: &str) -> Result<(), ValidationError> {
    let mut word = String::new();
    let mut before = ' ';
    // Joiners are checked by their place, all other characters by what they stand for (NFKC).
    for c in text.chars() {
        if is_joined(c) {
            if is_between_words(before) {
                return Err(not_allowed(c));
            }
            continue;
        }
        for plain in std::iter::once(c).nfkc() {
            if is_of_word(plain) {
                word.push(plain);
            } else if is_between_words(plain) {
                refuse_mixed_scripts(&std::mem::take(&mut word))?;
            } else {
                return Err(not_allowed(c));
            }
        }
        before = c;
    }
    refuse_mixed_scripts(&word)
}

fn not_allowed(c: char) -> ValidationError {
    let message = format!(
        "must not contain U+{:04X}: names have letters, digits, spaces and common punctuation",
        u32::from(c)
    );
    ValidationError::new("character_not_allowed").with_message(message.into())
}

fn refuse_mixed_scripts(word: &str) -> Result<(), ValidationError> {
    if word.is_empty() || word.check_restriction_level(RestrictionLevel::HighlyRestrictive) {
        return Ok(());
    }
    Err(error("scripts_mixed", "must not mix scripts, such as Latin and Cyrillic, within one word"))
}

/// Returns a text that is equal for two names that look alike (UTS 39, section 4).
#[must_use]
pub fn skeleton_of(name: &str) -> String {
    skeleton(name).collect()
}
