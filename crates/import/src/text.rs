//! Plain text and Markdown.

mod aozora;
mod front;
mod furniture;
mod markdown;
mod ruby;

use crate::book::{Book, Chapter, Format};
use crate::encoding;
use crate::error::ImportError;
use crate::headings::{self, Heading, Level, contents_skipped};
use crate::options::{Options, Split};
use crate::warning::{Warning, WarningCode};
use front::Front;
use std::collections::HashSet;

/// Reads a text file; with `markdown`, its headings and front matter are Markdown's.
pub(crate) fn read(bytes: Vec<u8>, markdown: bool, options: &Options) -> Result<Book, ImportError> {
    let mut warnings = Vec::new();
    let decoded = encoding::decode(bytes, options.encoding, options.language.as_deref(), &mut warnings)?;
    let stripped = aozora::strip(&decoded.text, options.ruby);
    let encoding = Some(decoded.encoding);
    drop(decoded);
    warn_of_stripped(&stripped, &mut warnings);
    let mut all: Vec<&str> = stripped.text.split('\n').collect();

    let (mut front, matter) = if markdown { front::take_front_matter(&all) } else { (Front::default(), 0) };
    let mut lines = without_aozora_apparatus(all.split_off(matter), &mut warnings);
    let removed = stripped.furniture + furniture::blank_out(&mut lines);
    if removed > 0 {
        let detail = format!("{removed} lines of links, addresses and running titles were left out.");
        warnings.push(Warning::new(WarningCode::PageFurnitureRemoved, detail).counting(removed));
    }
    let marked: Vec<_> =
        stripped.marked_headings.iter().filter(|(at, _)| *at < lines.len() && matter == 0).copied().collect();
    let found = find_headings(&lines, markdown, &marked, &options.split, &mut front);

    let first = found.headings.first().map_or(lines.len(), |heading| heading.line);
    let before =
        take_front_lines(&lines[found.body.min(first)..first], !found.headings.is_empty(), &mut front);
    let before = without_contents_list(before, &found, &lines, &mut warnings);
    let mut chapters = vec![Chapter {
        volume: None,
        title: front.title.clone().unwrap_or_default(),
        source_text: before.join("\n"),
    }];
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

/// Blanks out what Aozora Bunko adds to a text: the explanation of its notation between two rules at the
/// start, and the record of the edition (`底本：`) at the end. Line numbers stay.
fn without_aozora_apparatus<'a>(mut lines: Vec<&'a str>, warnings: &mut Vec<Warning>) -> Vec<&'a str> {
    const HEAD: usize = 60;
    const TAIL: usize = 60;
    let is_rule = |line: &&str| line.len() >= 20 && line.bytes().all(|byte| byte == b'-');
    let head = &lines[..lines.len().min(HEAD)];
    if let Some(open) = head.iter().position(is_rule)
        && let Some(length) = head[open + 1..].iter().position(is_rule)
        && head[open..open + 1 + length].iter().any(|line| line.contains("記号について"))
    {
        lines[open..=open + 1 + length].fill("");
        warnings.push(Warning::new(
            WarningCode::NotationNotesSkipped,
            "The explanation of the notation was left out.",
        ));
    }
    let tail = lines.len().saturating_sub(TAIL);
    if let Some(at) = lines[tail..].iter().position(|line| line.starts_with("底本：")) {
        lines.truncate(tail + at);
        warnings.push(Warning::new(
            WarningCode::ColophonSkipped,
            "The record of the edition (底本) at the end was left out.",
        ));
    }
    lines
}

/// The headings of a text.
#[derive(Default)]
struct Found {
    headings: Vec<Heading>,
    /// Lines of contents lists, ascending.
    contents: Vec<usize>,
    /// The line after the work's own heading (Markdown's `# Title`).
    body: usize,
}

fn find_headings(
    lines: &[&str],
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
            found.headings = matches.map(|(at, line)| Heading::chapter(at, line)).collect();
        }
        Split::Auto | Split::Toc1 | Split::Toc2 | Split::Headings => {
            if !found.headings.is_empty() {
                return found;
            }
            found.headings = of_marks(lines, marked);
            if found.headings.is_empty() {
                let outline = headings::find(&lines[found.body..]);
                found.contents = outline.contents.into_iter().map(|line| line + found.body).collect();
                found.headings = outline.headings;
                found.headings.iter_mut().for_each(|heading| heading.line += found.body);
            }
        }
    }
    found
}

/// Headings that Aozora Bunko marks. Of two ranks the wider are volumes, if each holds several of the narrower;
/// small ones divide chapters, unless there are no others.
fn of_marks(lines: &[&str], marked: &[(usize, aozora::Rank)]) -> Vec<Heading> {
    let count = |rank| marked.iter().filter(|(_, known)| *known == rank).count();
    let (large, medium) = (count(aozora::Rank::Large), count(aozora::Rank::Medium));
    let has_wider = large + medium > 0;
    marked
        .iter()
        .filter(|(_, rank)| !has_wider || *rank != aozora::Rank::Small)
        .map(|(line, rank)| {
            let mut heading = Heading::chapter(*line, lines[*line]);
            if *rank == aozora::Rank::Large && medium > large {
                heading.level = Level::Volume(0);
            }
            heading
        })
        .filter(|heading| !heading.title.is_empty())
        .collect()
}

/// Takes title and author off the lines before the first chapter; what is left is text.
fn take_front_lines<'a, 'b>(lines: &'b [&'a str], has_headings: bool, front: &mut Front) -> &'b [&'a str] {
    if front.title.is_some() {
        if front.author.is_none()
            && has_headings
            && let Some((author, used)) = front::take_author(lines)
        {
            front.author = Some(author);
            return &lines[used..];
        }
        return lines;
    }
    let (found, used) = front::take_lines(lines, has_headings);
    front.title = found.title;
    front.author = front.author.take().or(found.author);
    &lines[used..]
}

/// Leaves a contents list out of what stands before the first chapter: lines that are headings later on, and the
/// list's own heading.
fn without_contents_list<'a>(
    before: &[&'a str],
    found: &Found,
    lines: &[&str],
    warnings: &mut Vec<Warning>,
) -> Vec<&'a str> {
    const NAMES: &[&str] =
        &["目次", "もくじ", "目録", "目录", "目錄", "차례", "목차", "contents", "tableofcontents", "index"];
    let headings: HashSet<&str> = found.headings.iter().map(|heading| lines[heading.line].trim()).collect();
    let listed: HashSet<&str> = found.contents.iter().map(|line| lines[*line].trim()).collect();
    let is_entry = |line: &str| headings.contains(line) || listed.contains(line);
    let entries = before.iter().filter(|line| is_entry(line.trim())).count().max(found.contents.len());
    if entries == 0 {
        return before.to_vec();
    }
    warnings.push(contents_skipped(entries));
    let is_list = |line: &str| {
        is_entry(line) || NAMES.contains(&line.to_lowercase().replace([' ', '\u{3000}'], "").as_str())
    };
    before.iter().copied().filter(|line| !is_list(line.trim())).collect()
}
