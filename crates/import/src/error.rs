//! Reasons for refusing a file.

use thiserror::Error;

/// The reason why a file was refused. Nothing of the file is kept: an import is all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error("The file could not be read: {problem}.")]
    FileUnreadable {
        /// The system's message, as a clause.
        problem: String,
    },
    /// The file is larger than [`Limits::text_bytes`](crate::Limits::text_bytes) or
    /// [`Limits::epub_bytes`](crate::Limits::epub_bytes).
    #[error("The file has {size} bytes; at most {limit} are accepted.")]
    FileTooLarge {
        /// Bytes in the file.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Neither the content nor the name indicates text, Markdown or EPUB.
    #[error("The file is {found}; only .txt, .md and .epub are accepted.")]
    UnsupportedFileType {
        /// The type that the file seems to have, with its article.
        found: String,
    },
    /// No accepted encoding fits the bytes.
    #[error(
        "The file does not read as text in any encoding{}; if it is one, choose its encoding or save it as UTF-8.",
        guess.map(|name| format!(" (the nearest is {name})")).unwrap_or_default()
    )]
    EncodingUnknown {
        /// The nearest guess, as an encoding name.
        guess: Option<&'static str>,
    },
    /// The encoding is known, but more than 1 % of the text is invalid in it.
    #[error(
        "{place} is not valid {encoding} in too many places, the first on line {line}; choose its encoding, or save it again as UTF-8."
    )]
    EncodingInvalid {
        /// The encoding's name.
        encoding: &'static str,
        /// The file, or the file inside the EPUB.
        place: String,
        /// The first invalid line, from 1.
        line: u64,
    },
    /// The text contains U+0000, which cannot be stored as text.
    #[error("{place} contains the character U+0000, which cannot be stored.")]
    NulCharacter {
        /// The file, or the file inside the EPUB.
        place: String,
    },
    /// The option `encoding` is not a label of the WHATWG Encoding Standard.
    #[error(
        "There is no encoding \u{201c}{label}\u{201d}; labels are those of the WHATWG Encoding Standard, for example utf-8, shift_jis, gb18030."
    )]
    EncodingUnsupported {
        /// The label, shortened for display.
        label: String,
    },
    /// The option `pattern` is not usable.
    #[error("The pattern cannot be used: {problem}.")]
    PatternInvalid {
        /// The problem, as a clause.
        problem: String,
    },
    /// An option has an unknown value.
    #[error("The option `{option}` is \u{201c}{value}\u{201d}; it must be one of {}.", allowed.join(", "))]
    OptionInvalid {
        /// The option's name.
        option: &'static str,
        /// The value, shortened for display.
        value: String,
        /// The allowed values.
        allowed: &'static [&'static str],
    },
    /// The file contains no text to translate.
    #[error("The file contains no text that could become a chapter.")]
    NoText,
    /// The file has more chapters than [`Limits::chapters`](crate::Limits::chapters).
    #[error("The file has {count} chapters; at most {limit} are accepted.")]
    TooManyChapters {
        /// Chapters found.
        count: usize,
        /// Chapters allowed.
        limit: usize,
    },
    /// A chapter is longer than [`Limits::chapter_chars`](crate::Limits::chapter_chars).
    #[error("The chapter \u{201c}{title}\u{201d} has {chars} characters; at most {limit} are accepted.")]
    ChapterTooLong {
        /// The chapter's title.
        title: String,
        /// Its length in code points.
        chars: usize,
        /// Code points allowed.
        limit: usize,
    },
    /// The EPUB has more files than [`Limits::archive_entries`](crate::Limits::archive_entries).
    #[error("The EPUB holds more than {limit} files.")]
    TooManyEntries {
        /// Files allowed.
        limit: usize,
    },
    /// The EPUB expands beyond [`Limits::archive_bytes`](crate::Limits::archive_bytes), or a file in it
    /// exceeds its limit on size or expansion ratio.
    #[error("{place} expands to more than is accepted ({limit} bytes); it looks like a decompression bomb.")]
    ArchiveTooLarge {
        /// The file inside the EPUB, or the whole EPUB.
        place: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A name in the EPUB points outside of it, or is not a plain relative path.
    #[error("The EPUB names a file outside of itself: {path}.")]
    UnsafePath {
        /// The name as written in the file.
        path: String,
    },
    /// The EPUB's content is encrypted (DRM). Obfuscated fonts alone are accepted.
    #[error("The EPUB is encrypted ({path}); only EPUBs without copy protection can be read.")]
    EpubEncrypted {
        /// An encrypted file.
        path: String,
    },
    /// The container or package of the EPUB is invalid.
    #[error("The EPUB cannot be read: {problem}.")]
    EpubInvalid {
        /// The problem, as a clause.
        problem: String,
    },
    /// A file that the text needs is missing from the EPUB.
    #[error("The EPUB lacks a file that it needs: {path}.")]
    EpubFileMissing {
        /// The missing file.
        path: String,
    },
    /// An XML file in the EPUB is not well-formed.
    #[error("{path} in the EPUB is not well-formed XML (line {line}): {problem}.")]
    XmlInvalid {
        /// The file inside the EPUB.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The problem, as a clause.
        problem: String,
    },
    /// Elements are nested more deeply than [`Limits::xml_depth`](crate::Limits::xml_depth).
    #[error("{path} in the EPUB nests its elements more than {limit} deep.")]
    XmlTooDeep {
        /// The file inside the EPUB.
        path: String,
        /// Levels allowed.
        limit: usize,
    },
}

impl ImportError {
    /// Returns the stable code of the problem, in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FileUnreadable { .. } => "file_unreadable",
            Self::FileTooLarge { .. } => "file_too_large",
            Self::UnsupportedFileType { .. } => "unsupported_file_type",
            Self::EncodingUnknown { .. } => "encoding_unknown",
            Self::EncodingInvalid { .. } => "encoding_invalid",
            Self::NulCharacter { .. } => "nul_character",
            Self::EncodingUnsupported { .. } => "encoding_unsupported",
            Self::PatternInvalid { .. } => "pattern_invalid",
            Self::OptionInvalid { .. } => "option_invalid",
            Self::NoText => "no_text",
            Self::TooManyChapters { .. } => "too_many_chapters",
            Self::ChapterTooLong { .. } => "chapter_too_long",
            Self::TooManyEntries { .. } => "too_many_entries",
            Self::ArchiveTooLarge { .. } => "archive_too_large",
            Self::UnsafePath { .. } => "unsafe_path",
            Self::EpubEncrypted { .. } => "epub_encrypted",
            Self::EpubInvalid { .. } => "epub_invalid",
            Self::EpubFileMissing { .. } => "epub_file_missing",
            Self::XmlInvalid { .. } => "xml_invalid",
            Self::XmlTooDeep { .. } => "xml_too_deep",
        }
    }

    /// Returns the option that caused the error: `encoding`, `split`, `pattern`, `ruby` or `notes`. `None` if
    /// the file did.
    pub fn of_option(&self) -> Option<&'static str> {
        match self {
            Self::EncodingUnsupported { .. } => Some("encoding"),
            Self::PatternInvalid { .. } => Some("pattern"),
            Self::OptionInvalid { option, .. } => Some(option),
            _ => None,
        }
    }

    pub(crate) fn option(option: &'static str, value: &str, allowed: &'static [&'static str]) -> Self {
        Self::OptionInvalid { option, value: shown(value), allowed }
    }

    /// Returns one sentence for the person who sent the file.
    pub fn detail(&self) -> String {
        self.to_string()
    }
}

/// Makes a name from a hostile file fit for display: short and without control characters.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST: usize = 120;
    let mut shown: String =
        name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(LONGEST).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
