//! Decides which entries of a nested table are chapters, and which are volumes of chapters.

use super::label::{self, Kind};
use crate::options::Split;

/// A place in the reading order: the file's index in the spine, and the byte in its text.
pub(super) type Position = (usize, usize);

/// An entry of a table of contents, or a heading.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) label: String,
    pub(super) position: Position,
    /// Number of levels above the entry.
    pub(super) depth: usize,
}

/// Where a chapter begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) label: String,
    pub(super) volume: Option<String>,
    pub(super) position: Position,
    /// The heading of a volume. The text up to the next opening is a chapter only if it is not empty.
    pub(super) is_volume: bool,
}

impl Opening {
    pub(super) fn chapter(item: &Item, volume: Option<String>) -> Self {
        Self { label: item.label.clone(), volume, position: item.position, is_volume: false }
    }
}

/// Approximate sizes of parts of the book, in characters.
pub(super) struct Measure {
    /// Characters before each file; the last entry is the total.
    before: Vec<usize>,
    /// Bytes of each file.
    bytes: Vec<usize>,
}

impl Measure {
    pub(super) fn new(texts: impl Iterator<Item = impl AsRef<str>>) -> Self {
        let mut measure = Self { before: vec![0], bytes: Vec::new() };
        let mut sum = 0;
        for text in texts {
            sum += text.as_ref().chars().count();
            measure.before.push(sum);
            measure.bytes.push(text.as_ref().len());
        }
        measure
    }

    pub(super) fn total(&self) -> usize {
        self.before.last().copied().unwrap_or_default()
    }

    /// Returns the number of characters before a place.
    pub(super) fn offset(&self, (index, at): Position) -> usize {
        let Some(bytes) = self.bytes.get(index) else { return self.total() };
        let chars = self.before[index + 1] - self.before[index];
        self.before[index] + chars * at.min(*bytes) / (*bytes).max(1)
    }
}

/// Most levels of a table that are read.
const MOST_LEVELS: usize = 6;
/// Longer entries are rarely chapters.
const LONG: usize = 60_000;
/// Longer numbered chapters would be split anyway.
const VERY_LONG: usize = 200_000;
/// Shorter parts are hardly chapters.
const SHORT: usize = 1_500;

/// Returns the openings of the chapters. The level of the table is the one that `split` names, or the one
/// that looks like chapters.
///
/// `items` are in table order. An entry equal to `title`, the book's title, is not a volume.
pub(super) fn choose(items: &[Item], split: &Split, measure: &Measure, title: &str) -> Vec<Opening> {
    let levels = Levels::new(items, measure);
    let mut openings = Vec::new();
    let roots: Vec<usize> = (0..items.len()).filter(|index| items[*index].depth == 0).collect();
    levels.open(&roots, None, 0, split, title, &mut openings);
    openings
}

struct Levels<'a> {
    items: &'a [Item],
    /// For each item, the index after its last descendant.
    end: Vec<usize>,
    /// Characters of each item, including its descendants.
    size: Vec<usize>,
}

impl<'a> Levels<'a> {
    fn new(items: &'a [Item], measure: &Measure) -> Self {
        let mut end = vec![items.len(); items.len()];
        let mut open: Vec<usize> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            while let Some(last) = open.last().copied().filter(|last| items[*last].depth >= item.depth) {
                end[last] = index;
                open.pop();
            }
            open.push(index);
        }
        let offsets: Vec<usize> = items.iter().map(|item| measure.offset(item.position)).collect();
        let mut sorted = offsets.clone();
        sorted.push(measure.total());
        sorted.sort_unstable();
        let size = (0..items.len())
            .map(|index| {
                // Up to the next place outside the item.
                let inner_end = offsets[index..end[index]].iter().copied().max().unwrap_or_default();
                let after = sorted.partition_point(|offset| *offset <= inner_end);
                sorted.get(after).copied().unwrap_or(measure.total()).saturating_sub(offsets[index])
            })
            .collect();
        Self { items, end, size }
    }

    fn children(&self, index: usize) -> Vec<usize> {
        let depth = self.items[index].depth + 1;
        (index + 1..self.end[index]).filter(|inner| self.items[*inner].depth == depth).collect()
    }

    /// Opens a chapter at each entry of one level, or at their children.
    fn open(
        &self,
        entries: &[usize],
        volume: Option<&str>,
        level: usize,
        split: &Split,
        title: &str,
        openings: &mut Vec<Opening>,
    ) {
        let parents: Vec<usize> =
            entries.iter().copied().filter(|index| self.end[*index] > index + 1).collect();
        let expands = match split {
            Split::Toc1 => Expansion::None,
            Split::Toc2 if level == 0 => Expansion::All,
            Split::Toc2 => Expansion::None,
            _ if level >= MOST_LEVELS => Expansion::None,
            _ if self.is_wrapper(entries, title) => Expansion::All,
            _ => self.expansion(&parents),
        };
        for index in entries.iter().copied() {
            let item = &self.items[index];
            let is_parent = self.end[index] > index + 1;
            if !(is_parent && expands.includes(self.size[index])) {
                openings.push(Opening::chapter(item, volume.map(str::to_owned)));
                continue;
            }
            let is_book = squeezed(&item.label) == squeezed(title) || item.label.is_empty();
            let name = if is_book { volume } else { Some(item.label.as_str()) };
            let own = Opening::chapter(item, name.map(str::to_owned));
            openings.push(Opening { is_volume: true, ..own });
            self.open(&self.children(index), name, level + 1, split, title, openings);
        }
    }

    /// Returns whether a single entry contains all others: it is the book itself.
    fn is_wrapper(&self, entries: &[usize], title: &str) -> bool {
        let [only] = entries else { return false };
        let label = &self.items[*only].label;
        self.children(*only).len() > 1
            && label::kind(label) != Kind::Chapter
            && (squeezed(label) == squeezed(title) || self.items.len() > 3)
    }

    /// Decides which entries with children are volumes instead of chapters. The kind of most entries decides:
    /// by their labels, else by their size.
    fn expansion(&self, parents: &[usize]) -> Expansion {
        let children: Vec<usize> = parents.iter().flat_map(|parent| self.children(*parent)).collect();
        if children.is_empty() {
            return Expansion::None;
        }
        let share = |entries: &[usize], kind: Kind| {
            let alike =
                entries.iter().filter(|index| label::kind(&self.items[**index].label) == kind).count();
            alike * 2 >= entries.len()
        };
        if share(parents, Kind::Chapter) {
            return Expansion::LongerThan(VERY_LONG);
        }
        if share(parents, Kind::Volume) || (children.len() > 1 && share(&children, Kind::Chapter)) {
            return Expansion::All;
        }
        let text: usize = parents.iter().map(|index| self.size[*index]).sum();
        let inner: usize = children.iter().map(|index| self.size[*index]).sum();
        let in_long: usize = parents.iter().map(|index| self.size[*index]).filter(|size| *size > LONG).sum();
        let has_files = |index: &&usize| self.items[**index].position.1 == 0;
        let in_files = children.iter().filter(has_files).count() * 5 >= children.len() * 4;
        if children.len() < 2 || inner / children.len() < SHORT || in_long * 2 < text {
            return Expansion::None;
        }
        if in_files { Expansion::All } else { Expansion::LongerThan(LONG) }
    }
}

enum Expansion {
    None,
    All,
    LongerThan(usize),
}

impl Expansion {
    fn includes(&self, size: usize) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::LongerThan(limit) => size > *limit,
        }
    }
}

/// Returns a text without white space, for comparison.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries are (depth, label, characters), each in a file of its own.
    fn chosen(entries: &[(usize, &str, usize)], split: &Split) -> Vec<(Option<String>, String)> {
        let measure = Measure::new(entries.iter().map(|(.., size)| "a".repeat(*size)));
        let item = |(index, (depth, label, _)): (usize, &(usize, &str, usize))| Item {
            label: (*label).to_owned(),
            position: (index, 0),
            depth: *depth,
        };
        let items: Vec<Item> = entries.iter().enumerate().map(item).collect();
        let openings = choose(&items, split, &measure, "The Book");
        openings.into_iter().filter(|o| !o.is_volume).map(|o| (o.volume, o.label)).collect()
    }

    fn labels(entries: &[(usize, &str, usize)]) -> Vec<String> {
        chosen(entries, &Split::Auto).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn volumes_of_chapters() {
        let entries = [
            (0, "第1巻", 10),
            (1, "第1話", 50),
            (1, "第2話", 50),
            (0, "第2巻", 10),
            (1, "第1話", 50),
            (0, "後記", 50),
        ];
        let volume = |name: &str| Some(name.to_owned());
        let expected = [
            (volume("第1巻"), "第1話"),
            (volume("第1巻"), "第2話"),
            (volume("第2巻"), "第1話"),
            (None, "後記"),
        ]
        .map(|(volume, label)| (volume, label.to_owned()));
        assert_eq!(chosen(&entries, &Split::Auto), expected);
        assert_eq!(chosen(&entries, &Split::Toc2), expected);
        let outer: Vec<String> = chosen(&entries, &Split::Toc1).into_iter().map(|(_, label)| label).collect();
        assert_eq!(outer, ["第1巻", "第2巻", "後記"]);
    }

    #[test]
    fn chapters_of_sections_stay_whole() {
        let entries = [
            (0, "Chapter 1", 10_000),
            (1, "The Gate", 3_000),
            (0, "Chapter 2", 9_000),
            (1, "The Well", 3_000),
        ];
        assert_eq!(labels(&entries), ["Chapter 1", "Chapter 2"]);
        let entries = [(0, "Preface", 2_000), (0, "The Sea", 9_000), (1, "Waves", 3_000), (1, "Salt", 3_000)];
        assert_eq!(labels(&entries), ["Preface", "The Sea"]);
    }

    #[test]
    fn long_entries_are_opened_by_their_size() {
        let mut entries = vec![(0, "Poems", 100)];
        entries.extend([(1, "The Sea", 40_000), (1, "The Land", 50_000)]);
        entries.extend([(0, "Tales", 100), (1, "One", 30_000), (1, "Two", 90_000)]);
        assert_eq!(labels(&entries), ["The Sea", "The Land", "One", "Two"]);
        // Remarks of a few lines are not chapters.
        let mut entries = vec![(0, "A Long Essay", 90_000)];
        entries.extend((0..200).map(|_| (1, "Remark", 500)));
        entries.push((0, "Another", 90_000));
        assert_eq!(labels(&entries), ["A Long Essay", "Another"]);
    }

    #[test]
    fn an_entry_for_the_book_itself_is_no_volume() {
        let entries = [(0, "The Book", 10), (1, "One", 900), (1, "Two", 900)];
        assert_eq!(chosen(&entries, &Split::Auto), [(None, "One".to_owned()), (None, "Two".to_owned())]);
    }

    #[test]
    fn three_levels_name_the_nearest_volume() {
        let entries = [(0, "Part One", 10), (1, "Book I", 10), (2, "Chapter 1", 900), (2, "Chapter 2", 900)];
        let chapters = chosen(&entries, &Split::Auto);
        assert_eq!(chapters[0], (Some("Book I".to_owned()), "Chapter 1".to_owned()));
        assert_eq!(chapters.len(), 2);
    }
}
