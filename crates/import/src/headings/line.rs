//! Decides whether a line looks like a heading, from the line alone. `choose` then selects the headings.

use super::names::{self, Name, NameKind};
use super::number::{self, Number, Script, is_cjk};
use super::number_words::Lang;
use super::prefilter;
use super::tail;
use super::words;
use std::borrow::Cow;

/// Kinds of numbered units, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Unit {
    Volume,
    Part,
    Chapter,
    Episode,
    Section,
}

/// What a candidate names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// `第三章`, `Chapter 4`: a number with its unit.
    Unit(Unit),
    /// `一　午後の授業`, `4.`, `#4`: a number alone or before a title.
    Bare,
    /// `Prologue`, `番外一`: a side story, front matter or back matter.
    Name(NameKind),
    /// `上巻`, `正文`: a volume without a number.
    VolumeName,
}

/// How much the words of a line look like a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// A sentence may begin with the same words.
    Doubtful,
    Plausible,
    Clear,
}

/// How a title follows the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tail {
    None,
    SetOff,
    Glued,
}

/// The form of a heading: its word and layout. The headings of a book usually share one form, or a few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Form {
    /// The word of the unit or name; empty for a bare number.
    pub(super) word: &'static str,
    pub(super) script: Script,
    pub(super) tail: Tail,
    /// The bracket around it or the mark before it.
    pub(super) mark: Option<char>,
    /// Hash of the text before the heading, 0 for none: `열쇠의 집` in `열쇠의 집 2화`.
    pub(super) prefix: u64,
    /// The number has a leading zero, or a dot after it.
    pub(super) dotted: bool,
}

/// A line that looks like a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) kind: Kind,
    /// `None` for names without a number.
    pub(super) number: Option<Number>,
    pub(super) look: Look,
    pub(super) form: Form,
    /// Prose uses this unit's word too: such lines are chapters only if several form a row.
    pub(super) weak: bool,
    /// Code points of the trimmed line before the chapter's heading that name its volume
    /// (`第一卷 笼中雀 第一章 惊蛰`); 0 for none.
    pub(super) volume_chars: usize,
    /// The unit of that volume.
    pub(super) volume_unit: Option<Unit>,
}

const LONGEST: usize = 80;
const LONGEST_BARE: usize = 50;

/// Parses a line; `None` if it does not look like a heading. `titles` are the file's first lines: some files
/// repeat them before each heading.
pub(super) fn parse(line: &str, titles: &[String]) -> Option<Parsed> {
    let line = line.trim();
    if !is_short(line) || !prefilter::may_be_heading(line, titles) {
        return None;
    }
    parse_unfiltered(line, titles)
}

/// Compares bytes first: a code point has at most four.
fn is_short(line: &str) -> bool {
    line.len() <= 4 * LONGEST && line.chars().nth(LONGEST).is_none()
}

/// Same as [`parse`], for a line that has passed the prefilter.
pub(super) fn parse_unfiltered(line: &str, titles: &[String]) -> Option<Parsed> {
    let folded = fold(line);
    let (core, mark) = peel(&folded);
    let mut found = parse_core(core, mark).or_else(|| super::prefixed::parse(core, titles))?;
    found.form.mark = found.form.mark.or(mark);
    if found.volume_chars > 0 {
        let before = folded.find(core).map_or(0, |at| folded[..at].chars().count());
        found.volume_chars += before;
    }
    Some(found)
}

/// Replaces full-width letters, digits and marks by ASCII, one code point for one; U+3000 stays.
fn fold(line: &str) -> Cow<'_, str> {
    if line.is_ascii() && !line.contains('\t') {
        return Cow::Borrowed(line);
    }
    line.chars()
        .map(|c| match c {
            '０'..='９'
            | 'Ａ'..='Ｚ'
            | 'ａ'..='ｚ'
            | '＃'
            | '［'
            | '］'
            | '＜'
            | '＞'
            | '＊'
            | '＝'
            | '（'
            | '）' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{a0}' | '\t' => ' ',
            _ => c,
        })
        .collect::<String>()
        .into()
}

/// Marks that decorate a heading when they precede it.
pub(super) const MARKS: &[char] = &[
    '#', '＃', '■', '□', '◆', '◇', '●', '○', '◎', '★', '☆', '※', '▼', '▽', '▲', '△', '§', '♦', '♢', '❖', '✦',
    '✧', '♪', '☰', '◈', '▣', '▶', '►', '❀', '✿', '〓',
];

/// Marks that decorate a heading only on both sides; a single mark begins a list item or dialogue.
pub(super) const PAIRED: &[char] =
    &['*', '-', '=', '~', '～', '〜', '—', '–', '―', '─', '－', '_', '·', '・', '+', '|'];

/// Removes the decoration: `■第一話■`, `=== Chapter 1 ===`.
fn peel(line: &str) -> (&str, Option<char>) {
    const MOST: usize = 20;
    let first = line.chars().next();
    let of = |marks: &'static [char]| move |c: char| marks.contains(&c) || c.is_whitespace();
    if let Some(mark) = first.filter(|c| MARKS.contains(c)) {
        let core = line.trim_start_matches(of(MARKS));
        let taken = line[..line.len() - core.len()].chars().count();
        let core = core.trim_end_matches(of(MARKS));
        // `☆、第一章`
        let core = core.trim_start_matches(['、', '，']).trim_start();
        if taken <= MOST && !core.is_empty() {
            // The mark of `#4` is kept, since it shows that 4 is a chapter number.
            return (core.trim(), Some(mark));
        }
    }
    if let Some(mark) = first.filter(|c| PAIRED.contains(c)) {
        let core = line.trim_start_matches(of(PAIRED));
        let ends = line.ends_with(PAIRED);
        let core = core.trim_end_matches(of(PAIRED));
        if ends && !core.is_empty() {
            return (core, Some(mark));
        }
    }
    (line, None)
}

/// Returns a title without decorating marks.
pub(super) fn without_marks(title: &str) -> &str {
    let (core, _) = peel(title);
    if core.is_empty() { title } else { core }
}

pub(super) const BRACKETS: &[(char, char)] = &[
    ('【', '】'),
    ('〖', '〗'),
    ('[', ']'),
    ('<', '>'),
    ('〈', '〉'),
    ('《', '》'),
    ('(', ')'),
    ('〔', '〕'),
    ('{', '}'),
    ('≪', '≫'),
    ('«', '»'),
    ('『', '』'),
];

fn parse_core(core: &str, mark: Option<char>) -> Option<Parsed> {
    for (open, close) in BRACKETS {
        let Some(inside) = core.strip_prefix(*open) else { continue };
        let (inner, after) = inside.split_once(*close)?;
        return parse_bracketed(inner.trim(), after, *open);
    }
    parse_plain(core, mark)
}

/// `【第二章】再会故人`, `[3화]`, `(三)`, `【番外】旧梦`.
fn parse_bracketed(inner: &str, after: &str, mark: char) -> Option<Parsed> {
    let mut found = parse_plain(inner, Some(mark))?;
    found.form.mark = Some(mark);
    if found.volume_chars > 0 {
        found.volume_chars += 1;
    }
    let after = after.trim();
    if after.is_empty() {
        return Some(found);
    }
    // A heading in quotation marks with text after it is a quotation.
    if mark == '『' || after.contains(['】', ']', '》']) && after.chars().count() < 2 {
        return None;
    }
    let (_, look) = tail::judge(&format!(": {after}"), false)?;
    found.look = found.look.min(look);
    if found.form.tail == Tail::None {
        found.form.tail = Tail::SetOff;
    }
    Some(found)
}

fn parse_plain(text: &str, mark: Option<char>) -> Option<Parsed> {
    parse_unit(text).or_else(|| parse_name(text)).or_else(|| parse_bare(text, mark))
}

/// Parses a unit with its number and title. For `第一卷 笼中雀 第一章 惊蛰` the result is the chapter, with its
/// volume.
pub(super) fn parse_unit(text: &str) -> Option<Parsed> {
    for preamble in words::PREAMBLES {
        if let Some(rest) = strip_word(text, preamble) {
            let inner = rest.trim_start_matches([' ', '\u{3000}', ':', '：', '-', '·', '.', '_']);
            if let Some(mut found) = parse_unit(inner) {
                found.form.prefix = found.form.prefix.max(1);
                if found.volume_chars > 0 {
                    found.volume_chars += text[..text.len() - inner.len()].chars().count();
                }
                return Some(found);
            }
        }
    }
    let outer = super::unit::parse(text)?;
    let Kind::Unit(unit) = outer.parsed.kind else { return Some(outer.parsed) };
    if unit > Unit::Chapter {
        return Some(outer.parsed);
    }
    // Look for the heading of a narrower unit further on in the line.
    const MOST_PLACES: usize = 8;
    let is_gap = |c: char| c.is_whitespace() || ",，:：-–—·、】]".contains(c);
    let rest = outer.rest;
    let starts = std::iter::once(0)
        .chain(rest.char_indices().filter(|(_, c)| is_gap(*c)).map(|(at, c)| at + c.len_utf8()))
        .take(MOST_PLACES);
    for start in starts {
        let Some(inner) = super::unit::parse(&rest[start..]) else { continue };
        let narrower =
            matches!(inner.parsed.kind, Kind::Unit(narrow) if narrow > unit && narrow != Unit::Section);
        if narrower && inner.parsed.look >= Look::Plausible && !inner.parsed.weak {
            let mut found = inner.parsed;
            let before = text.len() - rest.len() + start;
            found.volume_chars = text[..before].chars().count();
            found.volume_unit = Some(unit);
            found.form.prefix = 1;
            return Some(found);
        }
    }
    Some(outer.parsed)
}

/// Returns the text after `word`, ignoring case. A Latin word must not be followed by a letter.
pub(super) fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in word.chars() {
        let c = rest.next()?;
        // In Turkish, I with a dot and I without a dot are two letters.
        let is_turkish = matches!((c, expected), ('İ', 'i') | ('I', 'ı'));
        if c != expected && !is_turkish && !c.to_lowercase().eq([expected]) {
            return None;
        }
    }
    let rest = rest.as_str();
    let latin = word.ends_with(|c: char| c.is_alphabetic() && !is_cjk(c));
    let goes_on = rest.starts_with(|c: char| c.is_alphabetic() && !is_cjk(c));
    (!latin || !goes_on).then_some(rest)
}

/// `Prologue`, `番外一 旧梦`, `閑話1`, `외전 1화`, `외전. 안개`, `新年番外：雪`, `附录`.
fn parse_name(text: &str) -> Option<Parsed> {
    if words::VOLUME_NAMES.contains(&text) {
        return Some(named(Kind::VolumeName, "", None, Tail::None, Look::Clear));
    }
    let found = names::names_for(text).iter().find_map(|name| after_name(name, strip_word(text, name.name)?));
    found.or_else(|| qualified_name(text))
}

/// Parses the text after a name: a number, a title or nothing.
fn after_name(name: &Name, rest: &str) -> Option<Parsed> {
    let inner = rest.trim_start_matches([
        ' ', '\u{3000}', '-', '－', '–', '—', '·', '.', '．', ':', '：', '・', '#', '_', '(',
    ]);
    let glued = rest.len() == inner.len();
    let counted = super::unit::parse(inner)
        .filter(|unit| unit.parsed.look >= Look::Plausible || !glued)
        .map(|unit| (unit.parsed.number, unit.parsed.form.tail, unit.parsed.look))
        .or_else(|| {
            let taken = number::take(inner, Lang::English)?;
            // `SS` and `Extra` before a Roman numeral or number word may be ordinary text.
            let plain = matches!(taken.script, Script::Arabic | Script::Han | Script::Enclosed);
            let roman = taken.script == Script::Roman
                && (taken.rest.is_empty() || taken.rest.starts_with([':', '.', '-', '—', '–', ')']));
            let (tail, look) = tail::judge(taken.rest.strip_prefix(')').unwrap_or(taken.rest), false)?;
            (plain || roman).then_some((Some(taken.number), tail, look))
        });
    if let Some((number, tail, look)) = counted {
        return Some(named(Kind::Name(name.kind), name.name, number, tail, look));
    }
    let marked = rest.trim_start().starts_with([':', '：', '「', '『']);
    if name.kind == NameKind::Counted && !marked {
        return None;
    }
    let (tail, look) = tail::judge_name(rest, name.name)?;
    Some(named(Kind::Name(name.kind), name.name, None, tail, look))
}

/// `新年番外：雪`, `クリスマス番外編`: a name directly after its occasion.
fn qualified_name(text: &str) -> Option<Parsed> {
    const LONGEST: usize = 8;
    let places =
        text.char_indices().take(LONGEST + 1).take_while(|(_, c)| is_cjk(*c) || c.is_ascii_alphanumeric());
    places.skip(1).find_map(|(at, _)| {
        let start = &text[at..];
        let name = names::QUALIFIED.iter().find(|name| start.starts_with(name.name))?;
        let mut found = after_name(name, &start[name.name.len()..])?;
        found.look = found.look.min(Look::Plausible);
        Some(found)
    })
}

fn named(kind: Kind, word: &'static str, number: Option<Number>, tail: Tail, look: Look) -> Parsed {
    let form = Form { word, script: Script::Word, tail, mark: None, prefix: 0, dotted: false };
    Parsed { kind, number, look, form, weak: false, volume_chars: 0, volume_unit: None }
}

/// `一　題`, `1. Title`, `IV.`, `７`, `No. 5`, `001 题`.
pub(super) fn parse_bare(text: &str, mark: Option<char>) -> Option<Parsed> {
    if text.chars().nth(LONGEST_BARE).is_some() || text.ends_with(['，', ',', ';', '”']) {
        return None;
    }
    const SIGNS: &[&str] = &["no.", "no ", "nr.", "№", "n°", "#"];
    let signed = SIGNS.iter().find_map(|sign| {
        let start = text.get(..sign.len())?;
        start.eq_ignore_ascii_case(sign).then(|| text[sign.len()..].trim_start())
    });
    let taken = number::take(signed.unwrap_or(text), Lang::English)?;
    let rest = taken.rest;
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || ".．、:：)）-–—".contains(c));
    let set_off = match taken.script {
        _ if rest.is_empty() => true,
        Script::Word => false,
        // `I am` and `1 dog` begin sentences.
        Script::Roman => rest.starts_with(['.', '．', '\u{3000}', ':', '：']),
        _ => rest.starts_with(|c: char| c.is_whitespace() || ".．、:：)）-–—".contains(c)),
    };
    let is_word = taken.script == Script::Word && !text.starts_with(char::is_uppercase);
    let number_goes_on = title.starts_with(|c: char| c.is_ascii_digit() || c == '%');
    // A title in lower case after a space continues the phrase: `4 o'clock`, `3 days later`.
    let phrase = rest.starts_with(' ') && title.starts_with(|c: char| c.is_lowercase());
    // `一　「はい」と言った」` is dialogue; a title may be a whole quotation.
    let talk = title.ends_with(['」', '』']) && !title.starts_with(['「', '『']);
    if !set_off || is_word || number_goes_on || phrase || talk {
        return None;
    }
    let dotted = taken.padded || rest.starts_with(['.', '．', '、', ')', '）', ':', '：']);
    let tail = if title.is_empty() { Tail::None } else { Tail::SetOff };
    let look = if title.ends_with(['.', '!', '?', '！', '？', '。', '」', '』']) {
        Look::Plausible
    } else {
        Look::Clear
    };
    let mark = mark.or(signed.map(|_| '#'));
    let form = Form { word: "", script: taken.script, tail, mark, prefix: 0, dotted };
    Some(Parsed {
        kind: Kind::Bare,
        number: Some(taken.number),
        look,
        form,
        weak: false,
        volume_chars: 0,
        volume_unit: None,
    })
}
