//! A version in the table, and its details.

use super::{
    choice::Chosen,
    facts::{Hashes, VersionLinks},
};
use crate::{
    api,
    page::{badge::VersionBadge, prompt::panel::VersionContent},
    ui::{Load, Time},
};
use colophon_contract::{PromptVersion, PromptVersionSummary};
use leptos::prelude::*;

/// Two rows: a summary of the version, and its details on request.
#[component]
pub fn VersionRow(
    work_id: i64,
    version: PromptVersionSummary,
    /// The number of the prompt's latest version.
    latest: Memo<i32>,
    chosen: Chosen,
    can_write: Signal<bool>,
    /// Called after a version was restored.
    on_change: Callback<()>,
) -> impl IntoView {
    let number = version.number;
    let open = RwSignal::new(false);
    let detail_id = format!("version-{number}");
    let controls = detail_id.clone();
    let (author, at) = (version.author.name.clone(), version.created_at.clone());
    let badge = move || {
        view! {
            <VersionBadge
                work_id
                number=Some(number)
                model=version.model.clone()
                latest=Some(latest.get())
                author=version.author.name.clone()
                at=Some(version.created_at.clone())
            />
        }
    };
    view! {
        <tr role="row" class:version-open=open>
            <td role="cell" class="version-choose">
                <input
                    type="checkbox"
                    aria-label=format!("Choose version {number} to compare")
                    prop:checked=move || chosen.has(number)
                    on:change=move |_| chosen.toggle(number)
                />
            </td>
            <th role="rowheader" scope="row" class="version-badge">
                {badge}
                {move || (latest.get() == number).then(|| view! { <span class="version-latest">"latest"</span> })}
            </th>
            <td role="cell" class="version-note">
                {(!version.note.is_empty()).then_some(version.note)}
                {version
                    .restored_from
                    .map(|from| view! { <span class="version-restored">{format!("Restored from v{from}")}</span> })}
            </td>
            <td role="cell" class="version-author">{author}</td>
            <td role="cell" class="version-time"><Time at /></td>
            <td role="cell" class="version-more">
                <button
                    type="button"
                    class="button small"
                    aria-expanded=move || if open.get() { "true" } else { "false" }
                    aria-controls=controls
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    {move || if open.get() { "Close" } else { "Open" }}
                    <span class="visually-hidden">{format!(" version {number}")}</span>
                </button>
            </td>
        </tr>
        <tr role="row" id=detail_id class="version-detail" hidden=move || !open.get()>
            <td role="cell" colspan="6">
                {move || open.get().then(|| view! { <Detail work_id number latest can_write on_change /> })}
            </td>
        </tr>
    }
}

#[component]
fn Detail(
    work_id: i64,
    number: i32,
    latest: Memo<i32>,
    can_write: Signal<bool>,
    on_change: Callback<()>,
) -> impl IntoView {
    let version = api::fetch(move || api::prompt::get_version(work_id, number));
    let content = move |version: Signal<PromptVersion>| {
        let version = version.get_untracked();
        let on_restored = Callback::new(move |_: PromptVersion| on_change.run(()));
        view! {
            <div class="version-full">
                <h2 class="visually-hidden">{format!("Version {number} in full")}</h2>
                <VersionLinks work_id number latest can_write on_restored permalink=true />
                <VersionContent version=version.clone() />
                <Hashes version />
            </div>
        }
    };
    view! { <Load resource=version lines=6 children=content /> }
}
