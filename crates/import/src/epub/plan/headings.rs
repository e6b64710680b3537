//! Finds openings by the headings of the files, and by lines that look like headings.

use super::Book;
use crate::epub::contents::{self, Item, Opening, Position, squeezed};
use crate::epub::label::{self, Kind};
use crate::error::shown;
use crate::headings::{self, Level};
use crate::lines::Lines;
use crate::options::Split;
use crate::warning::{Warning, WarningCode};

impl Book<'_> {
    /// Uses the headings at the level that looks like chapters; without headings, lines that look like
    /// headings.
    pub(super) fn by_headings_or_lines(&self, split: &Split, warnings: &mut Vec<Warning>) -> Vec<Opening> {
        let title = self.package.title.as_deref().unwrap_or_default();
        let items = self.headings(title);
        if items.is_empty() {
            return self.by_lines_like_headings(warnings);
        }
        let split = if *split == Split::Headings { &Split::Auto } else { split };
        contents::choose(&items, split, &self.measure, title)
    }

    /// Returns all headings as a nested table. A heading directly below another one that names no unit of its
    /// own is joined to it.
    pub(super) fn headings(&self, title: &str) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut levels: Vec<u8> = Vec::new();
        let mut behind: Option<Position> = None;
        for (index, document) in self.documents.iter().enumerate() {
            let Some(document) = document.as_ref().filter(|_| !self.is_skipped(index)) else { continue };
            for heading in &document.headings {
                if squeezed(&heading.text) == squeezed(title) {
                    continue;
                }
                let start = (index, heading.lines.start);
                let follows = behind.is_some_and(|(file, end)| {
                    file == index && !document.has_text(end..heading.lines.start, &(0..0))
                });
                behind = Some((index, heading.lines.end));
                let is_own = label::kind(&heading.text) != Kind::Other;
                if follows
                    && !is_own
                    && let Some(last) = items.last_mut()
                {
                    // `第一章` above `はじまり`.
                    last.label = format!("{} {}", last.label, heading.text);
                    continue;
                }
                while levels.last().is_some_and(|level| *level >= heading.level) {
                    levels.pop();
                }
                let depth = levels.len();
                levels.push(heading.level);
                items.push(Item { label: heading.text.clone(), position: start, depth });
            }
        }
        items
    }

    /// Uses lines that look like headings, as in a text file.
    pub(super) fn by_lines_like_headings(&self, warnings: &mut Vec<Warning>) -> Vec<Opening> {
        let files = self.documents.iter().enumerate();
        let files: Vec<(usize, &str)> = files
            .filter(|(index, _)| !self.is_skipped(*index))
            .filter_map(|(index, document)| Some((index, document.as_ref()?.text.as_str())))
            .collect();
        let lines = Lines::of(files.iter().map(|(_, text)| *text));
        let place_of = |line: usize| -> Position {
            let (file, at) = lines.place(line);
            (files[file].0, at)
        };
        let mut openings = Vec::new();
        let mut volume: Option<String> = None;
        for heading in headings::find(&lines).headings {
            if heading.irregular {
                let detail = format!(
                    "The number of the heading “{}” does not continue those before it.",
                    shown(&heading.title)
                );
                let path = &self.package.spine[place_of(heading.line).0].path;
                warnings.push(Warning::new(WarningCode::NumberingIrregular, detail).in_file(path));
            }
            let is_volume = matches!(heading.level, Level::Volume(_));
            if is_volume {
                volume = Some(heading.title.clone());
            }
            let volume = heading.volume.or_else(|| volume.clone());
            openings.push(Opening {
                label: heading.title,
                volume,
                position: place_of(heading.line),
                is_volume,
            });
        }
        openings
    }

    pub(super) fn by_lines(&self, is_heading: impl Fn(&str) -> bool) -> Vec<Opening> {
        let mut openings = Vec::new();
        for (index, document) in self.documents.iter().enumerate() {
            let Some(document) = document.as_ref().filter(|_| !self.is_skipped(index)) else { continue };
            let mut at = 0;
            for line in document.text.split_inclusive('\n') {
                if is_heading(line) {
                    let label = crate::book::one_line(line);
                    openings.push(Opening::chapter(&Item { label, position: (index, at), depth: 0 }, None));
                }
                at += line.len();
            }
        }
        openings
    }
}
