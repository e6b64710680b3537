//! Chapters out of the files of the reading order and the entries of the table of contents.

use super::document::Document;
use super::matter::{self, Matter};
use super::package::{Package, Target};
use crate::book::{Chapter, one_line};
use crate::error::shown;
use crate::warning::{Warning, WarningCode};
use std::collections::HashMap;

/// A place in the reading order: the file's index in the spine, the byte in its text.
type Position = (usize, usize);

/// What landmarks say of a file: of a byte in its text, or of all of it.
type Meaning<'a> = (Option<usize>, &'a [String]);

/// An entry of the table of contents with the place where it begins.
struct Opening<'a> {
    label: &'a str,
    position: Position,
    matter: Option<Matter>,
}

/// The chapters of the body. What is left out is said in `warnings`.
pub(super) fn chapters(
    package: &Package,
    documents: &[Option<Document>],
    warnings: &mut Vec<Warning>,
) -> Vec<Chapter> {
    let book = Assembly::new(package, documents, warnings);
    let mut notes = Vec::new();
    let mut chapters = book.run(true, &mut notes);
    if chapters.is_empty() {
        // A book that calls everything front matter is still a book.
        notes.clear();
        chapters = book.run(false, &mut notes);
    }
    warnings.append(&mut notes);
    chapters
}

struct Assembly<'a> {
    package: &'a Package,
    documents: &'a [Option<Document>],
    openings: Vec<Opening<'a>>,
    /// Landmarks by the index of their file.
    landmarks: HashMap<usize, Vec<Meaning<'a>>>,
    body_start: Option<Position>,
}

/// A chapter being put together, with everything up to the next entry.
struct Draft {
    title: String,
    text: String,
}

impl<'a> Assembly<'a> {
    fn new(package: &'a Package, documents: &'a [Option<Document>], warnings: &mut Vec<Warning>) -> Self {
        let mut assembly =
            Self { package, documents, openings: Vec::new(), landmarks: HashMap::new(), body_start: None };
        let indices: HashMap<&str, usize> =
            package.spine.iter().enumerate().map(|(index, item)| (item.path.as_str(), index)).collect();
        for landmark in &package.landmarks {
            let Some((position, exact)) = assembly.locate(&landmark.target, &indices) else { continue };
            let at = (landmark.target.fragment.is_some() && exact).then_some(position.1);
            assembly.landmarks.entry(position.0).or_default().push((at, &landmark.types));
            if matter::is_body_start(&landmark.types) {
                assembly.body_start = Some(assembly.body_start.map_or(position, |start| start.min(position)));
            }
        }
        for entry in &package.contents {
            match entry.target.as_ref().and_then(|target| Some((target, assembly.locate(target, &indices)?)))
            {
                Some((target, (position, _))) => {
                    let matter = assembly.matter_of_entry(&entry.label, target, position);
                    assembly.openings.push(Opening { label: &entry.label, position, matter });
                }
                None => warnings.push(Warning::new(
                    WarningCode::ContentsEntryBroken,
                    format!(
                        "The contents' entry “{}” points to no file of the reading order.",
                        shown(&entry.label)
                    ),
                )),
            }
        }
        if assembly.openings.is_empty() {
            warnings.push(Warning::new(
                WarningCode::ContentsMissing,
                "The EPUB has no usable table of contents; each of its files became a chapter.",
            ));
        }
        assembly.openings.sort_by_key(|opening| opening.position);
        assembly
    }

    /// The place of a target; the flag says whether its fragment was found (else it is the file's start).
    fn locate(&self, target: &Target, indices: &HashMap<&str, usize>) -> Option<(Position, bool)> {
        let index = *indices.get(target.path.as_str())?;
        let mark = target.fragment.as_ref().and_then(|id| self.documents[index].as_ref()?.marks.get(id));
        let exact = mark.is_some() || target.fragment.is_none();
        Some(((index, mark.map_or(0, |mark| mark.at)), exact))
    }

    fn matter_of_entry(&self, label: &str, target: &Target, position: Position) -> Option<Matter> {
        let (index, at) = position;
        let document = self.documents[index].as_ref();
        let mark = target.fragment.as_ref().and_then(|id| document?.marks.get(id));
        let own = match (mark, document) {
            (Some(mark), _) => mark.types.as_slice(),
            (None, Some(document)) => document.opening.as_slice(),
            (None, None) => &[],
        };
        let landmarks = self.landmarks.get(&index).map(Vec::as_slice).unwrap_or_default();
        let here =
            landmarks.iter().filter(|(place, _)| place.unwrap_or(0) == at).flat_map(|(_, types)| *types);
        matter::by_types(own.iter().chain(here)).or_else(|| matter::by_name(label))
    }

    /// What a file is that no entry points to.
    fn matter_of_file(&self, index: usize, document: &Document) -> Option<Matter> {
        let item = &self.package.spine[index];
        if self.package.navigation.as_deref() == Some(item.path.as_str()) {
            return Some(Matter::Skipped(WarningCode::ContentsSkipped));
        }
        let landmarks = self.landmarks.get(&index).map(Vec::as_slice).unwrap_or_default();
        let here = landmarks.iter().filter(|(place, _)| place.is_none()).flat_map(|(_, types)| *types);
        let name = item.path.rsplit('/').next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let by_types = matter::by_types(document.opening.iter().chain(here));
        by_types.or_else(|| matter::by_name(stem)).or_else(|| {
            let skipped = if item.linear { None } else { Some(WarningCode::NonLinearSkipped) };
            let names_the_book =
                self.only_names_the_book(&document.text).then_some(WarningCode::TitlePageSkipped);
            names_the_book.or(skipped).map(Matter::Skipped)
        })
    }

    /// Nothing but the work's title and author.
    fn only_names_the_book(&self, text: &str) -> bool {
        let names = [&self.package.title, &self.package.author];
        let names: Vec<String> = names.into_iter().flatten().map(|name| squeezed(name)).collect();
        let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(5).peekable();
        lines.peek().is_some() && lines.all(|line| names.contains(&squeezed(line)))
    }

    /// Walks through the reading order.
    fn run(&self, strict: bool, notes: &mut Vec<Warning>) -> Vec<Chapter> {
        let mut pass = Pass { strict, notes, drafts: Vec::new(), going_on: false, bytes: 0 };
        let mut ruby = 0;
        let mut openings = self.openings.iter().peekable();
        for (index, document) in self.documents.iter().enumerate() {
            let mut here = Vec::new();
            while let Some(opening) = openings.next_if(|opening| opening.position.0 == index) {
                here.push(opening);
            }
            let Some(document) = document else { continue };
            let before = pass.bytes;
            let first = here.first().map_or(document.text.len(), |opening| opening.position.1);
            self.take_unlisted(index, document, &document.text[..first], &mut pass);
            for (nth, opening) in here.iter().enumerate() {
                let end = here.get(nth + 1).map_or(document.text.len(), |next| next.position.1);
                self.take_entry(opening, &document.text[opening.position.1..end], &mut pass);
            }
            if pass.bytes > before {
                ruby += document.ruby;
            }
        }
        if ruby > 0 {
            pass.notes.push(Warning::new(
                WarningCode::RubyRemoved,
                format!("{ruby} readings (ruby) were left out; their base text stays."),
            ));
        }
        finish(pass.drafts, notes)
    }

    /// Text that no entry points to belongs to the chapter before it, unless it is one of the pages that are
    /// left out; without a chapter before it, it is one of its own.
    fn take_unlisted(&self, index: usize, document: &Document, text: &str, pass: &mut Pass<'_>) {
        if text.trim().is_empty() {
            return;
        }
        let matter = self.matter_of_file(index, document).or_else(|| self.matter_of_place((index, 0)));
        if let Some(code) = pass.skipped(matter) {
            pass.notes.push(skip_note(code, &self.package.spine[index].path));
        } else if pass.going_on {
            pass.go_on(text);
        } else if self.only_names_the_book(text) {
            pass.notes.push(skip_note(WarningCode::TitlePageSkipped, &self.package.spine[index].path));
        } else {
            let title = document.heading.clone().or_else(|| self.package.title.clone()).unwrap_or_default();
            pass.begin(title, text);
            // The next file without an entry is not more of this one.
            pass.going_on = false;
        }
    }

    fn take_entry(&self, opening: &Opening<'_>, text: &str, pass: &mut Pass<'_>) {
        let matter = opening.matter.or_else(|| self.matter_of_place(opening.position));
        if let Some(code) = pass.skipped(matter) {
            pass.notes.push(skip_note(code, opening.label));
            pass.going_on = false;
        } else {
            pass.begin(opening.label.to_owned(), text);
        }
    }

    /// Front matter is what comes before the landmark of the body, provided that an entry follows it.
    fn matter_of_place(&self, position: Position) -> Option<Matter> {
        let start = self.body_start?;
        let has_body = self.openings.last().is_some_and(|last| last.position >= start);
        (has_body && position < start).then_some(Matter::Outside(WarningCode::FrontMatterSkipped))
    }
}

/// One walk through the reading order.
struct Pass<'n> {
    /// Front and back matter stay out.
    strict: bool,
    notes: &'n mut Vec<Warning>,
    drafts: Vec<Draft>,
    /// What no entry points to belongs to the last draft.
    going_on: bool,
    /// Text taken so far.
    bytes: usize,
}

impl Pass<'_> {
    fn begin(&mut self, title: String, text: &str) {
        self.bytes += text.len();
        self.drafts.push(Draft { title, text: text.to_owned() });
        self.going_on = true;
    }

    fn go_on(&mut self, text: &str) {
        self.bytes += text.len();
        if let Some(draft) = self.drafts.last_mut() {
            draft.text.push('\n');
            draft.text.push_str(text);
        }
    }

    fn skipped(&self, matter: Option<Matter>) -> Option<WarningCode> {
        match matter {
            Some(Matter::Skipped(code)) => Some(code),
            Some(Matter::Outside(code)) if self.strict => Some(code),
            _ => None,
        }
    }
}

fn skip_note(code: WarningCode, what: &str) -> Warning {
    Warning::new(code, format!("{} was left out: {}.", matter::name_of(code), shown(what)))
}

/// Chapters of the drafts: an entry without text goes, and a heading that repeats the title.
fn finish(drafts: Vec<Draft>, notes: &mut Vec<Warning>) -> Vec<Chapter> {
    let mut chapters = Vec::new();
    for draft in drafts {
        let text = without_title(&draft.text, &draft.title);
        if text.trim().is_empty() {
            notes.push(Warning::new(
                WarningCode::ChapterWithoutText,
                format!("There is no text under the contents' entry “{}”.", shown(&draft.title)),
            ));
            continue;
        }
        let first_line = || one_line(text.trim_start().lines().next().unwrap_or_default());
        let title = if draft.title.is_empty() { first_line() } else { draft.title };
        chapters.push(Chapter { title, source_text: text.to_owned() });
    }
    chapters
}

/// The text after the lines at its start that together say the title (`第一章` over `はじまり`).
fn without_title<'a>(text: &'a str, title: &str) -> &'a str {
    const MOST_LINES: usize = 3;
    let title = squeezed(title);
    let mut said = String::new();
    let mut rest = text;
    for _ in 0..MOST_LINES {
        let trimmed = rest.trim_start();
        let end = trimmed.find('\n').unwrap_or(trimmed.len());
        said += &squeezed(&trimmed[..end]);
        rest = &trimmed[end..];
        if said.is_empty() || !title.starts_with(&said) {
            return text;
        }
        if said == title {
            return rest;
        }
    }
    text
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
