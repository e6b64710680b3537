//! The ZIP archive of an EPUB, opened with its limits: names are checked, and bytes counted as they inflate.

use crate::error::{ImportError, shown};
use crate::limits::Limits;
use std::collections::HashMap;
use std::io::{Cursor, Read};
use unicode_normalization::UnicodeNormalization;
use zip::ZipArchive;
use zip::result::ZipError;

/// A file may expand to this much whatever its ratio.
const HARMLESS: u64 = 1 << 20;

/// The files of an EPUB by name.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// Names as NFC: archives made on macOS have them decomposed, the package's references composed.
    indices: HashMap<String, usize>,
    /// Bytes that may still be inflated.
    budget: u64,
    limits: &'a Limits,
}

impl<'a> Archive<'a> {
    /// Opens the archive and looks over everything in it without inflating anything.
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, ImportError> {
        // Before the directory is read into memory: each entry has one of these there.
        let entries = bytes.windows(4).filter(|window| *window == b"PK\x01\x02").count();
        if entries > limits.archive_entries {
            return Err(ImportError::TooManyEntries { limit: limits.archive_entries });
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| invalid_zip(&error))?;
        let mut archive = Self { zip, indices: HashMap::new(), budget: limits.archive_bytes, limits };
        archive.look_over()?;
        Ok(archive)
    }

    fn look_over(&mut self) -> Result<(), ImportError> {
        if self.zip.len() > self.limits.archive_entries {
            return Err(ImportError::TooManyEntries { limit: self.limits.archive_entries });
        }
        let mut declared = 0u64;
        for index in 0..self.zip.len() {
            let entry = self.zip.by_index_data(index).map_err(|error| invalid_zip(&error))?;
            // Many archivers forget the flag that says UTF-8, so the bytes decide.
            let name = match std::str::from_utf8(entry.name_raw()) {
                Ok(name) => name.to_owned(),
                Err(_) => entry.name().map_err(|error| invalid_zip(&error))?.into_owned(),
            };
            if !is_plain_path(&name) {
                return Err(ImportError::UnsafePath { path: shown(&name) });
            }
            if entry.encrypted() {
                return Err(ImportError::EpubEncrypted { path: shown(&name) });
            }
            declared = declared.saturating_add(entry.size());
            if declared > self.limits.archive_bytes {
                return Err(self.too_large());
            }
            if !name.ends_with('/') {
                self.indices.insert(name.nfc().collect(), index);
            }
        }
        Ok(())
    }

    fn too_large(&self) -> ImportError {
        ImportError::ArchiveTooLarge { place: "The EPUB".to_owned(), limit: self.limits.archive_bytes }
    }

    /// Whether there is a file of that name.
    pub(super) fn contains(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    fn find(&self, path: &str) -> Option<usize> {
        self.indices.get(&path.nfc().collect::<String>()).copied()
    }

    /// The bytes of a file, inflated under the limits and at most `most` of them.
    pub(super) fn read(&mut self, path: &str, most: u64) -> Result<Vec<u8>, ImportError> {
        let index = self.find(path).ok_or_else(|| ImportError::EpubFileMissing { path: shown(path) })?;
        let entry = self.zip.by_index(index).map_err(|error| invalid_zip(&error))?;
        let by_ratio = entry.compressed_size().saturating_mul(self.limits.expansion_ratio).max(HARMLESS);
        let limit = by_ratio.min(most).min(self.budget);
        let mut bytes = Vec::new();
        // The size in the header may lie: one byte beyond the limit is asked for, to see whether it is there.
        let read = entry.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| {
            ImportError::EpubInvalid { problem: format!("{} is damaged ({error})", shown(path)) }
        })? as u64;
        if read > limit {
            return Err(if limit == self.budget {
                self.too_large()
            } else {
                ImportError::ArchiveTooLarge { place: shown(path), limit }
            });
        }
        self.budget -= read;
        Ok(bytes)
    }
}

fn invalid_zip(error: &ZipError) -> ImportError {
    ImportError::EpubInvalid {
        problem: format!("its ZIP archive is damaged ({})", shown(&error.to_string())),
    }
}

/// Relative, with forward slashes, and going nowhere but down.
fn is_plain_path(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    !name.is_empty()
        && !name.starts_with('/')
        && !has_drive
        && !name.contains(['\\', '\0'])
        && !name.split('/').any(|part| part == "..")
}
