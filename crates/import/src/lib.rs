//! Splits text, Markdown and EPUB files into chapters. Made for hostile input; uses no database and no
//! network.
//!
//! [`import`] takes a file and returns a [`Book`] or an [`ImportError`]. There is no partial result, and no
//! input makes it panic. It works on the calling thread for up to a few seconds, so call it where blocking is
//! allowed.
//!
//! ```
//! let text = "銀河鉄道の夜\n宮沢賢治\n一　午後の授業\nではみなさんは…\n二　活版所\nジョバンニが…\n";
//! let file = std::io::Cursor::new(text);
//! let book = colophon_import::import(Some("ginga.txt"), file, &Default::default(), &Default::default())?;
//! assert_eq!(book.title.as_deref(), Some("銀河鉄道の夜"));
//! assert_eq!(book.language.as_deref(), Some("ja"));
//! assert_eq!(book.chapters[1].title, "二　活版所");
//! # Ok::<(), colophon_import::ImportError>(())
//! ```

mod book;
mod encoding;
mod epub;
mod error;
mod headings;
mod language;
mod limits;
mod lines;
mod options;
mod text;
mod warning;

pub use book::{Book, Chapter, Format};
pub use error::ImportError;
pub use limits::Limits;
pub use options::{Notes, Options, Pattern, Ruby, Split, TextEncoding};
pub use warning::{Warning, WarningCode};

use error::shown;
use std::io::{self, Read, Seek, SeekFrom};

/// Reads a file into a work and its chapters. `file` is read from its start.
///
/// The content decides the format first (an EPUB is a ZIP archive whatever its name), then the name (`.txt`,
/// `.md`; a file without a name is text). A text is read into memory. An EPUB is read piece by piece, so pass
/// a file, not its bytes.
///
/// # Errors
/// An [`ImportError`] for any file that cannot be imported completely.
pub fn import(
    file_name: Option<&str>,
    mut file: impl Read + Seek,
    options: &Options,
    limits: &Limits,
) -> Result<Book, ImportError> {
    // Old browsers send whole paths.
    let name = file_name.map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name));
    let (stem, extension) = match name.and_then(|name| name.rsplit_once('.')) {
        Some((stem, extension)) => (Some(stem), Some(extension.to_ascii_lowercase())),
        None => (name, None),
    };
    let (size, start) = look_at(&mut file).map_err(|error| unreadable(&error))?;
    let format = find_format(extension.as_deref(), &start)?;
    let limit = if format == Format::Epub { limits.epub_bytes } else { limits.text_bytes };
    if size > limit {
        return Err(ImportError::FileTooLarge { size, limit });
    }
    let book = match format {
        Format::Epub => epub::read(file, options, limits)?,
        Format::Text | Format::Markdown => {
            let mut bytes = Vec::new();
            // The file may have grown since its size was read.
            file.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
            text::read(bytes, format == Format::Markdown, options)?
        }
    };
    book.finish(stem, options, limits)
}

/// Returns the file's size and first bytes, and rewinds the file.
fn look_at(file: &mut (impl Read + Seek)) -> io::Result<(u64, Vec<u8>)> {
    // Servers and mail programs may leave lines before an archive.
    const MAGIC: u64 = 1024;
    let size = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut start = Vec::new();
    file.by_ref().take(MAGIC).read_to_end(&mut start)?;
    file.rewind()?;
    Ok((size, start))
}

fn unreadable(error: &io::Error) -> ImportError {
    ImportError::FileUnreadable { problem: shown(&error.to_string()) }
}

fn find_format(extension: Option<&str>, bytes: &[u8]) -> Result<Format, ImportError> {
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
        (b"\xfd7zXZ", "an xz archive"),
        (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
        (b"SQLite format 3\0", "a database"),
        (b"\0asm", "a program"),
        (b"\xca\xfe\xba\xbe", "a program"),
    ];
    /// Signatures that also occur in texts: their byte, and the type of the file if it contains control
    /// characters.
    const READABLE: &[(usize, &[u8], &str)] = &[
        (0, b"GIF8", "a picture"),
        (0, b"RIFF", "a picture or a sound"),
        (0, b"ID3", "a sound"),
        (0, b"OggS", "a sound"),
        (0, b"fLaC", "a sound"),
        (0, b"BZh", "a bzip2 archive"),
        (0, b"ITSF", "a help file of Windows"),
        (4, b"ftyp", "a film or a sound"),
        (60, b"BOOKMOBI", "a Kindle book"),
        (60, b"TEXtREAd", "a Palm book"),
    ];
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(Format::Epub);
    }
    if let Some((_, found)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(ImportError::UnsupportedFileType { found: (*found).to_owned() });
    }
    // The signature of a Kindle book is at byte 60.
    let head = &bytes[..bytes.len().min(68)];
    let has_controls = head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26));
    let is_there =
        |(at, mark, _): &&(usize, &[u8], &str)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark));
    if let Some((.., found)) = READABLE.iter().find(is_there).filter(|_| has_controls) {
        return Err(ImportError::UnsupportedFileType { found: (*found).to_owned() });
    }
    match extension {
        None | Some("txt" | "text") => Ok(Format::Text),
        Some("md" | "markdown") => Ok(Format::Markdown),
        // The directory at the end of an archive says where its files are.
        Some("epub") if memchr::memmem::find(bytes, b"PK\x03\x04").is_some() => Ok(Format::Epub),
        Some("epub") => Err(ImportError::EpubInvalid { problem: "it is no ZIP archive".to_owned() }),
        Some(other) => {
            Err(ImportError::UnsupportedFileType { found: format!("a “.{}” file", shown(other)) })
        }
    }
}
