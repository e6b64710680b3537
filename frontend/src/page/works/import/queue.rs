//! The queue of dropped or picked files: which file is in view, and which files are imported together.

use super::file::{ImportFile, Outcome};
use crate::ui::{number::counted, toast::toaster};
use colophon_contract::ImportedWork;
use leptos::{
    prelude::*,
    reactive::owner::{Owner, WeakOwner},
};
use web_sys::File;

/// How many files are sent for a preview at a time. A browser opens six connections to a server, and the page
/// needs some for other requests.
const READ_AT_ONCE: usize = 2;

/// The files to import. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Queue {
    /// In the order in which they were added.
    pub files: RwSignal<Vec<ImportFile>>,
    /// Whether the dialog is open.
    pub open: RwSignal<bool>,
    /// The id of the file in view.
    at: RwSignal<usize>,
    /// The ids of the files that are being imported one after another without a further review.
    accepted: RwSignal<Vec<usize>>,
    on_imported: Callback<()>,
    toast: Callback<String>,
    /// Owns the signals of the files, which live as long as the component that created the queue.
    owner: StoredValue<Option<WeakOwner>>,
}

impl Queue {
    /// Creates an empty queue owned by the calling component. `on_imported` is called after each imported
    /// work.
    pub fn new(on_imported: Callback<()>) -> Self {
        let queue = Self {
            files: RwSignal::new(Vec::new()),
            open: RwSignal::new(false),
            at: RwSignal::new(0),
            accepted: RwSignal::new(Vec::new()),
            on_imported,
            toast: Callback::new(toaster()),
            owner: StoredValue::new(Owner::current().map(|owner| owner.downgrade())),
        };
        // After each preview and each skipped file, the next file is sent.
        Effect::new(move |_| queue.read_more());
        queue
    }

    /// Adds files. If the dialog is closed, opens it at the first of them.
    pub fn add(self, files: Vec<File>) {
        let owner = self.owner.with_value(|owner| owner.as_ref().and_then(WeakOwner::upgrade));
        let (Some(owner), false) = (owner, files.is_empty()) else { return };
        let first = self.files.with_untracked(Vec::len);
        let new: Vec<_> = owner.with(|| {
            let on_stored = Callback::new(move |(id, imported)| self.stored(id, imported));
            (first..).zip(files).map(|(id, file)| ImportFile::new(id, file, on_stored)).collect()
        });
        self.files.update(|files| files.extend(new));
        if !self.open.get_untracked() {
            self.show(first);
        }
    }

    /// Opens the dialog at a file.
    pub fn show(self, id: usize) {
        self.at.set(id);
        self.open.set(true);
    }

    /// Returns the file in view.
    pub fn current(self) -> Option<ImportFile> {
        let at = self.at.get();
        self.files.with(|files| files.iter().find(|file| file.id == at).copied())
    }

    /// Returns the files that are neither imported nor skipped.
    pub fn undecided(self) -> Vec<ImportFile> {
        self.files.get().into_iter().filter(|file| file.is_open()).collect()
    }

    /// Returns the files that the dialog steps through: the undecided ones and the one in view.
    pub fn in_review(self) -> Vec<ImportFile> {
        let at = self.at.get();
        self.files.get().into_iter().filter(|file| file.is_open() || file.id == at).collect()
    }

    /// Whether leaving the page would lose typed text or interrupt an import.
    pub fn is_unsaved(self) -> bool {
        self.files.with(|files| files.iter().any(|file| file.is_unsaved()))
    }

    /// Returns how many files are still to be imported together.
    pub fn accepted(self) -> usize {
        self.accepted.with(Vec::len)
    }

    /// Moves the view by `step` files.
    pub fn go(self, step: isize) {
        let files = untrack(|| self.in_review());
        let at = files.iter().position(|file| file.id == self.at.get_untracked());
        let next = at.and_then(|at| files.get(at.checked_add_signed(step)?));
        if let Some(next) = next {
            self.at.set(next.id);
        }
    }

    /// Skips a file and moves to the next undecided one.
    pub fn skip(self, file: ImportFile) {
        file.skip();
        self.leave();
    }

    /// Imports `files` one after another.
    pub fn accept(self, files: &[ImportFile]) {
        self.accepted.set(files.iter().map(|file| file.id).collect());
        self.import_next();
    }

    /// Requests previews of the files that wait for one, the file in view first.
    fn read_more(self) {
        let files = self.undecided();
        let is_being_read = |file: &&ImportFile| file.preview.is_loading();
        let count = files.iter().filter(is_being_read).count();
        let at = self.at.get();
        let waits = |file: &&ImportFile| {
            !is_being_read(file) && file.preview.value().is_none() && file.preview.error().is_none()
        };
        let mut waiting: Vec<_> = files.iter().filter(waits).collect();
        waiting.sort_by_key(|file| file.id != at);
        // The file in view never waits.
        let room = READ_AT_ONCE.saturating_sub(count);
        let is_at = |file: &ImportFile| file.id == at && self.open.get();
        let now = waiting.into_iter().enumerate().filter(|(index, file)| *index < room || is_at(file));
        now.for_each(|(_, file)| file.preview.ask());
    }

    /// Handles the end of an import: `None` if it failed.
    fn stored(self, id: usize, imported: Option<ImportedWork>) {
        let is_accepted = self.accepted.with_untracked(|accepted| accepted.contains(&id));
        self.accepted.update(|accepted| accepted.retain(|other| *other != id));
        if let Some(imported) = &imported {
            let chapters = counted(imported.chapter_count, "chapter");
            self.toast.run(format!("“{}” was imported with {chapters}.", imported.work.title));
            self.on_imported.run(());
        }
        if is_accepted && self.accepted.with_untracked(|accepted| !accepted.is_empty()) {
            self.import_next();
        } else {
            self.leave();
        }
    }

    fn import_next(self) {
        let next = self.accepted.with_untracked(|accepted| accepted.first().copied());
        let files = self.files.get_untracked();
        if let Some(file) = files.iter().find(|file| Some(file.id) == next) {
            file.import();
        }
    }

    /// If the file in view is decided, moves to the next undecided file, else to the first one. Closes the
    /// dialog if there is none.
    fn leave(self) {
        let at = self.at.get_untracked();
        let undecided = untrack(|| self.undecided());
        if undecided.iter().any(|file| file.id == at) {
            return;
        }
        match undecided.iter().find(|file| file.id > at).or(undecided.first()) {
            Some(next) => self.at.set(next.id),
            None => self.open.set(false),
        }
    }
}

/// Returns the text of a row for a file that is not imported.
pub fn state_text(file: ImportFile) -> String {
    if file.is_storing() {
        return "Importing…".to_owned();
    }
    let failed = file.failure().is_some() || file.preview.error().is_some();
    let chapters = file.preview.value().map(|preview| preview.chapters.len());
    match (file.outcome.get(), failed, chapters) {
        (Outcome::Skipped, ..) => "Skipped. Nothing was stored.".to_owned(),
        (_, true, _) => "Not imported: it has a problem.".to_owned(),
        (_, false, None) => "Being read…".to_owned(),
        (_, false, Some(count)) => {
            let chapters = counted(count as i64, "chapter");
            format!("{chapters} found. Not imported yet.")
        }
    }
}
