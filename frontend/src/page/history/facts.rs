//! The links and hashes beside a version's content.

use super::restore::RestoreButton;
use crate::route;
use colophon_contract::PromptVersion;
use leptos::prelude::*;

/// The actions on a version: open it, compare it, restore it.
#[component]
pub fn VersionLinks(
    work_id: i64,
    number: i32,
    /// The number of the prompt's latest version.
    latest: Memo<i32>,
    can_write: Signal<bool>,
    /// Called with the new version after a restore.
    on_restored: Callback<PromptVersion>,
    /// Whether to link to the version's own page.
    #[prop(optional)]
    permalink: bool,
) -> impl IntoView {
    let before = (number > 1).then(|| {
        let href = route::compare(work_id, number - 1, number, None);
        view! { <a class="button small" href=href>{format!("Changes since v{}", number - 1)}</a> }
    });
    let with_latest = move || {
        let latest = latest.get();
        (number < latest).then(|| {
            let href = route::compare(work_id, number, latest, None);
            view! { <a class="button small" href=href>{format!("Compare with v{latest} (latest)")}</a> }
        })
    };
    let restore = move || {
        (can_write.get() && number < latest.get())
            .then(|| view! { <RestoreButton work_id number on_done=on_restored /> })
    };
    view! {
        <div class="actions">
            {permalink.then(|| view! { <a class="button small" href=route::version(work_id, number)>"Permanent link"</a> })}
            {before}
            {with_latest}
            {restore}
        </div>
    }
}

/// The two hashes by which the history can be checked.
#[component]
pub fn Hashes(version: PromptVersion) -> impl IntoView {
    view! {
        <details class="hashes">
            <summary>"Hashes"</summary>
            <dl class="facts">
                <div><dt>"Content"</dt><dd><code>{version.content_hash}</code></dd></div>
                <div><dt>"Chain"</dt><dd><code>{version.chain_hash}</code></dd></div>
            </dl>
            <p class="hint">
                "SHA-256. The content hash is of this version alone; the chain hash is of all versions up to it, so that a change anywhere in the history would show."
            </p>
        </details>
    }
}
