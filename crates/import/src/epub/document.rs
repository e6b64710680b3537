//! Converts an XHTML file to text, one paragraph a line. Records the places that the table of contents points
//! to, headings, references to notes, and notes.

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

/// The text of a file, and what was found in it.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Text; each line ends with `\n`.
    pub(super) text: String,
    /// The file's `<title>`.
    pub(super) title: Option<String>,
    /// Headings in file order.
    pub(super) headings: Vec<Heading>,
    /// `epub:type`s of the elements around and before the file's first text.
    pub(super) opening: Vec<String>,
    /// Requested places (`Manner::wanted`) that exist in the file.
    pub(super) marks: HashMap<String, Mark>,
    /// References to notes, in file order.
    pub(super) references: Vec<Reference>,
    /// Elements that may be notes, by their starts; an outer element precedes those inside it.
    pub(super) notes: Vec<Note>,
    /// Lines that stand for pictures, in file order.
    pub(super) pictures: Vec<Range<usize>>,
    /// Number of pictures that became characters.
    pub(super) characters: usize,
    /// Number of readings beside characters.
    pub(super) ruby: usize,
    /// Number of lines with links and addresses that were left out.
    pub(super) furniture: usize,
    /// The file was not well-formed.
    pub(super) repaired: bool,
    /// Text that styles hide.
    pub(super) hidden: Hidden,
    /// Parts of the text that are left out (moved notes, running titles): sorted, without overlaps.
    pub(super) left_out: Vec<Range<usize>>,
}

/// A heading (`h1` to `h6`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// 1 to 6.
    pub(super) level: u8,
    /// Its lines in the text.
    pub(super) lines: Range<usize>,
    /// Text on one line, without readings and note marks.
    pub(super) text: String,
}

/// A place in a file.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Byte offset in the text, at the start of a line.
    pub(super) at: usize,
    /// `epub:type`s of the elements around the place, of the element itself, and of the elements up to its
    /// first text.
    pub(super) types: Vec<String>,
}

/// A reference to a note.
#[derive(Debug)]
pub(super) struct Reference {
    /// Range of the note mark in the text.
    pub(super) range: Range<usize>,
    /// The note mark without brackets.
    pub(super) label: String,
    pub(super) to: NoteTarget,
}

/// The target of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoteTarget {
    /// The link as written in the file: a path (empty for the same file) and an id.
    Place { path: String, id: String },
    /// The reference itself contains the note's text.
    Text(String),
}

/// An element that may be a note.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) range: Range<usize>,
    /// Ids of the element and of elements at its start.
    pub(super) ids: Vec<String>,
    /// The element's type declares it a note. Other elements are notes only if a reference points to them.
    pub(super) is_certain: bool,
}

/// Counts of the text that the styles of a file hide.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    /// Hidden elements with text.
    pub(super) passages: usize,
    /// Letters and digits in them, without headings.
    pub(super) chars: usize,
    /// Ids of hidden elements, with their element numbers (elements opened before).
    pub(super) ids: HashMap<String, usize>,
}

/// Settings for reading a file.
pub(super) struct Manner<'a> {
    /// The file's path.
    pub(super) path: &'a str,
    pub(super) ruby: Ruby,
    pub(super) sheets: &'a Sheets,
    /// Text that styles hide is left out.
    pub(super) heeds_styles: bool,
    /// Numbers of hidden elements that are read nevertheless, because they are notes.
    pub(super) shown: HashSet<usize>,
    /// Ids of the requested places.
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
    /// Returns the numbers of hidden elements that note references in the file point to (pop-up notes).
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

    /// Returns whether styles hide the whole text of the file instead of passages: nothing but headings and
    /// pictures is left, or very little.
    pub(super) fn is_hidden_by_mistake(&self) -> bool {
        const LONG: usize = 2_000;
        let is_most = || self.hidden.chars > LONG && self.hidden.chars > 3 * self.text.chars().count();
        self.hidden.chars > 0 && (is_most() || !self.has_text_beside(0..self.text.len(), &[]))
    }

    /// Returns the first heading, else the title; `None` if it is blank.
    pub(super) fn name(&self) -> Option<String> {
        let heading = self.headings.first().map(|heading| heading.text.clone());
        heading.or_else(|| self.title.as_deref().map(one_line)).filter(|name| !name.is_empty())
    }

    /// Appends the text of a range to `text`, without the parts that are left out.
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

    /// Returns the first lines of a range that are not blank, without the parts that are left out.
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

    /// Returns whether a range contains kept text other than picture marks and the range `except`.
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

    /// Returns whether a range contains kept text other than headings, pictures and the words.
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

    /// Marks parts as left out; they may overlap.
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
