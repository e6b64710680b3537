//! A small stamp that leads to what it names.

use leptos::prelude::*;

/// How a stamp is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampKind {
    /// Filled: what holds now.
    Filled,
    /// Outlined: what held once.
    Outlined,
    /// Dashed: not known.
    Dashed,
}

/// A stamp; a link where `href` is not empty. `title` shows on hover and is read out.
#[component]
pub fn Stamp(
    /// What it says.
    #[prop(into)]
    text: String,
    /// How it is set.
    kind: StampKind,
    /// Where it leads.
    #[prop(optional, into)]
    href: String,
    /// More about it.
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
