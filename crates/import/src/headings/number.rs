//! Parses chapter numbers in every script and language that headings use.

use super::han::take_han;
use super::number_words::{self, Lang, Word};
use super::roman::take_roman;

/// A chapter number as printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    /// `103` of `103.5`, `1` of `1-2`.
    pub(crate) major: u32,
    /// `5` of `103.5`, `2` of `1-2`; letters count from 1 (`12b` is 12, 2).
    pub(crate) minor: Option<u32>,
}

impl Number {
    pub(super) fn whole(major: u32) -> Self {
        Self { major, minor: None }
    }

    /// Returns whether `self` is the number expected after `before`.
    pub(super) fn continues(self, before: Self) -> bool {
        let same = self.major == before.major;
        match (before.minor, self.minor) {
            // 102 → 103, 103.5 → 104, 1-9 → 2-1; also 3-4 (two chapters in one) → 5.
            _ if self.major == before.major + 1 => true,
            (Some(last), None) if last > before.major && self.major == last + 1 => true,
            (None, Some(_)) => same,
            (Some(last), Some(next)) => same && next == last + 1,
            _ => false,
        }
    }
}

/// The script of a number. Headings of one form share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Script {
    /// Decimal digits, also full-width, Thai and other digits.
    Arabic,
    /// Chinese, Japanese and (if allowed) Sino-Korean numerals.
    Han,
    Roman,
    /// Number words.
    Word,
    /// `①`, `⑴`, `㈠`.
    Enclosed,
}

/// A number at the start of a text, and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken<'a> {
    pub(super) number: Number,
    pub(super) script: Script,
    /// The number has a leading zero: `001`.
    pub(super) padded: bool,
    pub(super) rest: &'a str,
}

/// Largest number of a heading.
pub(super) const LARGEST: u32 = 999_999;

/// Takes the number at the start of `text`. Number words are those of `lang`. Sino-Korean numerals count only
/// with [`Lang::Korean`], since they are syllables of common words.
pub(super) fn take(text: &str, lang: Lang) -> Option<Taken<'_>> {
    let first = text.chars().next()?;
    let plain = |(major, rest), script| Taken { number: Number::whole(major), script, padded: false, rest };
    if digit(first).is_some() {
        return take_arabic(text);
    }
    if let Some(number) = enclosed(first) {
        return Some(plain((number, &text[first.len_utf8()..]), Script::Enclosed));
    }
    take_han(text, lang == Lang::Korean)
        .map(|found| plain(found, Script::Han))
        .or_else(|| take_roman(text).map(|found| plain(found, Script::Roman)))
        .or_else(|| take_words(text, lang).map(|found| plain(found, Script::Word)))
}

/// Returns the value of a decimal digit in the scripts that headings use.
fn digit(c: char) -> Option<u32> {
    // Full-width, Arabic-Indic, Persian, Devanagari, Bengali, Tamil, Thai, Lao, Burmese, Khmer.
    const ZEROS: [char; 10] = ['０', '٠', '۰', '०', '০', '௦', '๐', '໐', '၀', '០'];
    c.to_digit(10).or_else(|| {
        ZEROS.iter().find_map(|zero| {
            let value = u32::from(c).checked_sub(u32::from(*zero))?;
            (value < 10).then_some(value)
        })
    })
}

fn take_digits(text: &str) -> Option<(u32, usize)> {
    const LONGEST: usize = 6;
    let mut value = 0;
    let mut count = 0;
    let mut end = 0;
    for c in text.chars() {
        let Some(digit) = digit(c) else { break };
        count += 1;
        if count > LONGEST {
            return None;
        }
        value = value * 10 + digit;
        end += c.len_utf8();
    }
    (count > 0).then_some((value, end))
}

/// `12`, `1,024`, `103.5`, `1-2`, `12b`.
fn take_arabic(text: &str) -> Option<Taken<'_>> {
    let (mut major, mut end) = take_digits(text)?;
    let padded = end > 1 && text.starts_with(['0', '０']);
    let thousands = text[end..].strip_prefix(',').and_then(take_digits);
    if let Some((below, 3)) = thousands
        && (1..1000).contains(&major)
    {
        major = major * 1000 + below;
        end += 4;
    }
    let mut number = Number::whole(major);
    let joined = text[end..].strip_prefix(['.', '．', '-', '－', '‐', '–', '~', '～', '_', '·', '・']);
    if let Some((minor, length)) = joined.and_then(take_digits) {
        number.minor = Some(minor);
        end = text.len() - joined.map_or(0, str::len) + length;
    } else if let Some(letter @ ('a'..='d' | 'A'..='D')) = text[end..].chars().next()
        && !text[end + 1..].starts_with(char::is_alphanumeric)
    {
        number.minor = Some(letter.to_ascii_lowercase() as u32 - 'a' as u32 + 1);
        end += 1;
    }
    let rest = &text[end..];
    // A date or a version: `2020-05-03`, `1.2.3`.
    let goes_on = rest.strip_prefix(['.', '-', '/', ':']).is_some_and(|rest| rest.starts_with(is_digit));
    (!goes_on && major <= LARGEST).then_some(Taken { number, script: Script::Arabic, padded, rest })
}

fn is_digit(c: char) -> bool {
    digit(c).is_some()
}

/// `①` to `⑳`, `⑴`, `⒈`, `❶`, `㈠`, `㊀`.
fn enclosed(c: char) -> Option<u32> {
    const RUNS: [(char, u32); 6] = [('①', 20), ('⑴', 20), ('⒈', 20), ('❶', 10), ('㈠', 10), ('㊀', 10)];
    RUNS.iter().find_map(|(one, count)| {
        let value = u32::from(c).checked_sub(u32::from(*one))?;
        (value < *count).then_some(value + 1)
    })
}

/// Returns whether a character is Chinese, kana or Hangul: scripts that need no space around a number.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// `one hundred and twenty-three`, `Twenty-First`, `vingt et un`, `hai mươi mốt`.
fn take_words(text: &str, lang: Lang) -> Option<(u32, &str)> {
    let (mut total, mut current, mut last) = (0u32, 0u32, None::<Word>);
    let mut rest = text;
    let mut seen = text;
    while let Some((word, after)) = next_word(seen, last.is_some()) {
        let Some(found) = number_words::number_word(word, lang) else { break };
        let fits = match (found, last) {
            (Word::And, Some(Word::Tens(_) | Word::Times(_) | Word::Thousand)) => {
                // `and` counts only if a number follows it.
                let next = next_word(after, true).and_then(|(word, _)| number_words::number_word(word, lang));
                matches!(next, Some(Word::Unit(_) | Word::Tens(_)))
            }
            (Word::And, _) => false,
            (Word::Unit(value), Some(Word::Tens(_))) => value < 10,
            (Word::Unit(_) | Word::Tens(_), Some(Word::Unit(_) | Word::Tens(_) | Word::Ordinal(_))) => false,
            (Word::Ordinal(value), Some(Word::Tens(_))) => value < 10,
            (Word::Ordinal(_), Some(Word::Unit(_))) => false,
            (Word::Times(_), Some(Word::Tens(_) | Word::Ordinal(_))) => false,
            (Word::Plus(_), last) => matches!(last, Some(Word::Unit(_))),
            (Word::Thousand, last) => !matches!(last, Some(Word::Thousand | Word::Ordinal(_) | Word::And)),
            (_, Some(Word::Ordinal(_))) => false,
            _ => true,
        };
        if !fits {
            break;
        }
        match found {
            Word::Unit(value) | Word::Tens(value) | Word::Ordinal(value) => current += value,
            Word::Times(power) => current = current.max(1) * power,
            Word::Plus(tens) => current += tens,
            Word::Thousand => {
                total = (total + current.max(1)).checked_mul(1000)?;
                current = 0;
            }
            Word::And => {}
        }
        if total + current > LARGEST {
            return None;
        }
        last = Some(found);
        seen = after;
        if !matches!(found, Word::And) {
            rest = after;
        }
    }
    let number = total + current;
    (last.is_some() && number > 0 && !rest.starts_with(['\'', '’'])).then_some((number, rest))
}

/// Returns the letters at the start of the text, and the rest. With `joined`, a space or hyphen must precede
/// them.
fn next_word(text: &str, joined: bool) -> Option<(&str, &str)> {
    let text = if joined { text.strip_prefix([' ', '-', '‐', '\u{a0}'])? } else { text };
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, lang: Lang) -> Option<(u32, Option<u32>, &str)> {
        take(text, lang).map(|taken| (taken.number.major, taken.number.minor, taken.rest))
    }

    #[test]
    fn numbers_of_every_script_are_read() {
        for (text, number, rest) in [
            ("12.", 12, "."),
            ("１２話", 12, "話"),
            ("๑๒", 12, ""),
            ("1,024: x", 1024, ": x"),
            ("二十一　家", 21, "　家"),
            ("十", 10, ""),
            ("百二", 102, ""),
            ("二〇三", 203, ""),
            ("一○五章", 105, "章"),
            ("两百零二章", 202, "章"),
            ("兩千零一", 2001, ""),
            ("一万零三十", 10_030, ""),
            ("廿三回", 23, "回"),
            ("卅", 30, ""),
            ("一百卌五", 145, ""),
            ("壹佰贰拾叁", 123, ""),
            ("壹仟零伍", 1005, ""),
            ("弐拾", 20, ""),
            ("③", 3, ""),
            ("㈤ 題", 5, " 題"),
            ("XIV.", 14, "."),
            ("xl", 40, ""),
            ("MCMXCIX", 1999, ""),
            ("Ⅻ", 12, ""),
            ("ⅩⅢ章", 13, "章"),
            ("Twenty-One: x", 21, ": x"),
            ("one hundred and twenty-three", 123, ""),
            ("Two Thousand Five Hundred Sixty", 2560, ""),
            ("Two Two Brothers", 2, " Two Brothers"),
            ("one hundred and more", 100, " and more"),
            ("the", 0, ""),
        ] {
            if number == 0 {
                assert_eq!(parsed(text, Lang::English), None, "{text}");
            } else {
                assert_eq!(parsed(text, Lang::English), Some((number, None, rest)), "{text}");
            }
        }
        for text in
            ["", "IIII", "VX", "家", "1234567", "once", "-", "one-one's", "Items", "I'm", "2020-05-03"]
        {
            let number = parsed(text, Lang::English);
            assert!(number.is_none_or(|(_, _, rest)| rest.starts_with('-')), "{text}: {number:?}");
        }
    }

    #[test]
    fn parts_of_numbers_are_read() {
        for (text, major, minor) in
            [("103.5", 103, 5), ("1-2", 1, 2), ("１－２", 1, 2), ("12b", 12, 2), ("3.10 x", 3, 10)]
        {
            assert_eq!(parsed(text, Lang::English).map(|n| (n.0, n.1)), Some((major, Some(minor))), "{text}");
        }
    }

    #[test]
    fn number_words_of_other_languages_are_read() {
        for (lang, text, number) in [
            (Lang::Spanish, "veintiuno", 21),
            (Lang::Spanish, "treinta y dos", 32),
            (Lang::Spanish, "Primero", 1),
            (Lang::French, "vingt et un", 21),
            (Lang::French, "premier", 1),
            (Lang::German, "einundzwanzig", 21),
            (Lang::German, "Erstes", 1),
            (Lang::Russian, "первая", 1),
            (Lang::Russian, "двадцать первая", 21),
            (Lang::Portuguese, "trinta e dois", 32),
            (Lang::Italian, "decimo", 10),
            (Lang::Vietnamese, "hai mươi mốt", 21),
            (Lang::Indonesian, "dua belas", 12),
            (Lang::Indonesian, "dua puluh satu", 21),
            (Lang::Korean, "이십삼", 23),
            (Lang::Polish, "dwudziesty pierwszy", 21),
            (Lang::Turkish, "on birinci", 11),
            (Lang::Arabic, "الثاني عشر", 12),
            (Lang::Arabic, "الحادي والعشرون", 21),
            (Lang::Arabic, "دوازدهم", 12),
        ] {
            assert_eq!(parsed(text, lang), Some((number, None, "")), "{text}");
        }
    }

    #[test]
    fn numbers_continue() {
        let number = |text| take(text, Lang::English).unwrap().number;
        for (before, after) in
            [("1", "2"), ("103", "103.5"), ("103.5", "104"), ("1-1", "1-2"), ("1-9", "2-1"), ("3-4", "5")]
        {
            assert!(number(after).continues(number(before)), "{before} {after}");
        }
        for (before, after) in [("1", "1"), ("1", "3"), ("4", "3"), ("1-1", "1-3"), ("10", "111")] {
            assert!(!number(after).continues(number(before)), "{before} {after}");
        }
    }
}
