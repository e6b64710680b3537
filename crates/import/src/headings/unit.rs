//! Parses numbered units: `第三章`, `Chapter 4`, `卷一`, `3화`, `Erstes Kapitel`.

use super::line::{Form, Kind, Look, Parsed, Tail, Unit, strip_word};
use super::number::{self, Script, Taken};
use super::number_words::{self, Lang};
use super::tail;
use super::words::{self, UnitWord};

/// A unit's heading, and the text after its number.
pub(super) struct Found<'a> {
    pub(super) parsed: Parsed,
    pub(super) rest: &'a str,
}

/// Parses the heading of a numbered unit at the start of `text`.
pub(super) fn parse(text: &str) -> Option<Found<'_>> {
    let text = text.trim();
    suffixed(text)
        .or_else(|| after_word(text))
        .or_else(|| after_character(text))
        .or_else(|| before_word(text))
        .or_else(|| native_korean(text))
}

fn found<'a>(
    unit: Unit,
    word: &'static str,
    taken: &Taken<'_>,
    rest: &'a str,
    weak: bool,
) -> Option<Found<'a>> {
    let (tail, look) = tail::judge(rest, weak)?;
    let form = Form { word, script: taken.script, tail, mark: None, prefix: 0, dotted: false };
    let number = Some(taken.number);
    let parsed =
        Parsed { kind: Kind::Unit(unit), number, look, form, weak, volume_chars: 0, volume_unit: None };
    Some(Found { parsed, rest })
}

/// `第三章`, `第3話　題`, `제 3 장`, `３章：題`, `3화`.
fn suffixed(text: &str) -> Option<Found<'_>> {
    let ordinal = text.chars().next().filter(|c| matches!(c, '第' | '제'));
    let after = ordinal.map(|c| text[c.len_utf8()..].trim_start());
    let lang = if ordinal == Some('제') { Lang::Korean } else { Lang::Other };
    let taken = number::take(after.unwrap_or(text), lang)?;
    if ordinal.is_none() && matches!(taken.script, Script::Roman) {
        return None;
    }
    let rest = taken.rest.trim_start();
    let suffix = words::SUFFIXES
        .iter()
        .find(|suffix| (suffix.alone || ordinal.is_some()) && rest.starts_with(suffix.word))?;
    let rest = &rest[suffix.word.len()..];
    let weak = suffix.weak && ordinal.is_none();
    let mut found = found(suffix.unit, suffix.word, &taken, rest, weak)?;
    found.parsed.form.dotted = ordinal.is_some();
    // Weak units in a row of their own are as good as others.
    found.parsed.weak = false;
    if words::CONTINUED.iter().any(|word| taken.rest.trim_start().starts_with(word)) {
        found.parsed.look = Look::Doubtful;
    }
    Some(found)
}

/// `Chapter 4`, `CHAPTER IV. Title`, `Part the First`, `Chapter101`, `chapter.001`, `Ch. 12`.
fn after_word(text: &str) -> Option<Found<'_>> {
    words::words_for(text).iter().find_map(|unit| {
        let rest = strip_word(text, unit.word)?;
        let gap = rest.trim_start_matches([' ', '\u{3000}', '.', ':', '：', '#', '-', '_']);
        let glued = gap.len() == rest.len();
        let separator = &rest[..rest.len() - gap.len()];
        if separator.chars().count() > 4 {
            return None;
        }
        let gap = strip_word(gap, "the ").or_else(|| strip_word(gap, "no. ")).unwrap_or(gap);
        let gap = strip_word(gap, "thứ ").unwrap_or(gap);
        let taken = number::take(gap, unit.lang)?;
        // `Actiii`, `Bookone`, `Partii` are not headings, and `part-one` is a word.
        let digits = matches!(taken.script, Script::Arabic | Script::Han);
        if !digits && (glued || separator == "-") || (unit.word.len() <= 2 && taken.script == Script::Word) {
            return None;
        }
        let lower = text.starts_with(char::is_lowercase) && taken.script != Script::Arabic;
        let mut found = found(unit.unit, unit.word, &taken, taken.rest, false)?;
        found.parsed.weak = unit.weak;
        if lower || (unit.weak && found.parsed.form.tail != Tail::None) {
            found.parsed.look = found.parsed.look.min(Look::Plausible);
        }
        Some(found)
    })
}

/// `卷一 少年游`, `巻の二`, `その一`.
fn after_character(text: &str) -> Option<Found<'_>> {
    words::CJK_PREFIXES.iter().find_map(|(word, unit, weak)| {
        let rest = text.strip_prefix(word)?.trim_start();
        let taken = number::take(rest, Lang::Other).filter(|taken| taken.script != Script::Roman)?;
        let mut found = found(*unit, word, &taken, taken.rest, false)?;
        // `その一言` and `卷一起` are words.
        if found.parsed.form.tail == Tail::Glued {
            return None;
        }
        found.parsed.weak = *weak;
        Some(found)
    })
}

/// `1. Kapitel`, `First Chapter`, `Erstes Kapitel`, `1-я глава`, `Première partie`.
fn before_word(text: &str) -> Option<Found<'_>> {
    const LANGS: &[Lang] = &[
        Lang::English,
        Lang::German,
        Lang::French,
        Lang::Spanish,
        Lang::Russian,
        Lang::Polish,
        Lang::Turkish,
        Lang::Other,
    ];
    const ENDINGS: &[&str] = &[
        "st", "nd", "rd", "th", "er", "re", "e", "ère", "ème", "-я", "-ая", "-а", "-й", "-р", "-nci",
        "-inci", "º", "ª", "°", ".",
    ];
    let text = strip_word(text, "the ").unwrap_or(text);
    let first = text.chars().next()?;
    if !first.is_alphanumeric() || number::is_cjk(first) {
        return None;
    }
    // Most lines begin with a word that is not a number in any language.
    if first.is_alphabetic() && !number_words::begins_with_number(text) {
        return None;
    }
    LANGS.iter().find_map(|lang| {
        let taken = number::take(text, *lang)?;
        if matches!(taken.script, Script::Roman | Script::Han) {
            return None;
        }
        let mut rest = taken.rest;
        if taken.script == Script::Arabic {
            // `3 part` and `2 book` are not ordinals.
            let ending = ENDINGS.iter().find(|ending| rest.starts_with(**ending))?;
            rest = &rest[ending.len()..];
        }
        let rest = rest.strip_prefix(' ')?;
        let matches =
            |unit: &&'static UnitWord| !unit.weak && (unit.lang == *lang || taken.script == Script::Arabic);
        words::words_for(rest).iter().copied().filter(matches).find_map(|unit| {
            let rest = strip_word(rest, unit.word)?;
            found(unit.unit, unit.word, &taken, rest, false)
        })
    })
}

/// `첫 번째 이야기`, `두번째 밤`.
fn native_korean(text: &str) -> Option<Found<'_>> {
    let (word, value) = words::KOREAN_ORDINALS.iter().find(|(word, _)| text.starts_with(word))?;
    let rest = text[word.len()..].trim_start().strip_prefix("번째")?.trim_start();
    let (counted, unit) = words::KOREAN_COUNTED.iter().find(|(counted, _)| rest.starts_with(counted))?;
    let taken = Taken {
        number: number::Number::whole(*value),
        script: Script::Word,
        padded: false,
        rest: &rest[counted.len()..],
    };
    let mut found = found(*unit, counted, &taken, taken.rest, true)?;
    found.parsed.weak = true;
    Some(found)
}
