//! Does a line look like a heading? By its own look only; `outline` decides which of them count.

use super::numeral::{self, Script};

/// The kinds of numbered units, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Unit {
    Volume,
    Part,
    Chapter,
    Episode,
    Section,
}

/// What a line looks like; headings of one level in one book agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Style {
    /// `第三章`, `Chapter 4`: the number says of what.
    Unit(Unit),
    /// `一　午後の授業`, `4.`: a number alone, or before a title.
    Bare { script: Script, bracketed: bool },
    /// `プロローグ`, `Epilogue`: no number.
    Named,
}

/// A line that looks like a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) style: Style,
    /// 0 for [`Style::Named`].
    pub(super) number: u32,
}

const LONGEST: usize = 80;
const LONGEST_BARE: usize = 40;

/// Units that follow `第` and a number, or a number alone where the flag is set.
const SUFFIXES: &[(&str, Unit, bool)] = &[
    ("巻", Unit::Volume, false),
    ("卷", Unit::Volume, false),
    ("冊", Unit::Volume, false),
    ("册", Unit::Volume, false),
    ("集", Unit::Volume, false),
    ("권", Unit::Volume, true),
    ("部", Unit::Part, false),
    ("編", Unit::Part, false),
    ("篇", Unit::Part, false),
    ("幕", Unit::Part, false),
    ("부", Unit::Part, true),
    ("章", Unit::Chapter, true),
    ("장", Unit::Chapter, true),
    ("話", Unit::Episode, true),
    ("话", Unit::Episode, true),
    ("回", Unit::Episode, false),
    ("夜", Unit::Episode, false),
    ("화", Unit::Episode, true),
    ("회", Unit::Episode, true),
    ("節", Unit::Section, false),
    ("节", Unit::Section, false),
    ("절", Unit::Section, true),
];

/// Units that a number follows.
const PREFIXES: &[(&str, Unit)] = &[
    ("volume", Unit::Volume),
    ("vol.", Unit::Volume),
    ("band", Unit::Volume),
    ("tome", Unit::Volume),
    ("том", Unit::Volume),
    ("book", Unit::Part),
    ("part", Unit::Part),
    ("act", Unit::Part),
    ("partie", Unit::Part),
    ("parte", Unit::Part),
    ("teil", Unit::Part),
    ("часть", Unit::Part),
    ("книга", Unit::Part),
    ("chapter", Unit::Chapter),
    ("chapitre", Unit::Chapter),
    ("kapitel", Unit::Chapter),
    ("capítulo", Unit::Chapter),
    ("capitulo", Unit::Chapter),
    ("capitolo", Unit::Chapter),
    ("глава", Unit::Chapter),
    ("episode", Unit::Episode),
    ("letter", Unit::Episode),
    ("section", Unit::Section),
    ("scene", Unit::Section),
];

const NAMES: &[&str] = &[
    "プロローグ",
    "エピローグ",
    "序章",
    "終章",
    "序",
    "跋",
    "序幕",
    "終幕",
    "幕間",
    "間章",
    "閑話",
    "まえがき",
    "前書き",
    "はしがき",
    "はじめに",
    "あとがき",
    "後書き",
    "おわりに",
    "番外編",
    "番外",
    "外伝",
    "楔子",
    "引子",
    "序言",
    "前言",
    "尾声",
    "尾聲",
    "后记",
    "後記",
    "番外篇",
    "프롤로그",
    "에필로그",
    "작가의 말",
    "prologue",
    "epilogue",
    "preface",
    "foreword",
    "introduction",
    "afterword",
    "interlude",
    "пролог",
    "эпилог",
];

/// What the line looks like, if it looks like a heading at all.
pub(super) fn find(line: &str) -> Option<Heading> {
    let line = line.trim();
    if line.is_empty() || line.chars().nth(LONGEST).is_some() || line.ends_with(['。', '、', '，', ',', ';'])
    {
        return None;
    }
    let named = || find_named(line).then_some(Heading { style: Style::Named, number: 0 });
    find_suffixed(line).or_else(|| find_prefixed(line)).or_else(named).or_else(|| find_bare(line))
}

/// Whether the rest of a heading line, after its number or name, is empty or set off as a title.
fn is_set_off(rest: &str) -> bool {
    rest.is_empty()
        || rest.starts_with(|c: char| c.is_whitespace() || ".:：—–―－-‐・．、「『【（(《〈〔".contains(c))
}

/// `第三章`, `第3話　題`, `３章：題`, `第一部　第二章`: of several units in one line the last one counts.
fn find_suffixed(line: &str) -> Option<Heading> {
    let after = line.strip_prefix(['第', '제']).map(str::trim_start);
    let (number, script, rest) = numeral::take(after.unwrap_or(line))?;
    if matches!(script, Script::Word) || (after.is_none() && matches!(script, Script::Roman)) {
        return None;
    }
    let rest = rest.trim_start();
    let (suffix, unit, _) =
        SUFFIXES.iter().find(|(suffix, _, alone)| rest.starts_with(suffix) && (*alone || after.is_some()))?;
    let rest = &rest[suffix.len()..];
    // Chinese sets the title close: `第一章启程`. With kana in it, it may as well be a sentence.
    let close = after.is_some()
        && *unit <= Unit::Episode
        && !rest.chars().any(|c| c.is_whitespace() || ('ぁ'..='ヿ').contains(&c) || "，。！？…".contains(c));
    if !is_set_off(rest) && !close {
        return None;
    }
    let inner = find_suffixed(rest.trim_start());
    let narrower = inner.filter(|inner| matches!(inner.style, Style::Unit(narrow) if narrow > *unit));
    Some(narrower.unwrap_or(Heading { style: Style::Unit(*unit), number }))
}

/// `Chapter 4`, `CHAPTER IV. Title`, `Part the First`.
fn find_prefixed(line: &str) -> Option<Heading> {
    let (word, rest) = line.split_once(char::is_whitespace)?;
    let word = word.to_lowercase();
    let (_, unit) = PREFIXES.iter().find(|(prefix, _)| *prefix == word)?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("the ").or_else(|| rest.strip_prefix("THE ")).unwrap_or(rest);
    let (number, _, rest) = numeral::take(rest)?;
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || ".:—–-".contains(c));
    // `Chapter 4 was the longest.` is a sentence.
    let sentence = title.starts_with(char::is_lowercase) && title.ends_with(['.', '!', '?', '”', '"'])
        || rest.starts_with(' ') && title.starts_with(char::is_lowercase);
    (is_set_off(rest) && !sentence).then_some(Heading { style: Style::Unit(*unit), number })
}

fn find_named(line: &str) -> bool {
    let line = line.to_lowercase();
    NAMES.iter().filter_map(|name| line.strip_prefix(name)).any(|rest| {
        let title = rest.trim_start_matches(|c: char| c.is_whitespace() || ".:：—–-".contains(c));
        // `Introduction to the house` is a phrase; after a space only CJK titles are set off by it alone.
        rest.is_empty()
            || rest.starts_with(['\u{3000}', ':', '：', '—', '–', '「', '『', '（', '('])
            || rest.starts_with(' ') && !title.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

/// `一　題`, `1. Title`, `IV.`, `（三）`, `７`.
fn find_bare(line: &str) -> Option<Heading> {
    const BRACKETS: &[(char, char)] =
        &[('（', '）'), ('(', ')'), ('【', '】'), ('〈', '〉'), ('［', '］'), ('[', ']'), ('〔', '〕')];
    if line.chars().nth(LONGEST_BARE).is_some() || line.ends_with(['」', '』', '”']) {
        return None;
    }
    let bracket = BRACKETS.iter().find(|(open, _)| line.starts_with(*open));
    let inside = bracket.map_or(line, |(open, _)| line[open.len_utf8()..].trim_start());
    let (number, script, rest) = numeral::take(inside)?;
    let rest = match bracket {
        Some((_, close)) => rest.trim_start().strip_prefix(*close)?,
        None => rest,
    };
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || ".．、:：)）".contains(c));
    let set_off = match script {
        _ if rest.is_empty() => true,
        Script::Word => false,
        // `I am` and `1 dog` begin sentences; `1.5` is a number.
        Script::Roman => rest.starts_with(['.', '．', '\u{3000}']),
        _ => rest.starts_with(|c: char| c.is_whitespace() || ".．、:：)）".contains(c)),
    };
    let number_goes_on = title.starts_with(|c: char| c.is_ascii_digit());
    (set_off && !number_goes_on)
        .then_some(Heading { style: Style::Bare { script, bracketed: bracket.is_some() }, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_recognized() {
        use Unit::{Chapter, Episode, Part, Volume};
        for (line, unit, number) in [
            ("第三章", Chapter, 3),
            ("\u{3000}\u{3000}第十二章　帰郷", Chapter, 12),
            ("第3話 出会い", Episode, 3),
            ("第３話「出会い」", Episode, 3),
            ("第一部　上京", Part, 1),
            ("第一部　第二章　駅", Chapter, 2),
            ("第1章：はじまり", Chapter, 1),
            ("12話　夜", Episode, 12),
            ("第一章启程", Chapter, 1),
            ("제 3 장 시작", Chapter, 3),
            ("3화", Episode, 3),
            ("Chapter 4", Chapter, 4),
            ("CHAPTER IV.", Chapter, 4),
            ("Chapter One: The Door", Chapter, 1),
            ("Chapter Twenty-One", Chapter, 21),
            ("PART THE FIRST", Part, 1),
            ("Volume II", Volume, 2),
            ("Глава 7. Дорога", Chapter, 7),
        ] {
            assert_eq!(find(line), Some(Heading { style: Style::Unit(unit), number }), "{line}");
        }
        for line in ["プロローグ", "エピローグ　その後", "Epilogue", "PROLOGUE: Fire", "終章"]
        {
            assert_eq!(find(line).map(|heading| heading.style), Some(Style::Named), "{line}");
        }
        for (line, number) in
            [("一　午後の授業", 1), ("九　ジョバンニの切符", 9), ("IV.", 4), ("7", 7), ("（三）", 3)]
        {
            let heading = find(line).expect(line);
            assert!(matches!(heading.style, Style::Bare { .. }), "{line}");
            assert_eq!(heading.number, number, "{line}");
        }
    }

    #[test]
    fn sentences_are_no_headings() {
        for line in [
            "",
            "一人で行った",
            "一番星が出た。",
            "「一　二　三」",
            "第一章は長かった",
            "第一印象が大事だ。",
            "Chapter 4 was the longest of them.",
            "Part of him wanted to go.",
            "I am a cat",
            "3.14 is pi",
            "Introduction to the house",
            "三日、雨が降った",
            "One day he left",
        ] {
            assert_eq!(find(line), None, "{line}");
        }
    }
}
