//! The versions of a work's prompt.

pub mod choice;
pub mod compare;
mod facts;
mod layout;
mod restore;
mod row;
pub mod version;

use crate::{
    api,
    page::{check::check, crumbs::Crumbs, not_found::NotFound, title::use_title},
    route::{self, WorkParams},
    state::session::SessionState,
    ui::{Empty, Load},
};
use choice::{ChoiceBar, Chosen};
use colophon_contract::{Page, Prompt, PromptVersionSummary};
use leptos::prelude::*;
use leptos_router::hooks::use_params;
use row::VersionRow;

/// A table of versions, newest first.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let params = use_params::<WorkParams>();
    use_title(|| "History".to_owned());
    move || match params.get() {
        Ok(WorkParams { work }) => view! { <HistoryBody work_id=work /> }.into_any(),
        Err(_) => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn HistoryBody(work_id: i64) -> impl IntoView {
    let cursor = route::use_cursor();
    let work = api::fetch(move || api::work::get(work_id));
    let work = Signal::derive(move || work.get().and_then(Result::ok));
    let versions = api::fetch(move || load(work_id, cursor.get()));
    let on_change = Callback::new(move |()| versions.refetch());
    let content = move |data: Signal<Option<(Prompt, Page<PromptVersionSummary>)>>| {
        let is_there = Memo::new(move |_| data.with(Option::is_some));
        move || {
            if is_there.get() {
                view! { <Versions work_id data on_change /> }.into_any()
            } else {
                nothing(work_id).into_any()
            }
        }
    };
    view! {
        <Crumbs work_id work>
            <li aria-current="page">"History"</li>
        </Crumbs>
        <h1>"History of the prompt"</h1>
        <Load resource=versions lines=10 page=true children=content />
    }
}

/// Loads the prompt with a page of its versions; `None` if the work has no prompt.
async fn load(
    work_id: i64,
    cursor: Option<String>,
) -> Result<Option<(Prompt, Page<PromptVersionSummary>)>, api::Error> {
    let Some(prompt) = api::prompt::find(work_id).await? else { return Ok(None) };
    let page = match cursor {
        Some(cursor) => api::prompt::list_versions(work_id, Some(cursor)).await?,
        None => prompt.versions.clone(),
    };
    Ok(Some((prompt, page)))
}

fn nothing(work_id: i64) -> impl IntoView {
    view! {
        <Empty title="There is no prompt yet.">
            <p>"Every version of the work's prompt is kept here, from the first one on."</p>
            <a class="button primary" href=route::work(work_id)>"Create the prompt at its work"</a>
        </Empty>
    }
}

#[component]
fn Versions(
    work_id: i64,
    data: Signal<Option<(Prompt, Page<PromptVersionSummary>)>>,
    on_change: Callback<()>,
) -> impl IntoView {
    let can_write = SessionState::expect().can_write();
    let chosen = Chosen::new();
    let latest = Memo::new(move |_| {
        data.with(|data| data.as_ref().map_or(0, |(prompt, _)| prompt.latest_version.number))
    });
    let name =
        move || data.with(|data| data.as_ref().map(|(prompt, _)| prompt.name.clone()).unwrap_or_default());
    let items =
        move || data.with(|data| data.as_ref().map(|(_, page)| page.items.clone()).unwrap_or_default());
    let next = move || data.with(|data| data.as_ref().and_then(|(_, page)| page.next_cursor.clone()));
    let has_newer = move || items().first().is_some_and(|version| version.number < latest.get());
    view! {
        <p class="history-name">
            <strong>{name}</strong>
            {move || format!(", {}. A version never changes; going back makes a new one.", versions(latest.get()))}
        </p>
        {check("Check this history", move || api::prompt::verify(work_id))}
        <ChoiceBar work_id chosen />
        <div class="table-wrap">
            <table class="table versions" role="table" aria-label="Versions, newest first">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Compare"</th>
                        <th role="columnheader" scope="col">"Version"</th>
                        <th role="columnheader" scope="col">"Note"</th>
                        <th role="columnheader" scope="col">"Author"</th>
                        <th role="columnheader" scope="col">"Saved"</th>
                        <th role="columnheader" scope="col"><span class="visually-hidden">"Details"</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=items key=|version| version.number let:version>
                        <VersionRow work_id version latest chosen can_write on_change />
                    </For>
                </tbody>
            </table>
        </div>
        <nav class="pager" aria-label="Pages">
            {move || {
                has_newer().then(|| view! { <a class="button" href=route::history(work_id)>"← Newest versions"</a> })
            }}
            {move || {
                next()
                    .map(|cursor| {
                        view! { <a class="button" href=route::history_page(work_id, &cursor)>"Older versions →"</a> }
                    })
            }}
        </nav>
    }
}

fn versions(count: i32) -> String {
    if count == 1 { "1 version".to_owned() } else { format!("{count} versions") }
}
