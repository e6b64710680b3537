//! Limits and pure rules, one place for the server's extractors, the forms and the documents.
//! Lengths are in Unicode code points unless said.

use std::ops::RangeInclusive;
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
/// An imported text or Markdown file, in bytes, where the server's configuration says nothing else.
pub const TEXT_FILE_MAX_BYTES: u64 = 64 * 1000 * 1000;
/// An imported EPUB, in bytes, where the server's configuration says nothing else.
pub const EPUB_FILE_MAX_BYTES: u64 = 128 * 1000 * 1000;
/// A regular expression that divides an imported file into chapters.
pub const PATTERN_MAX: u64 = 1_000;
/// How long a server keeps an uploaded file after its last use, in seconds.
pub const UPLOAD_KEPT_S: u64 = 30 * 60;
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

/// Characters that are not seen, or that change the direction or the line of text around them: two names that look the
/// same must be the same. They are those with the properties Default_Ignorable_Code_Point or Bidi_Control, and the line
/// and paragraph separators (<https://www.unicode.org/Public/UCD/latest/ucd/>, `DerivedCoreProperties.txt`, `PropList.txt`).
const INVISIBLE: &[RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Those of them that belong to the character before: joiners, which Persian and Sinhala are not written without, and
/// variation selectors, which choose among forms of one character, as in Japanese names. They tell no names apart.
const JOINED: &[RangeInclusive<char>] =
    &['\u{200c}'..='\u{200d}', '\u{fe00}'..='\u{fe0f}', '\u{e0100}'..='\u{e01ef}'];

/// Whether a character belongs to the one before it and tells no names apart.
#[must_use]
pub fn is_joined(c: char) -> bool {
    JOINED.iter().any(|range| range.contains(&c))
}

/// The rule for names of users and tokens, by which people tell who did something: that of [`name`], and nothing that
/// cannot be seen or changes how the text around it is shown, but what belongs to a character before it.
///
/// # Errors
/// As [`name`]; `invisible_character`, with a message that says which.
pub fn account_name(text: &str) -> Result<(), ValidationError> {
    name(text)?;
    let before = std::iter::once(' ').chain(text.chars());
    let is_out_of_place = |(before, c): &(char, char)| {
        let is_invisible = INVISIBLE.iter().any(|range| range.contains(c));
        is_invisible && (before.is_whitespace() || !is_joined(*c))
    };
    let Some((_, found)) = before.zip(text.chars()).find(is_out_of_place) else { return Ok(()) };
    let message = format!(
        "must not contain U+{:04X}, which cannot be seen or changes how the text around it is shown",
        u32::from(found)
    );
    Err(ValidationError::new("invisible_character").with_message(message.into()))
}

/// The same for the API's document. Characters beyond U+FFFF are left out of its pattern: not every reader of
/// patterns knows them.
#[cfg(feature = "openapi")]
pub(crate) fn account_name_schema() -> utoipa::openapi::Object {
    use utoipa::openapi::{ObjectBuilder, Type};
    let class = |ranges: &[RangeInclusive<char>]| -> String {
        let plain = ranges.iter().filter(|range| *range.end() <= '\u{ffff}');
        plain
            .map(|range| format!("\\u{:04x}-\\u{:04x}", *range.start() as u32, *range.end() as u32))
            .collect()
    };
    let (refused, joined) =
        (format!("\\x00-\\x1f\\x7f-\\x9f{}", class(INVISIBLE)), format!("[{}]", class(JOINED)));
    let seen = format!("[^\\s{refused}]{joined}*");
    let any = format!("(?:[^{refused}]|[^\\s{refused}]{joined}+)*");
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("1 to 255 code points."))
        .min_length(Some(1))
        .max_length(Some(NAME_MAX as usize))
        .pattern(Some(format!("^{any}{seen}{any}$")))
        .examples(["mika"])
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
    use icu_properties::{CodePointMapData, CodePointSetData};

    #[test]
    fn what_is_invisible_is_what_unicode_says() {
        let (ignorable, bidi) =
            (CodePointSetData::new::<DefaultIgnorableCodePoint>(), CodePointSetData::new::<BidiControl>());
        let category = CodePointMapData::<GeneralCategory>::new();
        let separates = |c| {
            [GeneralCategory::LineSeparator, GeneralCategory::ParagraphSeparator].contains(&category.get(c))
        };
        for c in '\0'..=char::MAX {
            let is_invisible = ignorable.contains(c) || bidi.contains(c) || separates(c);
            assert_eq!(INVISIBLE.iter().any(|range| range.contains(&c)), is_invisible, "{c:?}");
        }
    }

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
        ] {
            let error = account_name(text).expect_err(text);
            assert_eq!(error.code, "invisible_character");
            assert!(error.message.expect("a sentence").contains(code_point), "{code_point}");
        }
        for text in [
            "mika",
            "宮沢 賢治",
            "Zoë O’Hara",
            "Мика",
            "e\u{301}",
            "ميكا",
            "علی\u{200c}رضا",
            "ශ\u{dca}\u{200d}රී",
            "葛\u{e0100}城",
            "❤\u{fe0f}\u{200d}🔥",
        ] {
            assert!(account_name(text).is_ok(), "{text}");
        }
        assert_eq!(account_name("a\nb").expect_err("control").code, "control_character");
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
