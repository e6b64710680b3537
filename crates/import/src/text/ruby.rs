//! Recognizes readings of characters in the notations of sites for serial novels.

use crate::language;

/// Longest reading between `《` and `》`, in code points.
pub(super) const LONGEST_READING: usize = 60;

/// Longest reading in parentheses, in code points: the limit of the site (Shōsetsuka ni Narō: ten).
const LONGEST_IN_PARENTHESES: usize = 10;

/// The notations that a text uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Notation {
    /// The text is Japanese; in other languages `《》` mark titles.
    pub(super) japanese: bool,
    /// `漢字(かんじ)` is a reading.
    pub(super) parentheses: bool,
    /// `漢字（かんじ）` is a reading too: the text also contains readings in notations that only the site
    /// has. In other texts full-width parentheses contain asides.
    pub(super) wide_parentheses: bool,
}

impl Notation {
    pub(super) fn of(text: &str) -> Self {
        const SAMPLE: usize = 200_000;
        let end = text.char_indices().nth(SAMPLE).map_or(text.len(), |(at, _)| at);
        let japanese = language::is_japanese(&text[..end]);
        // Aozora Bunko's texts are printed books, so their parentheses are the author's.
        let aozora = text.contains("［＃");
        let parentheses = japanese && !aozora;
        let wide_parentheses = parentheses && writes_parentheses(text);
        Self { japanese, parentheses, wide_parentheses }
    }
}

/// Returns whether the text has a reading in half-width parentheses, or after a base that a bar marks.
fn writes_parentheses(text: &str) -> bool {
    let half = text.match_indices('(').any(|(at, _)| {
        let base = kanji_before(&text[..at]);
        base > 0 && in_parentheses(&text[at..]).is_some_and(|inside| is_reading_of(inside, base))
    });
    half || text.match_indices(['|', '｜']).any(|(at, bar)| {
        let after = &text[at + bar.len()..];
        let base: usize =
            after.chars().take(10).take_while(|c| !"(（《\n".contains(*c)).map(char::len_utf8).sum();
        base > 0 && in_parentheses(&after[base..]).is_some_and(|inside| inside.chars().all(is_kana))
    })
}

/// Counts the Chinese characters at the end of the text.
pub(super) fn kanji_before(text: &str) -> usize {
    text.chars().rev().take(LONGEST_READING).take_while(|c| is_kanji(*c)).count()
}

/// Returns the content of parentheses at the start of the text, if it is as short as a reading.
pub(super) fn in_parentheses(text: &str) -> Option<&str> {
    let (open, close) = if text.starts_with('(') { ('(', ')') } else { ('（', '）') };
    let inside = text.strip_prefix(open)?;
    let window: usize = inside.chars().take(LONGEST_IN_PARENTHESES * 2 + 1).map(char::len_utf8).sum();
    let inside = &inside[..inside[..window].find(close)?];
    (!inside.is_empty() && !inside.contains(['(', '（', '\n'])).then_some(inside)
}

/// Returns whether kana in parentheses can be the reading of `kanji` Chinese characters. A character has at
/// most five syllables (`志(こころざし)`); a foreign word in katakana may be longer.
pub(super) fn is_reading_of(inside: &str, kanji: usize) -> bool {
    const SYLLABLES: usize = 5;
    let length = inside.chars().count();
    let katakana = inside.chars().all(|c| matches!(c, '\u{30a1}'..='\u{30ff}'));
    inside.chars().all(is_kana)
        && length <= LONGEST_IN_PARENTHESES
        && (katakana || length <= kanji * SYLLABLES)
}

/// Returns the text between `《` and `》` at the start of the text.
pub(super) fn reading(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('《')?;
    let window: usize = inside.chars().take(LONGEST_READING).map(char::len_utf8).sum();
    let end = inside[..window].find('》')?;
    let reading = &inside[..end];
    (!reading.is_empty() && !reading.contains('《')).then_some(reading)
}

/// Returns the content of Kakuyomu's emphasis at the start of the text: `《《絶対に》》`.
pub(super) fn emphasis(text: &str) -> Option<&str> {
    const LONGEST: usize = 100;
    let inside = text.strip_prefix("《《")?;
    let window: usize = inside.chars().take(LONGEST).map(char::len_utf8).sum();
    let inside = &inside[..inside[..window].find("》》")?];
    (!inside.is_empty() && !inside.contains(['《', '》'])).then_some(inside)
}

/// Returns whether a reading consists of emphasis dots, as some texts write them: `絶対《・・》`.
pub(super) fn is_dots(reading: &str) -> bool {
    reading.chars().all(|c| "・﹅﹆●○◦•．.、﹑゛ヽ丶· 　".contains(c))
}

/// Returns whether a reading needs no mark before its base: kana, or foreign letters in a Japanese text.
pub(super) fn reads_unmarked(reading: &str, notation: Notation) -> bool {
    let foreign =
        |c: char| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c) || " '’-.・=＝".contains(c);
    reading.chars().all(is_kana)
        || (notation.japanese
            && reading.chars().all(|c| foreign(c) || is_kana(c))
            && reading.contains(char::is_alphabetic))
}

pub(super) fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        || "々〆〇ヶ※仝〻".contains(c)
}

pub(super) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' | ' ' | '\u{3000}')
}
