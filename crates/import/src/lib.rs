//! Text, Markdown and EPUB files into chapters; made for hostile input, no database and no network.
//!
//! [`import`] takes a file's bytes and gives a [`Book`] or an [`ImportError`]; there is nothing in between, and
//! no input makes it panic. It works on the calling thread for up to a few seconds: call it where blocking is
//! allowed.
//!
//! ```
//! let text = "銀河鉄道の夜\n宮沢賢治\n一　午後の授業\nではみなさんは…\n二　活版所\nジョバンニが…\n";
//! let book = colophon_import::import(Some("ginga.txt"), text.as_bytes(), &Default::default())?;
//! assert_eq!(book.title.as_deref(), Some("銀河鉄道の夜"));
//! assert_eq!(book.language.as_deref(), Some("ja"));
//! assert_eq!(book.chapters[1].title, "二　活版所");
//! # Ok::<(), colophon_import::ImportError>(())
//! ```

mod book;
mod encoding;
mod epub;
mod error;
mod language;
mod limits;
mod text;
mod warning;

pub use book::{Book, Chapter};
pub use error::ImportError;
pub use limits::Limits;
pub use warning::{Warning, WarningCode};

use error::shown;

/// Turns a file into a work and its chapters.
///
/// What the file is, its content tells first (an EPUB is a ZIP archive whatever its name says), then its name
/// (`.txt`, `.md`; without a name it is text).
///
/// # Errors
/// An [`ImportError`] for anything that cannot be taken over whole.
pub fn import(file_name: Option<&str>, bytes: &[u8], limits: &Limits) -> Result<Book, ImportError> {
    if bytes.len() > limits.file_bytes {
        return Err(ImportError::FileTooLarge { size: bytes.len(), limit: limits.file_bytes });
    }
    // Browsers of old send whole paths.
    let name = file_name.map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name));
    let (stem, extension) = match name.and_then(|name| name.rsplit_once('.')) {
        Some((stem, extension)) => (Some(stem), Some(extension.to_ascii_lowercase())),
        None => (name, None),
    };
    let book = match find_type(extension.as_deref(), bytes)? {
        FileType::Epub => epub::read(bytes, limits)?,
        FileType::Markdown => text::read(bytes, true)?,
        FileType::Text => text::read(bytes, false)?,
    };
    book.finish(stem, limits)
}

enum FileType {
    Text,
    Markdown,
    Epub,
}

fn find_type(extension: Option<&str>, bytes: &[u8]) -> Result<FileType, ImportError> {
    const OTHERS: &[(&[u8], &str)] = &[
        (b"%PDF-", "a PDF document"),
        (b"{\\rtf", "an RTF document"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old Office document"),
        (b"\x7fELF", "a program"),
    ];
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(FileType::Epub);
    }
    if let Some((_, found)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(ImportError::UnsupportedFileType { found: (*found).to_owned() });
    }
    match extension {
        None | Some("txt" | "text") => Ok(FileType::Text),
        Some("md" | "markdown") => Ok(FileType::Markdown),
        Some("epub") => Err(ImportError::EpubInvalid { problem: "it is no ZIP archive".to_owned() }),
        Some(other) => {
            Err(ImportError::UnsupportedFileType { found: format!("a “.{}” file", shown(other)) })
        }
    }
}
