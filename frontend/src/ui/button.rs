//! A button that can be busy.

use leptos::prelude::*;

/// A button. While busy it stays focusable, says so, and does nothing.
#[component]
pub fn Button(
    /// Classes beside `button`: `primary`, `quiet`, `danger`, `small`.
    #[prop(optional)]
    class: &'static str,
    /// `button` or `submit`.
    #[prop(default = "button")]
    kind: &'static str,
    /// Whether what it started is still under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether it may not be used now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What it does.
    #[prop(optional, into)]
    on_click: Option<UnsyncCallback<()>>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=kind
            class=format!("button {class}")
            disabled=disabled
            aria-disabled=move || busy.get().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            on:click=move |event| {
                if busy.get_untracked() {
                    event.prevent_default();
                } else if let Some(on_click) = &on_click {
                    on_click.run(());
                }
            }
        >
            {children()}
        </button>
    }
}
