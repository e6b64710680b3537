//! Bytes of a text file to text: the encoding is told from the bytes, and nothing is replaced.

use crate::error::ImportError;
use crate::warning::{Warning, WarningCode};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
};

/// The name by which errors call the file as a whole.
const PLACE: &str = "The text";

/// Decodes a text file. UTF-8, UTF-16 (by its mark or by its look), Shift_JIS, EUC-JP and ISO-2022-JP are told
/// apart; GB 18030, Big5 and EUC-KR are taken with a warning; single-byte encodings are refused, because any
/// bytes at all would pass for them.
pub(crate) fn decode(bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<String, ImportError> {
    let encoding = find_encoding(bytes, warnings)?;
    let text = decode_as(encoding, bytes, PLACE)?;
    if text.contains('\0') {
        return Err(ImportError::NulCharacter { place: PLACE.to_owned() });
    }
    let lost = text.matches('\u{fffd}').count();
    if lost > 0 {
        warnings.push(Warning::new(
            WarningCode::ReplacementCharacters,
            format!("The file contains U+FFFD {lost} times: those characters were lost before the import."),
        ));
    }
    Ok(normalize_newlines(text))
}

/// Decodes by rule, without replacing anything; a byte order mark is dropped.
pub(crate) fn decode_as(
    encoding: &'static Encoding,
    bytes: &[u8],
    place: &str,
) -> Result<String, ImportError> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((marked, length)) => (marked, &bytes[length..]),
        None => (encoding, bytes),
    };
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(|text| text.into_owned())
        .ok_or(ImportError::EncodingInvalid { encoding: encoding.name(), place: place.to_owned() })
}

fn find_encoding(bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<&'static Encoding, ImportError> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok(encoding);
    }
    let is_utf_8 = std::str::from_utf8(bytes).is_ok();
    if is_utf_8 && !bytes.contains(&0) {
        return Ok(if has_iso_2022_jp_escape(bytes) { ISO_2022_JP } else { UTF_8 });
    }
    if let Some(encoding) = find_unmarked_utf_16(bytes) {
        return Ok(encoding);
    }
    if is_utf_8 {
        return Ok(UTF_8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let mut guess = detector.guess(None, Utf8Detection::Deny);
    if guess.is_single_byte() {
        // No single-byte encoding is accepted: what would it be, if it were Japanese?
        let japanese = detector.guess(Some(b"jp"), Utf8Detection::Deny);
        guess = if decodes(japanese, bytes) { japanese } else { guess };
    }
    if guess == SHIFT_JIS || guess == EUC_JP {
        return Ok(guess);
    }
    // Bytes of mostly valid UTF-8 are a damaged UTF-8 file, whatever else they might be.
    if looks_like_damaged_utf_8(bytes) {
        return Err(ImportError::EncodingInvalid { encoding: UTF_8.name(), place: PLACE.to_owned() });
    }
    let guess = if guess == GBK { GB18030 } else { guess };
    if [GB18030, BIG5, EUC_KR].contains(&guess) && decodes(guess, bytes) {
        warnings.push(Warning::new(
            WarningCode::EncodingGuessed,
            format!("The text was read as {}; look whether it is right.", guess.name()),
        ));
        return Ok(guess);
    }
    Err(ImportError::EncodingUnknown { guess: Some(guess.name()) })
}

fn decodes(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some()
}

fn has_iso_2022_jp_escape(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| matches!(window, b"\x1b$B" | b"\x1b$@"))
}

/// More than nine of ten of the bytes beyond ASCII belong to well-formed UTF-8 sequences.
fn looks_like_damaged_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    good > bad * 9
}

/// UTF-16 without its mark: well-formed, free of U+0000, and with a good share of the characters that every
/// text has (ASCII, Japanese punctuation and kana, Cyrillic), which the other byte order would turn into
/// rare ones.
fn find_unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    const SAMPLE: usize = 64 * 1024;
    if bytes.len() < 2 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let share = |unit: fn([u8; 2]) -> u16| {
        let common = sample
            .as_chunks::<2>()
            .0
            .iter()
            .filter(|pair| matches!(unit(**pair), 0x09..=0xff | 0x400..=0x4ff | 0x3000..=0x30ff))
            .count();
        // In percent; a sequence of plain ASCII or Shift_JIS bytes has next to none of them.
        common * 200 / sample.len()
    };
    let (little, big) = (share(u16::from_le_bytes), share(u16::from_be_bytes));
    let (encoding, best, other) =
        if little >= big { (UTF_16LE, little, big) } else { (UTF_16BE, big, little) };
    if best < 8 || best < other * 3 {
        return None;
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    (!text.contains('\0')).then_some(encoding)
}

/// Line ends of Windows (`\r\n`) and old Macs (`\r`) to `\n`.
pub(crate) fn normalize_newlines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。\n「何でも薄暗い」と云った。\n";

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn decoded(bytes: &[u8]) -> Result<String, ImportError> {
        decode(bytes, &mut Vec::new())
    }

    #[test]
    fn japanese_encodings_are_told_apart() {
        let russian = "Все счастливые семьи похожи друг на друга.\n";
        assert_eq!(decoded(TEXT.as_bytes()).unwrap(), TEXT);
        assert_eq!(decoded(format!("\u{feff}{TEXT}").as_bytes()).unwrap(), TEXT);
        for encoding in [SHIFT_JIS, EUC_JP, ISO_2022_JP] {
            assert_eq!(decoded(&encoding.encode(TEXT).0).unwrap(), TEXT, "{}", encoding.name());
        }
        for text in [TEXT, russian, "plain English\n"] {
            for mark in ["", "\u{feff}"] {
                let marked = format!("{mark}{text}");
                assert_eq!(decoded(&utf_16(&marked, u16::to_le_bytes)).unwrap(), text);
                assert_eq!(decoded(&utf_16(&marked, u16::to_be_bytes)).unwrap(), text);
            }
        }
    }

    #[test]
    fn short_japanese_files_are_told_apart() {
        for text in
            ["第一章　出発\n朝だった。\n", "一　午後の授業\n「はい」\n", "ｶﾀｶﾅ と 漢字 の テスト です\n"]
        {
            for encoding in [SHIFT_JIS, EUC_JP] {
                let (bytes, _, lossy) = encoding.encode(text);
                assert!(!lossy);
                assert_eq!(decoded(&bytes).unwrap(), text, "{}", encoding.name());
            }
        }
    }

    #[test]
    fn other_multi_byte_encodings_are_taken_with_a_warning() {
        let chinese = "第一章 启程\n我是一只猫，还没有名字。天色已经暗了，他一个人走在回家的路上，心里想着昨天发生的事情。\n";
        let mut warnings = Vec::new();
        assert_eq!(decode(&GBK.encode(chinese).0, &mut warnings).unwrap(), chinese);
        assert_eq!(warnings[0].code, WarningCode::EncodingGuessed);
    }

    #[test]
    fn nothing_is_replaced_silently() {
        let mut damaged = TEXT.as_bytes().to_vec();
        damaged[10] = 0xff;
        assert_eq!(decoded(&damaged).unwrap_err().code(), "encoding_invalid");
        let mut damaged = SHIFT_JIS.encode(&TEXT.repeat(20)).0.into_owned();
        damaged.extend([0x82, b'\n']);
        assert!(decoded(&damaged).is_err());
        assert_eq!(decoded(b"caf\xe9 au lait\n").unwrap_err().code(), "encoding_unknown");
        assert_eq!(decoded(b"a\0b").unwrap_err().code(), "nul_character");
        let mut warnings = Vec::new();
        decode("a\u{fffd}".as_bytes(), &mut warnings).unwrap();
        assert_eq!(warnings[0].code, WarningCode::ReplacementCharacters);
    }

    #[test]
    fn line_ends_are_normalized() {
        assert_eq!(decoded(b"a\r\nb\rc\n").unwrap(), "a\nb\nc\n");
    }
}
