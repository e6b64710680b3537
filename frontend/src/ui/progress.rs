//! A progress line.

use leptos::prelude::*;

/// A thin line that shows `done` of `total`.
#[component]
pub fn ProgressLine(
    /// The accessible name.
    #[prop(into)]
    label: String,
    /// The completed amount.
    #[prop(into)]
    done: Signal<i64>,
    /// The total amount.
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
