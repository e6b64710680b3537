//! Number words and their languages.

use super::number_tables::{
    ARABIC, FRENCH, GERMAN, GERMAN_ORDINALS, INDONESIAN, POLISH, ROMANCE, RUSSIAN, TURKISH, VIETNAMESE,
};
use Word::{And, Ordinal, Tens, Thousand, Times};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The language of a heading's word, which determines the number words that may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    English,
    Spanish,
    French,
    German,
    Portuguese,
    Italian,
    Russian,
    Vietnamese,
    Indonesian,
    Korean,
    Polish,
    Turkish,
    /// Arabic and Persian.
    Arabic,
    /// Another language: only digits, Chinese and Roman numerals.
    Other,
}

/// The effect of a number word on the number before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Units from one to nineteen.
    Unit(u32),
    /// Tens from twenty to ninety.
    Tens(u32),
    /// Multiplies the previous number by ten or a hundred.
    Times(u32),
    Thousand,
    /// Adds tens to the previous unit: `dua belas`.
    Plus(u32),
    /// First, second …: ends the number.
    Ordinal(u32),
    And,
}

/// Returns the effect of a number word of `lang`, ignoring case.
pub(super) fn number_word(word: &str, lang: Lang) -> Option<Word> {
    const LONGEST: usize = 40;
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    match lang {
        Lang::Turkish => {
            let word = folded(&word);
            TURKISH.iter().find(|(known, _)| folded(known) == word).map(|(_, value)| *value)
        }
        Lang::German => german(&word),
        lang => find(table_of(lang)?, &word),
    }
}

fn table_of(lang: Lang) -> Option<&'static [(&'static str, Word)]> {
    Some(match lang {
        Lang::English => ENGLISH,
        Lang::Spanish | Lang::Portuguese | Lang::Italian => ROMANCE,
        Lang::French => FRENCH,
        Lang::Russian => RUSSIAN,
        Lang::Vietnamese => VIETNAMESE,
        Lang::Indonesian => INDONESIAN,
        Lang::Polish => POLISH,
        Lang::Turkish => TURKISH,
        Lang::Arabic => ARABIC,
        Lang::German | Lang::Korean | Lang::Other => return None,
    })
}

/// Returns the word in lower case; the Turkish letters I with and without a dot become equal.
pub(super) fn folded(word: &str) -> String {
    let lower = word.chars().flat_map(char::to_lowercase);
    lower.filter(|c| *c != '\u{307}').map(|c| if c == 'ı' { 'i' } else { c }).collect()
}

/// Returns whether a word, [`folded`], may begin a number in any language.
pub(super) fn may_begin_number(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let languages = [
            Lang::English,
            Lang::Spanish,
            Lang::French,
            Lang::German,
            Lang::Russian,
            Lang::Vietnamese,
            Lang::Indonesian,
            Lang::Polish,
            Lang::Turkish,
            Lang::Arabic,
        ];
        let ordinals = GERMAN_ORDINALS
            .iter()
            .flat_map(|(stem, _)| ["es", "er", "e"].map(|end| folded(&format!("{stem}{end}"))));
        languages.into_iter().flat_map(all_of).map(folded).chain(ordinals).collect()
    });
    WORDS.contains(word) || (word.contains("und") && german(word).is_some())
}

/// Returns whether a text begins with a number word, ignoring case.
pub(super) fn begins_with_number(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    may_begin_number(&folded(&text[..end]))
}

/// Returns the number words of a language, except German ordinals and compounds.
pub(super) fn all_of(lang: Lang) -> impl Iterator<Item = &'static str> {
    let table = match lang {
        Lang::German => GERMAN,
        lang => table_of(lang).unwrap_or_default(),
    };
    table.iter().map(|(word, _)| *word)
}

fn find(table: &[(&str, Word)], word: &str) -> Option<Word> {
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

/// Parses `einundzwanzig`, and `erstes` with any ending.
fn german(word: &str) -> Option<Word> {
    if let Some(found) = find(GERMAN, word) {
        return Some(found);
    }
    if let Some((unit, tens)) = word.split_once("und")
        && let (Some(Word::Unit(unit)), Some(Word::Tens(tens))) = (find(GERMAN, unit), find(GERMAN, tens))
    {
        return Some(Word::Unit(tens + unit));
    }
    let stem = ["es", "er", "e"].into_iter().find_map(|ending| word.strip_suffix(ending))?;
    find(GERMAN_ORDINALS, stem)
}

const ENGLISH: &[(&str, Word)] = &[
    ("one", Word::Unit(1)),
    ("two", Word::Unit(2)),
    ("three", Word::Unit(3)),
    ("four", Word::Unit(4)),
    ("five", Word::Unit(5)),
    ("six", Word::Unit(6)),
    ("seven", Word::Unit(7)),
    ("eight", Word::Unit(8)),
    ("nine", Word::Unit(9)),
    ("ten", Word::Unit(10)),
    ("eleven", Word::Unit(11)),
    ("twelve", Word::Unit(12)),
    ("thirteen", Word::Unit(13)),
    ("fourteen", Word::Unit(14)),
    ("fifteen", Word::Unit(15)),
    ("sixteen", Word::Unit(16)),
    ("seventeen", Word::Unit(17)),
    ("eighteen", Word::Unit(18)),
    ("nineteen", Word::Unit(19)),
    ("twenty", Tens(20)),
    ("thirty", Tens(30)),
    ("forty", Tens(40)),
    ("fourty", Tens(40)),
    ("fifty", Tens(50)),
    ("sixty", Tens(60)),
    ("seventy", Tens(70)),
    ("eighty", Tens(80)),
    ("ninety", Tens(90)),
    ("hundred", Times(100)),
    ("thousand", Thousand),
    ("and", And),
    ("first", Ordinal(1)),
    ("second", Ordinal(2)),
    ("third", Ordinal(3)),
    ("fourth", Ordinal(4)),
    ("fifth", Ordinal(5)),
    ("sixth", Ordinal(6)),
    ("seventh", Ordinal(7)),
    ("eighth", Ordinal(8)),
    ("ninth", Ordinal(9)),
    ("tenth", Ordinal(10)),
    ("eleventh", Ordinal(11)),
    ("twelfth", Ordinal(12)),
    ("thirteenth", Ordinal(13)),
    ("fourteenth", Ordinal(14)),
    ("fifteenth", Ordinal(15)),
    ("sixteenth", Ordinal(16)),
    ("seventeenth", Ordinal(17)),
    ("eighteenth", Ordinal(18)),
    ("nineteenth", Ordinal(19)),
    ("twentieth", Ordinal(20)),
    ("thirtieth", Ordinal(30)),
];
