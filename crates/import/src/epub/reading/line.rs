//! Ends lines: removes lines that a tool added, and puts pictures on lines of their own.

use super::Reading;
use crate::epub::document::Reference;
use crate::epub::{furniture, picture};
use std::ops::Range;

impl Reading {
    /// Ends the line, removes it if a tool added it, and adds the pictures in it.
    pub(super) fn end_line(&mut self, at_break: bool) {
        self.joins_next_block = false;
        let has_link = std::mem::take(&mut self.has_link);
        let characters = std::mem::take(&mut self.characters);
        let references = std::mem::take(&mut self.references);
        if self.is_furniture(has_link) {
            self.document.furniture += 1;
            self.lines.line.clear();
        }
        // A line of only pictures with short descriptions: they are pictures, not characters.
        let squeezed: String = self.lines.line.split_whitespace().collect();
        if !characters.is_empty() && squeezed == characters.concat().split_whitespace().collect::<String>() {
            self.lines.line.clear();
            self.pictures.extend(characters.into_iter().map(Some));
        } else {
            self.document.characters += characters.len();
        }
        let line = if at_break { self.lines.break_line() } else { self.lines.end_line() };
        if let Some(line) = line {
            let place = |range: Range<usize>| line.start + range.start..line.start + range.end;
            let inside = references.into_iter().filter(|(range, _)| line.start + range.end <= line.end);
            self.document
                .references
                .extend(inside.map(|(range, reference)| Reference { range: place(range), ..reference }));
        }
        for words in std::mem::take(&mut self.pictures) {
            self.lines.push_again(&picture::mark(words.as_deref()));
            let line = self.lines.end_line();
            self.document.pictures.extend(line.map(|line| line.start..line.end + 1));
        }
    }

    fn is_furniture(&mut self, has_link: bool) -> bool {
        if self.lines.is_at_start() {
            return false;
        }
        let line = self.lines.line.trim();
        let address_due = std::mem::take(&mut self.address_due);
        match furniture::source_line(line) {
            Some(has_address) => {
                self.address_due = !has_address;
                true
            }
            None => {
                (address_due && furniture::is_address(line))
                    || (has_link && furniture::is_page_links(line))
                    || furniture::is_end_of_book(line)
            }
        }
    }
}
