//! Saving: a new prompt, a new version, or a new name alone.

use super::draft::{Base, Draft};
use crate::{
    api::{self, Error, Key},
    page::diff::Content,
    state::Mutation,
    ui::{FormErrors, toast::toaster},
};
use colophon_contract::{AppendVersion, Code, CreatePrompt, PromptVersion, RenamePrompt};
use leptos::prelude::*;

/// The request that saves.
#[derive(Clone, PartialEq)]
pub enum Save {
    /// Creates the prompt with its version 1.
    Create(CreatePrompt),
    /// Appends a version.
    Append(AppendVersion),
    /// Changes only the name.
    Rename(RenamePrompt),
}

/// Sends `save`. Returns the message for the user.
async fn send(work_id: i64, save: Save, key: Key) -> Result<String, Error> {
    Ok(match save {
        Save::Create(body) => {
            api::prompt::create(work_id, &body, &key).await?;
            "The prompt was made: version 1.".to_owned()
        }
        Save::Append(body) => {
            let version = api::prompt::append(work_id, &body, &key).await?;
            format!("Version {} was saved.", version.number)
        }
        Save::Rename(body) => {
            api::prompt::rename(work_id, &body).await?;
            "The prompt was renamed.".to_owned()
        }
    })
}

/// The editor's request and its state. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Saver {
    draft: Draft,
    /// The request.
    pub request: Mutation<Save>,
    /// What is wrong with the fields.
    pub errors: FormErrors,
    /// Why nothing was sent, where nothing is wrong either.
    pub notice: RwSignal<String>,
}

impl Saver {
    /// Saves `draft`; `open` closes and `on_saved` runs once that is done.
    pub fn new(work_id: i64, draft: Draft, open: RwSignal<bool>, on_saved: Callback<()>) -> Self {
        let toast = toaster();
        let request = Mutation::new(
            move |save, key| send(work_id, save, key),
            move |message: String| {
                open.set(false);
                toast(message);
                on_saved.run(());
            },
        );
        let errors = FormErrors::new(request.error());
        Self { draft, request, errors, notice: RwSignal::new(String::new()) }
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
        let error = self.request.error();
        Signal::derive(move || {
            let is_parsed_here =
                error.with(|e| e.as_ref().is_some_and(|e| e.code() == Some(Code::TemplateInvalid)));
            given.get().filter(|_| !is_parsed_here)
        })
    }

    /// The version that somebody saved in between.
    pub fn newer(self) -> Signal<Option<PromptVersion>> {
        let error = self.request.error();
        Signal::derive(move || match error.get() {
            Some(Error::Problem(problem)) if problem.code == Code::StaleBaseVersion => {
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
            self.request.send(Save::Create(body));
        }
    }

    fn append(self, content: Content, base: &Base) {
        let Content { model, template, parameters } = content;
        let (name, note) = (self.draft.name.get_untracked(), self.draft.note.get_untracked());
        let name = (name != base.name).then_some(name);
        let base_version = base.version.number;
        let body = AppendVersion { model, template, parameters, note, name, base_version };
        if self.errors.check(&body) {
            self.request.send(Save::Append(body));
        }
    }

    fn rename(self) {
        let body = RenamePrompt { name: self.draft.name.get_untracked() };
        if self.errors.check(&body) {
            self.request.send(Save::Rename(body));
        }
    }
}
