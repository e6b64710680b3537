//! Choosing a work, however many there are.

use crate::prelude::*;
use crate::{
    api,
    ui::{Choice, Combobox, Remote, combobox::Search},
};

const ALL: &str = "All works";

/// A field to choose a work in, or all: the server searches.
#[component]
pub fn WorkField(
    /// What it is.
    label: &'static str,
    /// The chosen work's id; empty for all.
    value: RwSignal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    let query = Memo::new(move |_| {
        typed.with(|typed| Some(typed.as_deref()?.trim().to_owned()).filter(|text| !text.is_empty()))
    });
    let works = Remote::new(move || api::work::list(query.get(), None));
    let found = Memo::new(move |_| match works.get() {
        Some(Ok(page)) => page.items,
        _ => Vec::new(),
    });
    let choices = Signal::derive(move || {
        let choice =
            |value: String, label: String, detail: String| Choice { value, label, detail, caution: None };
        let all = query.with(Option::is_none).then(|| choice(String::new(), ALL.to_owned(), String::new()));
        let works = found.get().into_iter().map(|work| {
            let detail = format!("{} · work {}", work.author, work.id);
            choice(work.id.to_string(), work.title, detail.trim_start_matches(" · ").to_owned())
        });
        all.into_iter().chain(works).collect::<Vec<_>>()
    });
    // What was found last may be without it, and it may be deleted.
    let chosen = Memo::new(move |last: Option<&(String, String)>| {
        let id = value.get();
        let title = found
            .with(|works| works.iter().find(|work| work.id.to_string() == id).map(|work| work.title.clone()));
        let known = || last.filter(|(known, _)| *known == id).map(|(_, title)| title.clone());
        let title = if id.is_empty() { Some(ALL.to_owned()) } else { title.or_else(known) };
        let title = title.unwrap_or_else(|| format!("Work {id}"));
        (id, title)
    });
    let error = Signal::derive(move || {
        let is_unknown = matches!(works.get(), Some(Err(_)));
        error.get().or_else(|| is_unknown.then(|| "The works could not be listed.".to_owned()))
    });
    let search = Search { typed, chosen: Signal::derive(move || chosen.get().1) };
    view! { <Combobox label choices value error search hint="Type to search titles and authors." /> }
        .into_any()
}
