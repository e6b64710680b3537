//! An XHTML file to text: one paragraph a line, with the places that the table of contents points to, the
//! headings, and where references to notes and notes are.

use super::path;
use super::reading::Reading;
use super::repair::Work;
use super::style::Sheets;
use super::xml::{self, Kind, Node};
use crate::book::one_line;
use crate::error::ImportError;
use crate::limits::Limits;
use crate::options::Ruby;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The text of a file.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Lines, each ended by `\n`.
    pub(super) text: String,
    /// The file's `<title>`.
    pub(super) title: Option<String>,
    /// In their order.
    pub(super) headings: Vec<Heading>,
    /// What the file is, by the `epub:type`s around and before its first text.
    pub(super) opening: Vec<String>,
    /// The places asked for that the file has.
    pub(super) marks: HashMap<String, Mark>,
    /// References to notes, in their order.
    pub(super) references: Vec<Reference>,
    /// What may be a note, in the order of their starts; outer ones come before those inside.
    pub(super) notes: Vec<Note>,
    /// The lines that stand for pictures, in their order.
    pub(super) pictures: Vec<Range<usize>>,
    /// Pictures that became characters.
    pub(super) characters: usize,
    /// Readings beside characters.
    pub(super) ruby: usize,
    /// Lines of links and addresses that were left out.
    pub(super) furniture: usize,
    /// The file was not well-formed.
    pub(super) repaired: bool,
    /// What styles hide.
    pub(super) hidden: Hidden,
    /// Parts of the text that are not taken over, in their order and apart from one another: notes that were
    /// moved, running titles.
    pub(super) left_out: Vec<Range<usize>>,
}

/// A heading (`h1` to `h6`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// 1 to 6.
    pub(super) level: u8,
    /// Its lines in the text.
    pub(super) lines: Range<usize>,
    /// One line, without readings and marks of notes.
    pub(super) text: String,
}

/// A place in a file.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Byte in the text, at the start of a line.
    pub(super) at: usize,
    /// The `epub:type`s of the elements around it, its own, and those between it and its first text.
    pub(super) types: Vec<String>,
}

/// A reference to a note.
#[derive(Debug)]
pub(super) struct Reference {
    /// Its mark in the text.
    pub(super) range: Range<usize>,
    /// The note's mark without brackets.
    pub(super) label: String,
    pub(super) to: NoteTarget,
}

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoteTarget {
    /// The reference of the link as it stands in the file: a path, empty for the file itself, and an id.
    Place { path: String, id: String },
    /// The note's text comes with the reference.
    Text(String),
}

/// An element that may be a note.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) range: Range<usize>,
    /// The ids on it and at its start.
    pub(super) ids: Vec<String>,
    /// Its type says that it is one. Others are notes only if a reference leads to them.
    pub(super) is_certain: bool,
}

/// Text that the styles of a file hide from its readers.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    /// Elements with text.
    pub(super) passages: usize,
    /// Letters and digits in them, without headings.
    pub(super) chars: usize,
    /// The hidden elements that have ids, by the numbers of the elements: those opened before them.
    pub(super) ids: HashMap<String, usize>,
}

/// How a file is read.
pub(super) struct Manner<'a> {
    /// The file's path.
    pub(super) path: &'a str,
    pub(super) ruby: Ruby,
    pub(super) sheets: &'a Sheets,
    /// What styles hide is left out.
    pub(super) heeds_styles: bool,
    /// The hidden elements, by their numbers, that are notes and are read nevertheless.
    pub(super) shown: HashSet<usize>,
    /// The ids of the places asked for.
    pub(super) wanted: &'a HashSet<&'a str>,
}

/// Reads a file.
pub(super) fn read(
    text: String,
    manner: &Manner<'_>,
    bounds: (&Limits, &mut Work),
) -> Result<Document, ImportError> {
    let show = |reading: &mut Reading, node: Node<'_>| match node {
        Node::Start(tag) => reading.open(&tag, manner),
        Node::End => reading.close(manner),
        Node::Text(text) => reading.push_text(&text),
    };
    let (reading, repaired) = xml::visit(text, manner.path, Kind::Page, bounds, Reading::new, show)?;
    let mut document = reading.finish();
    document.repaired = repaired;
    document.text.shrink_to_fit();
    Ok(document)
}

impl Document {
    /// The hidden elements, by their numbers, that references to notes in the file lead to: they pop up.
    pub(super) fn hidden_notes(&self, own_path: &str) -> HashSet<usize> {
        let references = self.references.iter().filter(|_| !self.hidden.ids.is_empty());
        references
            .filter_map(|reference| match &reference.to {
                NoteTarget::Place { path, id } if path::linked(own_path, path)? == own_path => {
                    self.hidden.ids.get(id).copied()
                }
                _ => None,
            })
            .collect()
    }

    /// Whether styles hide the file's text rather than a passage in it: nothing but headings and pictures is left, or
    /// very little.
    pub(super) fn is_hidden_by_mistake(&self) -> bool {
        const LONG: usize = 2_000;
        let is_most = || self.hidden.chars > LONG && self.hidden.chars > 3 * self.text.chars().count();
        self.hidden.chars > 0 && (is_most() || !self.has_text_beside(0..self.text.len(), &[]))
    }

    /// The first heading, else the title; `None` where both are blank.
    pub(super) fn name(&self) -> Option<String> {
        let heading = self.headings.first().map(|heading| heading.text.clone());
        heading.or_else(|| self.title.as_deref().map(one_line)).filter(|name| !name.is_empty())
    }

    /// Adds the text of a range to `text`, without the parts that are left out.
    pub(super) fn copy(&self, range: Range<usize>, text: &mut String) {
        let mut at = range.start;
        let first = self.left_out.partition_point(|part| part.end <= range.start);
        for part in &self.left_out[first..] {
            if part.start >= range.end {
                break;
            }
            if part.start > at {
                text.push_str(&self.text[at..part.start]);
            }
            at = at.max(part.end);
        }
        if at < range.end {
            text.push_str(&self.text[at..range.end]);
        }
    }

    /// The first lines of a range that are not blank, without the parts that are left out.
    pub(super) fn beginning(&self, range: Range<usize>) -> String {
        const LINES: usize = 8;
        let mut text = String::new();
        let mut found = 0;
        let mut at = range.start;
        for line in self.text[range].split_inclusive('\n') {
            let before = text.len();
            self.copy(at..at + line.len(), &mut text);
            found += usize::from(!text[before..].trim().is_empty());
            at += line.len();
            if found >= LINES {
                break;
            }
        }
        text
    }

    /// Whether a range has text that is taken over, other than marks of pictures and what `except` covers.
    pub(super) fn has_text(&self, range: Range<usize>, except: &Range<usize>) -> bool {
        let mut at = range.start;
        while at < range.end {
            let end = self.text[at..range.end].find('\n').map_or(range.end, |length| at + length);
            let is_covered = |parts: &[Range<usize>]| {
                let next = parts.partition_point(|part| part.start <= at);
                next > 0 && end <= parts[next - 1].end
            };
            let is_blank = self.text[at..end].trim().is_empty();
            let is_except = except.start <= at && end <= except.end;
            if !is_blank && !is_except && !is_covered(&self.left_out) && !is_covered(&self.pictures) {
                return true;
            }
            at = end + 1;
        }
        false
    }

    /// Whether a range has text that is taken over, beside headings, pictures and lines of these words.
    pub(super) fn has_text_beside(&self, range: Range<usize>, words: &[String]) -> bool {
        let mut at = range.start;
        for line in self.text[range].split_inclusive('\n') {
            let place = at..at + line.len();
            at = place.end;
            let next = self.headings.partition_point(|heading| heading.lines.start < place.end);
            let in_heading = next > 0 && self.headings[next - 1].lines.end >= place.end;
            let mut rest: String = line.chars().filter(|c| !c.is_whitespace()).collect();
            for word in words.iter().filter(|word| !word.is_empty()) {
                rest = rest.replacen(word, "", 1);
            }
            if !in_heading && rest.chars().any(char::is_alphanumeric) && self.has_text(place, &(0..0)) {
                return true;
            }
        }
        false
    }

    /// Leaves out the parts, which may overlap one another.
    pub(super) fn leave_out(&mut self, mut parts: Vec<Range<usize>>) {
        parts.append(&mut self.left_out);
        parts.sort_by_key(|part| (part.start, part.end));
        for part in parts {
            match self.left_out.last_mut() {
                Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
                _ => self.left_out.push(part),
            }
        }
    }
}
