//! Reads the files of the reading order.

use super::archive::Archive;
use super::charset::{self, Hint};
use super::document::{self, Document, Hidden, Manner};
use super::package::{Entry, Package, Target};
use super::repair::Work;
use super::style::Sheets;
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use crate::options::Options;
use crate::warning::{Warning, WarningCode};
use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

/// Reads every XHTML file of the reading order, in order; the result is `None` for other files.
pub(super) fn read(
    archive: &mut Archive<'_, impl Read + Seek>,
    package: &Package,
    options: &Options,
    hint: &Hint,
    (limits, work): (&Limits, &mut Work),
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Option<Document>>, ImportError> {
    let mut targets: Vec<&Target> = package.landmarks.iter().map(|landmark| &landmark.target).collect();
    let mut entries: Vec<&Entry> = package.tables.iter().flatten().collect();
    while let Some(entry) = entries.pop() {
        targets.extend(&entry.target);
        entries.extend(&entry.inner);
    }
    let mut wanted: HashMap<&str, HashSet<&str>> = HashMap::new();
    for target in targets {
        if let Some(fragment) = &target.fragment {
            wanted.entry(target.path.as_str()).or_default().insert(fragment);
        }
    }
    let none = HashSet::new();
    let sheets = Sheets::read(archive);
    let mut documents = Vec::new();
    for item in &package.spine {
        if !item.is_document {
            documents.push(None);
            continue;
        }
        let manner = Manner {
            path: &item.path,
            ruby: options.ruby,
            sheets: &sheets,
            heeds_styles: true,
            shown: HashSet::new(),
            wanted: wanted.get(item.path.as_str()).unwrap_or(&none),
        };
        let document = read_document(archive, manner, hint, (limits, &mut *work), warnings)?;
        if document.repaired {
            warnings.push(super::markup_repaired(&item.path));
        }
        documents.push(Some(document));
    }
    Ok(documents)
}

/// Reads a file; reads it again if its styles hide pop-up notes or all of its text.
fn read_document(
    archive: &mut Archive<'_, impl Read + Seek>,
    manner: Manner<'_>,
    hint: &Hint,
    (limits, work): (&Limits, &mut Work),
    warnings: &mut Vec<Warning>,
) -> Result<Document, ImportError> {
    let path = manner.path;
    let bytes = archive.read(path, limits.archive_bytes)?;
    let text = charset::decode(bytes, path, hint, warnings)?;
    let document = document::read(text, &manner, (limits, &mut *work))?;
    let hides_all = document.is_hidden_by_mistake();
    let notes = document.hidden_notes(path);
    if !hides_all && notes.is_empty() {
        return Ok(document);
    }
    // Read from the archive again: a copy of the text would use memory.
    drop(document);
    let bytes = archive.read_again(path)?;
    let text = charset::decode(bytes, path, hint, &mut Vec::new())?;
    let manner = Manner { heeds_styles: !hides_all, shown: notes, ..manner };
    let mut document = document::read(text, &manner, (limits, work))?;
    if hides_all {
        document.hidden = Hidden::default();
        let detail = format!(
            "The book's styles hide the text of {}, so that nothing would be left; it was kept.",
            shown(path)
        );
        warnings.push(Warning::new(WarningCode::HiddenTextKept, detail).in_file(path));
    }
    Ok(document)
}
