//! Saving: a new prompt, a new version, or a new name alone.

use super::draft::{Base, Draft};
use crate::{
    api,
    page::diff::Content,
    state::Mutation,
    ui::{FormErrors, toast::toaster},
};
use colophon_contract::{AppendVersion, Code, CreatePrompt, PromptVersion, RenamePrompt};
use leptos::prelude::*;

/// The editor's request and what became of it. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Saver {
    work_id: i64,
    draft: Draft,
    /// The request.
    pub request: Mutation,
    /// What is wrong with the fields.
    pub errors: FormErrors,
    /// Why nothing was sent, where nothing is wrong either.
    pub notice: RwSignal<String>,
    done: Callback<String>,
}

impl Saver {
    /// Saves `draft`; `open` closes and `on_saved` runs once that is done.
    pub fn new(work_id: i64, draft: Draft, open: RwSignal<bool>, on_saved: Callback<()>) -> Self {
        let request = Mutation::new();
        let toast = toaster();
        let done = Callback::new(move |message: String| {
            open.set(false);
            toast(message);
            on_saved.run(());
        });
        let errors = FormErrors::new(request.error());
        Self { work_id, draft, request, errors, notice: RwSignal::new(String::new()), done }
    }

    /// Whether only the name was changed.
    pub fn is_rename(self) -> bool {
        let Some(base) = self.draft.base.get() else { return false };
        self.draft.name.get() != base.name
            && self.draft.content().is_ok_and(|c| c == Content::from(&base.version))
    }

    /// What the server says of the template as a whole; its single problems are found here as well.
    pub fn template_error(self) -> Signal<Option<String>> {
        let given = self.errors.at("/template");
        Signal::derive(move || {
            let is_parsed_here = self
                .request
                .error()
                .with(|e| e.as_ref().is_some_and(|e| e.code() == Some(Code::TemplateInvalid)));
            given.get().filter(|_| !is_parsed_here)
        })
    }

    /// The version that somebody saved in between.
    pub fn newer(self) -> Signal<Option<PromptVersion>> {
        Signal::derive(move || match self.request.error().get() {
            Some(api::Error::Problem(problem)) if problem.code == Code::StaleBaseVersion => {
                problem.latest_version.map(|version| *version)
            }
            _ => None,
        })
    }

    /// Sends what was changed, or says that nothing was.
    pub fn save(self) {
        self.notice.set(String::new());
        self.request.clear();
        let content = match untrack(|| self.draft.content()) {
            Ok(content) => content,
            Err(errors) => return self.errors.set(errors),
        };
        match self.draft.base.get_untracked() {
            None => self.create(content),
            Some(base) if content != Content::from(&base.version) => self.append(content, &base),
            Some(base) if self.draft.name.get_untracked() != base.name => self.rename(),
            Some(_) => self
                .notice
                .set("Nothing to save: model, template, parameters and name are as they were.".into()),
        }
    }

    fn create(self, content: Content) {
        let Content { model, template, parameters } = content;
        let (name, note) = (self.draft.name.get_untracked(), self.draft.note.get_untracked());
        let body = CreatePrompt { name, model, template, parameters, note };
        if self.errors.check(&body) {
            let (work_id, key) = (self.work_id, self.request.key_for(&body));
            let request = api::prompt::create(work_id, &body, &key);
            self.request.run(request, move |_| self.done.run("The prompt was made: version 1.".to_owned()));
        }
    }

    fn append(self, content: Content, base: &Base) {
        let Content { model, template, parameters } = content;
        let (name, note) = (self.draft.name.get_untracked(), self.draft.note.get_untracked());
        let name = (name != base.name).then_some(name);
        let base_version = base.version.number;
        let body = AppendVersion { model, template, parameters, note, name, base_version };
        if self.errors.check(&body) {
            let (work_id, key) = (self.work_id, self.request.key_for(&body));
            let request = api::prompt::append(work_id, &body, &key);
            self.request.run(request, move |version| {
                self.done.run(format!("Version {} was saved.", version.number));
            });
        }
    }

    fn rename(self) {
        let body = RenamePrompt { name: self.draft.name.get_untracked() };
        if self.errors.check(&body) {
            let work_id = self.work_id;
            let request = api::prompt::rename(work_id, &body);
            self.request.run(request, move |_| self.done.run("The prompt was renamed.".to_owned()));
        }
    }
}
