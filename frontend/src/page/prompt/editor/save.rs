//! Saving: a new prompt, a new version, or only a new name.

use super::draft::{Base, Draft};
use crate::{
    api::{self, Error, Key},
    page::diff::Content,
    state::Mutation,
    ui::{FormErrors, toast::toaster},
};
use colophon_contract::{
    AppendVersion, Code, CreatePrompt, PromptVersion, RenamePrompt, parameters::own_variables,
};
use colophon_template::{Template, Warning};
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
    /// The errors of the fields.
    pub errors: FormErrors,
    /// The reason why there was nothing to send, without an error.
    pub notice: RwSignal<String>,
    /// Whether the last attempt to save stopped to ask about variables between doubled braces.
    asks: RwSignal<bool>,
}

/// Lists the variables between doubled braces: the model would receive their names instead of their values.
fn list_escaped(content: &Content) -> Vec<Warning> {
    Template::parse(&content.template).list_escaped(&own_variables(&content.parameters))
}

impl Saver {
    /// Creates the request that saves `draft`. Afterwards `open` becomes false and `on_saved` runs.
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
        let (notice, asks) = (RwSignal::new(String::new()), RwSignal::new(false));
        Self { draft, request, errors, notice, asks }
    }

    /// Whether only the name was changed.
    pub fn is_rename(self) -> bool {
        let Some(base) = self.draft.base.get() else { return false };
        self.draft.name.get() != base.name
            && self.draft.content().is_ok_and(|c| c.is_same_text(&Content::from(&base.version)))
    }

    /// Returns the server's error about the template. Leaves out `template_invalid`: its problems are found
    /// here as well.
    pub fn template_error(self) -> Signal<Option<String>> {
        let given = self.errors.at("/template");
        let error = self.request.error();
        Signal::derive(move || {
            let is_parsed_here =
                error.with(|e| e.as_ref().is_some_and(|e| e.code() == Some(Code::TemplateInvalid)));
            given.get().filter(|_| !is_parsed_here)
        })
    }

    /// Returns the version that somebody else saved in between.
    pub fn newer(self) -> Signal<Option<PromptVersion>> {
        let error = self.request.error();
        Signal::derive(move || match error.get() {
            Some(Error::Problem(problem)) if problem.code == Code::StaleBaseVersion => {
                problem.latest_version.map(|version| *version)
            }
            _ => None,
        })
    }

    /// Returns the variables to ask about before the template is saved. Empty if there is no question, or if
    /// typing has removed its cause.
    pub fn question(self) -> Signal<Vec<Warning>> {
        Signal::derive(move || {
            let content = self.asks.get().then(|| self.draft.content());
            content.and_then(Result::ok).map_or_else(Vec::new, |content| list_escaped(&content))
        })
    }

    /// Sends the changes, or reports that there are none. If a variable is between doubled braces, asks about
    /// it first.
    pub fn save(self) {
        self.start(true);
    }

    /// Answers the question: sends the template as it is.
    pub fn save_as_it_is(self) {
        self.start(false);
    }

    /// Answers the question: gives the variables single braces and sends the template.
    pub fn correct_and_save(self) {
        if let Ok(content) = untrack(|| self.draft.content()) {
            let own = own_variables(&content.parameters);
            self.draft.template.set(Template::parse(&content.template).with_single_braces(&own));
        }
        self.start(false);
    }

    /// Closes the question without an answer: nothing is sent.
    pub fn keep_editing(self) {
        self.asks.set(false);
    }

    fn start(self, may_ask: bool) {
        self.notice.set(String::new());
        self.asks.set(false);
        self.request.clear();
        let content = match untrack(|| self.draft.content()) {
            Ok(content) => content,
            Err(errors) => return self.errors.set(errors),
        };
        let base = self.draft.base.get_untracked();
        let is_changed =
            base.as_ref().is_none_or(|base| !content.is_same_text(&Content::from(&base.version)));
        if is_changed && may_ask && !list_escaped(&content).is_empty() {
            return self.asks.set(true);
        }
        match base {
            None => self.create(content),
            Some(base) if is_changed => self.append(content, &base),
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
