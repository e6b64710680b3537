//! What is being typed in the editor, and what it started from.

use super::parameters::ParametersDraft;
use crate::page::diff::Content;
use colophon_contract::{FieldError, Prompt, PromptVersion};
use leptos::prelude::*;

/// What a new prompt starts with: enough to translate with, short enough to see through.
const STARTER: &str = "You are a literary translator. Translate from {source_language} into {target_language}.\n\
The work is “{work_title}” by {work_author}; this is chapter {chapter_number}, “{chapter_title}”.\n\
Keep the paragraphs as they are, and answer with the translation alone.\n\n\
What came just before, for names and tone:\n{preceding}\n\n{instruction}\n\nTranslate:\n{source_text}";

/// The version that an edit starts from, with the prompt's name at that time.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// The prompt's name.
    pub name: String,
    /// Its latest version as the editor saw it.
    pub version: PromptVersion,
}

/// The fields of the editor. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The prompt's name.
    pub name: RwSignal<String>,
    /// An id of the model catalogue.
    pub model: RwSignal<String>,
    /// The template.
    pub template: RwSignal<String>,
    /// The parameters with variables and metadata.
    pub parameters: ParametersDraft,
    /// Why the version is made.
    pub note: RwSignal<String>,
    /// What the edit starts from; `None` where the work has no prompt yet.
    pub base: RwSignal<Option<Base>>,
    /// What the fields held when the editor opened: what closing it must not lose.
    opened_with: RwSignal<Option<Fields>>,
}

/// All that is typed, as one value to compare.
type Fields = ([String; 4], Result<Content, Vec<FieldError>>);

impl Draft {
    /// Empty; [`Self::reset`] fills it.
    pub fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            name: empty(),
            model: empty(),
            template: empty(),
            parameters: ParametersDraft::new(),
            note: empty(),
            base: RwSignal::new(None),
            opened_with: RwSignal::new(None),
        }
    }

    /// Starts from the prompt's latest version, or from nothing.
    pub fn reset(self, prompt: Option<&Prompt>) {
        match prompt {
            Some(prompt) => {
                self.name.set(prompt.name.clone());
                self.put(Content::from(&prompt.latest_version));
                let (name, version) = (prompt.name.clone(), prompt.latest_version.clone());
                self.base.set(Some(Base { name, version }));
            }
            None => {
                self.name.set(String::new());
                let (model, template) = (String::new(), STARTER.to_owned());
                self.put(Content { model, template, parameters: Default::default() });
                self.base.set(None);
            }
        }
        self.note.set(String::new());
        self.opened_with.set(Some(untrack(|| self.fields())));
    }

    /// Replaces model, template and parameters.
    pub fn put(self, content: Content) {
        self.model.set(content.model);
        self.template.set(content.template);
        self.parameters.put(content.parameters);
    }

    /// Takes `version` for what the edit starts from; what is typed stays.
    pub fn rebase(self, version: PromptVersion) {
        self.base.update(|base| {
            let name = base.as_ref().map_or_else(String::new, |base| base.name.clone());
            *base = Some(Base { name, version });
        });
    }

    /// Model, template and parameters, or what is wrong with the parameters.
    pub fn content(self) -> Result<Content, Vec<FieldError>> {
        let parameters = self.parameters.compose()?;
        Ok(Content { model: self.model.get(), template: self.template.get(), parameters })
    }

    /// Whether closing the editor would lose something.
    pub fn is_unsaved(self) -> bool {
        self.opened_with.with(|before| before.as_ref().is_some_and(|before| *before != self.fields()))
    }

    fn fields(self) -> Fields {
        let raw = format!("{}\n{}", self.parameters.rest.get(), self.parameters.metadata.get());
        let typed = [self.name.get(), self.note.get(), self.template.get(), raw];
        (typed, self.content())
    }
}
