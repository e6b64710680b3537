//! Builds chapters from the files of the reading order and the places where chapters begin.

mod counts;
mod draft;

use super::contents::{Opening, Position, squeezed};
use super::document::Document;
use super::matter::{self, Matter};
use super::notes::Placed;
use super::package::Package;
use super::plan::Book;
use crate::book::Chapter;
use crate::error::shown;
use crate::warning::{Warning, WarningCode};
use counts::Counts;
use draft::{Draft, Piece};
use std::collections::HashMap;
use std::ops::Range;

/// A landmark's types, for a byte in a file's text or (`None`) for the whole file.
type Meaning<'a> = (Option<usize>, &'a [String]);

/// The start of a chapter, and its kind.
struct Start<'a> {
    opening: &'a Opening,
    matter: Option<Matter>,
}

/// Builds the chapters of the body. Text left out is reported in `warnings`.
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
        // A book that declares everything front matter is imported whole.
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
    /// Landmarks by index of their file.
    landmarks: HashMap<usize, Vec<Meaning<'a>>>,
    /// Types of the places that tables of contents point to.
    types: HashMap<Position, &'a [String]>,
    body_start: Option<Position>,
    whole: bool,
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
                // If several elements share a place, the innermost has the others' types too.
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

    /// Returns the kind of a file in which no chapter begins.
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

    /// Returns whether the text is only the work's title and author.
    fn only_names_the_book(&self, text: &str) -> bool {
        let names = [&self.package.title, &self.package.author];
        let names: Vec<String> = names.into_iter().flatten().map(|name| squeezed(name)).collect();
        let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(5).peekable();
        lines.peek().is_some() && lines.all(|line| names.contains(&squeezed(line)))
    }

    /// Builds chapters along the reading order.
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

    /// Adds text before the first opening of a file to the previous chapter, unless it is a page that is left
    /// out. If no chapter precedes it, it becomes a chapter.
    fn take_unlisted(&self, index: usize, document: &Document, range: Range<usize>, pass: &mut Pass<'_>) {
        // Only the beginning is copied: the text may be the whole book.
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
            // The next file without an entry does not continue this one.
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
            // A page with only the names of the volume and the book is not a chapter.
            let names = [Some(&opening.label), self.package.title.as_ref(), self.package.author.as_ref()];
            let names: Vec<String> = names.into_iter().flatten().map(|name| squeezed(name)).collect();
            let is_blank = opening.is_volume && !document.has_text_beside(range.clone(), &names);
            let piece = Piece { is_blank, ..self.piece(opening.position.0, document, range) };
            pass.begin(opening.volume.clone(), opening.label.clone(), opening.is_volume, piece);
        }
    }

    /// Returns front matter for places before the landmark of the body, if a chapter follows the landmark.
    fn matter_of_place(&self, position: Position) -> Option<Matter> {
        let start = self.body_start?;
        let has_body = self.starts.last().is_some_and(|last| last.opening.position >= start);
        (has_body && position < start).then_some(Matter::Outside(WarningCode::FrontMatterSkipped))
    }
}

/// State of one walk along the reading order.
struct Pass<'n> {
    /// Front and back matter are left out.
    strict: bool,
    remarks: &'n mut Vec<Warning>,
    drafts: Vec<Draft>,
    /// Text without an opening continues the last draft.
    going_on: bool,
    counts: Counts,
}

impl Pass<'_> {
    fn begin(&mut self, volume: Option<String>, title: String, is_volume: bool, piece: Piece<'_>) {
        let title_lines = piece.title_lines(&title);
        let mut draft = Draft::new(volume, title, is_volume);
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

    /// Returns the chapters of the drafts; drafts without text are dropped.
    fn finish(mut self) -> Vec<Chapter> {
        let mut chapters = Vec::new();
        for mut draft in self.drafts {
            draft.drop_title();
            if !draft.has_own_text() && draft.notes.is_empty() {
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
            chapters.push(draft.into_chapter());
        }
        self.counts.say(self.remarks);
        chapters
    }
}

fn skip_remark(code: WarningCode, what: &str) -> Warning {
    Warning::new(code, format!("{} was left out: {}.", matter::name_of(code), shown(what)))
}
