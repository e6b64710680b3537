//! The ZIP archive of an EPUB, with limits: names are checked, and inflated bytes are counted. The archive is
//! read entry by entry from the file; at most one entry is in memory.

use crate::error::{ImportError, shown};
use crate::limits::Limits;
use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS};
use memchr::memmem;
use percent_encoding::percent_decode_str;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek};
use unicode_normalization::UnicodeNormalization;
use zip::ZipArchive;
use zip::result::ZipError;

/// A file may expand to this many bytes whatever its ratio.
const HARMLESS: u64 = 1 << 20;

/// The files of an EPUB, by name.
pub(super) struct Archive<'a, R> {
    zip: ZipArchive<R>,
    /// Names as plain relative paths, by entry index. They are NFC: archives made on macOS contain decomposed
    /// names, while references in the package are composed.
    names: HashMap<usize, String>,
    indices: HashMap<String, usize>,
    /// Names in lower case without percent-encoding; `None` if several files share one.
    folded: HashMap<String, Option<usize>>,
    /// Names that are not UTF-8, as bytes.
    legacy: HashMap<Vec<u8>, usize>,
    /// Files whose names begin at a root. They are safe if the package names them.
    absolute: HashSet<usize>,
    /// Number of names written with backslashes.
    backslashes: usize,
    /// Bytes that may still be inflated.
    budget: u64,
    limits: &'a Limits,
}

/// The file that a reference points to.
pub(super) struct Found {
    /// Path in the archive.
    pub(super) path: String,
    /// The reference equals the path exactly.
    pub(super) exact: bool,
}

impl<'a, R: Read + Seek> Archive<'a, R> {
    /// Opens the archive and checks all entries without inflating any.
    pub(super) fn open(mut file: R, limits: &'a Limits) -> Result<Self, ImportError> {
        // Count before the directory is read into memory: each entry has one such signature there.
        let entries = count(&mut file, b"PK\x01\x02").map_err(|error| crate::unreadable(&error))?;
        if entries > limits.archive_entries {
            return Err(ImportError::TooManyEntries { limit: limits.archive_entries });
        }
        let size = file.seek(io::SeekFrom::End(0)).map_err(|error| crate::unreadable(&error))?;
        let zip = ZipArchive::new(file).map_err(|error| invalid_zip(&error))?;
        let mut archive = Self {
            zip,
            names: HashMap::new(),
            indices: HashMap::new(),
            folded: HashMap::new(),
            legacy: HashMap::new(),
            absolute: HashSet::new(),
            backslashes: 0,
            budget: limits.archive_bytes,
            limits,
        };
        archive.look_over(size)?;
        Ok(archive)
    }

    fn look_over(&mut self, size: u64) -> Result<(), ImportError> {
        if self.zip.len() > self.limits.archive_entries {
            return Err(ImportError::TooManyEntries { limit: self.limits.archive_entries });
        }
        // Pictures and fonts are never inflated and hardly compress, so a large book of them is not a bomb.
        let most = self.limits.archive_bytes.max(size.saturating_mul(2));
        let mut declared = 0u64;
        for index in 0..self.zip.len() {
            let entry = self.zip.by_index_data(index).map_err(|error| invalid_zip(&error))?;
            // Many archivers omit the UTF-8 flag, so the bytes decide.
            let name = match std::str::from_utf8(entry.name_raw()) {
                Ok(name) => name.to_owned(),
                Err(_) => {
                    self.legacy.insert(entry.name_raw().to_vec(), index);
                    entry.name().map_err(|error| invalid_zip(&error))?.into_owned()
                }
            };
            if entry.encrypted() {
                return Err(ImportError::EpubEncrypted { path: shown(&name) });
            }
            declared = declared.saturating_add(entry.size());
            let plain = plain_path(&name).ok_or_else(|| ImportError::UnsafePath { path: shown(&name) })?;
            if declared > most {
                return Err(ImportError::ArchiveTooLarge { place: "The EPUB".to_owned(), limit: most });
            }
            if !plain.is_empty() && !name.ends_with(['/', '\\']) {
                self.backslashes += usize::from(name.contains('\\'));
                if name.starts_with(['/', '\\']) {
                    self.absolute.insert(index);
                }
                self.folded.entry(folded(&plain)).and_modify(|known| *known = None).or_insert(Some(index));
                self.indices.insert(plain.clone(), index);
                self.names.insert(index, plain);
            }
        }
        Ok(())
    }

    /// Returns whether a file with exactly this path exists.
    pub(super) fn contains(&self, path: &str) -> bool {
        self.indices.contains_key(&path.nfc().collect::<String>())
    }

    /// Returns the paths of all files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.names.values().map(String::as_str)
    }

    /// Returns the number of names written with backslashes.
    pub(super) fn backslashes(&self) -> usize {
        self.backslashes
    }

    /// Returns the files whose names begin at a root.
    pub(super) fn absolute_paths(&self) -> impl Iterator<Item = &str> {
        self.absolute.iter().filter_map(|index| self.names.get(index)).map(String::as_str)
    }

    /// Finds the file of a path: first exactly, then with other percent-encoding or case (if only one file
    /// matches), then in another encoding.
    pub(super) fn find(&self, path: &str) -> Option<Found> {
        let plain: String = path.nfc().collect();
        let exact = self.indices.get(&plain).copied();
        let index = exact.or_else(|| {
            let decoded = percent_decode_str(&plain).decode_utf8().ok()?;
            let decoded: String = decoded.nfc().collect();
            self.indices
                .get(&decoded)
                .copied()
                .or_else(|| self.folded.get(&folded(&decoded)).copied().flatten())
                .or_else(|| self.find_legacy(&plain))
        })?;
        Some(Found { path: self.names.get(&index)?.clone(), exact: exact.is_some() })
    }

    /// Finds a name written in a machine's code page, as archivers on Windows did.
    fn find_legacy(&self, path: &str) -> Option<usize> {
        const CODE_PAGES: [&Encoding; 4] = [SHIFT_JIS, GBK, EUC_KR, BIG5];
        if self.legacy.is_empty() {
            return None;
        }
        CODE_PAGES.iter().find_map(|page| {
            let (bytes, _, lossy) = page.encode(path);
            if lossy { None } else { self.legacy.get(bytes.as_ref()).copied() }
        })
    }

    /// Returns the bytes of a file that was read before. They do not count against the limits a second time.
    pub(super) fn read_again(&mut self, path: &str) -> Result<Vec<u8>, ImportError> {
        let budget = self.budget;
        self.budget = self.limits.archive_bytes;
        let bytes = self.read(path, self.limits.archive_bytes);
        self.budget = budget;
        bytes
    }

    /// Returns the bytes of the file with exactly this path, at most `most`, inflated within the limits.
    pub(super) fn read(&mut self, path: &str, most: u64) -> Result<Vec<u8>, ImportError> {
        let index = self.indices.get(&path.nfc().collect::<String>()).copied();
        let index = index.ok_or_else(|| ImportError::EpubFileMissing { path: shown(path) })?;
        let entry = self.zip.by_index(index).map_err(|error| invalid_zip(&error))?;
        let by_ratio = entry.compressed_size().saturating_mul(self.limits.expansion_ratio).max(HARMLESS);
        let limit = by_ratio.min(most).min(self.budget);
        // The size in the header may be wrong. If it is right, the buffer need not grow.
        let expected = usize::try_from(entry.size().min(limit)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(expected.saturating_add(1));
        // Read one byte beyond the limit to detect that the limit is exceeded.
        let read = entry.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| {
            ImportError::EpubInvalid { problem: format!("{} is damaged ({error})", shown(path)) }
        })? as u64;
        if read > limit {
            let place = if limit == self.budget { "The EPUB".to_owned() } else { shown(path) };
            let limit = if limit == self.budget { self.limits.archive_bytes } else { limit };
            return Err(ImportError::ArchiveTooLarge { place, limit });
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

/// Counts the occurrences of `what` in the file.
fn count(file: &mut (impl Read + Seek), what: &[u8]) -> io::Result<usize> {
    const BLOCK: usize = 1 << 16;
    file.rewind()?;
    let finder = memmem::Finder::new(what);
    let mut block = vec![0; BLOCK];
    let (mut kept, mut count) = (0, 0);
    loop {
        let read = match file.read(&mut block[kept..]) {
            Ok(0) => return Ok(count),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = kept + read;
        count += finder.find_iter(&block[..end]).count();
        // A signature may cross the border of two blocks.
        kept = (what.len() - 1).min(end);
        block.copy_within(end - kept..end, 0);
    }
}

/// Returns a name as a relative path with forward slashes, in NFC; `None` if it leaves the archive.
fn plain_path(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let has_drive = name.trim_start_matches('/').as_bytes().get(1) == Some(&b':');
    if name.is_empty() || has_drive || name.contains('\0') || name.split('/').any(|part| part == "..") {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    Some(parts.join("/").nfc().collect())
}

fn folded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_plain_paths() {
        assert_eq!(plain_path("OPS\\a.xhtml").as_deref(), Some("OPS/a.xhtml"));
        assert_eq!(plain_path("/OPS//./a.xhtml").as_deref(), Some("OPS/a.xhtml"));
        for name in ["", "../a", "a/../b", "..\\a", "C:/a", "/C:/a", "a\0", "\\..\\a"] {
            assert_eq!(plain_path(name), None, "{name:?}");
        }
    }

    #[test]
    fn signatures_are_counted_across_blocks() {
        let mut bytes = vec![b'.'; (1 << 17) + 10];
        for at in [0, (1 << 16) - 2, (1 << 17) - 1] {
            bytes[at..at + 4].copy_from_slice(b"PK\x01\x02");
        }
        assert_eq!(count(&mut io::Cursor::new(bytes), b"PK\x01\x02").unwrap(), 3);
        assert_eq!(count(&mut io::Cursor::new(b"PK\x01"), b"PK\x01\x02").unwrap(), 0);
    }
}
