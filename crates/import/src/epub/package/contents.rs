//! Reads the tables of contents and the landmarks of a package.

use super::{Entry, Landmark, Package, SpineItem, Target, path_of};
use crate::epub::path::Files;
use percent_encoding::percent_decode_str;
use rbook::Epub;
use rbook::ebook::toc::TocEntryKind;
use rbook::epub::metadata::EpubVersion;
use rbook::epub::toc::EpubTocEntry;
use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

/// Adds both tables of contents (EPUB 3 first) and all landmarks to the package.
pub(super) fn read_contents(epub: &Epub, files: &Files<'_, impl Read + Seek>, package: &mut Package) {
    let places = Places::new(files, &package.spine);
    for version in [EpubVersion::EPUB3, EpubVersion::EPUB2] {
        let table = epub.toc().by_kind_version(TocEntryKind::Toc, version);
        if let Some(table) = table.filter(|table| !table.is_empty()) {
            package.tables.push(table.iter().map(|entry| places.entry(&entry)).collect());
        }
        // Read both the guide of EPUB 2 and the landmarks of EPUB 3.
        let Some(landmarks) = epub.toc().by_kind_version(TocEntryKind::Landmarks, version) else { continue };
        package.landmarks.extend(landmarks.flatten().filter_map(|entry| {
            let types = entry.kind_raw()?.split_whitespace().map(str::to_lowercase).collect();
            Some(Landmark { types, target: places.target(&entry)? })
        }));
    }
}

/// Resolves the targets of a table's entries.
struct Places<'a, R> {
    files: &'a Files<'a, R>,
    /// Files of the reading order by name without folder; `None` if two share a name.
    by_name: HashMap<String, Option<String>>,
    paths: HashSet<String>,
}

impl<'a, R: Read + Seek> Places<'a, R> {
    fn new(files: &'a Files<'a, R>, spine: &[SpineItem]) -> Self {
        let mut by_name = HashMap::new();
        for item in spine {
            let known = by_name.entry(name_of(&item.path)).or_insert_with(|| Some(item.path.clone()));
            if known.as_ref().is_some_and(|path| *path != item.path) {
                *known = None;
            }
        }
        Self { files, by_name, paths: spine.iter().map(|item| item.path.clone()).collect() }
    }

    /// Recursion is safe: the limit on the file's depth bounds the table's depth.
    fn entry(&self, entry: &EpubTocEntry<'_>) -> Entry {
        Entry {
            label: crate::book::one_line(entry.label()),
            target: self.target(entry),
            inner: entry.iter().map(|inner| self.entry(&inner)).collect(),
        }
    }

    fn target(&self, entry: &EpubTocEntry<'_>) -> Option<Target> {
        let href = entry.href()?;
        let fragment =
            href.fragment().map(|fragment| percent_decode_str(fragment).decode_utf8_lossy().into_owned());
        let path = path_of(href.path().as_str());
        let path = match self.files.find(&path) {
            Some(found) if self.paths.contains(&found) => found,
            // The folder may be wrong.
            _ => self.by_name.get(&name_of(&path)).cloned().flatten().unwrap_or(path),
        };
        Some(Target { path, fragment: fragment.filter(|text| !text.is_empty()) })
    }
}

fn name_of(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase()
}
