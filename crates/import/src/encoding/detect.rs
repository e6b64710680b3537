//! Detects the encoding of a text. `chardetng` knows the letters of languages. This module adds UTF-16 and
//! UTF-32 without a mark, damaged files, and a known language.

mod plausible;

use super::{MOST_DAMAGE_PERCENT, lossy, measure};
use crate::error::ImportError;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
};
use std::borrow::Cow;

pub(super) const UTF_32LE: &str = "UTF-32LE";
pub(super) const UTF_32BE: &str = "UTF-32BE";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Known(&'static Encoding),
    Utf32 { big: bool },
}

/// An encoding, and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) form: Form,
    /// Length of the byte order mark in bytes.
    pub(super) skip: usize,
    /// The encoding is a guess; a person should check the text.
    pub(super) guessed: bool,
}

impl Found {
    fn sure(encoding: &'static Encoding, skip: usize) -> Self {
        Self { form: Form::Known(encoding), skip, guessed: false }
    }

    /// Uses the requested encoding; its own byte order mark is skipped.
    pub(super) fn asked(encoding: &'static Encoding, bytes: &[u8]) -> Self {
        let skip =
            Encoding::for_bom(bytes).filter(|(marked, _)| *marked == encoding).map_or(0, |(_, skip)| skip);
        Self::sure(encoding, skip)
    }

    pub(super) fn name(self) -> &'static str {
        match self.form {
            Form::Known(encoding) => encoding.name(),
            Form::Utf32 { big: true } => UTF_32BE,
            Form::Utf32 { big: false } => UTF_32LE,
        }
    }
}

/// Detects the encoding of a text for which none was requested.
pub(super) fn find(bytes: &[u8], language: Option<&str>) -> Result<Found, ImportError> {
    if let Some(found) = marked(bytes) {
        return Ok(found);
    }
    let is_utf_8 = std::str::from_utf8(bytes).is_ok();
    if is_utf_8 && !bytes.contains(&0) {
        return Ok(Found::sure(if has_iso_2022_jp_escape(bytes) { ISO_2022_JP } else { UTF_8 }, 0));
    }
    if let Some(big) = find_unmarked_utf_32(bytes) {
        return Ok(Found { form: Form::Utf32 { big }, skip: 0, guessed: false });
    }
    if let Some(encoding) = find_unmarked_utf_16(bytes) {
        return Ok(Found::sure(encoding, 0));
    }
    if is_utf_8 || looks_like_damaged_utf_8(bytes) {
        return Ok(Found::sure(UTF_8, 0));
    }
    let hint = language.and_then(top_level_domain);
    let guess = guess(bytes, hint);
    let guess = if guess == GBK { GB18030 } else { guess };
    if bytes.contains(&0) || !plausible::is_plausible(guess, bytes) {
        return Err(ImportError::EncodingUnknown { guess: Some(guess.name()) });
    }
    let sure = guess == SHIFT_JIS || guess == EUC_JP || guess == ISO_2022_JP;
    Ok(Found { form: Form::Known(guess), skip: 0, guessed: !sure })
}

/// Finds a byte order mark. UTF-32 is checked first: its mark begins with that of UTF-16.
fn marked(bytes: &[u8]) -> Option<Found> {
    for (mark, big) in [(&b"\xff\xfe\0\0"[..], false), (&b"\0\0\xfe\xff"[..], true)] {
        if bytes.starts_with(mark) {
            return Some(Found { form: Form::Utf32 { big }, skip: 4, guessed: false });
        }
    }
    if bytes.starts_with(b"\x84\x31\x95\x33") {
        return Some(Found::sure(GB18030, 4));
    }
    Encoding::for_bom(bytes).map(|(encoding, skip)| Found::sure(encoding, skip))
}

/// Returns the top-level domain that `chardetng` expects as a hint for the language.
fn top_level_domain(language: &str) -> Option<&'static [u8]> {
    let language = language.to_ascii_lowercase();
    let (primary, rest) = language.split_once('-').unwrap_or((&language, ""));
    let traditional = ["hant", "tw", "hk", "mo"].iter().any(|part| rest.contains(part));
    const DOMAINS: &[(&str, &str)] = &[
        ("ja", "jp"),
        ("ko", "kr"),
        ("ru", "ru"),
        ("uk", "ua"),
        ("be", "by"),
        ("bg", "bg"),
        ("sr", "rs"),
        ("el", "gr"),
        ("he", "il"),
        ("ar", "sa"),
        ("fa", "ir"),
        ("th", "th"),
        ("vi", "vn"),
        ("tr", "tr"),
        ("pl", "pl"),
        ("cs", "cz"),
        ("sk", "sk"),
        ("hu", "hu"),
        ("ro", "ro"),
        ("hr", "hr"),
        ("lt", "lt"),
        ("lv", "lv"),
        ("et", "ee"),
        ("de", "de"),
        ("fr", "fr"),
        ("es", "es"),
        ("it", "it"),
        ("pt", "pt"),
        ("nl", "nl"),
        ("id", "id"),
    ];
    if primary == "zh" {
        return Some(if traditional { b"tw" } else { b"cn" });
    }
    DOMAINS.iter().find(|(known, _)| *known == primary).map(|(_, domain)| domain.as_bytes())
}

fn ask(bytes: &[u8], hint: Option<&[u8]>) -> &'static Encoding {
    // Statistics need no more bytes.
    const SAMPLE: usize = 1 << 20;
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(SAMPLE)], bytes.len() <= SAMPLE);
    detector.guess(hint, Utf8Detection::Deny)
}

/// Detects with `chardetng`. A single undecodable byte excludes an encoding there. So each encoding with
/// little damage is tried again without the damage.
fn guess(bytes: &[u8], hint: Option<&[u8]>) -> &'static Encoding {
    let plain = ask(bytes, hint);
    // GB 18030 accepts nearly any bytes, including a damaged Korean or Japanese text.
    if [GBK, GB18030, BIG5].contains(&plain) || plain.is_single_byte() {
        let damaged =
            |encoding: &&'static Encoding| has_little_damage(encoding, bytes).is_some_and(|count| count > 0);
        let found = [EUC_KR, SHIFT_JIS, EUC_JP].into_iter().filter(damaged);
        if let Some(encoding) = found.into_iter().find(|encoding| looks_east_asian(encoding, bytes)) {
            return encoding;
        }
    }
    if !plain.is_single_byte() && has_little_damage(plain, bytes).is_some() {
        return plain;
    }
    let mut likely: Vec<(usize, &'static Encoding)> = [SHIFT_JIS, EUC_JP, GB18030, BIG5, EUC_KR]
        .into_iter()
        .filter_map(|encoding| has_little_damage(encoding, bytes).map(|count| (count, encoding)))
        .collect();
    likely.sort_by_key(|(count, _)| *count);
    // For short texts the language of each encoding decides.
    const COUNTRIES: [(&[u8], &Encoding); 5] =
        [(b"jp", SHIFT_JIS), (b"jp", EUC_JP), (b"cn", GB18030), (b"tw", BIG5), (b"kr", EUC_KR)];
    let clean = |count: usize, encoding: &'static Encoding| match count {
        0 => Cow::Borrowed(bytes),
        _ => Cow::Owned(without_damage(encoding, bytes)),
    };
    let same = |guess: &'static Encoding, encoding: &'static Encoding| {
        guess == encoding || (guess == GBK && encoding == GB18030)
    };
    for (count, encoding) in likely.iter().copied() {
        if same(ask(&clean(count, encoding), hint), encoding) {
            return encoding;
        }
    }
    for (count, encoding) in likely.into_iter().filter(|_| hint.is_none()) {
        let country = COUNTRIES.iter().find(|(_, known)| *known == encoding).map(|(country, _)| *country);
        let clean = clean(count, encoding);
        if looks_east_asian(encoding, &clean) && same(ask(&clean, country), encoding) {
            return encoding;
        }
    }
    plain
}

/// Returns the number of invalid sequences in an encoding, if they are few.
fn has_little_damage(encoding: &'static Encoding, bytes: &[u8]) -> Option<usize> {
    // A wrong encoding shows early, without reading the whole text.
    const SAMPLE: usize = 256 * 1024;
    if bytes.len() > SAMPLE {
        let start = measure(encoding, &bytes[..SAMPLE]);
        if start.damage * 25 > start.chars {
            return None;
        }
    }
    let whole = measure(encoding, bytes);
    (whole.damage * 100 <= whole.chars * MOST_DAMAGE_PERCENT).then_some(whole.damage)
}

/// Returns the text in the same encoding, without undecodable sequences.
fn without_damage(encoding: &'static Encoding, bytes: &[u8]) -> Vec<u8> {
    const SAMPLE: usize = 1 << 20;
    let (text, _) = lossy(encoding, &bytes[..bytes.len().min(SAMPLE)]);
    encoding.encode(&text.replace('\u{fffd}', "")).0.into_owned()
}

/// Returns whether a text, decoded from a multi-byte encoding, consists mostly of its language's letters.
/// Bytes of single-byte encodings would become rare letters.
fn looks_east_asian(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    const SAMPLE: usize = 64 * 1024;
    let (text, _) = lossy(encoding, &bytes[..bytes.len().min(SAMPLE)]);
    let (mut letters, mut common) = (0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        letters += 1;
        let is_common = match encoding.name() {
            "EUC-KR" => {
                matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{2018}'..='\u{2026}' | '\u{3000}'..='\u{3015}')
            }
            "Big5" | "gb18030" => {
                matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3000}'..='\u{3015}' | '\u{ff01}'..='\u{ff5e}' | '\u{2018}'..='\u{2026}')
            }
            _ => matches!(c, '\u{3000}'..='\u{30ff}' | '\u{ff01}'..='\u{ff5e}'),
        };
        common += usize::from(is_common);
    }
    let latin = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let enough = match encoding.name() {
        "EUC-KR" | "Big5" | "gb18030" => common * 10 >= letters * 9,
        _ => common * 3 >= letters,
    };
    letters > 0 && enough && latin < letters * 2
}

fn has_iso_2022_jp_escape(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| matches!(window, b"\x1b$B" | b"\x1b$@"))
}

/// Returns whether more than nine tenths of the bytes beyond ASCII belong to well-formed UTF-8 sequences.
fn looks_like_damaged_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    good > bad * 9
}

/// Detects UTF-32 without a mark: every fourth byte is zero, and nearly all units are characters.
fn find_unmarked_utf_32(bytes: &[u8]) -> Option<bool> {
    const SAMPLE: usize = 64 * 1024;
    if bytes.len() < 8 || !bytes.len().is_multiple_of(4) {
        return None;
    }
    let units = bytes[..bytes.len().min(SAMPLE)].as_chunks::<4>().0;
    let fits = |read: fn([u8; 4]) -> u32| {
        let is_text = |unit: &[u8; 4]| {
            let value = read(*unit);
            value != 0 && char::from_u32(value).is_some_and(|c| !c.is_control() || c.is_whitespace())
        };
        units.iter().filter(|unit| is_text(unit)).count() * 100 >= units.len() * 99
    };
    [(false, u32::from_le_bytes as fn([u8; 4]) -> u32), (true, u32::from_be_bytes)]
        .into_iter()
        .find(|(_, read)| fits(*read))
        .map(|(big, _)| big)
}

/// Detects UTF-16 without a mark: well-formed, without U+0000, and with line ends, spaces and punctuation,
/// which the other byte order would turn into rare characters.
fn find_unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    const SAMPLE: usize = 64 * 1024;
    if bytes.len() < 2 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let sample = bytes[..bytes.len().min(SAMPLE)].as_chunks::<2>().0;
    let count = |unit: fn([u8; 2]) -> u16, belongs: fn(u16) -> bool| {
        sample.iter().filter(|pair| belongs(unit(**pair))).count()
    };
    let is_common = |unit: u16| matches!(unit, 0x09..=0x0d | 0x20..=0x7e | 0xa1..=0xff | 0x400..=0x4ff | 0x2018..=0x2026 | 0x3000..=0x30ff | 0xff01..=0xff5e);
    let is_letter = |unit: u16| matches!(unit, 0x3400..=0x9fff | 0xac00..=0xd7a3);
    let is_gap = |unit: u16| matches!(unit, 0x0a | 0x0d | 0x20 | 0x3000..=0x3002);
    let orders = [(UTF_16LE, u16::from_le_bytes as fn([u8; 2]) -> u16), (UTF_16BE, u16::from_be_bytes)];
    let gaps = orders.map(|(_, unit)| count(unit, is_gap));
    let best = usize::from(gaps[1] > gaps[0]);
    let (encoding, unit) = orders[best];
    let texts = count(unit, is_common) + count(unit, is_letter);
    // A short text may have no gap; then most of its letters must be common.
    let common = orders.map(|(_, unit)| count(unit, is_common));
    let few_gaps = gaps[best] == 0 || gaps[best] < gaps[1 - best] * 3;
    if texts * 10 < sample.len() * 9 || (few_gaps && common[best] * 2 < sample.len()) {
        return None;
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    (!text.contains('\0')).then_some(encoding)
}
