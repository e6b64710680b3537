//! Finds where the chapters of an EPUB begin: from its tables of contents if they are reliable, else from its
//! files and headings.

mod headings;

use super::contents::{self, Item, Measure, Opening, Position, squeezed};
use super::document::Document;
use super::label::{self, Kind};
use super::matter;
use super::package::{Entry, Package, Target};
use crate::error::shown;
use crate::headings::Label;
use crate::options::Split;
use crate::warning::{Warning, WarningCode};
use std::collections::{HashMap, HashSet};

/// Locates targets in the reading order.
pub(super) struct Book<'a> {
    pub(super) package: &'a Package,
    pub(super) documents: &'a [Option<Document>],
    indices: HashMap<&'a str, usize>,
    /// Byte offsets of headings by file and text without white space.
    headings: HashMap<(usize, String), usize>,
    measure: Measure,
}

/// The openings in reading order, and warnings about the tables.
pub(super) struct Plan {
    pub(super) openings: Vec<Opening>,
    pub(super) warnings: Vec<Warning>,
}

/// A first heading of a chapter that no table entry points to.
struct Start {
    item: Item,
    level: u8,
    /// Only pictures come before it in its file.
    is_first: bool,
}

impl<'a> Book<'a> {
    pub(super) fn new(package: &'a Package, documents: &'a [Option<Document>]) -> Self {
        let spine = package.spine.iter().enumerate();
        let texts = documents.iter().map(|document| document.as_ref().map_or("", |document| &document.text));
        let mut headings = HashMap::new();
        for (index, document) in documents.iter().enumerate() {
            for heading in document.iter().flat_map(|document| &document.headings) {
                headings.entry((index, squeezed(&heading.text))).or_insert(heading.lines.start);
            }
        }
        Self {
            headings,
            package,
            documents,
            indices: spine.map(|(index, item)| (item.path.as_str(), index)).collect(),
            measure: Measure::new(texts),
        }
    }

    /// Returns the position of a target. The flag says whether the fragment was found; if not, it is the
    /// file's start.
    pub(super) fn locate(&self, target: &Target) -> Option<(Position, bool)> {
        let index = *self.indices.get(target.path.as_str())?;
        let mark = target.fragment.as_ref().and_then(|id| self.documents[index].as_ref()?.marks.get(id));
        let exact = mark.is_some() || target.fragment.is_none();
        Some(((index, mark.map_or(0, |mark| mark.at)), exact))
    }

    pub(super) fn plan(&self, split: &Split) -> Plan {
        let mut warnings = Vec::new();
        let openings = match split {
            Split::None => Vec::new(),
            Split::Headings => self.by_headings_or_lines(split, &mut warnings),
            Split::Pattern(pattern) => self.by_lines(|line| pattern.matches(line)),
            Split::Auto | Split::Toc1 | Split::Toc2 => self.by_tables(split, &mut warnings),
        };
        let mut openings = openings;
        openings.sort_by_key(|opening| opening.position);
        Plan { openings, warnings }
    }

    fn by_tables(&self, split: &Split, warnings: &mut Vec<Warning>) -> Vec<Opening> {
        let title = self.package.title.as_deref().unwrap_or_default();
        let mut tables: Vec<Vec<Opening>> = Vec::new();
        for (nth, table) in self.package.tables.iter().enumerate() {
            let mut broken = Vec::new();
            let items = self.items(table, &mut broken);
            let mut openings = contents::choose(&items, split, &self.measure, title);
            openings.sort_by_key(|opening| opening.position);
            if nth == 0 {
                warnings.append(&mut broken);
            }
            if !openings.is_empty() {
                tables.push(openings);
            }
        }
        let mut tables = tables.into_iter();
        let Some(mut openings) = tables.next() else {
            warnings.push(Warning::new(
                WarningCode::ContentsMissing,
                "The EPUB has no usable table of contents.",
            ));
            warnings.push(incomplete("there is none, so chapters begin at files and headings"));
            return self.without_table(split, warnings);
        };
        if let Some(other) = tables.next()
            && self.is_finer(&other, &openings)
        {
            openings = other;
            warnings.push(incomplete("it is coarser than the other table of the EPUB, which was used"));
        }
        if *split == Split::Auto {
            let starts = self.unlisted(&openings);
            if !starts.is_empty() {
                let detail = format!(
                    "it leaves out {} places where chapters begin, the first at “{}”",
                    starts.len(),
                    shown(&starts[0].label)
                );
                warnings.push(incomplete(&detail));
                openings = merged(openings, starts);
            }
        }
        openings
    }

    /// Returns the entries of a table with their positions. Entries that point nowhere become warnings.
    fn items(&self, table: &[Entry], broken: &mut Vec<Warning>) -> Vec<Item> {
        let mut items = Vec::new();
        let mut open: Vec<(&Entry, usize)> = table.iter().rev().map(|entry| (entry, 0)).collect();
        while let Some((entry, depth)) = open.pop() {
            // A label without a target gets the position of the first entry below it.
            let own = entry.target.as_ref().and_then(|target| self.locate(target));
            let place = own.map(|found| self.place_of(entry, found));
            match place.or_else(|| self.first_place(&entry.inner)) {
                Some(position) => items.push(Item { label: entry.label.clone(), position, depth }),
                None => broken.push(Warning::new(
                    WarningCode::ContentsEntryBroken,
                    format!(
                        "The contents' entry “{}” points to no file of the reading order.",
                        shown(&entry.label)
                    ),
                )),
            }
            open.extend(entry.inner.iter().rev().map(|inner| (inner, depth + 1)));
        }
        items
    }

    /// Returns the entry's position. If the fragment is missing, it is the heading with the label's text.
    fn place_of(&self, entry: &Entry, (position, exact): (Position, bool)) -> Position {
        if exact {
            return position;
        }
        let key = (position.0, squeezed(&entry.label));
        self.headings.get(&key).map_or(position, |at| (position.0, *at))
    }

    fn first_place(&self, entries: &[Entry]) -> Option<Position> {
        entries.iter().find_map(|entry| {
            let own = entry.target.as_ref().and_then(|target| self.locate(target));
            own.map(|(position, _)| position).or_else(|| self.first_place(&entry.inner))
        })
    }

    /// Returns whether `other` lists the chapters while `this` lists hardly more than the book.
    fn is_finer(&self, other: &[Opening], this: &[Opening]) -> bool {
        let (count, others) = (self.chapters(this), self.chapters(other));
        let numbered = other.iter().filter(|opening| label::kind(&opening.label) == Kind::Chapter).count();
        let mean = self.measure.total() / count.max(1);
        others >= 2 * count.max(1)
            && others > 2
            && (count <= 2
                || self.longest(this) * 2 >= self.measure.total()
                || numbered * 2 >= other.len()
                || mean > 60_000)
    }

    /// Counts the chapters, without volumes and pages such as a cover.
    fn chapters(&self, openings: &[Opening]) -> usize {
        let mut places: Vec<Position> = Vec::new();
        for opening in
            openings.iter().filter(|opening| !opening.is_volume && matter::by_name(&opening.label).is_none())
        {
            if places.last() != Some(&opening.position) {
                places.push(opening.position);
            }
        }
        places.len()
    }

    fn longest(&self, openings: &[Opening]) -> usize {
        let mut ends = openings.iter().skip(1).map(|opening| self.measure.offset(opening.position));
        let starts = openings.iter().map(|opening| self.measure.offset(opening.position));
        starts
            .map(|start| ends.next().unwrap_or(self.measure.total()).saturating_sub(start))
            .max()
            .unwrap_or_default()
    }

    /// Returns chapters between the entries of a table that the table does not list. They begin at files that
    /// begin with a heading, or at headings inside files.
    fn unlisted(&self, openings: &[Opening]) -> Vec<Opening> {
        let is_numbered = |opening: &&Opening| label::kind(&opening.label) == Kind::Chapter;
        let numbered: Vec<&Opening> = openings.iter().filter(is_numbered).collect();
        let forms: HashSet<Label> =
            numbered.iter().filter_map(|opening| label::form(&opening.label)).collect();
        let listed: HashSet<String> = openings.iter().map(|opening| squeezed(&opening.label)).collect();
        let places: HashMap<Position, &Opening> =
            openings.iter().map(|opening| (opening.position, opening)).collect();
        let first = openings.first().map_or((0, 0), |opening| opening.position);
        // A label without meaning, such as `Begin Reading`, may be replaced by the heading at its place.
        let few_are_listed = self.chapters(openings) <= 2;
        let is_new = |start: &Start| {
            let there = places.get(&start.item.position);
            let may_be_there =
                there.is_none_or(|there| few_are_listed && label::kind(&there.label) == Kind::Other);
            may_be_there && start.item.position >= first && !listed.contains(&squeezed(&start.item.label))
        };
        let starts: Vec<Start> = self.starts().into_iter().filter(is_new).collect();
        // Headings of the form that the table lists, or any numbered ones if it lists few.
        let few_are_numbered = numbered.len() * 2 < openings.len();
        let is_chapter = |start: &&Start| {
            let form = label::form(&start.item.label).filter(|form| form.unit == Kind::Chapter);
            form.is_some_and(|form| !form.is_name && (few_are_numbered || forms.contains(&form)))
        };
        let is_elsewhere = |start: &&Start| !places.contains_key(&start.item.position);
        let mut found: Vec<&Start> = starts.iter().filter(|start| is_chapter(start)).collect();
        if !found.iter().any(is_elsewhere) {
            let is_file = |start: &&Start| start.is_first && start.level <= 3;
            let files: Vec<&Start> = starts.iter().filter(is_file).filter(is_elsewhere).collect();
            let highest = files.iter().map(|start| start.level).min();
            let files: Vec<&Start> = files.into_iter().filter(|start| Some(start.level) == highest).collect();
            let few = few_are_listed && files.len() >= 3;
            let long = self.longest(openings) > 200_000 && files.len() >= 2;
            found = if few || long { files } else { Vec::new() };
        } else {
            // With numbered chapters, `Prologue` at the start of a file is a chapter too.
            let is_named = |start: &&Start| start.is_first && label::kind(&start.item.label) == Kind::Chapter;
            found = starts.iter().filter(|start| is_chapter(start) || is_named(start)).collect();
        }
        found.into_iter().map(|start| Opening::chapter(&start.item, None)).collect()
    }

    /// Returns the first heading of each file, and headings inside files that look like chapters. A heading
    /// equal to the previous one is a repetition and is skipped.
    fn starts(&self) -> Vec<Start> {
        let mut starts: Vec<Start> = Vec::new();
        for (index, document) in self.documents.iter().enumerate() {
            let Some(document) = document.as_ref().filter(|_| !self.is_skipped(index)) else { continue };
            for heading in &document.headings {
                let is_first = !document.has_text(0..heading.lines.start, &(0..0));
                let repeats =
                    starts.last().is_some_and(|last| squeezed(&last.item.label) == squeezed(&heading.text));
                if !repeats && (is_first || label::kind(&heading.text) == Kind::Chapter) {
                    let position = (index, if is_first { 0 } else { heading.lines.start });
                    let already = starts.last().is_some_and(|last| last.item.position == position);
                    if !already {
                        let item = Item { label: heading.text.clone(), position, depth: 0 };
                        starts.push(Start { item, level: heading.level, is_first });
                    }
                }
            }
            if document.headings.is_empty()
                && let Some(line) = first_line(document)
                && label::kind(line) == Kind::Chapter
            {
                let item = Item { label: line.to_owned(), position: (index, 0), depth: 0 };
                starts.push(Start { item, level: 6, is_first: true });
            }
        }
        starts
    }

    /// Returns whether a file is not body text, by its types and name.
    fn is_skipped(&self, index: usize) -> bool {
        let item = &self.package.spine[index];
        let types =
            self.documents[index].as_ref().map(|document| document.opening.as_slice()).unwrap_or_default();
        self.package.navigation.as_deref() == Some(item.path.as_str())
            || !item.linear
            || matches!(matter::by_types(types.iter()), Some(matter::Matter::Skipped(_)))
            || matter::by_name(matter::stem_of(&item.path)).is_some()
    }

    fn without_table(&self, split: &Split, warnings: &mut Vec<Warning>) -> Vec<Opening> {
        let texts: Vec<usize> = self
            .documents
            .iter()
            .enumerate()
            .filter(|(index, document)| {
                document.as_ref().is_some_and(|document| !document.text.trim().is_empty())
                    && !self.is_skipped(*index)
            })
            .map(|(index, _)| index)
            .collect();
        if texts.len() < 2 {
            return self.by_headings_or_lines(split, warnings);
        }
        let names = self.names(&texts);
        let files: Vec<Opening> = texts
            .iter()
            .zip(names)
            .map(|(index, label)| Opening::chapter(&Item { label, position: (*index, 0), depth: 0 }, None))
            .collect();
        let inner = self.unlisted(&files);
        merged(files, inner)
    }

    /// Returns the names of files without a table of contents. A `<title>` that several files share is the
    /// book's.
    fn names(&self, files: &[usize]) -> Vec<String> {
        const SHARED: usize = 3;
        let mut titles: HashMap<String, usize> = HashMap::new();
        let documents = || files.iter().filter_map(|index| self.documents[*index].as_ref());
        for title in documents().filter(|document| document.headings.is_empty()).filter_map(Document::name) {
            *titles.entry(title).or_default() += 1;
        }
        let name = |document: &Document| {
            let name = document.name().unwrap_or_default();
            let is_shared = titles.get(&name).is_some_and(|count| *count >= SHARED);
            let line = first_line(document).filter(|line| label::kind(line) != Kind::Other);
            match line {
                Some(line) if document.headings.is_empty() => line.to_owned(),
                _ if is_shared => String::new(),
                _ => name,
            }
        };
        documents().map(name).collect()
    }
}

fn first_line(document: &Document) -> Option<&str> {
    document.text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// Merges both lists. A chapter after the start of a listed volume belongs to that volume. At equal positions
/// the label of `more` wins.
fn merged(mut openings: Vec<Opening>, more: Vec<Opening>) -> Vec<Opening> {
    for mut opening in more {
        let there = openings.partition_point(|listed| listed.position < opening.position);
        if let Some(listed) = openings.get_mut(there).filter(|listed| listed.position == opening.position) {
            listed.label = opening.label;
            continue;
        }
        let before = openings.partition_point(|listed| listed.position <= opening.position);
        if let Some(last) = before.checked_sub(1).and_then(|index| openings.get_mut(index)) {
            if label::kind(&last.label) == Kind::Volume {
                last.volume.get_or_insert_with(|| last.label.clone());
                last.is_volume = true;
            }
            opening.volume = last.volume.clone();
        }
        openings.insert(before, opening);
    }
    openings
}

fn incomplete(what: &str) -> Warning {
    Warning::new(WarningCode::ContentsIncomplete, format!("The table of contents was not enough: {what}."))
}
