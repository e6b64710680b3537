//! The badge of a translation: the version and the model that made it.

use crate::{
    route,
    ui::{Stamp, StampKind, time},
};
use colophon_contract::Timestamp;
use leptos::prelude::*;

/// `v3 · gpt-5` as a stamp that opens that version: filled for the latest version, outlined for an older one,
/// dashed if no version is known.
#[component]
pub fn VersionBadge(
    /// The work that the prompt belongs to.
    work_id: i64,
    /// The version; `None` for runs older than prompts.
    number: Option<i32>,
    /// The id of the model at the time of the run.
    #[prop(into)]
    model: String,
    /// The prompt's latest version, if known.
    #[prop(optional_no_strip)]
    latest: Option<i32>,
    /// The author of the version; empty if not known.
    #[prop(optional, into)]
    author: String,
    /// The time of the version.
    #[prop(optional_no_strip)]
    at: Option<Timestamp>,
) -> impl IntoView {
    let kind = match number {
        None => StampKind::Dashed,
        number if number == latest => StampKind::Filled,
        Some(_) => StampKind::Outlined,
    };
    let text = number.map_or_else(|| format!("legacy · {model}"), |number| format!("v{number} · {model}"));
    let made = match (&at, author.as_str()) {
        (Some(at), "") => time::local(at),
        (Some(at), author) => format!("{author}, {}", time::local(at)),
        (None, author) => author.to_owned(),
    };
    let standing = match kind {
        StampKind::Filled => "the latest version",
        StampKind::Outlined => "an older version",
        StampKind::Dashed => "made before versions were kept",
    };
    let title = if made.is_empty() { standing.to_owned() } else { format!("{made} ({standing})") };
    let href = number.map(|number| route::version(work_id, number)).unwrap_or_default();
    view! { <Stamp text kind href title /> }
}
