//! Placeholders for content that is being loaded.

use leptos::prelude::*;

/// Grey lines in the shape of what is being loaded.
#[component]
pub fn Skeleton(
    /// The number of lines.
    #[prop(default = 4)]
    lines: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">"Loading…"</span>
            {(0..lines).map(|_| view! { <div class="skeleton-line" aria-hidden="true"></div> }).collect_view()}
        </div>
    }
}
