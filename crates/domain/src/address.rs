//! Checks a database URL before anything is opened or created.

use crate::{Error, Options, Result};
use std::path::PathBuf;

impl Options {
    /// Returns the file of an SQLite URL; `None` for other URLs.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the URL names no file or has parameters. Colophon sets all parameters
    /// itself and must not ignore given ones silently.
    pub fn sqlite_file(&self) -> Result<Option<PathBuf>> {
        let Some(rest) = self.url.trim().strip_prefix("sqlite:") else { return Ok(None) };
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let (path, parameters) = path.split_once('?').unwrap_or((path, ""));
        // Colophon sets this anyway, and URLs of other programs often contain it.
        if !matches!(parameters, "" | "mode=rwc") {
            let detail = format!("the database URL has parameters that are not known: `?{parameters}`");
            return Err(Error::Configuration(detail));
        }
        if path.is_empty() || path == ":memory:" {
            let detail = "the database URL must name a file, as in `sqlite:colophon.db`";
            return Err(Error::Configuration(detail.to_owned()));
        }
        Ok(Some(PathBuf::from(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str) -> Result<Option<PathBuf>> {
        Options { url: url.to_owned(), ..Options::default() }.sqlite_file()
    }

    #[test]
    fn sqlite_urls_name_a_file() {
        for (url, path) in [
            ("sqlite:colophon.db", "colophon.db"),
            (" sqlite://data/c.db ", "data/c.db"),
            ("sqlite:///var/c.db?mode=rwc", "/var/c.db"),
            ("sqlite:/var/c.db", "/var/c.db"),
        ] {
            assert_eq!(file(url).expect("a file"), Some(PathBuf::from(path)));
        }
        assert_eq!(file("postgres://h/d?sslmode=require").expect("no file"), None);
        for url in [
            "sqlite::memory:",
            "sqlite:",
            "sqlite:?mode=rwc",
            "sqlite:x.db?mode=ro",
            "sqlite:x.db?a=1&mode=rwc",
        ] {
            assert!(matches!(file(url), Err(Error::Configuration(_))), "{url}");
        }
    }
}
