//! The fields of an import: the work's details, and how the file is read.

use colophon_contract::{
    ENCODINGS, ImportFields, ImportFormat, ImportPreview, NotesMode, RubyMode, SplitMode, rule,
};
use leptos::prelude::*;

/// A text that the file provides and a person may change. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Detail {
    /// The text in the field.
    pub value: RwSignal<String>,
    /// The text from the file.
    given: RwSignal<String>,
}

impl Detail {
    fn new() -> Self {
        Self { value: RwSignal::new(String::new()), given: RwSignal::new(String::new()) }
    }

    /// Stores the text from the file, and puts it into the field unless a person has changed the field.
    fn give(self, text: &str) {
        if !untrack(|| self.is_changed()) {
            self.value.set(text.to_owned());
        }
        self.given.set(text.to_owned());
    }

    fn is_changed(self) -> bool {
        self.value.with(|value| self.given.with(|given| value != given))
    }

    fn changed(self) -> Option<String> {
        self.is_changed().then(|| self.value.get())
    }
}

/// The fields of the dialog. An option is empty while its default applies. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Fields {
    /// The work's title.
    pub title: Detail,
    /// Empty if unknown.
    pub author: Detail,
    /// Language tag.
    pub source_language: Detail,
    /// Language tag.
    pub target_language: Detail,
    /// A label of the WHATWG Encoding Standard.
    pub encoding: RwSignal<String>,
    /// A word of [`SplitMode`].
    pub split: RwSignal<String>,
    /// For [`SplitMode::Pattern`].
    pub pattern: RwSignal<String>,
    /// A word of [`RubyMode`].
    pub ruby: RwSignal<String>,
    /// A word of [`NotesMode`].
    pub notes: RwSignal<String>,
}

impl Fields {
    /// Creates fields with empty details and the default options.
    pub fn new() -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        Self {
            title: Detail::new(),
            author: Detail::new(),
            source_language: Detail::new(),
            target_language: Detail::new(),
            encoding: text(""),
            split: text(SplitMode::default().as_str()),
            pattern: text(""),
            ruby: text(RubyMode::default().as_str()),
            notes: text(NotesMode::default().as_str()),
        }
    }

    /// Stores the details from the file, as in the preview of `requested`. A language that was requested is
    /// not a detail of the file.
    pub fn give(self, preview: &ImportPreview, requested: &ImportFields) {
        self.title.give(preview.title.as_deref().unwrap_or_default());
        self.author.give(&preview.author);
        if requested.source_language.is_none() {
            self.source_language.give(preview.source_language.as_deref().unwrap_or_default());
        }
        if requested.target_language.is_none() {
            self.target_language.give(&preview.target_language);
        }
    }

    /// Returns the options that a preview depends on. `None` while a value is incomplete: a pattern is
    /// missing, or a language is not a valid tag.
    pub fn to_preview(self) -> Option<ImportFields> {
        let is_tag = |tag: &Option<String>| tag.as_deref().is_none_or(|tag| rule::language_tag(tag).is_ok());
        let (source_language, target_language) =
            (self.source_language.changed(), self.target_language.changed());
        let fields = ImportFields { source_language, target_language, ..self.options() };
        let is_whole = fields.split != Some(SplitMode::Pattern) || fields.pattern.is_some();
        (is_whole && is_tag(&fields.source_language) && is_tag(&fields.target_language)).then_some(fields)
    }

    /// Returns what an import stores: all details and options of the dialog.
    pub fn to_import(self) -> ImportFields {
        ImportFields {
            title: Some(self.title.value.get()),
            author: Some(self.author.value.get()),
            source_language: Some(self.source_language.value.get()),
            target_language: Some(self.target_language.value.get()),
            ..self.options()
        }
    }

    fn options(self) -> ImportFields {
        let split = SplitMode::find(&self.split.get()).filter(|split| *split != SplitMode::default());
        let is_pattern = split == Some(SplitMode::Pattern);
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        ImportFields {
            encoding: filled(self.encoding.get()),
            split,
            pattern: filled(self.pattern.get()).filter(|_| is_pattern),
            ruby: RubyMode::find(&self.ruby.get()).filter(|ruby| *ruby != RubyMode::default()),
            notes: NotesMode::find(&self.notes.get()).filter(|notes| *notes != NotesMode::default()),
            ..ImportFields::default()
        }
    }

    /// Whether a person has typed or chosen anything.
    pub fn is_changed(self) -> bool {
        let details = [self.title, self.author, self.source_language, self.target_language];
        details.into_iter().any(Detail::is_changed) || self.options() != ImportFields::default()
    }
}

/// Returns how long to wait for further changes, in milliseconds, before a preview of `new` is requested.
/// Only typed values change in pieces.
pub fn wait(old: &ImportFields, new: &ImportFields) -> u32 {
    const TYPING_MS: u32 = 400;
    let typed = |fields: &ImportFields| {
        (fields.pattern.clone(), fields.source_language.clone(), fields.target_language.clone())
    };
    if typed(old) == typed(new) || old.split != new.split { 0 } else { TYPING_MS }
}

/// Returns values and labels for the field `encoding`; `found` is the encoding that the preview used.
pub fn encodings(found: Option<&str>) -> Vec<(String, String)> {
    let automatic = match found {
        Some(found) => format!("Automatic ({found})"),
        None => "Automatic".to_owned(),
    };
    let listed = ENCODINGS.iter().map(|name| {
        let label = match script(name) {
            "" => (*name).to_owned(),
            script => format!("{name} · {script}"),
        };
        ((*name).to_owned(), label)
    });
    std::iter::once((String::new(), automatic)).chain(listed).collect()
}

/// Returns the languages or the script that an encoding was made for.
fn script(encoding: &str) -> &'static str {
    match encoding {
        "Shift_JIS" | "EUC-JP" | "ISO-2022-JP" => "Japanese",
        "gb18030" | "GBK" => "Chinese, simplified",
        "Big5" => "Chinese, traditional",
        "EUC-KR" => "Korean",
        "windows-1252" | "ISO-8859-15" | "macintosh" => "Western European",
        "windows-1251" | "KOI8-R" | "KOI8-U" | "IBM866" | "x-mac-cyrillic" | "ISO-8859-5" => "Cyrillic",
        "windows-1250" | "ISO-8859-2" | "ISO-8859-16" => "Central European",
        "windows-1253" | "ISO-8859-7" => "Greek",
        "windows-1254" => "Turkish",
        "windows-1255" | "ISO-8859-8" | "ISO-8859-8-I" => "Hebrew",
        "windows-1256" | "ISO-8859-6" => "Arabic",
        "windows-1257" | "ISO-8859-4" | "ISO-8859-13" => "Baltic",
        "windows-1258" => "Vietnamese",
        "windows-874" => "Thai",
        "ISO-8859-3" => "Southern European",
        "ISO-8859-10" => "Nordic",
        "ISO-8859-14" => "Celtic",
        _ => "",
    }
}

/// Returns values and labels for the field `split`. Only an EPUB has a table of contents; `None`: the format
/// is not known yet.
pub fn splits(format: Option<ImportFormat>) -> Vec<(String, String)> {
    let has_contents = !matches!(format, Some(ImportFormat::Text | ImportFormat::Markdown));
    let is_meant = |split: &&SplitMode| has_contents || !matches!(split, SplitMode::Toc1 | SplitMode::Toc2);
    let choice = |split: &SplitMode| {
        let label = match split {
            SplitMode::Auto => "Automatic",
            SplitMode::Toc1 => "At the first level of the table of contents",
            SplitMode::Toc2 => "At the second level of the table of contents",
            SplitMode::Headings => "At the headings in the text",
            SplitMode::None => "Nowhere: the file is one chapter",
            SplitMode::Pattern => "At the lines that a pattern matches",
        };
        (split.as_str().to_owned(), label.to_owned())
    };
    SplitMode::ALL.iter().filter(is_meant).map(choice).collect()
}

/// Returns values and labels for the field `ruby`.
pub fn rubies() -> Vec<(String, String)> {
    let choice = |ruby: &RubyMode| {
        let label = match ruby {
            RubyMode::Drop => "Leave out: 夜渡り",
            RubyMode::Keep => "Keep in brackets: 夜渡り（ナイトウォーカー）",
        };
        (ruby.as_str().to_owned(), label.to_owned())
    };
    RubyMode::ALL.iter().map(choice).collect()
}

/// Returns values and labels for the field `notes`.
pub fn notes() -> Vec<(String, String)> {
    let choice = |notes: &NotesMode| {
        let label = match notes {
            NotesMode::Keep => "Keep at the end of the chapter",
            NotesMode::Drop => "Leave out",
        };
        (notes.as_str().to_owned(), label.to_owned())
    };
    NotesMode::ALL.iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{fixture::import_preview, with_signals};

    fn given(fields: Fields) {
        fields.give(&import_preview(2), &fields.to_preview().unwrap());
    }

    #[test]
    fn the_details_of_the_file_are_no_change() {
        with_signals(|| {
            let fields = Fields::new();
            assert!(!fields.is_changed());
            given(fields);
            assert!(!fields.is_changed());
            assert_eq!(fields.to_preview(), Some(ImportFields::default()));
            let stored = fields.to_import();
            assert_eq!(stored.title.as_deref(), Some("夜の川"));
            assert_eq!(stored.source_language.as_deref(), Some("ja"));
            assert_eq!((stored.split, stored.encoding, stored.pattern), (None, None, None));
            assert!(fields.to_import().check().is_ok());
        });
    }

    #[test]
    fn what_a_person_typed_survives_another_preview() {
        with_signals(|| {
            let fields = Fields::new();
            given(fields);
            fields.title.value.set("My title".to_owned());
            fields.author.value.set(String::new());
            let mut other = import_preview(2);
            (other.title, other.author) = (Some("Other".to_owned()), "Other".to_owned());
            other.target_language = "de".to_owned();
            fields.give(&other, &ImportFields::default());
            let stored = fields.to_import();
            assert_eq!((stored.title.as_deref(), stored.author.as_deref()), (Some("My title"), Some("")));
            assert_eq!(stored.target_language.as_deref(), Some("de"), "nobody changed it");
            assert!(fields.is_changed());
        });
    }

    #[test]
    fn a_language_that_a_person_typed_is_requested_and_stays() {
        with_signals(|| {
            let fields = Fields::new();
            given(fields);
            fields.source_language.value.set("zh".to_owned());
            let requested = fields.to_preview().unwrap();
            assert_eq!(
                (requested.source_language.as_deref(), requested.target_language.as_deref()),
                (Some("zh"), None)
            );
            let mut reply = import_preview(2);
            reply.source_language = Some("zh".to_owned());
            fields.give(&reply, &requested);
            assert_eq!(fields.to_preview(), Some(requested), "the reply does not change what is requested");
            fields.source_language.value.set("z".to_owned());
            assert_eq!(fields.to_preview(), None, "half typed");
            fields.source_language.value.set("ja".to_owned());
            assert_eq!(fields.to_preview(), Some(ImportFields::default()), "the file's own language again");
        });
    }

    #[test]
    fn a_pattern_is_requested_with_its_split_alone() {
        with_signals(|| {
            let fields = Fields::new();
            fields.pattern.set("^第".to_owned());
            assert_eq!(fields.to_preview(), Some(ImportFields::default()));
            fields.split.set("pattern".to_owned());
            let requested = fields.to_preview().unwrap();
            assert_eq!(
                (requested.split, requested.pattern.as_deref()),
                (Some(SplitMode::Pattern), Some("^第"))
            );
            fields.pattern.set(String::new());
            assert_eq!(fields.to_preview(), None, "there is nothing to split at yet");
        });
    }

    #[test]
    fn a_preview_waits_for_more_only_of_what_is_typed() {
        let fields = ImportFields::default;
        let pattern = |text: &str| ImportFields {
            split: Some(SplitMode::Pattern),
            pattern: Some(text.to_owned()),
            ..fields()
        };
        assert_eq!(wait(&fields(), &ImportFields { ruby: Some(RubyMode::Keep), ..fields() }), 0);
        assert_eq!(wait(&fields(), &pattern("^x")), 0, "the split was chosen");
        assert!(wait(&pattern("^x"), &pattern("^xy")) > 0);
        assert!(wait(&fields(), &ImportFields { source_language: Some("ja".to_owned()), ..fields() }) > 0);
    }

    #[test]
    fn choices_name_what_they_do() {
        assert_eq!(encodings(Some("Shift_JIS"))[0], (String::new(), "Automatic (Shift_JIS)".to_owned()));
        assert!(encodings(None).iter().any(|(_, label)| label == "EUC-KR · Korean"));
        let values = |format| splits(format).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        assert_eq!(values(Some(ImportFormat::Text)), ["auto", "headings", "none", "pattern"]);
        assert_eq!(values(Some(ImportFormat::Epub)).len(), SplitMode::ALL.len());
        assert_eq!(values(None).len(), SplitMode::ALL.len());
    }
}
