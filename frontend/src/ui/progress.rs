//! How far something is.

use leptos::prelude::*;

/// A thin line, `done` of `total`.
#[component]
pub fn ProgressLine(
    /// What is told by it, for screen readers.
    #[prop(into)]
    label: String,
    /// How much is done.
    #[prop(into)]
    done: Signal<i64>,
    /// How much there is.
    #[prop(into)]
    total: Signal<i64>,
) -> impl IntoView {
    view! {
        <progress
            class="progress"
            aria-label=label
            max=move || total.get().max(1).to_string()
            value=move || done.get().to_string()
        ></progress>
    }
}
