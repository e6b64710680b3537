//! The works: search, import, and the progress of each.

mod create;
mod import;
mod list;

use crate::{
    api,
    page::title::use_title,
    route::{self, WorksQuery},
    state::{session::SessionState, shortcut::use_shortcut},
    ui::{Load, guard::use_navigate},
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::NavigateOptions;

/// The start page of the app.
#[component]
pub fn WorksPage() -> impl IntoView {
    use_title(|| "Works".to_owned());
    let parameters = route::use_query::<WorksQuery>();
    let query = Memo::new(move |_| parameters.with(|parameters| parameters.query.clone()));
    let cursor = Memo::new(move |_| parameters.with(|parameters| parameters.cursor.clone()));
    let works = api::fetch(move || api::work::list(query.get(), cursor.get()));
    let can_write = SessionState::expect().can_write();
    let is_first_page = Signal::derive(move || cursor.get().is_none());
    view! {
        <div class="page-head">
            <h1>"Works"</h1>
            <Search query />
            {move || can_write.get().then(|| view! { <create::CreateWorkButton /> })}
        </div>
        {move || can_write.get().then(|| view! { <import::ImportPanel on_done=move |()| works.refetch() /> })}
        <Load
            resource=works
            lines=6
            page=true
            children=move |page| view! { <list::WorkList page query is_first_page can_write /> }
        />
    }
}

/// The search text is a part of the address, so the back button and shared links keep it.
#[component]
fn Search(query: Memo<Option<String>>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    use_shortcut("/", "Search the works", move || {
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
            input.select();
        }
    });
    let navigate = use_navigate();
    let search = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get_untracked() {
            navigate(&route::works_page(input.value().trim(), None), NavigateOptions::default());
        }
    };
    view! {
        <form class="search" role="search" on:submit=search>
            <input
                class="input"
                type="search"
                aria-label="Search titles and authors"
                placeholder="Search titles and authors"
                node_ref=input
                prop:value=move || query.get().unwrap_or_default()
            />
            <button class="button" type="submit">"Search"</button>
        </form>
    }
}
