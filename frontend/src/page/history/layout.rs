//! The layout of diffs: side by side, or in one column.

use leptos::prelude::*;

/// The width in CSS pixels from which on two columns are wide enough to read.
const WIDE: f64 = 1000.0;

/// Returns whether the window is wide enough for two columns: the default before the person chooses.
pub fn preferred_split() -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width >= WIDE)
}

/// A switch between both layouts.
#[component]
pub fn LayoutSwitch(
    #[prop(into)] split: Signal<bool>,
    /// Gets whether the layout is to be side by side.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    let button = move |wide: bool, text: &'static str| {
        view! {
            <button
                type="button"
                class="button small"
                aria-pressed=move || if split.get() == wide { "true" } else { "false" }
                on:click=move |_| on_change.run(wide)
            >
                {text}
            </button>
        }
    };
    view! {
        <div class="switch" role="group" aria-label="Layout of the comparison">
            {button(false, "Unified")}
            {button(true, "Side by side")}
        </div>
    }
}
