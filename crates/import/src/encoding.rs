//! Decodes the bytes of a text file. The encoding is detected from the bytes, with the language as a hint.

mod detect;

use crate::error::ImportError;
use crate::options::TextEncoding;
use crate::warning::{Warning, WarningCode};
use encoding_rs::{DecoderResult, Encoding, UTF_8};

/// The name of the whole file in errors.
const PLACE: &str = "The text";

/// Most undecodable sequences per 100 characters. More means another encoding or a ruined file.
const MOST_DAMAGE_PERCENT: usize = 1;

/// A decoded text.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// Lines end with `\n`; U+0000 does not occur.
    pub(crate) text: String,
    /// Name of the encoding in the WHATWG Encoding Standard, or `UTF-32LE`, `UTF-32BE`.
    pub(crate) encoding: &'static str,
}

/// Undecodable sequences, which became U+FFFD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Number of undecodable sequences.
    pub(crate) count: usize,
    /// Line of the first one, from 0.
    pub(crate) line: usize,
}

/// Decodes a text file. The encoding is the requested one, else the one of the byte order mark, else a
/// guess from the bytes and `language` (a BCP 47 tag). Guesses other than UTF and the Japanese encodings cause a
/// warning.
pub(crate) fn decode(
    bytes: Vec<u8>,
    asked: Option<TextEncoding>,
    language: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> Result<Decoded, ImportError> {
    let found = match asked {
        Some(encoding) => detect::Found::asked(encoding.get(), &bytes),
        None => detect::find(&bytes, language)?,
    };
    let encoding = found.name();
    let (text, damage) = match found.form {
        detect::Form::Known(encoding) if encoding == UTF_8 => decode_utf_8(bytes, found.skip)?,
        detect::Form::Known(encoding) => decode_within(encoding, &bytes[found.skip..], PLACE)?,
        detect::Form::Utf32 { big } => decode_utf_32(&bytes[found.skip..], big)?,
    };
    if asked.is_none() && is_full_of_controls(&text) {
        let found = "no text: too many of its characters are control characters".to_owned();
        return Err(ImportError::UnsupportedFileType { found });
    }
    if text.contains('\0') {
        return Err(ImportError::NulCharacter { place: PLACE.to_owned() });
    }
    let lost = text.matches('\u{fffd}').count() - damage.map_or(0, |damage| damage.count);
    if lost > 0 {
        let detail =
            format!("The file contains U+FFFD {lost} times: those characters were lost before the import.");
        warnings.push(Warning::new(WarningCode::ReplacementCharacters, detail).counting(lost));
    }
    if found.guessed {
        let detail = format!("The text was read as {encoding}; look whether it is right.");
        warnings.push(Warning::new(WarningCode::EncodingGuessed, detail));
    }
    if let Some(damage) = damage {
        warnings.push(damaged(damage, encoding));
    }
    Ok(Decoded { text: normalize_newlines(text), encoding })
}

/// Returns the warning about undecodable bytes.
pub(crate) fn damaged(damage: Damage, encoding: &str) -> Warning {
    let Damage { count, line } = damage;
    let detail = format!(
        "{count} places were not valid {encoding} and became U+FFFD, the first on line {}.",
        line + 1
    );
    Warning::new(WarningCode::EncodingDamaged, detail).counting(count).at_line(line)
}

/// Decodes UTF-8; without damage, the bytes are not copied.
fn decode_utf_8(mut bytes: Vec<u8>, skip: usize) -> Result<(String, Option<Damage>), ImportError> {
    bytes.drain(..skip);
    String::from_utf8(bytes)
        .map(|text| (text, None))
        .or_else(|error| decode_within(UTF_8, error.as_bytes(), PLACE))
}

/// Returns whether the bytes are binary data that happens to be well-formed. Many texts contain a few control
/// characters.
fn is_full_of_controls(text: &str) -> bool {
    const FEWEST: usize = 16;
    let is_control = |c: &char| c.is_control() && !c.is_whitespace();
    let controls = text.chars().filter(is_control).count();
    controls >= FEWEST && controls * 20 > text.chars().count()
}

/// Decodes with U+FFFD for undecodable sequences, if they are few. A byte order mark is not looked for.
pub(crate) fn decode_within(
    encoding: &'static Encoding,
    bytes: &[u8],
    place: &str,
) -> Result<(String, Option<Damage>), ImportError> {
    let (text, damage) = lossy(encoding, bytes);
    check(damage, &text, encoding.name(), place)?;
    Ok((text, damage))
}

fn check(damage: Option<Damage>, text: &str, encoding: &'static str, place: &str) -> Result<(), ImportError> {
    match damage {
        Some(Damage { count, .. }) if count * 100 > text.chars().count() * MOST_DAMAGE_PERCENT => {
            Err(invalid(encoding, place, damage))
        }
        _ => Ok(()),
    }
}

fn invalid(encoding: &'static str, place: &str, damage: Option<Damage>) -> ImportError {
    let line = damage.map_or(0, |damage| damage.line) as u64 + 1;
    ImportError::EncodingInvalid { encoding, place: place.to_owned(), line }
}

/// Decodes everything; undecodable sequences become U+FFFD and are counted.
fn lossy(encoding: &'static Encoding, bytes: &[u8]) -> (String, Option<Damage>) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room =
        decoder.max_utf8_buffer_length_without_replacement(bytes.len().min(1 << 16)).unwrap_or(1 << 18);
    // Allocate exactly the needed size: a growing text temporarily takes twice its memory.
    let mut text = String::with_capacity(measure(encoding, bytes).bytes + 16);
    let mut damage: Option<Damage> = None;
    let mut rest = bytes;
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => return (text, damage),
            DecoderResult::OutputFull => text.reserve(room.max(rest.len())),
            DecoderResult::Malformed(..) => {
                let line = || count_lines(&text);
                let known = damage.get_or_insert_with(|| Damage { count: 0, line: line() });
                known.count += 1;
                if text.capacity() - text.len() < 3 {
                    text.reserve(room.max(rest.len()));
                }
                text.push('\u{fffd}');
            }
        }
    }
}

/// Sizes of the decoded text.
struct Measure {
    /// Bytes in UTF-8, with U+FFFD for undecodable sequences.
    bytes: usize,
    chars: usize,
    /// Number of undecodable sequences.
    damage: usize,
}

/// Measures the decoded text piece by piece, without keeping it.
fn measure(encoding: &'static Encoding, bytes: &[u8]) -> Measure {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut piece = vec![0; 1 << 14];
    let mut measure = Measure { bytes: 0, chars: 0, damage: 0 };
    let mut rest = bytes;
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(rest, &mut piece, true);
        rest = &rest[read..];
        measure.bytes += written;
        measure.chars += piece[..written].iter().filter(|byte| (**byte & 0xc0) != 0x80).count();
        match result {
            DecoderResult::InputEmpty => return measure,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                measure.bytes += '\u{fffd}'.len_utf8();
                measure.chars += 1;
                measure.damage += 1;
            }
        }
    }
}

fn count_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let returns =
        bytes.iter().enumerate().filter(|(at, byte)| **byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    bytes.iter().filter(|byte| **byte == b'\n').count() + returns.count()
}

/// Decodes UTF-32, which the WHATWG standard leaves out but some editors write.
fn decode_utf_32(bytes: &[u8], big: bool) -> Result<(String, Option<Damage>), ImportError> {
    let mut text = String::with_capacity(bytes.len() * 3 / 4);
    let mut damage: Option<Damage> = None;
    let (units, rest) = bytes.as_chunks::<4>();
    let chars = units
        .iter()
        .map(|unit| char::from_u32(if big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) }));
    for c in chars.chain((!rest.is_empty()).then_some(None)) {
        if c.is_none() {
            let known = damage.get_or_insert_with(|| Damage { count: 0, line: count_lines(&text) });
            known.count += 1;
        }
        text.push(c.unwrap_or('\u{fffd}'));
    }
    let name = if big { detect::UTF_32BE } else { detect::UTF_32LE };
    check(damage, &text, name, PLACE)?;
    Ok((text, damage))
}

/// Replaces every line end (`\r\n`, `\r`, U+0085, U+2028, U+2029) by `\n`, and removes byte order marks
/// inside the text, which concatenated files contain. Works in place, since the text only gets shorter.
pub(crate) fn normalize_newlines(text: String) -> String {
    const OTHERS: [&str; 4] = ["\u{85}", "\u{2028}", "\u{2029}", "\u{feff}"];
    if !text.contains('\r')
        && !OTHERS.iter().any(|other| memchr::memmem::find(text.as_bytes(), other.as_bytes()).is_some())
    {
        return text;
    }
    let mut bytes = text.into_bytes();
    let (mut read, mut written) = (0, 0);
    while read < bytes.len() {
        let (length, end) = match &bytes[read..] {
            [b'\r', b'\n', ..] => (2, true),
            [b'\r', ..] => (1, true),
            [0xc2, 0x85, ..] => (2, true),
            [0xe2, 0x80, 0xa8 | 0xa9, ..] => (3, true),
            [0xef, 0xbb, 0xbf, ..] => (3, false),
            _ => {
                bytes[written] = bytes[read];
                written += 1;
                read += 1;
                continue;
            }
        };
        if end {
            bytes[written] = b'\n';
            written += 1;
        }
        read += length;
    }
    bytes.truncate(written);
    // Only whole characters were removed or replaced, so the bytes are still UTF-8.
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests;
