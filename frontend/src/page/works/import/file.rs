//! A file to import: its preview, its fields, and the outcome.

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

/// Codes of warnings that need the person's answer before the file is stored.
const QUESTIONS: [&str; 2] = ["already_imported", "same_language"];
/// The fields of the dialog: an error of one of them is shown beside it.
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

/// The outcome of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Neither imported nor skipped yet.
    Open,
    /// A person skipped it. Nothing was stored.
    Skipped,
    /// It was imported.
    Done(Box<ImportedWork>),
}

/// A file to import. Copy it into closures.
#[derive(Clone, Copy)]
pub struct ImportFile {
    /// Unique among the files of a page.
    pub id: usize,
    /// The typed and chosen values.
    pub fields: Fields,
    /// The outcome.
    pub outcome: RwSignal<Outcome>,
    /// The preview of the import.
    pub preview: Latest<ImportFields, ImportPreview>,
    /// The errors of the fields.
    pub errors: FormErrors,
    file: StoredValue<File, LocalStorage>,
    name: StoredValue<String>,
    /// The share of the file that was sent, 0 to 1; `None` while nothing is being sent.
    sent: RwSignal<Option<f64>>,
    store: Mutation<ImportFields>,
    storing: Signal<bool>,
    /// Why the last import failed.
    store_error: Signal<Option<Error>>,
}

impl ImportFile {
    /// Creates the file and requests nothing yet. `on_stored` is called with the file's id after an import,
    /// whether or not it succeeded.
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

    /// Returns the file's name.
    pub fn name(self) -> String {
        self.name.get_value()
    }

    /// Returns the file's size in bytes.
    pub fn size(self) -> f64 {
        self.file.with_value(|file| file.size())
    }

    /// Returns the share of the file that was sent, 0 to 1, while it is being sent.
    pub fn sent(self) -> Option<f64> {
        self.sent.get()
    }

    /// Whether the file is neither imported nor skipped.
    pub fn is_open(self) -> bool {
        self.outcome.with(|outcome| *outcome == Outcome::Open)
    }

    /// Whether leaving the page would lose typed text or interrupt an import.
    pub fn is_unsaved(self) -> bool {
        self.is_open() && (self.fields.is_changed() || self.is_storing())
    }

    /// Whether the import is under way.
    pub fn is_storing(self) -> bool {
        self.storing.get()
    }

    /// Whether the preview belongs to the current options: an import would store what the preview shows.
    pub fn is_ready(self) -> bool {
        self.is_open() && self.preview.is_settled() && self.preview.error().is_none()
    }

    /// Whether the preview is being loaded or waits for its turn.
    pub fn is_being_read(self) -> bool {
        self.is_open() && !self.preview.is_settled() && self.fields.to_preview().is_some()
    }

    /// Returns why the preview or the import failed, without the errors that the fields show.
    pub fn failure(self) -> Option<Error> {
        not_beside_fields(self.store_error.get().or_else(|| self.preview.error())?)
    }

    /// Returns the warnings that need an answer before the file is stored.
    pub fn questions(self) -> Vec<ImportWarning> {
        self.preview.value().as_deref().map_or_else(Vec::new, questions)
    }

    /// Stops the transfer and skips the file; nothing is stored.
    pub fn skip(self) {
        self.preview.stop();
        self.sent.set(None);
        self.outcome.set(Outcome::Skipped);
    }

    /// Reopens a skipped file.
    pub fn reopen(self) {
        // If there is no preview yet, it is requested again.
        self.outcome.set(Outcome::Open);
    }

    /// Checks the fields against the rules, and shows the errors beside them.
    pub fn check(self) -> bool {
        self.errors.take(untrack(|| self.fields.to_import().check()))
    }

    /// Checks the fields against the rules, and shows nothing.
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

    /// Returns the default size limit, in bytes, if the file is larger. A server refuses the file then,
    /// unless it is configured otherwise. It may close the connection instead of replying.
    pub fn exceeded_limit(self) -> Option<u64> {
        let is_epub = self.name.with_value(|name| name.to_ascii_lowercase().ends_with(".epub"));
        let limit = if is_epub { rule::EPUB_FILE_MAX_BYTES } else { rule::TEXT_FILE_MAX_BYTES };
        (self.size() > limit as f64).then_some(limit)
    }
}

/// Returns the error without the parts that fields show; `None` if nothing is left.
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

/// Returns the warnings of a preview that need an answer.
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
