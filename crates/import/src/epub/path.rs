//! Resolves references between the files of an EPUB.

use super::archive::Archive;
use crate::error::{ImportError, shown};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::io::{Read, Seek};
use std::sync::OnceLock;

/// The files of the archive, relative to a folder.
pub(super) struct Files<'a, R> {
    archive: &'a Archive<'a, R>,
    folder: String,
    /// XHTML files by name in lower case, with and without extensions.
    names: OnceLock<HashMap<String, String>>,
}

/// The target of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// A file with exactly this path.
    Exact(String),
    /// A file whose path is written differently; `note` describes the difference.
    Found { path: String, note: String },
    /// No file; the path at which it should be.
    Missing(String),
}

impl Reference {
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Exact(path) | Self::Found { path, .. } | Self::Missing(path) => path,
        }
    }
}

impl<'a, R: Read + Seek> Files<'a, R> {
    pub(super) fn new(archive: &'a Archive<'a, R>, folder: &str) -> Self {
        Self { archive, folder: folder.to_owned(), names: OnceLock::new() }
    }

    /// Returns the archive path of the file that `path` refers to.
    pub(super) fn find(&self, path: &str) -> Option<String> {
        self.archive.find(path).map(|found| found.path)
    }

    /// Resolves a reference. Backslashes and paths from the root are accepted if they lead to a file.
    ///
    /// # Errors
    /// [`ImportError::UnsafePath`] for a reference that leaves the archive.
    pub(super) fn locate(&self, reference: &str) -> Result<Reference, ImportError> {
        let note = || format!("“{}” is not written as the name of its file is", shown(reference));
        match resolve(&self.folder, reference) {
            Ok(path) => {
                let found = self.archive.find(&path).or_else(|| {
                    // The name itself may contain percent signs or a `#`.
                    let literal = join(&self.folder, reference).ok()?;
                    self.archive.find(&literal)
                });
                Ok(match found {
                    Some(found) if found.exact => Reference::Exact(found.path),
                    Some(found) => Reference::Found { path: found.path, note: note() },
                    None => Reference::Missing(path),
                })
            }
            Err(error) => {
                let turned = reference.replace('\\', "/");
                let inner = turned.trim_start_matches('/');
                let folder = if inner.len() < turned.len() { "" } else { self.folder.as_str() };
                let find =
                    |folder: &str| resolve(folder, inner).ok().and_then(|path| self.archive.find(&path));
                let found = find(folder).or_else(|| find(&self.folder));
                found.map(|found| Reference::Found { path: found.path, note: note() }).ok_or(error)
            }
        }
    }

    /// Returns an XHTML file whose name resembles that of an item missing in the manifest.
    pub(super) fn named_like(&self, id: &str) -> Option<&str> {
        const ENDINGS: &[&str] = &["xhtml", "html", "htm"];
        let names = self.names.get_or_init(|| {
            let mut names = HashMap::new();
            let mut paths: Vec<&str> = self.archive.paths().collect();
            paths.sort_unstable();
            for path in paths {
                let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
                if let Some((stem, ending)) = name.rsplit_once('.')
                    && ENDINGS.contains(&ending)
                {
                    names.insert(stem.to_owned(), path.to_owned());
                    names.insert(name.clone(), path.to_owned());
                }
            }
            names
        });
        names.get(&id.to_lowercase()).map(String::as_str)
    }
}

/// Resolves a reference from a folder; a reference that leaves the container is refused.
fn resolve(folder: &str, reference: &str) -> Result<String, ImportError> {
    let unsafe_path = || ImportError::UnsafePath { path: shown(reference) };
    let end = reference.find(['#', '?']).unwrap_or(reference.len());
    let path = percent_decode_str(&reference[..end]).decode_utf8().map_err(|_| unsafe_path())?;
    if path.starts_with('/') || path.contains(['\\', '\0']) {
        return Err(unsafe_path());
    }
    join(folder, &path).map_err(|_| unsafe_path())
}

fn join(folder: &str, path: &str) -> Result<String, ()> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(())?;
            }
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Returns the path that a link in the file `from` points to; `None` if it leaves the EPUB.
pub(super) fn linked(from: &str, to: &str) -> Option<String> {
    if to.is_empty() {
        return Some(from.to_owned());
    }
    if to.contains("://") {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    join(folder, &to.replace('\\', "/")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_inside() {
        assert_eq!(resolve("OPS/x", "../t/%E4%B8%80.xhtml#a").unwrap(), "OPS/t/一.xhtml");
        assert_eq!(resolve("", "./a//b.xhtml?q").unwrap(), "a/b.xhtml");
        for reference in
            ["../../etc/passwd", "/etc/passwd", "..%2f..%2fa", "a\\b", "%2e%2e/%2e%2e/a", "%ff", "a%00"]
        {
            assert_eq!(resolve("OPS", reference).unwrap_err().code(), "unsafe_path", "{reference}");
        }
    }

    #[test]
    fn links_lead_from_file_to_file() {
        assert_eq!(linked("OPS/a/b.xhtml", "../notes.xhtml").as_deref(), Some("OPS/notes.xhtml"));
        assert_eq!(linked("OPS/b.xhtml", "").as_deref(), Some("OPS/b.xhtml"));
        assert_eq!(linked("b.xhtml", "../x"), None);
        assert_eq!(linked("b.xhtml", "https://a.example/x"), None);
    }
}
