//! Reads pictures, and text in drawings.

use super::{Frame, Inline, Reading, append};
use crate::book::one_line;
use crate::epub::document::NoteTarget;
use crate::epub::xml::Tag;
use crate::epub::{inline, picture};

impl Reading {
    pub(super) fn push_picture(&mut self, tag: &Tag, frame: &Frame) {
        let class = tag.get("class").unwrap_or_default().to_ascii_lowercase();
        let source = tag.get("src").or_else(|| tag.get("href")).unwrap_or_default().to_ascii_lowercase();
        for outer in self.frames.iter_mut().rev().take(4) {
            match &mut outer.inline {
                Inline::Drawing { has_content, .. } => *has_content = true,
                Inline::Link(link) if link.is_reference || link.has_note_class => {
                    link.has_picture = true;
                    return;
                }
                _ => {}
            }
        }
        let words = picture::words(tag);
        // Chinese readers: the description of the picture is the note itself.
        if ["footnote", "reader-note"].iter().any(|name| class.contains(name)) {
            let note = tag.get("zy-footnote").map(one_line).or(words);
            if let Some(note) = note.filter(|note| !note.is_empty()) {
                self.counted_notes += 1;
                let label = self.counted_notes.to_string();
                let start = self.lines.line.len();
                self.lines.push_again(&inline::marked(&label));
                self.add_reference(start, label, NoteTarget::Text(note));
            }
            return;
        }
        let is_gaiji = frame.gaiji || source.contains("gaiji");
        if is_gaiji || (frame.heading > 0 && words.is_some()) {
            let text = words.unwrap_or_else(|| picture::GETA.to_string());
            self.document.characters += usize::from(is_gaiji);
            self.push_text_of_picture(&text);
        } else if let Some(character) = words.as_ref().filter(|words| picture::is_character(words)) {
            self.characters.push(character.clone());
            self.push_text_of_picture(character);
        } else {
            self.picture(words);
        }
    }

    pub(super) fn push_text_of_picture(&mut self, text: &str) {
        if self.frames.iter().any(|frame| frame.heading > 0) {
            append(&mut self.heading, text);
        }
        self.fresh.clear();
        self.lines.push(text, false);
    }

    /// Adds a picture that gets its own line after the current line.
    pub(super) fn picture(&mut self, words: Option<String>) {
        const MOST_IN_A_LINE: usize = 1_000;
        if self.pictures.len() < MOST_IN_A_LINE {
            self.pictures.push(words);
        }
    }

    /// Adds text in a drawing. Its title replaces a picture without a description.
    pub(super) fn push_text_of_drawing(&mut self, text: &str) {
        let names = |name: &str| self.frames.iter().rev().take(6).any(|frame| frame.name == name);
        let (in_text, in_title) = (names("text"), names("title"));
        let drawing = self.frames.iter_mut().rev().find_map(|frame| match &mut frame.inline {
            Inline::Drawing { title, has_content } => Some((title, has_content)),
            _ => None,
        });
        if in_text && !text.trim().is_empty() {
            if let Some((_, has_content)) = drawing {
                *has_content = true;
            }
            self.fresh.clear();
            self.lines.push(text, false);
        } else if in_title && let Some((title, _)) = drawing {
            let words = one_line(text);
            if title.is_none() && !words.is_empty() {
                *title = Some(words);
            }
        }
    }
}
