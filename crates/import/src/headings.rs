//! Finds the headings of volumes and chapters among the lines of a text.
//!
//! [`line`] finds candidates, each from its line alone: a number with a unit (`第三章`, `Chapter 4`), a number
//! alone, or a name (`Prologue`). [`choose`] then weighs the whole file: a row of consecutive numbers, a
//! common form and layout of headings, and the layout of prose. An irregular number never ends the search.

mod bare;
mod chain;
mod choose;
mod han;
mod layout;
mod line;
mod names;
mod number;
mod number_tables;
mod number_words;
mod numbering;
mod prefilter;
mod prefixed;
mod roman;
mod sections;
mod subtitle;
mod tail;
mod unit;
mod words;

use crate::book::one_line;
use crate::lines::Lines;
use choose::{Candidate, Choice, Role};
use layout::{Layout, Place};
use line::{Kind, Tail};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) use sections::{contents_skipped, sections};

/// A heading of a volume or a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    /// Line number, from 0.
    pub(crate) line: usize,
    /// Number of lines.
    pub(crate) lines: usize,
    pub(crate) level: Level,
    /// Title on one line, with the printed number.
    pub(crate) title: String,
    /// The volume named in the heading's own line: `第一卷` of `第一卷 第三章`.
    pub(crate) volume: Option<String>,
    /// The number does not continue those before it.
    pub(crate) irregular: bool,
    /// The heading is a name such as `Prologue`, not a number.
    pub(crate) is_name: bool,
}

impl Heading {
    /// Makes the heading of a chapter that is marked up as a heading.
    pub(crate) fn chapter(line: usize, title: &str) -> Self {
        let title = one_line(title);
        Self { line, lines: 1, level: Level::Chapter, title, volume: None, irregular: false, is_name: false }
    }
}

/// What begins at a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// A volume; a larger depth is a part inside a volume.
    Volume(u8),
    Chapter,
}

/// The headings of a text in text order, and the lines (from 0, ascending) of contents lists, which are
/// neither headings nor text.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) headings: Vec<Heading>,
    pub(crate) contents: Vec<usize>,
}

/// Largest number of candidates kept, which bounds memory. No real text has so many headings.
pub(crate) const MOST_CANDIDATES: usize = 200_000;

/// Finds the headings among lines of text. Blank lines and indentation are used if the file has them; blocks
/// of a document without either also work.
pub(crate) fn find(lines: &Lines<'_>) -> Outline {
    let titles = first_lines(lines);
    let mut candidates = collect(lines, &titles);
    let contents = take_contents(lines, &mut candidates);
    place(lines, &mut candidates);
    let choices = choose::choose(lines, &candidates);
    let irregular = numbering::irregular(lines, &candidates, &choices);
    let mut headings: Vec<Heading> =
        choices.iter().map(|choice| heading(lines, &candidates[choice.at], choice, &irregular)).collect();
    let is_bare: Vec<bool> =
        choices.iter().map(|choice| candidates[choice.at].parsed.form.tail == Tail::None).collect();
    subtitle::join(lines, &is_bare, &mut headings);
    Outline { headings, contents }
}

/// Returns whether a line alone looks like the heading of a chapter, volume, front or back matter. A number
/// alone does not.
pub(crate) fn looks_like_heading(line: &str) -> bool {
    let found = line::parse(line, &[]);
    found.is_some_and(|found| found.kind != Kind::Bare && found.look == line::Look::Clear && !found.weak)
}

/// The meaning of a label or heading by itself, without other lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Label {
    pub(crate) unit: LabelUnit,
    /// The label is a name such as `Prologue`, not a number.
    pub(crate) is_name: bool,
    /// What the headings of one row share: the word, and the mark before it.
    form: (&'static str, Option<char>),
}

/// The unit that a label names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LabelUnit {
    /// `第1巻`, `Part Two`.
    Volume,
    /// `第3話`, `Chapter 4`, `Prologue`.
    Chapter,
    /// A section, or a number alone.
    Other,
}

/// Parses a label of a table of contents, or a line marked up as a heading.
pub(crate) fn label(text: &str) -> Option<Label> {
    let parsed = line::parse(text, &[])?;
    let unit = match parsed.kind {
        _ if parsed.look == line::Look::Doubtful => LabelUnit::Other,
        Kind::Unit(line::Unit::Volume | line::Unit::Part) | Kind::VolumeName => LabelUnit::Volume,
        Kind::Unit(line::Unit::Chapter | line::Unit::Episode) if !parsed.weak => LabelUnit::Chapter,
        Kind::Name(names::NameKind::Sure | names::NameKind::Likely) => LabelUnit::Chapter,
        _ => LabelUnit::Other,
    };
    let is_name = matches!(parsed.kind, Kind::Name(_) | Kind::VolumeName);
    Some(Label { unit, is_name, form: (parsed.form.word, parsed.form.mark) })
}

/// Returns the first lines that are not headings: the work's title may be repeated before each heading.
fn first_lines(lines: &Lines<'_>) -> Vec<String> {
    const MOST: usize = 3;
    const LONGEST: usize = 40;
    let texts = lines.iter().take(50).map(str::trim).filter(|line| !line.is_empty()).take(MOST);
    texts
        .filter(|line| {
            (2..=LONGEST).contains(&line.chars().take(LONGEST + 1).count())
                && line::parse(line, &[]).is_none()
        })
        .map(str::to_owned)
        .collect()
}

fn collect(lines: &Lines<'_>, titles: &[String]) -> Vec<Candidate> {
    lines
        .iter()
        .enumerate()
        .filter_map(|(at, text)| {
            let parsed = line::parse(text, titles)?;
            let volume: String = text.trim().chars().take(parsed.volume_chars).collect();
            let volume = if volume.is_empty() { 0 } else { hash(volume.trim()) };
            Some(Candidate { line: at, parsed, place: Place::Neutral, volume })
        })
        .take(MOST_CANDIDATES)
        .collect()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish() | 1
}

/// Removes the entries of contents lists from the candidates, and returns their lines. A contents list is a
/// run of adjacent candidates most of which come again later.
fn take_contents(lines: &Lines<'_>, candidates: &mut Vec<Candidate>) -> Vec<usize> {
    const SHORTEST: usize = 3;
    let mut last_text: HashMap<&str, usize> = HashMap::new();
    let mut last_number: HashMap<(Kind, u32, u64), usize> = HashMap::new();
    for candidate in candidates.iter() {
        last_text.insert(lines.at(candidate.line).trim(), candidate.line);
        if let Some(key) = number_key(candidate) {
            last_number.insert(key, candidate.line);
        }
    }
    let mut contents = Vec::new();
    let mut start = 0;
    while start < candidates.len() {
        let mut end = start + 1;
        while end < candidates.len() && goes_on(lines, &candidates[end - 1], &candidates[end]) {
            end += 1;
        }
        // The last candidate may be the first heading of the text.
        let run = &candidates[start..end];
        let last = run[run.len() - 1].line;
        let again = |candidate: &&Candidate| {
            last_text.get(lines.at(candidate.line).trim()).is_some_and(|line| *line > candidate.line)
        };
        let numbered = |candidate: &&Candidate| {
            number_key(candidate).and_then(|key| last_number.get(&key)).is_some_and(|line| *line > last)
        };
        let same_text = run.iter().filter(again).count();
        let same_number = run.iter().filter(numbered).count();
        if run.len() > 1 && same_text * 2 > run.len() {
            contents.extend(run.iter().filter(again).map(|candidate| candidate.line));
        } else if run.len() >= SHORTEST && same_number * 5 >= run.len() * 4 {
            contents.extend(run.iter().map(|candidate| candidate.line));
        }
        start = end;
    }
    let listed: HashSet<usize> = contents.iter().copied().collect();
    candidates.retain(|candidate| !listed.contains(&candidate.line));
    contents
}

fn number_key(candidate: &Candidate) -> Option<(Kind, u32, u64)> {
    let number = candidate.parsed.number?;
    Some((candidate.parsed.kind, number.major, u64::from(number.minor.unwrap_or(0))))
}

/// Returns whether a contents list with `before` may continue with `after`. `after` must follow directly and
/// not have a smaller number: numbers begin anew at the first heading of the text.
fn goes_on(lines: &Lines<'_>, before: &Candidate, after: &Candidate) -> bool {
    let begins_anew = match (number_key(before), number_key(after)) {
        (Some((kind, last, _)), Some((same, next, _))) => kind == same && next < last,
        _ => false,
    };
    !begins_anew && nothing_between(lines, before.line, after.line)
}

fn nothing_between(lines: &Lines<'_>, before: usize, after: usize) -> bool {
    const MOST: usize = 20;
    after - before <= MOST && lines.are_blank(before + 1..after)
}

/// Determines how each candidate is set relative to the lines of prose.
fn place(lines: &Lines<'_>, candidates: &mut [Candidate]) {
    let numbers: HashSet<usize> = candidates.iter().map(|candidate| candidate.line).collect();
    let layout = Layout::of(lines, |at| numbers.contains(&at));
    let mut before = None;
    for candidate in candidates {
        let joined = before.is_some_and(|before| before + 1 == candidate.line);
        candidate.place = layout.place(lines, candidate.line, joined);
        before = Some(candidate.line);
    }
}

fn heading(lines: &Lines<'_>, candidate: &Candidate, choice: &Choice, irregular: &HashSet<usize>) -> Heading {
    let text = lines.at(candidate.line).trim();
    let level = match choice.role {
        Role::Volume(depth) => Level::Volume(depth),
        Role::Chapter => Level::Chapter,
    };
    let (volume, title) = match candidate.parsed.volume_chars {
        0 => (None, text),
        _ if level != Level::Chapter => (None, text),
        chars => {
            let at = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
            let marks = |c: char| c.is_whitespace() || ",，:：-–—·、【[".contains(c);
            (Some(one_line(text[..at].trim_matches(marks))), text[at..].trim())
        }
    };
    // A bare number keeps its mark: `#4`.
    let title = if candidate.parsed.kind == Kind::Bare { title } else { line::without_marks(title) };
    Heading {
        line: candidate.line,
        lines: 1,
        level,
        title: one_line(title),
        volume: volume.filter(|volume| !volume.is_empty()),
        irregular: irregular.contains(&choice.at),
        is_name: matches!(candidate.parsed.kind, Kind::Name(_)),
    }
}

#[cfg(test)]
mod tests;
