//! What a file may cost.

/// Bounds on one import. [`Limits::default`] is what the product promises; tests make them smaller.
///
/// ```
/// let limits = colophon_import::Limits { file_bytes: 1_000_000, ..Default::default() };
/// assert_eq!(limits.chapter_chars, 1_000_000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file itself, in bytes (20 MB = 20,000,000).
    pub file_bytes: usize,
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
    /// Unicode code points in the title or author of a book or the title of a chapter; longer ones are
    /// shortened, with a warning.
    pub title_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 20_000_000,
            archive_entries: 10_000,
            archive_bytes: 100_000_000,
            package_document_bytes: 10_000_000,
            expansion_ratio: 100,
            xml_depth: 256,
            chapters: 10_000,
            chapter_chars: 1_000_000,
            title_chars: 255,
        }
    }
}
