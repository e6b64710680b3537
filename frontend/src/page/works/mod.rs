//! The works: search, import, progress of each.

mod create;
mod import;
mod list;

use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::{
    api,
    page::title::use_title,
    route,
    state::{session::SessionState, shortcut::use_shortcut},
    ui::{Load, Remote},
};
use leptos::html;

/// The start of the app.
#[component]
pub fn WorksPage() -> impl IntoView {
    use_title(|| "Works".to_owned());
    let (query, cursor) = (route::query_param("query"), route::query_param("cursor"));
    let works = Remote::new(move || api::work::list(query.get(), cursor.get()));
    let can_write = SessionState::expect().can_write();
    let is_first_page = Signal::derive(move || cursor.get().is_none());
    view! {
        <div class="page-head">
            <h1>"Works"</h1>
            <Search query />
            {move || can_write.get().then(|| view! { <create::CreateWorkButton /> }.into_any())}
        </div>
        {move || can_write.get().then(|| view! { <import::ImportPanel on_done=move |()| works.refetch() /> }.into_any())}
        <Load
            resource=works
            lines=6
            children=move |page| view! { <list::WorkList page query is_first_page can_write /> }.into_any()
        />
    }
    .into_any()
}

/// The search is a part of the address: the back button and shared links keep it.
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
    let search = move |event: leptos::ev::SubmitEvent| {
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
    .into_any()
}
