//! The audit log.

mod filter;
mod row;

use crate::{
    api,
    page::title::use_title,
    route::{self, AuditQuery},
    ui::{
        Empty, Load,
        table::{pager, table},
    },
};
use colophon_contract::{AuditEntry, Page};
use filter::FilterForm;
use leptos::prelude::*;

/// The entries of the log: who did what, when, and from where.
#[component]
pub fn AuditPage() -> impl IntoView {
    use_title(|| "Audit log".to_owned());
    let query = route::use_query::<AuditQuery>();
    let entries = api::fetch(move || api::audit::list(filter::parameters(query.get())));
    let export = move || {
        let all = AuditQuery { cursor: None, ..query.get() };
        api::audit::export_url(&filter::parameters(all))
    };
    view! {
        <div class="page-head">
            <h1>"Audit log"</h1>
            <a class="button" href=export rel="external" download="colophon-audit.jsonl">"Export as JSON Lines"</a>
        </div>
        <FilterForm query />
        <Load resource=entries lines=12 page=true children=move |page| list(page, query) />
    }
}

fn list(page: Signal<Page<AuditEntry>>, query: Memo<AuditQuery>) -> impl IntoView {
    let content = move || {
        let entries = page.get().items;
        if entries.is_empty() {
            return view! {
                <Empty title="Nothing was done that fits.">
                    <p>"Ask for more: another person, another time."</p>
                    <a class="button" href=route::audit(&[])>"Show all of the log"</a>
                </Empty>
            }
            .into_any();
        }
        let rows = entries.into_iter().map(row::row).collect_view();
        table("Audit log, newest first", &["When", "Who", "What", "On what", ""], rows).into_any()
    };
    let pages = move || {
        let query = query.get();
        let at = |cursor| filter::address(AuditQuery { cursor, ..query.clone() });
        let next = page.with(|page| page.next_cursor.clone());
        pager(
            query.cursor.is_some().then(|| (at(None), "← Newest entries")),
            next.map(|cursor| (at(Some(cursor)), "Older entries →")),
        )
    };
    view! {
        {content}
        {pages}
    }
}
