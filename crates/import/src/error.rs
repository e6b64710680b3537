//! Why a file is refused.

use thiserror::Error;

/// A refused file. Nothing of it is kept: an import is all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The file could not be read from where it is.
    #[error("The file could not be read: {problem}.")]
    FileUnreadable {
        /// What the system says, as a clause.
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
    /// Neither the content nor the name says text, Markdown or EPUB.
    #[error("The file is {found}; only .txt, .md and .epub are accepted.")]
    UnsupportedFileType {
        /// What it seems to be, with its article.
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
    /// The encoding is known, and more than 1 % of the text breaks its rules.
    #[error(
        "{place} is not valid {encoding} in too many places, the first on line {line}; choose its encoding, or save it again as UTF-8."
    )]
    EncodingInvalid {
        /// The encoding's name.
        encoding: &'static str,
        /// The file, or the file inside the EPUB.
        place: String,
        /// The first line that is not valid, from 1.
        line: u64,
    },
    /// The text holds U+0000, which no store of texts accepts.
    #[error("{place} contains the character U+0000, which cannot be stored.")]
    NulCharacter {
        /// The file, or the file inside the EPUB.
        place: String,
    },
    /// The option `encoding` is no label of the WHATWG Encoding Standard.
    #[error(
        "There is no encoding \u{201c}{label}\u{201d}; labels are those of the WHATWG Encoding Standard, for example utf-8, shift_jis, gb18030."
    )]
    EncodingUnsupported {
        /// The label, as it may be shown.
        label: String,
    },
    /// The option `pattern` cannot be used.
    #[error("The pattern cannot be used: {problem}.")]
    PatternInvalid {
        /// What is wrong, as a clause.
        problem: String,
    },
    /// An option has a value that it does not know.
    #[error("The option `{option}` is \u{201c}{value}\u{201d}; it must be one of {}.", allowed.join(", "))]
    OptionInvalid {
        /// The option's name.
        option: &'static str,
        /// The value, as it may be shown.
        value: String,
        /// The values that it knows.
        allowed: &'static [&'static str],
    },
    /// There is nothing to translate.
    #[error("The file contains no text that could become a chapter.")]
    NoText,
    /// More chapters than [`Limits::chapters`](crate::Limits::chapters).
    #[error("The file has {count} chapters; at most {limit} are accepted.")]
    TooManyChapters {
        /// Chapters found.
        count: usize,
        /// Chapters allowed.
        limit: usize,
    },
    /// A chapter longer than [`Limits::chapter_chars`](crate::Limits::chapter_chars).
    #[error("The chapter \u{201c}{title}\u{201d} has {chars} characters; at most {limit} are accepted.")]
    ChapterTooLong {
        /// The chapter's title.
        title: String,
        /// Its length in code points.
        chars: usize,
        /// Code points allowed.
        limit: usize,
    },
    /// An EPUB with more files than [`Limits::archive_entries`](crate::Limits::archive_entries).
    #[error("The EPUB holds more than {limit} files.")]
    TooManyEntries {
        /// Files allowed.
        limit: usize,
    },
    /// An EPUB that expands beyond [`Limits::archive_bytes`](crate::Limits::archive_bytes), or one file of it
    /// beyond the limits on size and ratio.
    #[error("{place} expands to more than is accepted ({limit} bytes); it looks like a decompression bomb.")]
    ArchiveTooLarge {
        /// The file inside the EPUB, or the EPUB as a whole.
        place: String,
        /// Bytes allowed there.
        limit: u64,
    },
    /// A name in the EPUB that points out of it, or is no plain relative path.
    #[error("The EPUB names a file outside of itself: {path}.")]
    UnsafePath {
        /// The name as it stands in the file.
        path: String,
    },
    /// The EPUB's content is encrypted (DRM). Obfuscated fonts alone are no reason.
    #[error("The EPUB is encrypted ({path}); only EPUBs without copy protection can be read.")]
    EpubEncrypted {
        /// An encrypted file.
        path: String,
    },
    /// The container or package of the EPUB is not as the format wants it.
    #[error("The EPUB cannot be read: {problem}.")]
    EpubInvalid {
        /// What is wrong, as a clause.
        problem: String,
    },
    /// A file that the text needs is not in the EPUB.
    #[error("The EPUB lacks a file that it needs: {path}.")]
    EpubFileMissing {
        /// The file that should be there.
        path: String,
    },
    /// An XML file in the EPUB is not well-formed.
    #[error("{path} in the EPUB is not well-formed XML (line {line}): {problem}.")]
    XmlInvalid {
        /// The file inside the EPUB.
        path: String,
        /// Where, from 1.
        line: usize,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// Elements nested more deeply than [`Limits::xml_depth`](crate::Limits::xml_depth).
    #[error("{path} in the EPUB nests its elements more than {limit} deep.")]
    XmlTooDeep {
        /// The file inside the EPUB.
        path: String,
        /// Levels allowed.
        limit: usize,
    },
}

impl ImportError {
    /// The stable code of the problem, in snake case.
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

    /// The option that is at fault, where it is not the file: `encoding`, `split`, `pattern`, `ruby` or `notes`.
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

    /// One sentence for the person who sent the file.
    pub fn detail(&self) -> String {
        self.to_string()
    }
}

/// A name out of a hostile file, fit to be shown: short and without control characters.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST: usize = 120;
    let mut shown: String =
        name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(LONGEST).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
