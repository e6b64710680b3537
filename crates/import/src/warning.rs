//! Warnings: text that was left out and values that were guessed. The person who sent the file checks them.

use crate::error::shown;
use std::collections::HashMap;

/// A warning about an import that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The kind of the warning.
    pub code: WarningCode,
    /// One sentence that describes the finding.
    pub detail: String,
    /// Number of items concerned, for kinds that are counted.
    pub count: Option<u64>,
    /// Line concerned, from 1: in the text file, or in `file`.
    pub line: Option<u64>,
    /// File concerned inside an EPUB, shortened for display.
    pub file: Option<String>,
}

impl Warning {
    pub(crate) fn new(code: WarningCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), count: None, line: None, file: None }
    }

    /// Sets the number of items concerned.
    pub(crate) fn counting(mut self, count: usize) -> Self {
        self.count = Some(count as u64);
        self
    }

    /// Sets the file inside the EPUB.
    pub(crate) fn in_file(mut self, path: &str) -> Self {
        self.file = Some(shown(path));
        self
    }

    /// Sets the line; `index` counts from 0.
    pub(crate) fn at_line(mut self, index: usize) -> Self {
        self.line = Some(index as u64 + 1);
        self
    }
}

/// Keeps the first 20 warnings of each code and replaces the rest by a count. A hostile file can cause a
/// hundred thousand.
pub(crate) fn sum_up(warnings: &mut Vec<Warning>) {
    const MOST: usize = 20;
    let mut counts: HashMap<WarningCode, usize> = HashMap::new();
    warnings.retain(|warning| {
        let count = counts.entry(warning.code).or_default();
        *count += 1;
        *count <= MOST
    });
    for code in WarningCode::ALL {
        let more = counts.get(code).map_or(0, |count| count.saturating_sub(MOST));
        if more > 0 {
            let detail = format!("And {more} more of the same kind.");
            warnings.push(Warning::new(*code, detail).counting(more));
        }
    }
}

macro_rules! warning_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// The closed list of kinds of [`Warning`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum WarningCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl WarningCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, in snake case.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

warning_codes! {
    /// Readings beside characters were dropped, their base text kept; the detail has the count.
    RubyRemoved = "ruby_removed",
    /// Aozora Bunko's notes to the typesetter (`［＃…］`) were dropped; the detail has the count.
    AnnotationsRemoved = "annotations_removed",
    /// Characters that the file describes instead of encoding them stand as `※`.
    CharactersUnmapped = "characters_unmapped",
    /// The file already contained U+FFFD: something was lost before it came here.
    ReplacementCharacters = "replacement_characters",
    /// The encoding is none of those told apart for certain.
    EncodingGuessed = "encoding_guessed",
    /// The language was guessed from the text.
    LanguageGuessed = "language_guessed",
    /// The title was taken from the file's name.
    TitleFromFileName = "title_from_file_name",
    /// A title or an author was longer than allowed.
    TitleShortened = "title_shortened",
    /// A cover was left out.
    CoverSkipped = "cover_skipped",
    /// A title page was left out.
    TitlePageSkipped = "title_page_skipped",
    /// A table of contents was left out.
    ContentsSkipped = "contents_skipped",
    /// An imprint was left out.
    ImprintSkipped = "imprint_skipped",
    /// A colophon, the record of an edition (底本), or Project Gutenberg's header and licence was left out.
    ColophonSkipped = "colophon_skipped",
    /// A copyright page was left out.
    CopyrightPageSkipped = "copyright_page_skipped",
    /// Another part of the front matter was left out.
    FrontMatterSkipped = "front_matter_skipped",
    /// Another part of the back matter was left out.
    BackMatterSkipped = "back_matter_skipped",
    /// A file outside the reading order was left out.
    NonLinearSkipped = "non_linear_skipped",
    /// The explanation of an Aozora Bunko text's notation was left out.
    NotationNotesSkipped = "notation_notes_skipped",
    /// An entry of the table of contents, or a heading, has no text under it.
    ChapterWithoutText = "chapter_without_text",
    /// An entry of the table of contents points nowhere.
    ContentsEntryBroken = "contents_entry_broken",
    /// There is no table of contents: each file became a chapter.
    ContentsMissing = "contents_missing",
    /// Files that the EPUB lists are not in it; the text does not need them.
    FilesMissing = "files_missing",
    /// Some bytes were not of the file's encoding and became U+FFFD; with their count and the first one's line.
    EncodingDamaged = "encoding_damaged",
    /// A heading's number does not continue those before it; with its line.
    NumberingIrregular = "numbering_irregular",
    /// The table of contents does not list all chapters: another table, the files or the headings were used.
    ContentsIncomplete = "contents_incomplete",
    /// A file was not well-formed XHTML and was read as a browser would read it.
    MarkupRepaired = "markup_repaired",
    /// The EPUB breaks rules of its format in a way that is safe to repair.
    EpubRepaired = "epub_repaired",
    /// Pictures left a mark in the text; with their count.
    PicturesLeftOut = "pictures_left_out",
    /// Pictures of characters (gaiji) became text; with their count.
    PicturesAsText = "pictures_as_text",
    /// Pages with pictures only are no chapters; with their count.
    PicturePagesSkipped = "picture_pages_skipped",
    /// Notes were moved to the end of their chapters; with their count.
    NotesMoved = "notes_moved",
    /// Notes were left out; with their count.
    NotesRemoved = "notes_removed",
    /// Running titles, links and the like, which a download tool added to the text, were left out; with the
    /// count of lines.
    PageFurnitureRemoved = "page_furniture_removed",
    /// Text that the styles of an EPUB hide from its readers was left out; with the count of passages.
    HiddenTextRemoved = "hidden_text_removed",
    /// The styles of an EPUB hide all text of a file, which was kept nevertheless.
    HiddenTextKept = "hidden_text_kept",
    /// Emphasis dots were left out, the text under them kept; with their count.
    EmphasisRemoved = "emphasis_removed",
    /// A chapter longer than 200,000 characters was split at ends of paragraphs.
    ChapterSplit = "chapter_split",
}
