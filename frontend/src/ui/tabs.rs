//! Tabs (ARIA authoring practices: arrows move, the panel follows).

use leptos::{html, prelude::*};
use web_sys::KeyboardEvent;

/// The row of tabs. Panels are [`TabPanel`]s of the same `id`.
#[component]
pub fn Tabs(
    /// What the tabs choose among.
    label: &'static str,
    /// Ties tabs and panels together.
    #[prop(into)]
    id: String,
    /// The tabs, from the left.
    names: Vec<&'static str>,
    /// Which one is open, from 0.
    selected: RwSignal<usize>,
) -> impl IntoView {
    let count = names.len();
    let nodes: Vec<NodeRef<html::Button>> = names.iter().map(|_| NodeRef::new()).collect();
    let to_focus = nodes.clone();
    let on_keydown = move |event: KeyboardEvent| {
        let at = selected.get_untracked();
        let next = match event.key().as_str() {
            "ArrowRight" => (at + 1) % count,
            "ArrowLeft" => (at + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        selected.set(next);
        if let Some(button) = to_focus.get(next).and_then(|node| node.get_untracked()) {
            let _ = button.focus();
        }
    };
    let tabs = names
        .into_iter()
        .zip(nodes)
        .enumerate()
        .map(|(index, (name, node))| {
            let is_open = move || selected.get() == index;
            view! {
                <button
                    type="button"
                    role="tab"
                    class="tab"
                    node_ref=node
                    id=format!("{id}-tab-{index}")
                    aria-controls=format!("{id}-panel-{index}")
                    aria-selected=move || if is_open() { "true" } else { "false" }
                    tabindex=move || if is_open() { "0" } else { "-1" }
                    on:click=move |_| selected.set(index)
                >
                    {name}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_keydown>
            {tabs}
        </div>
    }
}

/// What the tab `index` opens; hidden, not removed, while another is open.
#[component]
pub fn TabPanel(
    /// That of the [`Tabs`].
    #[prop(into)]
    id: String,
    /// Which tab opens it, from 0.
    index: usize,
    /// That of the [`Tabs`].
    selected: RwSignal<usize>,
    children: Children,
) -> impl IntoView {
    view! {
        <div
            class="tab-panel"
            role="tabpanel"
            id=format!("{id}-panel-{index}")
            aria-labelledby=format!("{id}-tab-{index}")
            tabindex="0"
            hidden=move || selected.get() != index
        >
            {children()}
        </div>
    }
}
