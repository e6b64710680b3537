//! The list of works.

use crate::{
    route,
    ui::{Empty, ProgressLine, RelativeTime},
};
use colophon_contract::{Page, Work};
use leptos::prelude::*;

/// A page of works and the link to the next page.
#[component]
pub fn WorkList(
    /// The works.
    page: Signal<Page<Work>>,
    /// The search text.
    query: Memo<Option<String>>,
    /// Whether this is the first page.
    is_first_page: Signal<bool>,
    /// Whether the user may add works.
    can_write: Signal<bool>,
) -> impl IntoView {
    let next = move || {
        let cursor = page.with(|page| page.next_cursor.clone());
        cursor.map(|cursor| route::works_page(&query.get().unwrap_or_default(), Some(&cursor)))
    };
    let newest = move || route::works_page(&query.get().unwrap_or_default(), None);
    view! {
        {move || {
            let works = page.get().items;
            if works.is_empty() {
                return nothing(query.get(), can_write.get()).into_any();
            }
            let cards = works.into_iter().map(|work| view! { <WorkCard work /> }).collect_view();
            view! { <ul class="works">{cards}</ul> }.into_any()
        }}
        <nav class="pager" aria-label="Pages">
            {move || (!is_first_page.get()).then(|| view! { <a class="button" href=newest()>"← Newest works"</a> })}
            {move || next().map(|href| view! { <a class="button" href=href>"Older works →"</a> })}
        </nav>
    }
}

fn nothing(query: Option<String>, can_write: bool) -> impl IntoView {
    match query {
        Some(query) => view! {
            <Empty title=format!("Nothing matches “{query}”.")>
                <p>"The search looks at titles and authors."</p>
                <a class="button" href=route::works()>"Show all works"</a>
            </Empty>
        },
        None if can_write => view! {
            <Empty title="No works yet.">
                <p>"A work is a novel: drop a text, Markdown or EPUB file above, or create one by hand."</p>
            </Empty>
        },
        None => view! {
            <Empty title="No works yet.">
                <p>"Works appear here once an operator adds them."</p>
            </Empty>
        },
    }
}

#[component]
fn WorkCard(work: Work) -> impl IntoView {
    let lang = work.source_language.clone();
    let progress = match (work.translated, work.chapters) {
        (_, 0) => "No chapters yet".to_owned(),
        (translated, chapters) => format!("{translated} of {chapters} chapters translated"),
    };
    view! {
        <li class="work-card">
            <h2 class="work-title" lang=lang.clone()>
                <a href=route::work(work.id)>{work.title.clone()}</a>
            </h2>
            <p class="work-author" lang=lang>{work.author}</p>
            <p class="work-meta">
                <span>{work.source_language}" → "{work.target_language}</span>
                <span>"added "<RelativeTime at=work.created_at /></span>
            </p>
            <ProgressLine label=format!("{}: {progress}", work.title) done=work.translated total=work.chapters />
            <p class="work-progress">{progress}</p>
        </li>
    }
}
