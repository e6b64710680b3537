//! The draft in the editor, and the version that it started from.

use super::parameters::ParametersDraft;
use crate::page::diff::Content;
use colophon_contract::{FieldError, Prompt, PromptVersion};
use leptos::prelude::*;

/// The template of a new prompt: complete enough to translate with, short enough to understand.
const STARTER: &str = "You are a literary translator. Translate from {source_language} into {target_language}.\n\
The work is “{work_title}” by {work_author}; this is chapter {chapter_number}, “{chapter_title}”.\n\
Keep the paragraphs as they are, and answer with the translation alone.\n\n\
What came just before, for names and tone:\n{preceding}\n\n{instruction}\n\nTranslate:\n{source_text}";

/// The version that an edit starts from, with the prompt's name at that time.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// The prompt's name.
    pub name: String,
    /// The prompt's latest version when the editor loaded it.
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
    /// The version that the edit starts from; `None` if the work has no prompt yet.
    pub base: RwSignal<Option<Base>>,
    /// The fields when the editor opened, to detect unsaved changes.
    opened_with: RwSignal<Option<Fields>>,
}

/// All typed values, as one value to compare.
type Fields = ([String; 4], Result<Content, Vec<FieldError>>);

impl Draft {
    /// Creates an empty draft; [`Self::reset`] fills it.
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

    /// Starts from the prompt's latest version, or from the starter template without a prompt.
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

    /// Replaces model, template and parameters. Line ends become LF, as browsers store them in a field, so
    /// that offsets in the template are offsets in its field.
    pub fn put(self, content: Content) {
        let content = content.with_line_feeds();
        self.model.set(content.model);
        self.template.set(content.template);
        self.parameters.put(content.parameters);
    }

    /// Makes `version` the base of the edit; the typed values stay.
    pub fn rebase(self, version: PromptVersion) {
        self.base.update(|base| {
            let name = base.as_ref().map_or_else(String::new, |base| base.name.clone());
            *base = Some(Base { name, version });
        });
    }

    /// Returns model, template and parameters, or the errors of the parameters.
    pub fn content(self) -> Result<Content, Vec<FieldError>> {
        let parameters = self.parameters.compose()?;
        Ok(Content { model: self.model.get(), template: self.template.get(), parameters })
    }

    /// Whether closing the editor would lose changes.
    pub fn is_unsaved(self) -> bool {
        self.opened_with.with(|before| before.as_ref().is_some_and(|before| *before != self.fields()))
    }

    fn fields(self) -> Fields {
        let raw = format!("{}\n{}", self.parameters.rest.get(), self.parameters.metadata.get());
        let typed = [self.name.get(), self.note.get(), self.template.get(), raw];
        (typed, self.content())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{
        fixture::{object, prompt, version},
        with_signals,
    };
    use serde_json::json;

    /// Runs `test` with a draft that starts from version 1.
    fn with_draft(test: impl FnOnce(Draft)) {
        with_signals(|| {
            let draft = Draft::new();
            draft.reset(Some(&prompt(version(1))));
            test(draft);
        });
    }

    fn is_unsaved(draft: Draft) -> bool {
        untrack(|| draft.is_unsaved())
    }

    #[test]
    fn a_draft_is_unsaved_from_the_first_change_until_it_is_undone() {
        with_draft(|draft| {
            assert!(!is_unsaved(draft));
            let fields = [
                draft.name,
                draft.model,
                draft.template,
                draft.note,
                draft.parameters.rest,
                draft.parameters.metadata,
            ];
            for (index, field) in fields.into_iter().enumerate() {
                let before = field.get_untracked();
                field.set("{\"a\": 1}".to_owned());
                assert!(is_unsaved(draft), "field {index}");
                field.set(before);
                assert!(!is_unsaved(draft), "field {index}");
            }
        });
    }

    #[test]
    fn text_that_is_no_json_yet_counts_as_unsaved() {
        with_draft(|draft| {
            draft.parameters.metadata.set("{\"a".to_owned());
            assert!(is_unsaved(draft));
        });
    }

    #[test]
    fn an_editor_that_was_never_opened_holds_nothing_unsaved() {
        with_signals(|| {
            let draft = Draft::new();
            draft.template.set("typed".to_owned());
            assert!(!is_unsaved(draft));
        });
    }

    #[test]
    fn reset_starts_from_the_latest_version() {
        with_draft(|draft| {
            draft.note.set("typed".to_owned());
            let latest = PromptVersion { template: "Now: {source_text}".to_owned(), ..version(2) };
            draft.reset(Some(&prompt(latest.clone())));
            assert_eq!(untrack(|| draft.content()), Ok(Content::from(&latest)));
            assert_eq!(
                (draft.name.get_untracked(), draft.note.get_untracked()),
                ("House style".to_owned(), String::new())
            );
            assert!(!is_unsaved(draft));
        });
    }

    #[test]
    fn a_new_prompt_starts_with_a_template_that_has_no_problems() {
        with_draft(|draft| {
            draft.reset(None);
            assert_eq!(draft.base.get_untracked(), None);
            assert!(!is_unsaved(draft));
            let checked = colophon_template::check(&draft.template.get_untracked(), &Default::default());
            assert!(checked.problems.is_empty());
        });
    }

    #[test]
    fn rebase_keeps_what_is_typed_and_the_name() {
        with_draft(|draft| {
            draft.template.set("Mine: {source_text}".to_owned());
            draft.rebase(version(2));
            assert_eq!(
                draft.base.get_untracked(),
                Some(Base { name: "House style".to_owned(), version: version(2) })
            );
            assert_eq!(draft.template.get_untracked(), "Mine: {source_text}");
            assert!(is_unsaved(draft));
        });
    }

    #[test]
    fn a_version_with_other_line_ends_is_edited_with_line_feeds() {
        with_draft(|draft| {
            let older = PromptVersion { template: "One.\r\n\r\n{source_text}\r\n".to_owned(), ..version(2) };
            draft.reset(Some(&prompt(older.clone())));
            assert_eq!(draft.template.get_untracked(), "One.\n\n{source_text}\n");
            assert!(!is_unsaved(draft));
            let content = untrack(|| draft.content()).unwrap();
            assert!(content.is_same_text(&Content::from(&older)), "nothing to save");
        });
    }

    #[test]
    fn put_is_unsaved_until_the_old_content_is_back() {
        with_draft(|draft| {
            let before = untrack(|| draft.content()).unwrap();
            draft.put(Content { parameters: object(json!({"temperature": 1})), ..before.clone() });
            assert!(is_unsaved(draft));
            draft.put(before);
            assert!(!is_unsaved(draft));
        });
    }
}
