//! Chapters out of the files of the reading order and the places where chapters begin.

mod counts;

use super::contents::{Opening, Position, squeezed};
use super::document::Document;
use super::matter::{self, Matter};
use super::notes::Placed;
use super::package::Package;
use super::plan::Book;
use crate::book::{Chapter, one_line};
use crate::error::shown;
use crate::warning::{Warning, WarningCode};
use counts::Counts;
use std::collections::HashMap;
use std::ops::Range;

/// What landmarks say of a file: of a byte in its text, or of all of it.
type Meaning<'a> = (Option<usize>, &'a [String]);

/// Where a chapter begins, and what it is.
struct Start<'a> {
    opening: &'a Opening,
    matter: Option<Matter>,
}

/// The chapters of the body. What is left out is said in `warnings`.
///
/// With `whole`, the text is one chapter.
pub(super) fn chapters(
    book: &Book<'_>,
    openings: &[Opening],
    placed: &Placed,
    whole: bool,
    warnings: &mut Vec<Warning>,
) -> Vec<Chapter> {
    let assembly = Assembly::new(book, openings, placed, whole);
    let mut remarks = Vec::new();
    let mut chapters = assembly.run(true, &mut remarks);
    if chapters.is_empty() {
        // A book that calls everything front matter is still a book.
        remarks.clear();
        chapters = assembly.run(false, &mut remarks);
    }
    warnings.append(&mut remarks);
    chapters
}

struct Assembly<'a> {
    package: &'a Package,
    documents: &'a [Option<Document>],
    placed: &'a Placed,
    starts: Vec<Start<'a>>,
    /// Landmarks by the index of their file.
    landmarks: HashMap<usize, Vec<Meaning<'a>>>,
    /// The types of the places that tables of contents point to.
    types: HashMap<Position, &'a [String]>,
    body_start: Option<Position>,
    whole: bool,
}

/// A chapter being put together, with everything up to the next one.
struct Draft {
    volume: Option<String>,
    title: String,
    text: String,
    /// There is more than pictures and headings.
    has_text: bool,
    has_pictures: bool,
    is_volume: bool,
    /// Notes that come at its end.
    notes: Vec<String>,
    /// Notes were taken out of it.
    lost_notes: bool,
}

impl<'a> Assembly<'a> {
    fn new(book: &Book<'a>, openings: &'a [Opening], placed: &'a Placed, whole: bool) -> Self {
        let mut assembly = Self {
            package: book.package,
            documents: book.documents,
            placed,
            starts: Vec::new(),
            landmarks: HashMap::new(),
            types: HashMap::new(),
            body_start: None,
            whole,
        };
        for (index, document) in book.documents.iter().enumerate() {
            for mark in document.iter().flat_map(|document| document.marks.values()) {
                // Of several elements at one place, the one inside knows the others' types.
                let known = assembly.types.entry((index, mark.at)).or_insert(&mark.types);
                if (known.len(), *known) < (mark.types.len(), mark.types.as_slice()) {
                    *known = &mark.types;
                }
            }
        }
        for landmark in &book.package.landmarks {
            let Some((position, exact)) = book.locate(&landmark.target) else { continue };
            let at = (landmark.target.fragment.is_some() && exact).then_some(position.1);
            assembly.landmarks.entry(position.0).or_default().push((at, &landmark.types));
            if matter::is_body_start(&landmark.types) {
                assembly.body_start = Some(assembly.body_start.map_or(position, |start| start.min(position)));
            }
        }
        for opening in openings {
            let matter = assembly.matter_of_opening(opening);
            assembly.starts.push(Start { opening, matter });
        }
        assembly
    }

    fn matter_of_opening(&self, opening: &Opening) -> Option<Matter> {
        let (index, at) = opening.position;
        let document = self.documents[index].as_ref();
        let own = match (self.types.get(&opening.position), document) {
            (Some(types), _) if at > 0 => *types,
            (_, Some(document)) if at == 0 => document.opening.as_slice(),
            _ => &[],
        };
        let landmarks = self.landmarks.get(&index).map(Vec::as_slice).unwrap_or_default();
        let here =
            landmarks.iter().filter(|(place, _)| place.unwrap_or(0) == at).flat_map(|(_, types)| *types);
        matter::by_types(own.iter().chain(here)).or_else(|| matter::by_name(&opening.label))
    }

    /// What a file is that no chapter begins in.
    fn matter_of_file(&self, index: usize, document: &Document) -> Option<Matter> {
        let item = &self.package.spine[index];
        if self.package.navigation.as_deref() == Some(item.path.as_str()) {
            return Some(Matter::Skipped(WarningCode::ContentsSkipped));
        }
        let landmarks = self.landmarks.get(&index).map(Vec::as_slice).unwrap_or_default();
        let here = landmarks.iter().filter(|(place, _)| place.is_none()).flat_map(|(_, types)| *types);
        let by_types = matter::by_types(document.opening.iter().chain(here));
        by_types.or_else(|| matter::by_name(matter::stem_of(&item.path))).or_else(|| {
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
    fn run(&self, strict: bool, remarks: &mut Vec<Warning>) -> Vec<Chapter> {
        let mut pass =
            Pass { strict, remarks, drafts: Vec::new(), going_on: false, counts: Counts::default() };
        let mut starts = self.starts.iter().peekable();
        for (index, document) in self.documents.iter().enumerate() {
            let mut here = Vec::new();
            while let Some(start) = starts.next_if(|start| start.opening.position.0 == index) {
                here.push(start);
            }
            let Some(document) = document else {
                // A picture in the reading order.
                pass.counts.picture_pages += 1;
                pass.counts.pictures += 1;
                continue;
            };
            let before = pass.counts.pieces;
            let end = document.text.len();
            let first = here.first().map_or(end, |start| start.opening.position.1);
            self.take_unlisted(index, document, 0..first, &mut pass);
            for (nth, start) in here.iter().enumerate() {
                let next = here.get(nth + 1).map_or(end, |next| next.opening.position.1);
                self.take_chapter(start, document, start.opening.position.1..next, &mut pass);
            }
            if pass.counts.pieces > before {
                pass.counts.add(document);
            }
        }
        pass.finish()
    }

    fn piece<'p>(&'p self, index: usize, document: &'p Document, range: Range<usize>) -> Piece<'p> {
        let notes = self.placed.of(index, &range).map(str::to_owned).collect();
        Piece { document, notes, range, is_blank: false }
    }

    /// Text that no chapter begins at belongs to the chapter before it, unless it is one of the pages that are
    /// left out; without a chapter before it, it is one of its own.
    fn take_unlisted(&self, index: usize, document: &Document, range: Range<usize>, pass: &mut Pass<'_>) {
        // Copied only where it is short: it may be the whole book.
        let text = document.beginning(range.clone());
        if text.trim().is_empty() {
            return;
        }
        let matter = self.matter_of_file(index, document).or_else(|| self.matter_of_place((index, 0)));
        if let Some(code) = pass.skipped(matter) {
            pass.remarks.push(skip_remark(code, &self.package.spine[index].path));
            return;
        }
        let piece = self.piece(index, document, range);
        if pass.going_on {
            pass.go_on(piece);
        } else if self.only_names_the_book(&text) {
            pass.remarks.push(skip_remark(WarningCode::TitlePageSkipped, &self.package.spine[index].path));
        } else if self.whole {
            pass.begin(None, self.package.title.clone().unwrap_or_default(), false, piece);
        } else {
            let title = document.name().or_else(|| self.package.title.clone()).unwrap_or_default();
            pass.begin(None, title, false, piece);
            // The next file without an entry is not more of this one.
            pass.going_on = false;
        }
    }

    fn take_chapter(&self, start: &Start<'_>, document: &Document, range: Range<usize>, pass: &mut Pass<'_>) {
        let opening = start.opening;
        let matter = start.matter.or_else(|| self.matter_of_place(opening.position)).or_else(|| {
            let text = document.beginning(range.clone());
            self.only_names_the_book(&text).then_some(Matter::Skipped(WarningCode::TitlePageSkipped))
        });
        if let Some(code) = pass.skipped(matter) {
            pass.remarks.push(skip_remark(code, &opening.label));
            pass.going_on = false;
        } else {
            // A page with the names of the volume and the book is no chapter.
            let names = [Some(&opening.label), self.package.title.as_ref(), self.package.author.as_ref()];
            let names: Vec<String> = names.into_iter().flatten().map(|name| squeezed(name)).collect();
            let is_blank = opening.is_volume && !document.has_text_beside(range.clone(), &names);
            let piece = Piece { is_blank, ..self.piece(opening.position.0, document, range) };
            pass.begin(opening.volume.clone(), opening.label.clone(), opening.is_volume, piece);
        }
    }

    /// Front matter is what comes before the landmark of the body, provided that a chapter follows it.
    fn matter_of_place(&self, position: Position) -> Option<Matter> {
        let start = self.body_start?;
        let has_body = self.starts.last().is_some_and(|last| last.opening.position >= start);
        (has_body && position < start).then_some(Matter::Outside(WarningCode::FrontMatterSkipped))
    }
}

/// A part of a file's text.
struct Piece<'a> {
    document: &'a Document,
    range: Range<usize>,
    notes: Vec<String>,
    /// It says nothing but a name.
    is_blank: bool,
}

impl Piece<'_> {
    /// The range of the headings at its start that together say the title.
    fn title_lines(&self, title: &str) -> Range<usize> {
        const MOST: usize = 3;
        let title = squeezed(title);
        let mut said = String::new();
        let mut end = self.range.start;
        let headings = &self.document.headings;
        let first = headings.partition_point(|heading| heading.lines.start < self.range.start);
        for heading in headings[first..].iter().take(MOST) {
            if heading.lines.end > self.range.end || self.document.has_text(end..heading.lines.start, &(0..0))
            {
                break;
            }
            said += &squeezed(&heading.text);
            if !title.starts_with(&said) {
                break;
            }
            end = heading.lines.end;
            if said == title {
                let start = headings[first].lines.start;
                return start..end;
            }
        }
        0..0
    }

    fn copy(&self, title: &Range<usize>, text: &mut String) {
        if title.is_empty() {
            self.document.copy(self.range.clone(), text);
        } else {
            self.document.copy(self.range.start..title.start, text);
            self.document.copy(title.end..self.range.end, text);
        }
    }

    fn has_pictures(&self) -> bool {
        let pictures = &self.document.pictures;
        let first = pictures.partition_point(|picture| picture.start < self.range.start);
        pictures.get(first).is_some_and(|picture| picture.end <= self.range.end)
    }

    fn has_left_out(&self) -> bool {
        let parts = &self.document.left_out;
        let first = parts.partition_point(|part| part.end <= self.range.start);
        parts.get(first).is_some_and(|part| part.start < self.range.end)
    }
}

/// One walk through the reading order.
struct Pass<'n> {
    /// Front and back matter stay out.
    strict: bool,
    remarks: &'n mut Vec<Warning>,
    drafts: Vec<Draft>,
    /// What no chapter begins at belongs to the last draft.
    going_on: bool,
    counts: Counts,
}

impl Pass<'_> {
    fn begin(&mut self, volume: Option<String>, title: String, is_volume: bool, piece: Piece<'_>) {
        let title_lines = piece.title_lines(&title);
        let mut draft = Draft {
            volume,
            text: String::new(),
            has_text: false,
            has_pictures: false,
            is_volume,
            notes: Vec::new(),
            lost_notes: false,
            title,
        };
        draft.add(piece, &title_lines);
        self.counts.pieces += 1;
        self.drafts.push(draft);
        self.going_on = true;
    }

    fn go_on(&mut self, piece: Piece<'_>) {
        if let Some(draft) = self.drafts.last_mut() {
            self.counts.pieces += 1;
            draft.text.push('\n');
            draft.add(piece, &(0..0));
        }
    }

    fn skipped(&self, matter: Option<Matter>) -> Option<WarningCode> {
        match matter {
            Some(Matter::Skipped(code)) => Some(code),
            Some(Matter::Outside(code)) if self.strict => Some(code),
            _ => None,
        }
    }

    /// Chapters of the drafts: what has no text goes.
    fn finish(mut self) -> Vec<Chapter> {
        let mut chapters = Vec::new();
        for mut draft in self.drafts {
            let start = draft.text.len() - without_title(&draft.text, &draft.title).len();
            draft.text.drain(..start);
            let has_own_text = draft.has_text && !draft.text.trim().is_empty();
            if !has_own_text && draft.notes.is_empty() {
                if draft.has_pictures {
                    self.counts.picture_pages += 1;
                } else if !draft.is_volume && !draft.lost_notes {
                    self.remarks.push(Warning::new(
                        WarningCode::ChapterWithoutText,
                        format!("There is no text under the contents' entry “{}”.", shown(&draft.title)),
                    ));
                }
                continue;
            }
            let first_line = || one_line(draft.text.trim_start().lines().next().unwrap_or_default());
            let title = if draft.title.is_empty() { first_line() } else { draft.title };
            let mut source_text = draft.text;
            if !draft.notes.is_empty() {
                source_text.truncate(source_text.trim_end().len());
                source_text.push_str("\n\n");
                source_text.push_str(&draft.notes.join("\n"));
            }
            chapters.push(Chapter { volume: draft.volume, title, source_text });
        }
        self.counts.say(self.remarks);
        chapters
    }
}

impl Draft {
    fn add(&mut self, piece: Piece<'_>, title_lines: &Range<usize>) {
        piece.copy(title_lines, &mut self.text);
        self.has_text |= !piece.is_blank && piece.document.has_text(piece.range.clone(), title_lines);
        self.has_pictures |= piece.has_pictures();
        self.lost_notes |= piece.has_left_out();
        self.notes.extend(piece.notes);
    }
}

fn skip_remark(code: WarningCode, what: &str) -> Warning {
    Warning::new(code, format!("{} was left out: {}.", matter::name_of(code), shown(what)))
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
