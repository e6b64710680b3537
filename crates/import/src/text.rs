//! Reads plain text and Markdown.

mod aozora;
mod front;
mod furniture;
pub(crate) mod gutenberg;
mod markdown;
mod ruby;

use crate::book::{Book, Chapter, Format};
use crate::encoding;
use crate::error::ImportError;
use crate::headings::{self, Heading, Level, MOST_CANDIDATES, contents_skipped};
use crate::lines::Lines;
use crate::options::{Options, Split};
use crate::warning::{Warning, WarningCode};
use front::Front;
use std::collections::HashSet;
use std::ops::Range;

/// Reads a text file. With `markdown`, its headings and front matter are read as Markdown.
pub(crate) fn read(bytes: Vec<u8>, markdown: bool, options: &Options) -> Result<Book, ImportError> {
    let mut warnings = Vec::new();
    let decoded = encoding::decode(bytes, options.encoding, options.language.as_deref(), &mut warnings)?;
    let encoding = Some(decoded.encoding);
    let mut stripped = aozora::strip(decoded.text, options.ruby);
    warn_of_stripped(&stripped, &mut warnings);
    let mut text = std::mem::take(&mut stripped.text);

    let (mut front, matter) = if markdown { front::take_front_matter(&text) } else { (Front::default(), 0) };
    text.drain(..start_of_line(&text, matter));
    let header = gutenberg::take_frame(&mut text);
    if header.is_some() {
        warnings.push(Warning::new(WarningCode::ColophonSkipped, gutenberg::WITHOUT_FRAME));
    }
    let (text, removed) = furniture::blank_out(without_aozora_apparatus(text, &mut warnings));
    let removed = stripped.furniture + removed;
    if removed > 0 {
        let detail =
            format!("{removed} lines of links, addresses, notices and running titles were left out.");
        warnings.push(Warning::new(WarningCode::PageFurnitureRemoved, detail).counting(removed));
    }
    let lines = Lines::new(&text);
    let marked = stripped.marked_headings.iter().filter(|(at, _)| *at < lines.len() && matter == 0);
    let marked: Vec<_> = marked.take(MOST_CANDIDATES).copied().collect();
    let found = find_headings(&lines, markdown, &marked, &options.split, &mut front);

    let first = found.headings.first().map_or(lines.len(), |heading| heading.line);
    let before = found.body.min(first)..first;
    let before = take_front_lines(&lines, before, !found.headings.is_empty(), &mut front);
    // The title page was taken above; it may be in capitals. The header has the same names in normal
    // spelling.
    if let Some(header) = header {
        front.title = header.title.or(front.title);
        front.author = header.author.or(front.author);
    }
    let before = without_contents_list(before, &found, &lines, &mut warnings);
    let mut chapters =
        vec![Chapter { volume: None, title: front.title.clone().unwrap_or_default(), source_text: before }];
    let line_of = |line: usize| stripped.line_of(line + matter);
    chapters.extend(headings::sections(&lines, found.headings, line_of, &mut warnings));
    Ok(Book {
        format: if markdown { Format::Markdown } else { Format::Text },
        encoding,
        title: front.title,
        author: front.author,
        language: front.language,
        chapters,
        warnings,
    })
}

/// Returns the byte at which line `line` begins, or the text's end.
fn start_of_line(text: &str, line: usize) -> usize {
    match line.checked_sub(1) {
        None => 0,
        Some(before) => text.match_indices('\n').nth(before).map_or(text.len(), |(end, _)| end + 1),
    }
}

fn warn_of_stripped(stripped: &aozora::Stripped, warnings: &mut Vec<Warning>) {
    let counts = [
        (WarningCode::RubyRemoved, stripped.ruby, "readings (ruby) were left out; their base text stays"),
        (WarningCode::EmphasisRemoved, stripped.emphasis, "emphases by dots were left out; their text stays"),
        (WarningCode::AnnotationsRemoved, stripped.annotations, "notes to the typesetter were left out"),
        (WarningCode::CharactersUnmapped, stripped.unmapped, "characters without a code stand as ※"),
    ];
    for (code, count, what) in counts {
        if count > 0 {
            warnings.push(Warning::new(code, format!("{count} {what}.")).counting(count));
        }
    }
}

/// Blanks out Aozora Bunko's additions: the explanation of its notation between two rules at the start, and
/// the record of the edition (`底本：`) at the end. Line numbers stay the same.
fn without_aozora_apparatus(mut text: String, warnings: &mut Vec<Warning>) -> String {
    const HEAD: usize = 60;
    const TAIL: usize = 60;
    let is_rule = |line: &&str| line.len() >= 20 && line.bytes().all(|byte| byte == b'-');
    let head: Vec<&str> = text.split('\n').take(HEAD).collect();
    let rules = head.iter().position(is_rule).and_then(|open| {
        let close = open + 1 + head[open + 1..].iter().position(is_rule)?;
        head[open..close].iter().any(|line| line.contains("記号について")).then_some((open, close))
    });
    if let Some((open, close)) = rules {
        let end = start_of_line(&text, close) + head[close].len();
        text.replace_range(start_of_line(&text, open)..end, &"\n".repeat(close - open));
        warnings.push(Warning::new(
            WarningCode::NotationNotesSkipped,
            "The explanation of the notation was left out.",
        ));
    }
    let tail = text.rmatch_indices('\n').nth(TAIL - 1).map_or(0, |(end, _)| end + 1);
    let mut at = tail;
    for line in text[tail..].split_inclusive('\n') {
        if line.starts_with("底本：") {
            text.truncate(at);
            warnings.push(Warning::new(
                WarningCode::ColophonSkipped,
                "The record of the edition (底本) at the end was left out.",
            ));
            break;
        }
        at += line.len();
    }
    text
}

/// The headings of a text.
#[derive(Default)]
struct Found {
    headings: Vec<Heading>,
    /// Lines of contents lists, ascending.
    contents: Vec<usize>,
    /// Number of the line after the work's own heading (Markdown's `# Title`).
    body: usize,
}

fn find_headings(
    lines: &Lines<'_>,
    markdown: bool,
    marked: &[(usize, aozora::Rank)],
    split: &Split,
    front: &mut Front,
) -> Found {
    let mut found = Found::default();
    if markdown {
        let outline = markdown::outline(lines);
        if let Some((title, body)) = outline.title {
            found.body = body;
            front.title.get_or_insert(title);
        }
        found.headings = outline.headings;
    }
    match split {
        Split::None => found.headings.clear(),
        Split::Pattern(pattern) => {
            let matches = lines.iter().enumerate().skip(found.body).filter(|(_, line)| pattern.matches(line));
            let matches = matches.take(MOST_CANDIDATES);
            found.headings = matches.map(|(at, line)| Heading::chapter(at, line)).collect();
        }
        Split::Auto | Split::Toc1 | Split::Toc2 | Split::Headings => {
            if !found.headings.is_empty() {
                return found;
            }
            found.headings = of_marks(lines, marked);
            if found.headings.is_empty() {
                let outline = match found.body {
                    0 => headings::find(lines),
                    body => headings::find(&Lines::new(lines.text(body..lines.len()))),
                };
                found.contents = outline.contents.into_iter().map(|line| line + found.body).collect();
                found.headings = outline.headings;
                found.headings.iter_mut().for_each(|heading| heading.line += found.body);
            }
        }
    }
    found
}

/// Returns the headings that Aozora Bunko marks. Large headings are volumes if there are more medium ones.
/// Small headings divide chapters, unless there are no others.
fn of_marks(lines: &Lines<'_>, marked: &[(usize, aozora::Rank)]) -> Vec<Heading> {
    let count = |rank| marked.iter().filter(|(_, known)| *known == rank).count();
    let (large, medium) = (count(aozora::Rank::Large), count(aozora::Rank::Medium));
    let has_wider = large + medium > 0;
    marked
        .iter()
        .filter(|(_, rank)| !has_wider || *rank != aozora::Rank::Small)
        .map(|(line, rank)| {
            let mut heading = Heading::chapter(*line, lines.at(*line));
            if *rank == aozora::Rank::Large && medium > large {
                heading.level = Level::Volume(0);
            }
            heading
        })
        .filter(|heading| !heading.title.is_empty())
        .collect()
}

/// Takes title and author from the lines before the first chapter; returns the remaining lines.
fn take_front_lines(
    lines: &Lines<'_>,
    before: Range<usize>,
    has_headings: bool,
    front: &mut Front,
) -> Range<usize> {
    if front.title.is_some() {
        if front.author.is_none()
            && has_headings
            && let Some((author, used)) = front::take_author(lines.range(before.clone()))
        {
            front.author = Some(author);
            return before.start + used..before.end;
        }
        return before;
    }
    let (found, used) = front::take_lines(lines.range(before.clone()), has_headings);
    front.title = found.title;
    front.author = front.author.take().or(found.author);
    before.start + used..before.end
}

/// Returns the text before the first chapter without a contents list: lines that are headings later, and the
/// list's own heading.
fn without_contents_list(
    before: Range<usize>,
    found: &Found,
    lines: &Lines<'_>,
    warnings: &mut Vec<Warning>,
) -> String {
    const NAMES: &[&str] =
        &["目次", "もくじ", "目録", "目录", "目錄", "차례", "목차", "contents", "tableofcontents", "index"];
    let headings: HashSet<&str> =
        found.headings.iter().map(|heading| lines.at(heading.line).trim()).collect();
    let listed: HashSet<&str> = found.contents.iter().map(|line| lines.at(*line).trim()).collect();
    let is_entry = |line: &str| headings.contains(line) || listed.contains(line);
    let entries = match found.headings.is_empty() {
        true => 0,
        false => lines.range(before.clone()).filter(|line| is_entry(line.trim())).count(),
    };
    let entries = entries.max(found.contents.len());
    if entries == 0 {
        return lines.text(before).to_owned();
    }
    warnings.push(contents_skipped(entries));
    let is_list = |line: &str| {
        is_entry(line) || NAMES.contains(&line.to_lowercase().replace([' ', '\u{3000}'], "").as_str())
    };
    let mut text = String::new();
    for line in lines.range(before).filter(|line| !is_list(line.trim())) {
        text.push_str(line);
        text.push('\n');
    }
    text
}
