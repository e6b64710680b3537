//! A small label that links to the thing it names.

use leptos::prelude::*;

/// The style of a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampKind {
    /// Filled: the current state.
    Filled,
    /// Outlined: an earlier state.
    Outlined,
    /// Dashed: unknown.
    Dashed,
}

/// A stamp; a link unless `href` is empty. `title` shows on hover and is read out.
#[component]
pub fn Stamp(
    /// The text.
    #[prop(into)]
    text: String,
    /// The style.
    kind: StampKind,
    /// The link's target.
    #[prop(optional, into)]
    href: String,
    /// More information.
    #[prop(optional, into)]
    title: String,
) -> impl IntoView {
    let class = match kind {
        StampKind::Filled => "stamp stamp-filled",
        StampKind::Outlined => "stamp",
        StampKind::Dashed => "stamp stamp-dashed",
    };
    let title = (!title.is_empty()).then_some(title);
    if href.is_empty() {
        view! { <span class=class title=title>{text}</span> }.into_any()
    } else {
        view! { <a class=class href=href title=title>{text}</a> }.into_any()
    }
}
