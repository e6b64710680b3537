//! Plain text and Markdown.

mod aozora;
mod front;
mod heading;
mod markdown;
mod numeral;
mod outline;

use crate::book::{Book, Chapter, one_line};
use crate::encoding;
use crate::error::ImportError;
use crate::warning::{Warning, WarningCode};
use front::Front;
use std::collections::HashSet;

/// Where a chapter begins: its heading's first line, the lines that the heading takes, its title.
struct Start {
    line: usize,
    lines: usize,
    title: String,
}

/// Reads a text file; with `markdown`, its headings and front matter are Markdown's.
pub(crate) fn read(bytes: &[u8], markdown: bool) -> Result<Book, ImportError> {
    let mut warnings = Vec::new();
    let text = encoding::decode(bytes, &mut warnings)?;
    let stripped = aozora::strip(&text);
    drop(text);
    warn_of_stripped(&stripped, &mut warnings);
    let mut all: Vec<&str> = stripped.text.split('\n').collect();

    let (mut front, matter) = if markdown { front::take_front_matter(&all) } else { (Front::default(), 0) };
    let lines = without_aozora_apparatus(all.split_off(matter), &mut warnings);
    let marked: Vec<_> =
        stripped.marked_headings.iter().filter(|(at, _)| *at < lines.len() && matter == 0).copied().collect();
    let (starts, body) = find_starts(&lines, markdown, &marked, &mut front);

    let mut chapters = Vec::new();
    let first = starts.first().map_or(lines.len(), |start| start.line);
    let before = take_front_lines(&lines[body..first], !starts.is_empty(), &mut front);
    let before = without_contents_list(before, &starts, &lines, &mut warnings);
    let before_title = front.title.clone().unwrap_or_default();
    chapters.push(Chapter { title: before_title, source_text: before.join("\n") });
    push_chapters(&lines, &starts, &mut chapters, &mut warnings);
    Ok(Book { title: front.title, author: front.author, language: front.language, chapters, warnings })
}

fn warn_of_stripped(stripped: &aozora::Stripped, warnings: &mut Vec<Warning>) {
    let counts = [
        (WarningCode::RubyRemoved, stripped.ruby, "readings (ruby) were left out; their base text stays"),
        (WarningCode::AnnotationsRemoved, stripped.annotations, "notes to the typesetter were left out"),
        (WarningCode::CharactersUnmapped, stripped.unmapped, "characters without a code stand as ※"),
    ];
    for (code, count, what) in counts {
        if count > 0 {
            warnings.push(Warning::new(code, format!("{count} {what}.")));
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

/// The chapters' starts, and the line after the work's own heading (Markdown's `# Title`).
fn find_starts(
    lines: &[&str],
    markdown: bool,
    marked: &[(usize, aozora::Rank)],
    front: &mut Front,
) -> (Vec<Start>, usize) {
    if markdown {
        let outline = markdown::outline(lines);
        let mut body = 0;
        if let Some(heading) = outline.title {
            body = heading.line + heading.lines;
            front.title.get_or_insert(heading.title);
        }
        let starts: Vec<_> = outline
            .chapters
            .into_iter()
            .map(|heading| Start { line: heading.line, lines: heading.lines, title: heading.title })
            .collect();
        if body > 0 || !starts.is_empty() {
            return (starts, body);
        }
    }
    let starts = outline::find(lines, marked)
        .into_iter()
        .map(|line| Start { line, lines: 1, title: one_line(lines[line]) })
        .collect();
    (starts, 0)
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

/// Leaves a contents list out of what stands before the first chapter: lines that are headings later on.
fn without_contents_list<'a>(
    before: &[&'a str],
    starts: &[Start],
    lines: &[&str],
    warnings: &mut Vec<Warning>,
) -> Vec<&'a str> {
    const NAMES: &[&str] =
        &["目次", "もくじ", "目録", "目录", "目錄", "차례", "contents", "table of contents"];
    let headings: HashSet<&str> = starts.iter().map(|start| lines[start.line].trim()).collect();
    let listed = before.iter().filter(|line| headings.contains(line.trim())).count();
    if listed == 0 {
        return before.to_vec();
    }
    warnings.push(contents_skipped(listed));
    let is_list = |line: &str| {
        headings.contains(line)
            || NAMES.contains(&line.to_lowercase().replace([' ', '\u{3000}'], "").as_str())
    };
    before.iter().copied().filter(|line| !is_list(line.trim())).collect()
}

fn contents_skipped(entries: usize) -> Warning {
    Warning::new(
        WarningCode::ContentsSkipped,
        format!("A table of contents with {entries} entries was left out."),
    )
}

/// A heading without text is a line of a contents list, if it comes again, or else the part that the next
/// heading belongs to (`第一部` before `第一章`).
fn push_chapters(lines: &[&str], starts: &[Start], chapters: &mut Vec<Chapter>, warnings: &mut Vec<Warning>) {
    let mut later: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for start in starts {
        *later.entry(&start.title).or_default() += 1;
    }
    let mut listed = 0;
    let mut parts: Vec<&str> = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let left = later.entry(&start.title).or_default();
        *left -= 1;
        let end = starts.get(index + 1).map_or(lines.len(), |next| next.line);
        let text = &lines[start.line + start.lines..end];
        if text.iter().any(|line| !line.trim().is_empty()) {
            parts.push(&start.title);
            chapters.push(Chapter { title: parts.join(" "), source_text: text.join("\n") });
            parts.clear();
        } else if *left > 0 {
            listed += 1;
        } else {
            parts.push(&start.title);
        }
    }
    if listed > 0 {
        warnings.push(contents_skipped(listed));
    }
    for title in parts {
        warnings.push(Warning::new(
            WarningCode::ChapterWithoutText,
            format!("There is no text under the heading “{}”.", crate::error::shown(title)),
        ));
    }
}
