//! Reads links, which may be references to notes, and readings.

use super::{Frame, Inline, Link, Reading};
use crate::epub::document::{Manner, NoteTarget, Reference};
use crate::epub::xml::Tag;
use crate::epub::{element, inline, picture};
use crate::options::Ruby;

impl Reading {
    pub(super) fn link(&self, tag: &Tag, frame: &Frame) -> Link {
        let href = tag.get("href").unwrap_or_default();
        let (path, id) = href.split_once('#').map_or((href, None), |(path, id)| (path, Some(id)));
        let id = id.filter(|id| !id.is_empty());
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        Link {
            path: decode(path),
            id: id.map(decode),
            is_reference: element::is_note_reference(&frame.types),
            has_note_class: element::has_note_class(tag),
            raised: self.frames.iter().rev().take(4).any(|frame| matches!(frame.inline, Inline::Raised)),
            has_picture: false,
            at_start: self.lines.is_at_start(),
        }
    }

    pub(super) fn close_link(&mut self, link: &Link, frame: &Frame) {
        self.has_link = true;
        let id = match &link.id {
            Some(id) => id.clone(),
            None if link.is_reference => String::new(),
            None => return,
        };
        let Some(text) = self.lines.take_since(frame.place) else { return };
        let trimmed = text.trim_start();
        let spaces = &text[..text.len() - trimmed.len()];
        let plain = inline::level(trimmed);
        let label = if plain.trim().is_empty() && link.has_picture {
            self.counted_notes += 1;
            self.counted_notes.to_string()
        } else {
            plain.trim().to_owned()
        };
        let is_first = link.at_start && !link.is_reference;
        let is_reference = !is_first
            && !label.is_empty()
            && (link.is_reference
                || link.has_picture
                || (inline::is_marker(&label)
                    && (link.raised || plain != trimmed || link.has_note_class || self.is_attached(spaces))));
        if is_reference {
            self.heading.truncate(frame.heading_length);
            self.lines.push_again(spaces);
            let start = self.lines.line.len();
            self.lines.push_again(&inline::marked(&label));
            let to = NoteTarget::Place { path: link.path.clone(), id };
            self.add_reference(start, label, to);
            return;
        }
        if inline::is_way_back(&plain) {
            self.heading.truncate(frame.heading_length);
            self.lines.push_again(spaces);
        } else {
            self.lines.push_again(&text);
        }
        for outer in self.frames.iter_mut().rev().filter(|frame| frame.is_block).take(4) {
            outer.has_way_back = true;
        }
    }

    /// Returns whether a mark directly follows a word or bracket, and so belongs to it.
    pub(super) fn is_attached(&self, spaces: &str) -> bool {
        spaces.is_empty() && self.lines.line.chars().next_back().is_some_and(|c| !c.is_whitespace())
    }

    pub(super) fn add_reference(&mut self, start: usize, label: String, to: NoteTarget) {
        let range = start..self.lines.line.len();
        self.references.push((range.clone(), Reference { range, label, to }));
    }

    pub(super) fn close_reading(&mut self, is_second: bool, frame: &Frame) {
        let Some(text) = self.lines.take_since(frame.place) else { return };
        let text = text.trim();
        if text.is_empty() || inline::is_emphasis(text) {
            return;
        }
        let ruby = self.frames.iter_mut().rev().find(|frame| matches!(frame.inline, Inline::Ruby { .. }));
        if let Some(Frame { inline: Inline::Ruby { reading, second }, .. }) = ruby {
            let known = if is_second { second } else { reading };
            let spaced = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && (c as u32) < 0x2e80);
            if spaced(known.chars().next_back()) && spaced(text.chars().next()) {
                known.push(' ');
            }
            known.push_str(text);
        }
        self.document.ruby += 1;
    }

    pub(super) fn close_ruby(&mut self, reading: &str, second: &str, frame: &Frame, manner: &Manner<'_>) {
        let readings: Vec<&str> =
            [reading, second].into_iter().filter(|reading| !reading.is_empty()).collect();
        let Some(base) = self.lines.take_since(frame.place) else { return };
        // The picture has no description; the reading says what it shows.
        if base.trim() == picture::GETA.to_string() && !readings.is_empty() {
            self.lines.push_again(&base.replace(picture::GETA, readings[0]));
            return;
        }
        self.lines.push_again(&base);
        if manner.ruby == Ruby::Keep && !readings.is_empty() && !base.trim().is_empty() {
            self.lines.push_again(&format!("（{}）", readings.join("／")));
        }
    }
}
