//! Importing files: the options, the preview and the result.

use crate::{Work, rule};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError, ValidationErrors};

/// Declares an import option as a closed set of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All values, the default first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the word in the form and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Returns the value for a word of the form; `None` for an unknown word.
            #[must_use]
            pub fn find(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

words! {
    /// Where a file is split into chapters.
    SplitMode {
        /// Chosen by evidence from the whole file.
        #[default]
        Auto "auto",
        /// At the top level of an EPUB's table of contents.
        Toc1 "toc-1",
        /// At the second level of an EPUB's table of contents.
        Toc2 "toc-2",
        /// At headings, whatever the table of contents contains.
        Headings "headings",
        /// Nowhere: the file becomes one chapter.
        None "none",
        /// At lines that match the pattern.
        Pattern "pattern",
    }
}

words! {
    /// How ruby readings are imported.
    RubyMode {
        /// Only the base text is kept.
        #[default]
        Drop "drop",
        /// The reading follows its base text in full-width brackets: `夜渡り（ナイトウォーカー）`.
        Keep "keep",
    }
}

words! {
    /// How footnotes and endnotes are imported.
    NotesMode {
        /// Notes move to the end of their chapter.
        #[default]
        Keep "keep",
        /// Notes are left out and counted.
        Drop "drop",
    }
}

words! {
    /// The format that a file was read as.
    ImportFormat {
        /// Plain text.
        #[default]
        Text "text",
        /// Markdown.
        Markdown "markdown",
        /// EPUB 2 or 3.
        Epub "epub",
    }
}

impl Serialize for ImportFormat {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ImportFormat {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::find(&text)
            .ok_or_else(|| serde::de::Error::unknown_variant(&text, &["text", "markdown", "epub"]))
    }
}

/// The encodings that a list offers, most used first, by their canonical names in the WHATWG Encoding
/// Standard. The option accepts every label of the standard, such as `sjis` or `cp949`.
pub const ENCODINGS: &[&str] = &[
    "UTF-8",
    "Shift_JIS",
    "EUC-JP",
    "ISO-2022-JP",
    "gb18030",
    "GBK",
    "Big5",
    "EUC-KR",
    "UTF-16LE",
    "UTF-16BE",
    "windows-1252",
    "windows-1251",
    "windows-1250",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "KOI8-R",
    "KOI8-U",
    "IBM866",
    "macintosh",
    "x-mac-cyrillic",
    "ISO-8859-2",
    "ISO-8859-3",
    "ISO-8859-4",
    "ISO-8859-5",
    "ISO-8859-6",
    "ISO-8859-7",
    "ISO-8859-8",
    "ISO-8859-8-I",
    "ISO-8859-10",
    "ISO-8859-13",
    "ISO-8859-14",
    "ISO-8859-15",
    "ISO-8859-16",
];

/// The fields of the import form, without the file. A field that is `None` is left out of the form. The
/// server then takes the value from the file, guesses it, or uses the default. [`ImportFields::check`] checks
/// every rule; the derived `validate` lacks the rule about two fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Validate)]
pub struct ImportFields {
    /// The id that an earlier dry run returned; replaces the file.
    #[validate(length(min = 1, max = 64))]
    pub upload_id: Option<String>,
    /// 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::name))]
    pub title: Option<String>,
    /// At most 255 code points. If empty, the work gets no author, even if the file names one.
    #[validate(length(max = 255), custom(function = rule::no_controls))]
    pub author: Option<String>,
    /// Language tag (RFC 5646).
    #[validate(custom(function = rule::language_tag))]
    pub source_language: Option<String>,
    /// Language tag (RFC 5646).
    #[validate(custom(function = rule::language_tag))]
    pub target_language: Option<String>,
    /// A label of the WHATWG Encoding Standard; for text files.
    #[validate(length(min = 1, max = 40))]
    pub encoding: Option<String>,
    /// Where to split; [`SplitMode::Pattern`] if only a pattern is given.
    pub split: Option<SplitMode>,
    /// A regular expression of the `regex` crate, only for [`SplitMode::Pattern`]. A line that it matches
    /// begins a chapter.
    #[validate(length(min = 1, max = 1_000))]
    pub pattern: Option<String>,
    /// How ruby readings are imported.
    pub ruby: Option<RubyMode>,
    /// How notes are imported.
    pub notes: Option<NotesMode>,
}

impl ImportFields {
    /// Checks each field, and that `pattern` and `split` fit together.
    ///
    /// # Errors
    /// The errors of the derived rules; `pattern_missing` and `pattern_unused` at `pattern`.
    pub fn check(&self) -> Result<(), ValidationErrors> {
        let mut errors = self.validate().err().unwrap_or_default();
        let found = match (self.split, &self.pattern) {
            (Some(SplitMode::Pattern), None) => {
                Some(("pattern_missing", "must be given with `split=pattern`"))
            }
            (Some(SplitMode::Pattern) | None, _) | (Some(_), None) => None,
            (Some(_), Some(_)) => Some(("pattern_unused", "may be given with `split=pattern` only")),
        };
        if let Some((code, message)) = found {
            errors.add("pattern", ValidationError::new(code).with_message(message.into()));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Returns the given fields with their names in the form. An empty author becomes a space: the form
    /// treats an empty value as not given, and a blank author as none.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let author = self.author.as_deref().map(|author| if author.is_empty() { " " } else { author });
        let pairs = [
            ("upload_id", self.upload_id.as_deref()),
            ("title", self.title.as_deref()),
            ("author", author),
            ("source_language", self.source_language.as_deref()),
            ("target_language", self.target_language.as_deref()),
            ("encoding", self.encoding.as_deref()),
            ("split", self.split.map(SplitMode::as_str)),
            ("pattern", self.pattern.as_deref()),
            ("ruby", self.ruby.map(RubyMode::as_str)),
            ("notes", self.notes.map(NotesMode::as_str)),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A note on something that was left out, repaired or guessed, or that a person should check before storing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportWarning {
    /// The kind of warning, such as `numbering_irregular` or `already_imported`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// The line of the text file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The file inside the EPUB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Number of items that the warning is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// With `already_imported`: the newest work made from the same file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_id: Option<i64>,
}

impl ImportWarning {
    /// Returns a warning that the same file was imported before, as `work_id`.
    #[must_use]
    pub fn already_imported(work_id: i64) -> Self {
        Self {
            code: "already_imported".to_owned(),
            detail: format!("This file was imported before, as work {work_id}."),
            work_id: Some(work_id),
            ..Self::default()
        }
    }

    /// Returns a warning if the work's languages are the same: the tags are equal, or one tag is the
    /// beginning of the other (`en`, `en-GB`).
    #[must_use]
    pub fn same_language(source: &str, target: &str) -> Option<Self> {
        let (source_parts, target_parts) = (source.split('-'), target.split('-'));
        let is_same = source_parts.zip(target_parts).all(|(a, b)| a.eq_ignore_ascii_case(b));
        is_same.then(|| Self {
            code: "same_language".to_owned(),
            detail: format!("The source language {source} and the target language {target} are the same."),
            ..Self::default()
        })
    }
}

/// A work made from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportedWork {
    /// The work.
    pub work: Work,
    /// Number of chapters.
    pub chapter_count: i64,
    /// Notes on what was left out, repaired or guessed.
    pub warnings: Vec<ImportWarning>,
}

/// The work that an import would create. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportPreview {
    /// Send this id instead of the file to preview again or to import. This server keeps the file for 30
    /// minutes after its last use, within a size budget.
    pub upload_id: String,
    /// `null` if neither the request nor the file gives a title: the import then needs the field.
    pub title: Option<String>,
    /// Empty if unknown.
    pub author: String,
    /// Language tag (RFC 5646). `null` if neither the request, the file's metadata nor its text shows the
    /// language: the import then needs the field.
    pub source_language: Option<String>,
    /// Language tag (RFC 5646).
    pub target_language: String,
    /// The format that the file was read as.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^(text|markdown|epub)$"))]
    pub format: ImportFormat,
    /// Name of the encoding that the text was read with; `null` for EPUB.
    pub encoding: Option<String>,
    /// In reading order; at most 10,000.
    pub chapters: Vec<PreviewChapter>,
    /// Notes on what was left out, repaired or guessed, or what a person should check before storing.
    pub warnings: Vec<ImportWarning>,
}

/// A chapter that an import would create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewChapter {
    /// Number from 1, in reading order, across volumes.
    pub number: i32,
    /// The volume that the chapter belongs to, if any.
    pub volume: Option<String>,
    /// The title in the book.
    pub title: String,
    /// The text's length in code points.
    pub characters: i64,
    /// The beginning of the first line that is not blank, at most 120 code points; ends in `…` if the line is
    /// longer.
    pub first_line: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(fields: &ImportFields) -> Vec<String> {
        let Err(errors) = fields.check() else { return Vec::new() };
        errors.field_errors().values().flat_map(|list| list.iter()).map(|e| e.code.to_string()).collect()
    }

    #[test]
    fn a_pattern_goes_with_the_split_by_pattern_alone() {
        let fields = |split, pattern: Option<&str>| ImportFields {
            split,
            pattern: pattern.map(str::to_owned),
            ..ImportFields::default()
        };
        assert!(codes(&fields(None, Some("^#"))).is_empty());
        assert!(codes(&fields(Some(SplitMode::Pattern), Some("^#"))).is_empty());
        assert!(codes(&fields(Some(SplitMode::Auto), None)).is_empty());
        assert_eq!(codes(&fields(Some(SplitMode::Pattern), None)), ["pattern_missing"]);
        assert_eq!(codes(&fields(Some(SplitMode::Headings), Some("^#"))), ["pattern_unused"]);
    }

    #[test]
    fn languages_are_the_same_where_one_tag_begins_with_the_other() {
        for (source, target, is_same) in [
            ("ja", "ja", true),
            ("en", "en-GB", true),
            ("zh-Hant", "ZH", true),
            ("zh-CN", "zh-TW", false),
            ("ja", "en", false),
            ("j", "ja", false),
        ] {
            assert_eq!(ImportWarning::same_language(source, target).is_some(), is_same, "{source} {target}");
        }
    }

    #[test]
    fn the_form_has_the_fields_that_are_given_in_words_that_are_found_again() {
        let fields = ImportFields {
            split: Some(SplitMode::Toc2),
            ruby: Some(RubyMode::Keep),
            notes: Some(NotesMode::Drop),
            author: Some(String::new()),
            ..ImportFields::default()
        };
        assert_eq!(
            fields.pairs(),
            [("author", " "), ("split", "toc-2"), ("ruby", "keep"), ("notes", "drop")]
        );
        for mode in SplitMode::ALL {
            assert_eq!(SplitMode::find(mode.as_str()), Some(*mode));
        }
        assert_eq!(SplitMode::find("Auto"), None);
        assert_eq!((SplitMode::ALL[0], RubyMode::ALL[0], NotesMode::ALL[0]), Default::default());
    }
}
