//! A work's prompt: seen, edited, previewed.

pub mod panel;
pub mod template;

use crate::{
    api::Error,
    route,
    state::{session::SessionState, shortcut::use_shortcut},
    ui::Load,
};
use colophon_contract::Prompt;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use panel::PromptPanel;

/// The prompt's panel and editor with their keys, for any page that loads a work's prompt.
#[component]
pub fn PromptSection(
    /// The work.
    work_id: i64,
    /// Its prompt, loaded by the page.
    prompt: LocalResource<Result<Option<Prompt>, Error>>,
    /// Whether the panel is open at first.
    #[prop(default = true)]
    expanded: bool,
) -> impl IntoView {
    let can_write = SessionState::expect().can_write();
    let editing = RwSignal::new(false);
    let is_loaded = move || matches!(prompt.get_untracked(), Some(Ok(_)));
    let edit = Callback::new(move |()| {
        if can_write.get_untracked() && is_loaded() {
            editing.set(true);
        }
    });
    use_shortcut("e", "Edit the prompt", move || edit.run(()));
    let navigate = use_navigate();
    use_shortcut("h", "Open the prompt's history", move || {
        navigate(&route::history(work_id), NavigateOptions::default());
    });
    let content = move |prompt: Signal<Option<Prompt>>| {
        view! { <PromptPanel work_id prompt can_write expanded on_edit=edit /> }.into_any()
    };
    view! {
        <section class="desk-side" aria-label="Work Prompt">
            <Load resource=prompt lines=10 children=content />
        </section>
    }
    .into_any()
}
