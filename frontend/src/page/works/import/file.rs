//! A file to import: its preview, what is typed about it, and what became of it.

use super::fields::{self, Fields};
use crate::{
    api::{self, Error},
    state::{Latest, Mutation},
    ui::FormErrors,
};
use colophon_contract::{Code, FieldError, ImportFields, ImportPreview, ImportWarning, ImportedWork, rule};
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::File;

/// Codes of warnings about which the person is asked before the file is stored.
const QUESTIONS: [&str; 2] = ["already_imported", "same_language"];
/// The fields of the dialog: an error at one of them stands beside it.
const FIELDS: [&str; 9] = [
    "/title",
    "/author",
    "/source_language",
    "/target_language",
    "/encoding",
    "/split",
    "/pattern",
    "/ruby",
    "/notes",
];

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Nothing is decided yet.
    Open,
    /// A person skipped it. Nothing was stored.
    Skipped,
    /// It was imported.
    Done(Box<ImportedWork>),
}

/// One file. Copy it into closures.
#[derive(Clone, Copy)]
pub struct ImportFile {
    /// Unique among the files of a page.
    pub id: usize,
    /// What is typed and chosen.
    pub fields: Fields,
    /// What became of it.
    pub outcome: RwSignal<Outcome>,
    /// What an import would make.
    pub preview: Latest<ImportFields, ImportPreview>,
    /// What is wrong with the fields.
    pub errors: FormErrors,
    file: StoredValue<File, LocalStorage>,
    name: StoredValue<String>,
    /// The share of the file that was sent, 0 to 1; `None` where nothing is being sent.
    sent: RwSignal<Option<f64>>,
    store: Mutation<ImportFields>,
    storing: Signal<bool>,
    /// Why the last import failed.
    store_error: Signal<Option<Error>>,
}

impl ImportFile {
    /// Requests nothing yet. `on_stored` is called with the file's id after an import, whether or not it succeeded.
    pub fn new(id: usize, file: File, on_stored: Callback<(usize, Option<ImportedWork>)>) -> Self {
        let (fields, name) = (Fields::new(), file.name());
        let outcome = RwSignal::new(Outcome::Open);
        let sent = RwSignal::new(None);
        let upload_id = StoredValue::new(None::<String>);
        let file = StoredValue::new_local(file);
        let on_progress: Rc<dyn Fn(f64)> = Rc::new(move |share| {
            sent.try_set(Some(share));
        });
        let progress = on_progress.clone();
        let preview = Latest::new(
            Signal::derive(move || fields.to_preview()),
            fields::wait,
            move |requested: ImportFields| {
                let (source, progress) = (file.get_value(), progress.clone());
                let body = ImportFields { upload_id: upload_id.get_value(), ..requested.clone() };
                async move {
                    let result = api::upload::preview(&source, body, progress).await;
                    sent.try_set(None);
                    if let Ok(preview) = &result
                        && upload_id.try_set_value(Some(preview.upload_id.clone())).is_none()
                    {
                        fields.give(preview, &requested);
                    }
                    result
                }
            },
        );
        let store = Mutation::new(
            move |body: ImportFields, key| {
                let (source, progress) = (file.get_value(), on_progress.clone());
                let body = ImportFields { upload_id: upload_id.get_value(), ..body };
                async move {
                    let result = api::upload::import(&source, body, &key, progress).await;
                    sent.try_set(None);
                    if result.is_err() {
                        on_stored.try_run((id, None));
                    }
                    result
                }
            },
            move |imported: ImportedWork| {
                outcome.set(Outcome::Done(Box::new(imported.clone())));
                on_stored.run((id, Some(imported)));
            },
        );
        let (storing, store_error) = (store.pending(), store.error());
        let errors = FormErrors::new(Signal::derive(move || store_error.get().or_else(|| preview.error())));
        let name = StoredValue::new(name);
        Self { id, fields, outcome, preview, errors, file, name, sent, store, storing, store_error }
    }

    /// The file's name.
    pub fn name(self) -> String {
        self.name.get_value()
    }

    /// The file's size in bytes.
    pub fn size(self) -> f64 {
        self.file.with_value(|file| file.size())
    }

    /// The share of the file that was sent, 0 to 1, while it is being sent.
    pub fn sent(self) -> Option<f64> {
        self.sent.get()
    }

    /// Whether nothing is decided yet.
    pub fn is_open(self) -> bool {
        self.outcome.with(|outcome| *outcome == Outcome::Open)
    }

    /// Whether leaving the page would lose something that was typed, or break off an import.
    pub fn is_unsaved(self) -> bool {
        self.is_open() && (self.fields.is_changed() || self.is_storing())
    }

    /// Whether the import is under way.
    pub fn is_storing(self) -> bool {
        self.storing.get()
    }

    /// Whether the preview is that of all options as they are now: what is shown is what would be stored.
    pub fn is_ready(self) -> bool {
        self.is_open() && self.preview.is_settled() && self.preview.error().is_none()
    }

    /// Whether its preview is being loaded, or waits for that.
    pub fn is_being_read(self) -> bool {
        self.is_open() && !self.preview.is_settled() && self.fields.to_preview().is_some()
    }

    /// Why the preview or the import failed, unless the fields show it.
    pub fn failure(self) -> Option<Error> {
        not_beside_fields(self.store_error.get().or_else(|| self.preview.error())?)
    }

    /// What the person is asked before the file is stored.
    pub fn questions(self) -> Vec<ImportWarning> {
        self.preview.value().as_deref().map_or_else(Vec::new, questions)
    }

    /// Stops what is being sent; nothing is stored.
    pub fn skip(self) {
        self.preview.stop();
        self.sent.set(None);
        self.outcome.set(Outcome::Skipped);
    }

    /// Takes a skipped file up again.
    pub fn reopen(self) {
        // What was not read is read again.
        self.outcome.set(Outcome::Open);
    }

    /// Whether the fields keep to the rules; shows what is wrong beside them.
    pub fn check(self) -> bool {
        self.errors.take(untrack(|| self.fields.to_import().check()))
    }

    /// Whether the fields keep to the rules; shows nothing.
    pub fn is_valid(self) -> bool {
        self.fields.to_import().check().is_ok()
    }

    /// Imports the file as its preview shows it.
    pub fn import(self) {
        self.store.send(untrack(|| self.fields.to_import()));
    }

    /// Requests the preview again after a failure.
    pub fn retry(self) {
        self.store.clear();
        self.preview.ask();
    }

    /// The size from which on a server refuses the file unless it is configured otherwise, in bytes, where the file is
    /// larger. Such a server may cut the connection instead of replying.
    pub fn exceeded_limit(self) -> Option<u64> {
        let is_epub = self.name.with_value(|name| name.to_ascii_lowercase().ends_with(".epub"));
        let limit = if is_epub { rule::EPUB_FILE_MAX_BYTES } else { rule::TEXT_FILE_MAX_BYTES };
        (self.size() > limit as f64).then_some(limit)
    }
}

/// The error without what stands beside the fields; `None` where nothing else is wrong.
fn not_beside_fields(error: Error) -> Option<Error> {
    let Error::Problem(mut problem) = error else { return Some(error) };
    let had_errors = !problem.errors.is_empty();
    let at = |error: &FieldError, pointers: &[&str]| {
        error.pointer.as_deref().is_some_and(|pointer| pointers.contains(&pointer))
    };
    problem.errors.retain(|error| !at(error, &FIELDS));
    if problem.code == Code::ValidationFailed && had_errors && problem.errors.is_empty() {
        return None;
    }
    // The problem's own sentence says what is wrong with the file.
    problem.errors.retain(|error| !at(error, &["/file", "/upload_id"]));
    Some(Error::Problem(problem))
}

/// The warnings of a preview about which the person is asked.
fn questions(preview: &ImportPreview) -> Vec<ImportWarning> {
    let is_question = |warning: &&ImportWarning| QUESTIONS.contains(&warning.code.as_str());
    preview.warnings.iter().filter(is_question).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::fixture::import_preview;
    use colophon_contract::Problem;

    #[test]
    fn an_error_of_a_field_stands_beside_it_and_nowhere_else() {
        let error = |code, pointers: &[&str]| {
            let errors = pointers.iter().map(|pointer| FieldError::at(*pointer, "wrong", "Wrong.")).collect();
            Error::Problem(Box::new(Problem::new(code, "It was refused.").with_errors(errors)))
        };
        let shown = |error: Error| {
            not_beside_fields(error)
                .map(|error| error.field_errors().iter().map(|e| e.pointer.clone()).collect::<Vec<_>>())
        };
        assert_eq!(shown(error(Code::ValidationFailed, &["/pattern", "/title"])), None);
        assert_eq!(
            shown(error(Code::ValidationFailed, &["/pattern", "/x"])),
            Some(vec![Some("/x".to_owned())])
        );
        assert_eq!(shown(error(Code::ValidationFailed, &[])), Some(vec![]), "nothing else would show it");
        assert_eq!(shown(error(Code::ImportFailed, &["/file"])), Some(vec![]));
        assert_eq!(not_beside_fields(Error::Network), Some(Error::Network));
    }

    #[test]
    fn two_kinds_of_warnings_are_questions() {
        let warning = |code: &str| ImportWarning { code: code.to_owned(), ..ImportWarning::default() };
        let codes = ["markup_repaired", "same_language", "encoding_guessed", "already_imported"];
        let warnings = codes.map(warning).to_vec();
        let preview = ImportPreview { warnings, ..import_preview(1) };
        let asked: Vec<_> = questions(&preview).into_iter().map(|warning| warning.code).collect();
        assert_eq!(asked, ["same_language", "already_imported"]);
    }
}
