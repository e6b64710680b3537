//! Limits on the resources that a file may use.

/// Bounds on one import. [`Limits::default`] contains the documented limits; tests use smaller ones.
///
/// ```
/// let limits = colophon_import::Limits { text_bytes: 1_000_000, ..Default::default() };
/// assert_eq!(limits.chapter_chars, 1_000_000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of a text or Markdown file, in bytes (64 MB = 64,000,000).
    pub text_bytes: u64,
    /// Stored size of an EPUB, in bytes (128 MB = 128,000,000).
    pub epub_bytes: u64,
    /// Entries in an EPUB: files and folders.
    pub archive_entries: usize,
    /// Bytes that an EPUB may expand to. Inflated bytes are counted, and the declared sizes of all entries
    /// are checked.
    pub archive_bytes: u64,
    /// Expanded size in bytes of one file that describes the EPUB (package, table of contents).
    pub package_document_bytes: u64,
    /// Largest ratio of expanded to compressed size of a file in an EPUB. Files under 1 MiB are exempt: a
    /// short file of blanks compresses well and is harmless.
    pub expansion_ratio: u64,
    /// Depth of nested elements in an XML file.
    pub xml_depth: usize,
    /// Chapters in one book.
    pub chapters: usize,
    /// Unicode code points in one chapter's text.
    pub chapter_chars: usize,
    /// Unicode code points in one chapter's text above which the chapter is split at ends of paragraphs, with
    /// a warning. `split = none` keeps the text whole, up to [`Limits::chapter_chars`].
    pub split_chars: usize,
    /// Unicode code points in the title or author of a book, or in the title of a chapter. Longer ones are
    /// shortened, with a warning.
    pub title_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 64_000_000,
            epub_bytes: 128_000_000,
            archive_entries: 10_000,
            archive_bytes: 128_000_000,
            package_document_bytes: 10_000_000,
            expansion_ratio: 100,
            xml_depth: 256,
            chapters: 10_000,
            chapter_chars: 1_000_000,
            split_chars: 200_000,
            title_chars: 255,
        }
    }
}
