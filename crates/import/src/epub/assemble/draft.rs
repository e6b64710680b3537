//! Builds a chapter from parts of files.

use crate::book::{Chapter, one_line};
use crate::epub::contents::squeezed;
use crate::epub::document::Document;
use std::ops::Range;

/// A chapter under construction: all text up to the next chapter.
pub(super) struct Draft {
    pub(super) volume: Option<String>,
    pub(super) title: String,
    pub(super) text: String,
    /// The text is more than pictures and headings.
    pub(super) has_text: bool,
    pub(super) has_pictures: bool,
    pub(super) is_volume: bool,
    /// Notes to append at the end.
    pub(super) notes: Vec<String>,
    /// Notes were removed from the text.
    pub(super) lost_notes: bool,
}

/// A part of a file's text.
pub(super) struct Piece<'a> {
    pub(super) document: &'a Document,
    pub(super) range: Range<usize>,
    pub(super) notes: Vec<String>,
    /// The text is only a name.
    pub(super) is_blank: bool,
}

impl Piece<'_> {
    /// Returns the range of the headings at the start that together equal the title.
    pub(super) fn title_lines(&self, title: &str) -> Range<usize> {
        const MOST: usize = 3;
        let mut said = Said::new(title);
        let mut end = self.range.start;
        let headings = &self.document.headings;
        let first = headings.partition_point(|heading| heading.lines.start < self.range.start);
        for heading in headings[first..].iter().take(MOST) {
            if heading.lines.end > self.range.end || self.document.has_text(end..heading.lines.start, &(0..0))
            {
                break;
            }
            end = heading.lines.end;
            match said.add(&heading.text) {
                Some(true) => return headings[first].lines.start..end,
                Some(false) => {}
                None => break,
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

impl Draft {
    pub(super) fn new(volume: Option<String>, title: String, is_volume: bool) -> Self {
        Self {
            volume,
            title,
            text: String::new(),
            has_text: false,
            has_pictures: false,
            is_volume,
            notes: Vec::new(),
            lost_notes: false,
        }
    }

    pub(super) fn add(&mut self, piece: Piece<'_>, title_lines: &Range<usize>) {
        piece.copy(title_lines, &mut self.text);
        self.has_text |= !piece.is_blank && piece.document.has_text(piece.range.clone(), title_lines);
        self.has_pictures |= piece.has_pictures();
        self.lost_notes |= piece.has_left_out();
        self.notes.extend(piece.notes);
    }

    /// Removes the lines at the start of the text that repeat the title.
    pub(super) fn drop_title(&mut self) {
        let start = self.text.len() - without_title(&self.text, &self.title).len();
        self.text.drain(..start);
    }

    /// Returns whether there is text besides notes, pictures and headings.
    pub(super) fn has_own_text(&self) -> bool {
        self.has_text && !self.text.trim().is_empty()
    }

    /// Returns the chapter with its notes at the end. If the title is empty, the first line becomes the
    /// title.
    pub(super) fn into_chapter(self) -> Chapter {
        let first_line = || one_line(self.text.trim_start().lines().next().unwrap_or_default());
        let title = if self.title.is_empty() { first_line() } else { self.title };
        let mut source_text = self.text;
        if !self.notes.is_empty() {
            source_text.truncate(source_text.trim_end().len());
            source_text.push_str("\n\n");
            source_text.push_str(&self.notes.join("\n"));
        }
        Chapter { volume: self.volume, title, source_text }
    }
}

/// Returns the text after the lines at its start that together equal the title (`第一章` above `はじまり`).
fn without_title<'a>(text: &'a str, title: &str) -> &'a str {
    const MOST_LINES: usize = 3;
    let mut said = Said::new(title);
    let mut rest = text;
    for _ in 0..MOST_LINES {
        let trimmed = rest.trim_start();
        let end = trimmed.find('\n').unwrap_or(trimmed.len());
        rest = &trimmed[end..];
        match said.add(&trimmed[..end]) {
            Some(true) => return rest,
            Some(false) => {}
            None => return text,
        }
    }
    text
}

/// Compares consecutive lines with a title. For several lines, punctuation is ignored: `I` above `Rain`
/// equals `I: Rain`.
struct Said {
    title: [String; 2],
    said: [String; 2],
    lines: usize,
}

impl Said {
    fn new(title: &str) -> Self {
        Self { title: [squeezed(title), letters(title)], said: Default::default(), lines: 0 }
    }

    /// Adds a line. Returns whether the lines equal the title now; `None` if they differ from it.
    fn add(&mut self, line: &str) -> Option<bool> {
        self.lines += 1;
        self.said[0] += &squeezed(line);
        self.said[1] += &letters(line);
        let is_said = self.said[0] == self.title[0] || (self.lines > 1 && self.said[1] == self.title[1]);
        let begins = [0, 1].into_iter().any(|kind| {
            !self.said[kind].is_empty() && self.title[kind].starts_with(self.said[kind].as_str())
        });
        if is_said && !self.said[0].is_empty() { Some(true) } else { begins.then_some(false) }
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}
