//! Empty places.

use leptos::prelude::*;

/// Says what belongs here; the children are the sentence and the one action that fills it.
#[component]
pub fn Empty(
    /// What is not there yet.
    #[prop(into)]
    title: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            {children()}
        </div>
    }
}
