//! The versions of a work's prompt.

pub mod compare;

use crate::{
    api,
    page::{badge::VersionBadge, not_found::NotFound, title::use_title},
    route,
    ui::{Load, Time},
};
use colophon_contract::{Page, PromptVersionSummary};
use leptos::prelude::*;

/// All versions; the one in the address is open.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let work = route::id_param("work");
    use_title(|| "History".to_owned());
    move || match work.get() {
        Some(work_id) => {
            let versions = LocalResource::new(move || api::prompt::list_versions(work_id, None));
            view! {
                <h1>"History"</h1>
                <Load resource=versions children=move |page| versions_view(work_id, page) />
            }
            .into_any()
        }
        None => view! { <NotFound /> }.into_any(),
    }
}

fn versions_view(work_id: i64, page: Signal<Page<PromptVersionSummary>>) -> AnyView {
    let rows = move || {
        let items = page.get().items;
        let latest = items.first().map(|version| version.number);
        let row = move |version: PromptVersionSummary| {
            view! {
                <li>
                    <VersionBadge work_id number=Some(version.number) model=version.model latest />
                    " "
                    <Time at=version.created_at />
                    " "
                    {version.author.name}
                    " "
                    {version.note}
                </li>
            }
        };
        items.into_iter().map(row).collect_view()
    };
    view! { <ol class="versions">{rows}</ol> }.into_any()
}
