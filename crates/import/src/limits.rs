//! What a file may cost.

/// Bounds on one import. [`Limits::default`] is what the product promises; tests make them smaller.
///
/// ```
/// let limits = colophon_import::Limits { text_bytes: 1_000_000, ..Default::default() };
/// assert_eq!(limits.chapter_chars, 1_000_000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of a text or Markdown file, in bytes (64 MB = 64,000,000).
    pub text_bytes: u64,
    /// Size of an EPUB as it is stored, in bytes (128 MB = 128,000,000).
    pub epub_bytes: u64,
    /// Files inside an EPUB, folders included.
    pub archive_entries: usize,
    /// Bytes that an EPUB may expand to: counted while inflating what is read, and checked against the
    /// declared sizes of everything in it.
    pub archive_bytes: u64,
    /// Bytes of one file that describes the EPUB (package, table of contents), expanded.
    pub package_document_bytes: u64,
    /// How many times its compressed size a file in an EPUB may expand to. Files under 1 MiB are let off:
    /// a short file of blanks compresses well and does no harm.
    pub expansion_ratio: u64,
    /// Open elements inside one another in an XML file.
    pub xml_depth: usize,
    /// Chapters in one book.
    pub chapters: usize,
    /// Unicode code points in one chapter's text.
    pub chapter_chars: usize,
    /// Unicode code points in one chapter's text beyond which the chapter is split at the end of a paragraph,
    /// with a warning; `split = none` keeps the text whole, up to [`Limits::chapter_chars`].
    pub split_chars: usize,
    /// Unicode code points in the title or author of a book or the title of a chapter; longer ones are
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
