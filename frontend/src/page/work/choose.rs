//! A field for choosing a work by search.

use crate::{
    api,
    ui::{Choice, Combobox, combobox::Search},
};
use leptos::prelude::*;

const ALL: &str = "All works";

/// A field for a work, or for all works. The server searches.
#[component]
pub fn WorkField(
    /// The label.
    label: &'static str,
    /// The chosen work's id; empty for all.
    value: RwSignal<String>,
    /// The error, if any.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    let query = Memo::new(move |_| {
        typed.with(|typed| Some(typed.as_deref()?.trim().to_owned()).filter(|text| !text.is_empty()))
    });
    let works = api::fetch(move || api::work::list(query.get(), None));
    let choices = Signal::derive(move || {
        let choice =
            |value: String, label: String, detail: String| Choice { value, label, detail, caution: None };
        let mut list = Vec::new();
        if query.with(Option::is_none) {
            list.push(choice(String::new(), ALL.to_owned(), String::new()));
        }
        if let Some(Ok(page)) = works.get() {
            list.extend(page.items.into_iter().map(|work| {
                let detail = format!("work {}  {}", work.id, work.author);
                choice(work.id.to_string(), work.title, detail)
            }));
        }
        list
    });
    // The last results may not contain the chosen work, and it may be deleted.
    let title = RwSignal::new(String::new());
    Effect::new(move |last: Option<String>| {
        let id = value.get();
        let found = choices
            .with(|list| list.iter().find(|choice| choice.value == id).map(|choice| choice.label.clone()));
        match found {
            Some(found) => title.set(found),
            None if id.is_empty() => title.set(ALL.to_owned()),
            None if last.as_ref() != Some(&id) => title.set(format!("Work {id}")),
            None => {}
        }
        id
    });
    let error = Signal::derive(move || {
        let is_unknown = matches!(works.get(), Some(Err(_)));
        error.get().or_else(|| is_unknown.then(|| "The works could not be listed.".to_owned()))
    });
    let search = Search { typed, chosen: title.into() };
    view! { <Combobox label choices value error search hint="Type to search titles and authors." /> }
}
