//! A work's prompt: its panel, editor and preview.

mod editor;
pub mod panel;
pub mod template;

use crate::{
    api, route,
    state::{
        session::SessionState,
        shortcut::{use_allowed_shortcut, use_shortcut},
    },
    ui::{Load, guard::use_navigate},
};
use colophon_contract::Prompt;
use editor::{Draft, PromptEditor};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use panel::PromptPanel;

/// The prompt's panel and editor with their keys, for any page that loads a work's prompt.
#[component]
pub fn PromptSection(
    /// The work.
    work_id: i64,
    /// Its prompt, loaded by the page.
    prompt: api::Fetched<Option<Prompt>>,
    /// Whether the panel is open at first.
    #[prop(default = true)]
    expanded: bool,
    /// The chapter that previews start with.
    #[prop(optional_no_strip)]
    chapter_id: Option<i64>,
) -> impl IntoView {
    let draft = Draft::new();
    let can_write = SessionState::expect().can_write();
    let editing = RwSignal::new(false);
    let edit = Callback::new(move |()| {
        if let (true, Some(Ok(prompt))) = (can_write.get_untracked(), prompt.get_untracked()) {
            draft.reset(prompt.as_ref());
            editing.set(true);
        }
    });
    let may_edit = Signal::derive(move || can_write.get() && matches!(prompt.get(), Some(Ok(_))));
    use_allowed_shortcut("e", "Edit the prompt", may_edit, move || edit.run(()));
    let navigate = use_navigate();
    use_shortcut("h", "Open the prompt's history", move || {
        navigate(&route::history(work_id), NavigateOptions::default());
    });
    let expanded = expanded && is_wide();
    let content = move |prompt: Signal<Option<Prompt>>| {
        view! { <PromptPanel work_id prompt can_write expanded on_edit=edit /> }
    };
    view! {
        <section class="desk-side" aria-label="Work Prompt">
            <Load resource=prompt lines=10 children=content />
            <PromptEditor work_id chapter_id draft open=editing on_saved=move |()| prompt.refetch() />
        </section>
    }
}

/// Whether the panel is beside the main content. Otherwise it is above, and starts closed.
fn is_wide() -> bool {
    window().match_media("(width >= 62rem)").ok().flatten().is_some_and(|query| query.matches())
}
