//! What was left out or guessed, for the person who sent the file to look over.

use std::collections::HashMap;

/// Something about an import that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What kind of thing it is.
    pub code: WarningCode,
    /// One sentence about it.
    pub detail: String,
}

impl Warning {
    pub(crate) fn new(code: WarningCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// Keeps the first warnings of each code and sums up the rest: a hostile file can earn a hundred thousand.
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
            warnings.push(Warning::new(*code, format!("And {more} more of the same kind.")));
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
            /// Every code there is.
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
    /// The language was guessed from the script alone.
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
    /// A colophon was left out.
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
}
