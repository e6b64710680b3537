//! Tabs (ARIA authoring practices: arrow keys move, the panel follows).

use leptos::{html, prelude::*};
use web_sys::KeyboardEvent;

/// The row of tabs. Panels are [`TabPanel`]s of the same `id`.
#[component]
pub fn Tabs(
    /// The accessible name.
    label: &'static str,
    /// Connects tabs and panels.
    #[prop(into)]
    id: String,
    /// The names of the tabs, from the left.
    names: Vec<&'static str>,
    /// The open tab, from 0.
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

/// The panel of the tab `index`; hidden, not removed, while another is open.
#[component]
pub fn TabPanel(
    /// The id of the [`Tabs`].
    #[prop(into)]
    id: String,
    /// The tab that opens it, from 0.
    index: usize,
    /// The signal of the [`Tabs`].
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

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::test_support::dom::{Mounted, mount_with, settle};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Mounts three tabs, the second one open.
    async fn tabs() -> (Mounted, RwSignal<usize>) {
        let mounted = mount_with(|| {
            let selected = RwSignal::new(1);
            let view = view! {
                <Tabs label="Parts" id="parts" names=vec!["One", "Two", "Three"] selected />
                <TabPanel id="parts" index=0 selected>"First"</TabPanel>
                <TabPanel id="parts" index=1 selected>"Second"</TabPanel>
                <TabPanel id="parts" index=2 selected>"Third"</TabPanel>
            };
            (selected, view)
        });
        settle().await;
        mounted
    }

    /// Returns the open tab. Only this tab is in the order of the Tab key, and only its panel is shown.
    fn open_tab(page: &Mounted) -> String {
        assert_eq!(page.texts("[tabindex='0'][role=tab]"), page.texts("[aria-selected=true]"));
        let panel = page.attribute("[aria-selected=true]", "aria-controls").expect("it names its panel");
        assert_eq!(page.count("[role=tabpanel]:not([hidden])"), 1);
        assert!(!page.find(&format!("#{panel}")).hidden());
        page.text("[aria-selected=true]")
    }

    #[wasm_bindgen_test]
    async fn arrow_keys_open_the_next_tab_and_go_around() {
        let (page, _) = tabs().await;
        assert_eq!(open_tab(&page), "Two");
        for (key, expected) in [("ArrowRight", "Three"), ("ArrowRight", "One"), ("ArrowLeft", "Three")] {
            assert!(page.press("[aria-selected=true]", key), "the page does not scroll");
            settle().await;
            assert_eq!(open_tab(&page), expected);
            assert_eq!(page.focused_text(), expected, "the focus follows");
        }
    }

    #[wasm_bindgen_test]
    async fn home_and_end_open_the_first_and_the_last_tab() {
        let (page, _) = tabs().await;
        page.press("[aria-selected=true]", "End");
        settle().await;
        assert_eq!((open_tab(&page), page.focused_text()), ("Three".to_owned(), "Three".to_owned()));
        page.press("[aria-selected=true]", "Home");
        settle().await;
        assert_eq!((open_tab(&page), page.focused_text()), ("One".to_owned(), "One".to_owned()));
    }

    #[wasm_bindgen_test]
    async fn other_keys_are_left_to_the_browser() {
        let (page, selected) = tabs().await;
        for key in ["Enter", " ", "ArrowDown", "a"] {
            assert!(!page.press("[aria-selected=true]", key), "{key:?}");
        }
        assert_eq!(selected.get_untracked(), 1);
    }

    #[wasm_bindgen_test]
    async fn a_click_opens_a_tab() {
        let (page, _) = tabs().await;
        page.click("[role=tab]:nth-of-type(1)");
        settle().await;
        assert_eq!(open_tab(&page), "One");
        assert_eq!(page.text("[role=tabpanel]:not([hidden])"), "First");
    }
}
