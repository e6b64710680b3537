//! Limits and pure rules, in one place for the server's extractors, the forms and the documents. Lengths are
//! in Unicode code points unless stated otherwise.

use validator::ValidationError;

/// Maximum length of names and titles.
pub const NAME_MAX: u64 = 255;
/// Maximum length of a prompt template.
pub const TEMPLATE_MAX: u64 = 50_000;
/// Maximum length of a version's note.
pub const NOTE_MAX: u64 = 500;
/// Maximum size of `parameters` as canonical JSON (RFC 8785), in bytes.
pub const PARAMETERS_MAX_BYTES: usize = 16 * 1024;
/// Maximum levels of nesting in `parameters`, which is itself the first level.
pub const PARAMETERS_MAX_DEPTH: usize = 16;
/// Maximum length of a chapter's source text.
pub const SOURCE_TEXT_MAX: u64 = 1_000_000;
/// Default maximum size of an imported text or Markdown file, in bytes. The server's configuration can change
/// it.
pub const TEXT_FILE_MAX_BYTES: u64 = 64 * 1000 * 1000;
/// Default maximum size of an imported EPUB, in bytes. The server's configuration can change it.
pub const EPUB_FILE_MAX_BYTES: u64 = 128 * 1000 * 1000;
/// Maximum length of a regular expression that splits an imported file into chapters.
pub const PATTERN_MAX: u64 = 1_000;
/// How long a server keeps an uploaded file after its last use, in seconds.
pub const UPLOAD_KEPT_S: u64 = 30 * 60;
/// Minimum length of a password.
pub const PASSWORD_MIN: u64 = 10;
/// Maximum length of a password. Longer passwords cost the hash more time than they add security.
pub const PASSWORD_MAX: u64 = 256;
/// Maximum length of a language tag. RFC 5646 asks implementations for at least 35.
pub const LANGUAGE_MAX: usize = 35;
/// Maximum length of an `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_MAX: usize = 255;

pub(crate) fn error(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

/// Returns whether text is empty or only white space, by Unicode. A blank segment has nothing to translate;
/// the database checks this too.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Rejects text that is empty or only white space.
///
/// # Errors
/// `blank`.
pub fn not_blank(text: &str) -> Result<(), ValidationError> {
    if is_blank(text) { Err(error("blank", "must not be blank")) } else { Ok(()) }
}

/// Rejects text without the shape of a language tag in RFC 5646: subtags of 1 to 8 ASCII letters or digits
/// joined by `-`, the first of 2 to 8 letters. Does not check whether the subtags are registered.
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

/// Rejects control characters, which names and titles do not need.
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

/// Checks a name or title: not blank, no control characters.
///
/// # Errors
/// The errors of [`not_blank`] and [`no_controls`].
pub fn name(text: &str) -> Result<(), ValidationError> {
    not_blank(text).and_then(|()| no_controls(text))
}

/// Checks the name of a user or token, by which people identify the author of a change. The rule of [`name`]
/// applies. Words contain only characters that Unicode recommends for identifiers. One word contains only
/// scripts that are written together (UTS 39, section 5.2, “highly restrictive”); otherwise a Cyrillic letter
/// could stand for a Latin one. Full-width forms count as the characters that they stand for (NFKC).
///
/// The web app checks only the rule of [`name`]: Unicode's tables would make it a tenth larger, and the
/// server decides.
///
/// # Errors
/// The errors of [`name`]; `character_not_allowed`, with a message that names the character; `scripts_mixed`.
pub fn account_name(text: &str) -> Result<(), ValidationError> {
    name(text)?;
    #[cfg(not(target_arch = "wasm32"))]
    crate::account_name::check_characters(text)?;
    Ok(())
}

/// Returns the rule for the OpenAPI document. Words describe the allowed characters, because no pattern can.
#[cfg(feature = "openapi")]
pub(crate) fn account_name_schema() -> utoipa::openapi::Object {
    use utoipa::openapi::{ObjectBuilder, Type};
    let about = "1 to 255 code points: letters and digits that Unicode recommends for identifiers (UTS 39), spaces and \
                 common punctuation. One word does not mix scripts such as Latin and Cyrillic.";
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .min_length(Some(1))
        .max_length(Some(NAME_MAX as usize))
        .pattern(Some(r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"))
        .examples(["mika"])
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account_name::skeleton_of;

    #[test]
    fn a_name_that_looks_like_another_is_refused_with_the_reason() {
        for (text, code_point) in [
            ("mika\u{200b}", "U+200B"),
            ("\u{202e}akim", "U+202E"),
            ("a\u{2066}b\u{2069}", "U+2066"),
            ("a\u{2028}b", "U+2028"),
            ("a\u{ad}b", "U+00AD"),
            ("a\u{e0041}b", "U+E0041"),
            ("\u{200d}a", "U+200D"),
            ("a \u{fe0f}", "U+FE0F"),
            // Blank Braille, a musical sign without a shape, an annotation's anchor, private use, not
            // assigned.
            ("a\u{2800}b", "U+2800"),
            ("a\u{1d159}b", "U+1D159"),
            ("a\u{fff9}b", "U+FFF9"),
            ("a\u{e000}b", "U+E000"),
            ("a\u{f0000}b", "U+F0000"),
            ("a\u{378}b", "U+0378"),
            ("a\u{3164}b", "U+3164"),
            ("a\u{fffd}b", "U+FFFD"),
        ] {
            let error = account_name(text).expect_err(text);
            assert_eq!(error.code, "character_not_allowed");
            assert!(error.message.expect("a sentence").contains(code_point), "{code_point}");
        }
        for text in ["mіka", "раypal", "аdmin", "Αdmin"] {
            assert_eq!(account_name(text).expect_err(text).code, "scripts_mixed", "{text}");
        }
        for text in [
            "mika",
            "宮沢 賢治",
            "宮沢　賢治",
            "ミヤザワ・ケンジ",
            "Zoë O’Hara",
            "Zoë O'Hara-Smith, Jr.",
            "nightly-importer (staging) v2_1",
            "Мика",
            "Мика dev",
            "e\u{301}",
            "ميكا",
            "علی\u{200c}رضا",
            "ශ\u{dca}\u{200d}රී",
            "葛\u{e0100}城",
            "김하늘",
            "Nguyễn Văn A",
            "नीला",
            "Ｍｉｋａ",
        ] {
            assert!(account_name(text).is_ok(), "{text}: {:?}", account_name(text));
        }
        assert_eq!(account_name("a\nb").expect_err("control").code, "control_character");
        assert_eq!(skeleton_of("раураl"), skeleton_of("paypal"));
        assert_ne!(skeleton_of("mika"), skeleton_of("miko"));
    }

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
