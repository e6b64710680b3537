//! Quickly excludes lines that cannot be headings. That applies to nearly all lines of a text, and a file may
//! have millions of short lines.

use super::han::is_han_numeral;
use super::line::{BRACKETS, MARKS, PAIRED};
use super::names::{NAMES, QUALIFIED};
use super::number::is_cjk;
use super::number_words::{self, Lang};
use super::words::{CJK_PREFIXES, KOREAN_ORDINALS, PREAMBLES, VOLUME_NAMES, WORDS};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Returns whether a trimmed line may be a heading. `titles` are the file's first lines.
///
/// A heading begins with a word of a table, a number or a mark, or it contains a number in digits or Chinese
/// numerals.
pub(super) fn may_be_heading(line: &str, titles: &[String]) -> bool {
    let Some(first) = line.chars().next() else { return false };
    if line.contains(is_number_sign) || titles.iter().any(|title| line.starts_with(title.as_str())) {
        return true;
    }
    if !first.is_alphabetic() {
        let is_sign = first.is_numeric() || is_han_numeral(first) || is_mark(first) || is_full_width(first);
        return is_sign && line.contains(char::is_alphanumeric);
    }
    is_han_numeral(first) || is_full_width(first) || begins_with_word(line, first) || may_be_qualified(line)
}

/// Returns whether a character is a digit or sign that headings contain in the middle of a line.
pub(super) fn is_number_sign(c: char) -> bool {
    matches!(
        c,
        '0'..='9' | '０'..='９' | '第' | '제' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十'
    )
}

fn is_mark(c: char) -> bool {
    MARKS.contains(&c) || PAIRED.contains(&c) || BRACKETS.iter().any(|(open, _)| *open == c) || c == '№'
}

fn is_full_width(c: char) -> bool {
    ('！'..='～').contains(&c)
}

/// Returns whether the line begins with a word of a heading or of a number.
fn begins_with_word(line: &str, first: char) -> bool {
    static FIRST: LazyLock<First> = LazyLock::new(First::of_tables);
    if !(first.is_lowercase() || first.is_uppercase()) {
        let words = FIRST.others.get(&first).map(Vec::as_slice).unwrap_or_default();
        return words.iter().any(|word| line.starts_with(word));
    }
    let word = first_word(line);
    if word.len() > LONGEST_WORD {
        return false;
    }
    let rest = &line[word.len()..];
    // `I am` begins a sentence, `I.` a chapter.
    let is_roman = |c: char| "IVXLCDMivxlcdm".contains(c) || ('Ⅰ'..='ⅿ').contains(&c);
    if word.chars().all(is_roman) && (rest.is_empty() || rest.starts_with(['.', '．', '\u{3000}', ':', '：']))
    {
        return true;
    }
    // `The First Chapter`
    if word.eq_ignore_ascii_case("the") {
        let next = rest.trim_start();
        return next.starts_with(char::is_numeric) || number_words::begins_with_number(next);
    }
    let word = number_words::folded(word);
    FIRST.words.contains(&word) || number_words::may_begin_number(&word)
}

/// Bytes of the longest first word of a heading; German writes numbers as one word.
const LONGEST_WORD: usize = 40;

/// Returns the letters at the start of a text, up to the first of a script that needs no spaces.
fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphabetic() || is_cjk(c)).unwrap_or(text.len());
    &text[..end]
}

/// `新年番外`: checks for a name that is not the first word.
fn may_be_qualified(line: &str) -> bool {
    const NEAR: usize = 10;
    let begins = |c: char| QUALIFIED.iter().any(|name| name.name.starts_with(c));
    !line.is_ascii() && line.chars().take(NEAR).any(|c| matches!(c, '番' | '外' | '외' | '번') && begins(c))
}

/// Words that begin headings.
struct First {
    /// Folded first words in scripts with case.
    words: HashSet<String>,
    /// Words of other scripts, by first character.
    others: HashMap<char, Vec<&'static str>>,
}

impl First {
    fn of_tables() -> Self {
        const SIGNS: [&str; 3] = ["no", "nr", "n"];
        let all = WORDS
            .iter()
            .map(|unit| unit.word)
            .chain(NAMES.iter().chain(QUALIFIED).map(|name| name.name))
            .chain(PREAMBLES.iter().chain(VOLUME_NAMES).copied())
            .chain(CJK_PREFIXES.iter().map(|(word, ..)| *word))
            .chain(KOREAN_ORDINALS.iter().map(|(word, _)| *word))
            .chain(SIGNS);
        let mut first = Self { words: HashSet::new(), others: HashMap::new() };
        for word in all {
            first.words.insert(number_words::folded(first_word(word)));
            first.add_other(word);
        }
        number_words::all_of(Lang::Arabic).for_each(|word| first.add_other(word));
        first
    }

    fn add_other(&mut self, word: &'static str) {
        // Stop at letters with case: the table contains `記念ss` for `記念SS`.
        let end = word.find(|c: char| c.is_lowercase() || c.is_uppercase()).unwrap_or(word.len());
        if let Some(c) = word[..end].chars().next() {
            self.others.entry(c).or_default().push(&word[..end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line;
    use super::*;

    #[test]
    fn no_heading_is_lost() {
        let words: Vec<&str> = WORDS.iter().map(|unit| unit.word).collect();
        let names: Vec<&str> =
            NAMES.iter().chain(QUALIFIED).map(|name| name.name).chain(VOLUME_NAMES.iter().copied()).collect();
        let numbers = [
            "1",
            "IV",
            "iv",
            "Ⅳ",
            "４",
            "四",
            "壹",
            "①",
            "one",
            "Twenty-One",
            "premier",
            "erstes",
            "einundzwanzig",
            "primero",
            "первая",
            "первый",
            "satu",
            "một",
            "الأول",
            "pierwszy",
            "birinci",
            "İkinci",
            "ALTINCI",
            "๑",
            "१",
            "첫 번째 이야기",
            "제 일 장",
            "第三章",
            "○一",
            "No. V",
            "#4",
            "the First",
        ];
        let mut tried = 0;
        let mut check = |text: &str| {
            for text in [text.to_owned(), text.to_uppercase(), format!("■{text}"), format!("【{text}】")]
            {
                let found = line::parse_unfiltered(&text, &[]).is_some();
                assert!(!found || may_be_heading(&text, &[]), "{text}");
                tried += usize::from(found);
            }
        };
        for number in numbers {
            check(number);
            check(&format!("霧の港　{number}"));
            for word in &words {
                check(&format!("{word} {number}"));
                check(&format!("{word}{number}"));
                check(&format!("{number} {word}"));
                check(&format!("The {number} {word}: Rain"));
            }
        }
        for name in names {
            check(name);
            check(&format!("{name}: rain"));
            check(&format!("新年{name} 1"));
        }
        assert!(tried > 5_000, "{tried}");
    }

    #[test]
    fn prose_is_passed_over() {
        for text in [
            "a",
            "He ran.",
            "“Four,” he said.",
            "「はい」",
            "雨が降った。",
            "그는 웃었다.",
            "Шёл дождь.",
            "* * *",
            "---",
            "……",
            "Undone, he went.",
        ] {
            assert!(!may_be_heading(text, &[]), "{text}");
        }
        assert!(may_be_heading("霧の港", &["霧の港".to_owned()]));
    }
}
