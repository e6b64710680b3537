//! The Work Prompt panel, which shows the latest version.

use crate::{
    page::{
        badge::VersionBadge,
        prompt::template::{TemplateText, own_variables},
    },
    route,
    ui::{Button, Empty, JsonTree, Time},
};
use colophon_contract::{JsonObject, Prompt, PromptVersion};
use leptos::prelude::*;
use serde_json::Value;

/// A work's prompt, or a note that there is none yet. Fetches nothing.
#[component]
pub fn PromptPanel(
    /// The work.
    work_id: i64,
    /// Its prompt.
    prompt: Signal<Option<Prompt>>,
    /// Whether the user may edit it.
    #[prop(into)]
    can_write: Signal<bool>,
    /// Whether it is open at first.
    #[prop(default = true)]
    expanded: bool,
    /// Opens the editor.
    #[prop(into)]
    on_edit: Callback<()>,
) -> impl IntoView {
    move || match prompt.get() {
        Some(prompt) => {
            let version = prompt.latest_version;
            view! {
                <div class="card panel">
                    <header class="panel-head">
                        <p class="panel-kind">"Work Prompt"</p>
                        <h2 class="panel-name">{prompt.name}</h2>
                        <VersionBadge
                            work_id
                            number=Some(version.number)
                            model=version.model.clone()
                            latest=Some(version.number)
                            author=version.author.name.clone()
                            at=Some(version.created_at.clone())
                        />
                    </header>
                    <Actions work_id can_write on_edit />
                    <details open=expanded>
                        <summary>"Version "{version.number}" in full"</summary>
                        <VersionContent version />
                    </details>
                </div>
            }
            .into_any()
        }
        None => view! { <NoPrompt can_write on_edit /> }.into_any(),
    }
}

#[component]
fn NoPrompt(can_write: Signal<bool>, on_edit: Callback<()>) -> impl IntoView {
    view! {
        <div class="card panel">
            <p class="panel-kind">"Work Prompt"</p>
            <Empty title="There is no prompt yet.">
                <p>"The prompt tells the model how to translate this work. Nothing can be translated before there is one."</p>
                {move || {
                    if can_write.get() {
                        view! { <Button class="primary" on_click=move |()| on_edit.run(())>"Create the prompt"</Button> }
                            .into_any()
                    } else {
                        view! { <p class="hint">"An operator can create it."</p> }.into_any()
                    }
                }}
            </Empty>
        </div>
    }
}

#[component]
fn Actions(work_id: i64, can_write: Signal<bool>, on_edit: Callback<()>) -> impl IntoView {
    view! {
        <div class="actions">
            {move || {
                can_write
                    .get()
                    .then(|| view! { <Button class="primary" on_click=move |()| on_edit.run(())>"Edit Prompt"</Button> })
            }}
            <a class="button" href=route::history(work_id)>"History"</a>
        </div>
    }
}

/// The whole content of a version: model, author, time, note, template, parameters, variables, metadata.
#[component]
pub fn VersionContent(
    /// The version.
    version: PromptVersion,
) -> impl IntoView {
    let own = own_variables(&version.parameters);
    let restored = version.restored_from.map(|number| {
        view! { <div><dt>"Restored from"</dt><dd>{format!("version {number}")}</dd></div> }
    });
    let note = (!version.note.is_empty())
        .then(|| view! { <div><dt>"Note"</dt><dd>{version.note.clone()}</dd></div> });
    view! {
        <dl class="facts">
            <div><dt>"Model"</dt><dd><code>{version.model}</code></dd></div>
            <div><dt>"Author"</dt><dd>{version.author.name}</dd></div>
            <div><dt>"Saved"</dt><dd><Time at=version.created_at /></dd></div>
            {restored}
            {note}
        </dl>
        <h3>"Template"</h3>
        <TemplateText template=version.template own />
        <Parameters parameters=version.parameters />
    }
}

/// The parameters in their three parts.
#[component]
pub fn Parameters(
    /// The parameters of the version.
    parameters: JsonObject,
) -> impl IntoView {
    let mut own = parameters;
    let mut part = |name: &str| match own.remove(name) {
        Some(Value::Object(object)) => object,
        _ => JsonObject::new(),
    };
    let (variables, metadata) = (part("variables"), part("metadata"));
    view! {
        <h3>"Parameters"</h3>
        {list(own, "None: the model's defaults hold.")}
        {(!variables.is_empty()).then(|| view! { <h3>"Variables"</h3> {list(variables, "")} })}
        {(!metadata.is_empty()).then(|| view! { <h3>"Metadata"</h3> {list(metadata, "")} })}
    }
}

fn list(object: JsonObject, none: &'static str) -> AnyView {
    if object.is_empty() {
        view! { <p class="hint">{none}</p> }.into_any()
    } else {
        view! { <JsonTree object /> }.into_any()
    }
}
