//! The editor of a prompt: a modal that never discards typed text unasked.

mod conflict;
mod draft;
mod merge;
mod parameters;
mod preview;
mod question;
mod review;
mod save;
mod template;

pub use draft::Draft;

use crate::{
    api,
    ui::{
        Button, Choice, Combobox, Dialog, DialogActions, Failure, Load, TabPanel, Tabs, TextArea, TextField,
        close_dialog,
    },
};
use colophon_contract::{Code, Model, Provider};
use leptos::prelude::*;
use save::Saver;

/// The modal, shown while `open`. The typed values are in `draft`, which the opener fills.
#[component]
pub fn PromptEditor(
    /// The work.
    work_id: i64,
    /// The chapter that previews start with.
    chapter_id: Option<i64>,
    /// The typed values.
    draft: Draft,
    /// Whether the editor is open.
    open: RwSignal<bool>,
    /// Called after a version or a name was saved.
    #[prop(into)]
    on_saved: Callback<()>,
) -> impl IntoView {
    let unsaved = Signal::derive(move || draft.is_unsaved());
    let title = Signal::derive(move || {
        draft.base.with(|base| match base {
            Some(base) => {
                format!("Edit Prompt: version {} becomes {}", base.version.number, base.version.number + 1)
            }
            None => "Create the prompt".to_owned(),
        })
    });
    view! {
        <Dialog title open unsaved class="full">
            <Body work_id chapter_id draft saver=Saver::new(work_id, draft, open, on_saved) />
        </Dialog>
    }
}

#[component]
fn Body(work_id: i64, chapter_id: Option<i64>, draft: Draft, saver: Saver) -> impl IntoView {
    let tab = RwSignal::new(0);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        saver.save();
    };
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            saver.save();
        }
    };
    let models = api::fetch(api::model::list);
    let providers = api::fetch(api::provider::list);
    let model = Signal::derive(move || {
        let models = models.get().and_then(Result::ok)?;
        draft.model.with(|id| models.into_iter().find(|model| model.id == *id))
    });
    let content = Memo::new(move |_| draft.content());
    view! {
        <form class="editor-form" on:submit=submit on:keydown=on_keydown novalidate=true>
            <conflict::Conflict draft saver on_merged=move |()| tab.set(2) />
            <div class="editor-columns">
                <div class="stack">
                    <Fields draft saver models providers />
                </div>
                <div>
                    <Tabs label="More" id="editor" names=vec!["Parameters", "Preview", "Changes"] selected=tab />
                    <TabPanel id="editor" index=0 selected=tab>
                        <div class="stack">
                            <parameters::ParametersForm
                                draft=draft.parameters
                                model
                                errors=saver.errors
                                template=draft.template
                            />
                        </div>
                    </TabPanel>
                    <TabPanel id="editor" index=1 selected=tab>
                        <preview::PreviewTab work_id chapter_id content />
                    </TabPanel>
                    <TabPanel id="editor" index=2 selected=tab>
                        <review::Review draft content />
                    </TabPanel>
                </div>
            </div>
            <Foot draft saver />
        </form>
    }
}

#[component]
fn Fields(
    draft: Draft,
    saver: Saver,
    models: api::Fetched<Vec<Model>>,
    providers: api::Fetched<Vec<Provider>>,
) -> impl IntoView {
    let is_new = draft.base.with_untracked(Option::is_none);
    let own = Memo::new(move |_| draft.parameters.own_variables());
    let chooser = move |list: Signal<Vec<Model>>| {
        let choices = Signal::derive(move || {
            let providers = providers.get().and_then(Result::ok).unwrap_or_default();
            list.get().into_iter().map(|model| choice(model, &providers)).collect::<Vec<_>>()
        });
        let given = saver.errors.at("/model");
        let error = Signal::derive(move || {
            let is_known =
                draft.model.with(|id| id.is_empty() || list.with(|list| list.iter().any(|m| m.id == *id)));
            given.get().or_else(|| {
                (!is_known).then(|| "This model is not in the catalogue any more: choose another.".to_owned())
            })
        });
        view! { <Combobox label="Model" choices value=draft.model error hint="Type to search." /> }
    };
    view! {
        <div class="columns">
            <TextField
                label="Name"
                value=draft.name
                error=saver.errors.at("/name")
                hint=if is_new { "What operators call it." } else { "A change of the name alone makes no version." }
                autofocus=is_new
            />
            <Load resource=models lines=1 children=chooser />
        </div>
        <template::TemplateField template=draft.template own error=saver.template_error() autofocus=!is_new />
        <TextArea
            label="Note"
            value=draft.note
            error=saver.errors.at("/note")
            hint="Why this version: it stands in the history."
            rows=2
        />
    }
}

fn choice(model: Model, providers: &[Provider]) -> Choice {
    let window =
        model.context_window.map(|tokens| format!(", {tokens} tokens of context")).unwrap_or_default();
    let caution = (!model.available).then(|| match &model.missing_env {
        Some(name) => format!("Not available: {name} is not set where the server runs."),
        None => "Not available now.".to_owned(),
    });
    let caution = caution.or_else(|| {
        let provider = providers.iter().find(|provider| provider.name == model.provider)?;
        let code = provider.paused.as_ref()?.code;
        Some(format!("{} The provider is paused: runs wait.", code.meaning()))
    });
    let detail = format!("served by {}{window}", model.provider);
    Choice { value: model.id, label: model.name, detail, caution }
}

#[component]
fn Foot(draft: Draft, saver: Saver) -> impl IntoView {
    let close = close_dialog();
    let error = saver.request.error();
    let failure = move || {
        let error = error.get()?;
        // A conflict is shown at the top, with the choices that resolve it.
        (error.code() != Some(Code::StaleBaseVersion)).then(|| view! { <Failure error /> })
    };
    let label = move || match (draft.base.get(), saver.is_rename()) {
        (None, _) => "Create version 1".to_owned(),
        (Some(_), true) => "Save the name".to_owned(),
        (Some(base), false) => format!("Save version {}", base.version.number + 1),
    };
    view! {
        {failure}
        <p class="field-error" role="status">{move || saver.notice.get()}</p>
        <question::EscapedQuestion saver />
        <DialogActions>
            <span class="hint editor-keys"><kbd>"Ctrl"</kbd>"/"<kbd>"⌘"</kbd>" + "<kbd>"Enter"</kbd>" saves"</span>
            <Button on_click=move |()| close()>"Cancel"</Button>
            <Button class="primary" kind="submit" busy=saver.request.pending()>{label}</Button>
        </DialogActions>
    }
}
