//! A button with a busy state.

use leptos::prelude::*;

/// A button. While busy it stays focusable, reports its state, and does nothing.
#[component]
pub fn Button(
    /// Classes beside `button`: `primary`, `quiet`, `danger`, `small`.
    #[prop(optional)]
    class: &'static str,
    /// `button` or `submit`.
    #[prop(default = "button")]
    kind: &'static str,
    /// Whether its action is still under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether it is disabled.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The action.
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
