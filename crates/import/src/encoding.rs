//! Bytes of a text file to text: the encoding is told from the bytes, with the help of the language.

mod detect;

use crate::error::ImportError;
use crate::options::TextEncoding;
use crate::warning::{Warning, WarningCode};
use encoding_rs::{DecoderResult, Encoding, UTF_8};

/// The name by which errors call the file as a whole.
const PLACE: &str = "The text";

/// Of 100 characters so many may be undecodable; more means another encoding or a ruined file.
const MOST_DAMAGE_PERCENT: usize = 1;

/// A decoded text.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// Lines end in `\n`; there is no U+0000.
    pub(crate) text: String,
    /// The encoding's name by the WHATWG Encoding Standard, or `UTF-32LE`, `UTF-32BE`.
    pub(crate) encoding: &'static str,
}

/// What could not be decoded and became U+FFFD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Undecodable sequences.
    pub(crate) count: usize,
    /// Line of the first, from 0.
    pub(crate) line: usize,
}

/// Decodes a text file in the encoding that is asked for, that its byte order mark names, or that its bytes and
/// `language` (a BCP 47 tag) suggest. Guesses other than UTF and the Japanese encodings give a warning.
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
    let (text, damage) = match found.form {
        detect::Form::Known(encoding) => decode_within(encoding, &bytes[found.skip..], PLACE)?,
        detect::Form::Utf32 { big } => decode_utf_32(&bytes[found.skip..], big)?,
    };
    drop(bytes);
    let encoding = found.name();
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

/// The warning about undecodable bytes.
pub(crate) fn damaged(damage: Damage, encoding: &str) -> Warning {
    let Damage { count, line } = damage;
    let detail = format!(
        "{count} places were not valid {encoding} and became U+FFFD, the first on line {}.",
        line + 1
    );
    Warning::new(WarningCode::EncodingDamaged, detail).counting(count).at_line(line)
}

/// Decodes, with U+FFFD for undecodable sequences as long as they are few; a byte order mark is not looked for.
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

/// Decodes everything; what cannot be decoded becomes U+FFFD and is counted.
fn lossy(encoding: &'static Encoding, bytes: &[u8]) -> (String, Option<Damage>) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room =
        decoder.max_utf8_buffer_length_without_replacement(bytes.len().min(1 << 16)).unwrap_or(1 << 18);
    // Most texts do not grow: two bytes of Shift_JIS are three of UTF-8, and UTF-8 stays as it is.
    let mut text =
        String::with_capacity(if encoding == UTF_8 { bytes.len() + 4 } else { bytes.len() * 3 / 2 + 16 });
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

fn count_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let returns =
        bytes.iter().enumerate().filter(|(at, byte)| **byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    bytes.iter().filter(|byte| **byte == b'\n').count() + returns.count()
}

/// UTF-32, which the WHATWG standard leaves out and some editors save.
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

/// Line ends of Windows (`\r\n`) and old Macs (`\r`) to `\n`.
pub(crate) fn normalize_newlines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

#[cfg(test)]
mod tests;
