//! Limits and pure rules, one place for the server's extractors, the forms and the documents.
//! Lengths are in Unicode code points unless said.

use validator::ValidationError;

/// Names and titles.
pub const NAME_MAX: u64 = 255;
/// A prompt template.
pub const TEMPLATE_MAX: u64 = 50_000;
/// A version's note.
pub const NOTE_MAX: u64 = 500;
/// `parameters` as canonical JSON (RFC 8785), in bytes.
pub const PARAMETERS_MAX_BYTES: usize = 16 * 1024;
/// Levels of nesting in `parameters`, itself the first.
pub const PARAMETERS_MAX_DEPTH: usize = 16;
/// A chapter's source text.
pub const SOURCE_TEXT_MAX: u64 = 1_000_000;
/// An imported file, in bytes.
pub const FILE_MAX_BYTES: usize = 20 * 1000 * 1000;
/// A password.
pub const PASSWORD_MIN: u64 = 10;
/// A password; longer ones cost the hash more than they add.
pub const PASSWORD_MAX: u64 = 256;
/// A language tag (RFC 5646 asks implementations for at least 35).
pub const LANGUAGE_MAX: usize = 35;
/// An `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_MAX: usize = 255;

fn error(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

/// Whether text is empty or only white space, by Unicode: a segment of it has nothing to translate, which the
/// database checks too.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Refuses text that is empty or only white space.
///
/// # Errors
/// `blank`.
pub fn not_blank(text: &str) -> Result<(), ValidationError> {
    if is_blank(text) { Err(error("blank", "must not be blank")) } else { Ok(()) }
}

/// Refuses what cannot be a language tag by the shape of RFC 5646: subtags of 1 to 8 ASCII letters or
/// digits joined by `-`, the first of 2 to 8 letters. Whether the subtags are registered is not checked.
///
/// # Errors
/// `language_invalid`.
pub fn language_tag(tag: &str) -> Result<(), ValidationError> {
    let mut subtags = tag.split('-');
    let first = subtags.next().unwrap_or_default();
    let ok = tag.len() <= LANGUAGE_MAX
        && (2..=8).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && subtags.all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()));
    if ok {
        Ok(())
    } else {
        Err(error("language_invalid", "must be a language tag such as `ja`, `en` or `zh-Hant`"))
    }
}

/// Refuses control characters, which names and titles have no use for.
///
/// # Errors
/// `control_character`.
pub fn no_controls(text: &str) -> Result<(), ValidationError> {
    if text.chars().any(char::is_control) {
        Err(error("control_character", "must not contain control characters or line breaks"))
    } else {
        Ok(())
    }
}

/// The rule for names and titles: not blank, no control characters.
///
/// # Errors
/// As [`not_blank`] and [`no_controls`].
pub fn name(text: &str) -> Result<(), ValidationError> {
    not_blank(text).and_then(|()| no_controls(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_have_the_shape_of_rfc_5646() {
        for tag in ["ja", "en", "zh-Hant", "pt-BR", "sr-Latn-RS", "de-CH-1996", "x1y-"] {
            assert_eq!(language_tag(tag).is_ok(), tag != "x1y-", "{tag}");
        }
        for tag in ["", "j", "日本語", "en_US", "en-", "123", "abcdefghi", "en us"] {
            assert!(language_tag(tag).is_err(), "{tag}");
        }
    }

    #[test]
    fn a_name_of_spaces_is_blank() {
        assert_eq!(name("\u{3000} ").expect_err("blank").code, "blank");
        assert_eq!(name("a\nb").expect_err("control").code, "control_character");
        assert!(name("銀河鉄道の夜").is_ok());
    }
}
