//! Reads an XHTML file, tag by tag.

mod hiding;
mod line;
mod links;
mod pictures;

use super::document::{Document, Heading, Manner, Mark, Note, Reference};
use super::element;
use super::lines::{Lines, Place};
use super::picture;
use super::style::{Identity, Styles};
use super::xml::Tag;
use super::{inline, math};
use crate::book::one_line;
use hiding::{Hiding, SheetText};
use std::ops::Range;

/// Bounds on the entries of one mark or note: without them a hostile file could make the work quadratic.
const MOST_TYPES: usize = 16;
const MOST_FRESH_MARKS: usize = 64;
const MOST_IDS: usize = 16;
/// Most characters of a note that no type declares as a note.
const LONGEST_NOTE: usize = 10_000;

/// An open element.
#[derive(Default)]
pub(super) struct Frame {
    name: String,
    types: Vec<String>,
    /// Id and classes, for style sheet rules.
    identity: Identity,
    /// Number of elements opened before this one.
    number: usize,
    is_block: bool,
    /// 1 to 6 in a heading.
    heading: u8,
    is_title: bool,
    /// Why the text inside is not read, if so.
    hiding: Hiding,
    preformatted: bool,
    /// In a list of notes.
    in_notes: bool,
    /// Pictures inside stand for characters.
    gaiji: bool,
    /// Inside a drawing, where only the content of `text` elements is text.
    in_svg: bool,
    in_math: bool,
    /// Number of children so far, for the parts of a formula.
    pub(super) children: usize,
    inline: Inline,
    /// The line's end when the element began.
    place: Place,
    /// Where the element's lines begin.
    at: usize,
    heading_length: usize,
    ids: Vec<String>,
    /// Contains links out of a block that may lead back from a note.
    has_way_back: bool,
    is_note: bool,
    is_drop_cap: bool,
}

/// How an inline element's text is treated at its end.
#[derive(Default)]
enum Inline {
    #[default]
    Nothing,
    Raised,
    Lowered,
    PageNumber,
    Link(Link),
    /// Readings so far: the usual one, and the one of an `rtc`.
    Ruby {
        reading: String,
        second: String,
    },
    /// A reading; `second` if it is inside an `rtc`.
    Reading {
        second: bool,
    },
    /// A drawing with its title.
    Drawing {
        title: Option<String>,
        has_content: bool,
    },
}

#[derive(Default)]
struct Link {
    path: String,
    id: Option<String>,
    is_reference: bool,
    has_note_class: bool,
    raised: bool,
    /// A picture represents the mark.
    has_picture: bool,
    at_start: bool,
}

pub(super) struct Reading {
    pub(super) lines: Lines,
    frames: Vec<Frame>,
    document: Document,
    heading: String,
    /// Marks that no text has followed yet.
    fresh: Vec<String>,
    /// References in the current line.
    references: Vec<(Range<usize>, Reference)>,
    /// Pictures in the current line: those that get lines of their own, and those that became characters.
    pictures: Vec<Option<String>>,
    characters: Vec<String>,
    has_link: bool,
    /// Number of notes so far whose marks are pictures.
    counted_notes: usize,
    /// The address of the source may follow.
    address_due: bool,
    /// A large first letter was a block of its own; the next block continues its word.
    joins_next_block: bool,
    styles: Styles,
    sheet: Option<SheetText>,
    /// Number of elements opened so far.
    opened: usize,
    /// Number of the hidden element whose text was counted last.
    last_hidden: Option<usize>,
}

impl Reading {
    /// Begins a file with at most `bytes` bytes of text.
    pub(super) fn new(bytes: usize) -> Self {
        let mut reading = Self {
            lines: Lines::of_bytes(bytes),
            frames: Vec::new(),
            document: Document::default(),
            heading: String::new(),
            fresh: vec![String::new()],
            references: Vec::new(),
            pictures: Vec::new(),
            characters: Vec::new(),
            has_link: false,
            counted_notes: 0,
            address_due: false,
            joins_next_block: false,
            styles: Styles::default(),
            sheet: None,
            opened: 0,
            last_hidden: None,
        };
        reading.document.marks.insert(String::new(), Mark::default());
        reading
    }

    pub(super) fn finish(mut self) -> Document {
        self.end_line(false);
        let mut document = self.document;
        document.opening = document.marks.remove("").map(|mark| mark.types).unwrap_or_default();
        document.text = self.lines.text;
        // Outer notes first; they end, and are recorded, last.
        document.notes.sort_by_key(|note| (note.range.start, std::cmp::Reverse(note.range.end)));
        document
    }

    pub(super) fn open(&mut self, tag: &Tag, manner: &Manner<'_>) {
        let name = tag.name().to_ascii_lowercase();
        self.open_sheet(&name, tag, manner);
        let mut frame = self.frame(&name, tag, manner);
        self.opened += 1;
        if let Some(outer) = self.frames.last_mut() {
            outer.children += 1;
        }
        self.push_operator(&frame);
        if frame.is_block && !frame.hiding.is_hidden() {
            if !std::mem::take(&mut self.joins_next_block) {
                self.end_line(false);
            }
            if frame.heading > 0 || matches!(name.as_str(), "section" | "article" | "hr") {
                self.lines.blank_line();
            }
            if frame.heading > 0 && self.frames.iter().all(|outer| outer.heading == 0) {
                self.heading.clear();
            }
        }
        (frame.place, frame.at, frame.heading_length) =
            (self.lines.place(), self.lines.at(), self.heading.len());
        if !frame.hiding.is_hidden() {
            self.open_inline(&name, tag, &mut frame);
        }
        self.find_ids(tag, &name, &mut frame, manner);
        for fresh in self.fresh.iter().rev().take(MOST_FRESH_MARKS) {
            if let Some(mark) = self.document.marks.get_mut(fresh) {
                let room = MOST_TYPES.saturating_sub(mark.types.len());
                mark.types.extend(frame.types.iter().take(room).cloned());
            }
        }
        frame.types.truncate(MOST_TYPES);
        self.frames.push(frame);
    }

    fn frame(&mut self, name: &str, tag: &Tag, manner: &Manner<'_>) -> Frame {
        let types = element::types_of(tag);
        let identity = self.identity(tag);
        let hiding = self.hiding(name, tag, &types, &identity, manner);
        let outer = self.frames.last();
        let inherits = |what: fn(&Frame) -> bool| outer.is_some_and(what);
        let is_drop_cap = element::has_drop_cap_class(tag);
        let in_svg = name == "svg" || inherits(|frame| frame.in_svg);
        let heading = element::heading_level(name);
        let is_block = element::is_block(name) || (in_svg && name == "text");
        let is_certain_note = element::is_note(&types);
        Frame {
            name: name.to_owned(),
            identity,
            number: self.opened,
            hiding,
            preformatted: name == "pre" || inherits(|frame| frame.preformatted),
            heading: if heading > 0 { heading } else { outer.map_or(0, |frame| frame.heading) },
            is_block,
            is_title: name == "title" && !in_svg,
            in_notes: element::is_note_list(&types) || inherits(|frame| frame.in_notes),
            gaiji: element::has_gaiji_class(tag) || name == "ruby" || inherits(|frame| frame.gaiji),
            // The content of `foreignObject` is XHTML again.
            in_svg: in_svg && name != "foreignobject",
            in_math: name == "math" || inherits(|frame| frame.in_math),
            is_note: is_certain_note
                || manner.shown.contains(&self.opened)
                || (is_block && heading == 0 && inherits(|frame| frame.in_notes) && tag.get("id").is_some())
                || (is_block && heading == 0 && element::has_note_class(tag)),
            is_drop_cap,
            types,
            ..Frame::default()
        }
    }

    fn open_inline(&mut self, name: &str, tag: &Tag, frame: &mut Frame) {
        match name {
            "br" => self.end_line(true),
            "td" | "th" if !self.lines.line.is_empty() => self.lines.push("\t", true),
            "img" => self.push_picture(tag, frame),
            "image" if frame.in_svg || tag.get("href").is_some() || tag.get("src").is_some() => {
                self.push_picture(tag, frame);
            }
            "svg" if frame.in_svg => {
                frame.inline = Inline::Drawing { title: picture::words(tag), has_content: false };
            }
            "math" => {
                if let Some(text) = tag.get("alttext").map(one_line).filter(|text| math::says_something(text))
                {
                    self.lines.push(&text, false);
                    frame.hiding.by_kind = true;
                }
            }
            "sup" => frame.inline = Inline::Raised,
            "sub" => frame.inline = Inline::Lowered,
            "ruby" => frame.inline = Inline::Ruby { reading: String::new(), second: String::new() },
            "rt" | "rtc" => {
                let second = name == "rtc" || self.frames.iter().any(|frame| frame.name == "rtc");
                frame.inline = Inline::Reading { second };
            }
            "a" if tag.get("href").is_some() => frame.inline = Inline::Link(self.link(tag, frame)),
            _ if element::has_page_number_class(tag) => frame.inline = Inline::PageNumber,
            _ => {}
        }
    }

    fn find_ids(&mut self, tag: &Tag, name: &str, frame: &mut Frame, manner: &Manner<'_>) {
        for key in ["id", "name"] {
            let Some(id) = tag.get(key) else { continue };
            if key == "id" || name == "a" {
                self.remember_hidden(id, frame);
                if frame.is_block {
                    frame.ids.push(id.to_owned());
                } else if self.lines.is_at_start()
                    && let Some(block) = self.frames.iter_mut().rev().find(|frame| frame.is_block)
                    && block.ids.len() < MOST_IDS
                    && block.at == self.lines.at()
                {
                    block.ids.push(id.to_owned());
                }
            }
            if manner.wanted.contains(id) {
                self.mark(id.to_owned());
            }
        }
    }

    fn mark(&mut self, id: String) {
        let at = self.lines.at();
        let around = self.frames.iter().flat_map(|frame| &frame.types).take(MOST_TYPES).cloned().collect();
        self.document.marks.entry(id.clone()).or_insert_with(|| {
            self.fresh.push(id);
            Mark { at, types: around }
        });
    }

    pub(super) fn close(&mut self, manner: &Manner<'_>) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.name == "style" {
            self.close_sheet(manner);
        }
        if frame.hiding.is_hidden() {
            return;
        }
        self.close_inline(&frame, manner);
        if frame.is_drop_cap && self.close_drop_cap(&frame) {
            return;
        }
        if !frame.is_block {
            return;
        }
        self.end_line(false);
        let end = self.lines.at();
        if frame.heading > 0 && element::heading_level(&frame.name) > 0 {
            let text = one_line(&std::mem::take(&mut self.heading));
            if !text.is_empty() && end > frame.at {
                self.document.headings.push(Heading { level: frame.heading, lines: frame.at..end, text });
            }
            self.lines.blank_line();
            return;
        }
        let is_short = end - frame.at <= LONGEST_NOTE;
        let may_be_note = frame.is_note || (frame.has_way_back && is_short && !frame.ids.is_empty());
        if end > frame.at && may_be_note {
            let is_certain = element::is_note(&frame.types);
            self.document.notes.push(Note { range: frame.at..end, ids: frame.ids, is_certain });
        }
    }

    /// Joins a large first letter to its word; returns whether it was one in a block of its own. A space is
    /// kept after one-letter words.
    fn close_drop_cap(&mut self, frame: &Frame) -> bool {
        const WORDS: &str = "AIOYEÀÉÈÓÚÍÊÔaioyeàéАВИКОСУЯЭО";
        let letter = self.lines.since(frame.place).unwrap_or_default().trim();
        if letter.is_empty() || letter.chars().nth(2).is_some() {
            return false;
        }
        if letter.chars().next_back().is_some_and(|c| c.is_alphabetic() && !WORDS.contains(c)) {
            self.lines.glue();
        }
        self.joins_next_block = frame.is_block;
        frame.is_block
    }

    fn close_inline(&mut self, frame: &Frame, manner: &Manner<'_>) {
        match &frame.inline {
            Inline::Nothing => {}
            Inline::Raised | Inline::Lowered => {
                let raised = matches!(frame.inline, Inline::Raised);
                self.rewrite(frame.place, |text| inline::shifted(text, raised));
            }
            Inline::PageNumber => {
                self.rewrite(frame.place, |text| inline::is_page_number(text).then(String::new));
            }
            Inline::Link(link) => self.close_link(link, frame),
            Inline::Ruby { reading, second } => self.close_ruby(reading, second, frame, manner),
            Inline::Reading { second } => self.close_reading(*second, frame),
            Inline::Drawing { title, has_content } => {
                if !has_content {
                    self.picture(title.clone());
                }
            }
        }
    }

    /// Replaces what was added to the line since `place`; spaces at its start are kept.
    fn rewrite(&mut self, place: Place, change: impl FnOnce(&str) -> Option<String>) {
        let Some(text) = self.lines.take_since(place) else { return };
        let trimmed = text.trim_start();
        let spaces = &text[..text.len() - trimmed.len()];
        match change(trimmed) {
            Some(changed) => self.lines.push_again(&format!("{spaces}{changed}")),
            None => self.lines.push_again(&text),
        }
    }

    pub(super) fn push_text(&mut self, text: &str) {
        if self.push_text_of_sheet(text) {
            return;
        }
        self.count_hidden(text);
        let Some(frame) = self.frames.last() else { return };
        let preformatted = frame.preformatted;
        if frame.is_title && self.frames.len() < 8 {
            append(self.document.title.get_or_insert_default(), text);
        }
        if frame.hiding.is_hidden() || frame.is_title {
            return;
        }
        if frame.in_svg {
            self.push_text_of_drawing(text);
            return;
        }
        let is_reading =
            self.frames.iter().rev().take(4).any(|frame| matches!(frame.inline, Inline::Reading { .. }));
        if !text.trim().is_empty() {
            self.fresh.clear();
        }
        if self.frames.last().is_some_and(|frame| frame.heading > 0) && !is_reading {
            append(&mut self.heading, text);
        }
        if !preformatted {
            self.lines.push(text, false);
            return;
        }
        for (nth, line) in text.split('\n').enumerate() {
            if nth > 0 {
                self.end_line(true);
            }
            self.lines.push(line, true);
        }
    }

    /// Adds the sign between the parts of a fraction, a power and so on.
    fn push_operator(&mut self, frame: &Frame) {
        if frame.in_math
            && !frame.hiding.is_hidden()
            && let Some(outer) = self.frames.last()
            && let Some(operator) = math::operator(&outer.name, outer.children)
        {
            self.lines.push(operator, false);
        }
    }
}

/// Appends to a title, up to a length that no real title has.
fn append(title: &mut String, text: &str) {
    const LONGEST: usize = 1000;
    if title.len() < LONGEST {
        title.push_str(text);
    }
}
