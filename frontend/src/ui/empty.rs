//! Placeholders for missing content.

use leptos::prelude::*;

/// Says what is missing; the children are the explanation and the one action that adds it.
#[component]
pub fn Empty(
    /// The missing content.
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
