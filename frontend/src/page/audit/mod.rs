//! The audit log.

mod filter;
mod row;

use crate::prelude::*;
use crate::{
    api,
    page::admin::admin_page,
    route,
    ui::{
        Data, Empty, Load, Remote,
        table::{pager, table},
    },
};
use colophon_contract::{AuditEntry, Page};
use filter::{FilterForm, Wanted};

/// Who did what, when, from where.
#[component]
pub fn AuditPage() -> impl IntoView {
    admin_page("Audit log", log)
}

fn log() -> AnyView {
    let wanted = Wanted::read();
    let cursor = route::query_param("cursor");
    let entries = Remote::new(move || {
        let mut filter = wanted.filter();
        filter.push(("cursor", cursor.get()));
        api::audit::list(&filter)
    });
    let export = move || api::audit::export_url(&wanted.filter());
    view! {
        <div class="page-head">
            <h1>"Audit log"</h1>
            <a class="button" href=export rel="external" download="colophon-audit.jsonl">"Export as JSON Lines"</a>
        </div>
        <FilterForm wanted />
        <Load resource=entries lines=12 children=move |page| list(page, wanted, cursor) />
    }
    .into_any()
}

fn list(page: Data<Page<AuditEntry>>, wanted: Wanted, cursor: Memo<Option<String>>) -> AnyView {
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
        table("Audit log, newest first", &["When", "Who", "What", "On what", ""], rows)
    };
    let pages = move || {
        let next = page.with(|page| page.next_cursor.clone());
        pager(
            cursor.get().map(|_| (wanted.address(None), "← Newest entries")),
            next.map(|cursor| (wanted.address(Some(cursor)), "Older entries →")),
        )
    };
    view! {
        {content}
        {pages}
    }
    .into_any()
}
