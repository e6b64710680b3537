//! An entry of the log, and its details.

use super::filter::label;
use crate::{
    route,
    ui::{
        Time,
        table::{cell, head},
    },
};
use colophon_contract::{AuditEntry, AuthorKind, SubjectKind};
use leptos::prelude::*;

/// Two rows: a summary of the entry, and its details on request.
pub fn row(entry: AuditEntry) -> impl IntoView {
    let open = RwSignal::new(false);
    let detail_id = format!("entry-{}", entry.id);
    let controls = detail_id.clone();
    let who = match &entry.actor {
        Some(actor) if actor.kind == AuthorKind::Token => format!("{} (token)", actor.name),
        Some(actor) => actor.name.clone(),
        None => "Somebody".to_owned(),
    };
    let hidden = format!(" of entry {}", entry.id);
    let details = StoredValue::new(entry.clone());
    view! {
        <tr role="row" class:version-open=open>
            {head(view! { <Time at=entry.at.clone() /> })}
            {cell("Who", who)}
            {cell("What", label(&entry.action))}
            {cell("On what", subject(&entry))}
            {cell("", view! {
                <button
                    type="button"
                    class="button small"
                    aria-expanded=move || if open.get() { "true" } else { "false" }
                    aria-controls=controls
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    "Details"
                    <span class="visually-hidden">{hidden}</span>
                </button>
            })}
        </tr>
        <tr role="row" id=detail_id class="slip-detail" hidden=move || !open.get()>
            <td role="cell" colspan="5">
                {move || open.get().then(|| details.with_value(facts))}
            </td>
        </tr>
    }
}

/// The object of the action, with a link.
fn subject(entry: &AuditEntry) -> AnyView {
    let subject = &entry.subject;
    let kind = &*subject.kind;
    let text = match (&subject.name, subject.id) {
        (Some(name), _) => format!("{kind} {name}"),
        (None, Some(id)) => format!("{kind} {id}"),
        (None, None) => kind.to_owned(),
    };
    let href = match (SubjectKind::find(kind), subject.id, entry.work_id) {
        (Some(SubjectKind::Work), Some(id), _) => Some(route::work(id)),
        (Some(SubjectKind::Chapter), Some(id), Some(work)) => Some(route::chapter(work, id)),
        (Some(SubjectKind::Prompt), _, Some(work)) => Some(route::history(work)),
        (Some(SubjectKind::Translation), Some(id), _) => Some(route::translation(id)),
        _ => None,
    };
    match href {
        Some(href) => view! { <a href=href>{text}</a> }.into_any(),
        None => text.into_any(),
    }
}

fn facts(entry: &AuditEntry) -> impl IntoView + use<> {
    let number = |id: Option<i64>| id.map(|id| id.to_string());
    let facts = [
        ("From", entry.address.clone()),
        ("Request", entry.request_id.clone()),
        ("Work", number(entry.work_id)),
        ("Before", number(entry.before_id)),
        ("After", number(entry.after_id)),
        ("More", entry.detail.clone()),
        ("Entry", number(Some(entry.id))),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .filter_map(|(name, value)| {
            let value = value?;
            Some(view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        })
        .collect();
    view! { <dl class="facts">{facts}</dl> }
}
