//! The comparison of two versions, at an address that can be shared.

use super::layout::{LayoutSwitch, preferred_split};
use crate::{
    api,
    page::{
        badge::VersionBadge, crumbs::Crumbs, diff::VersionDiffView, not_found::NotFound, title::use_title,
    },
    route::{self, CompareQuery, WorkParams},
    ui::{Button, Empty, Load, Time, guard::use_navigate},
};
use colophon_contract::PromptVersion;
use futures::future::try_join;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::Redirect, hooks::use_params};

/// The page at `?from=1&to=3&view=split`. Without numbers it compares the latest version with the one before
/// it.
#[component]
pub fn ComparePage() -> impl IntoView {
    let params = use_params::<WorkParams>();
    move || match params.get() {
        Ok(WorkParams { work }) => view! { <CompareBody work_id=work /> }.into_any(),
        Err(_) => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn CompareBody(work_id: i64) -> impl IntoView {
    let work = api::fetch(move || api::work::get(work_id));
    let work = Signal::derive(move || work.get().and_then(Result::ok));
    let latest = api::fetch(move || find_latest(work_id));
    let content = move |latest: Signal<Option<i32>>| {
        move || match latest.get() {
            Some(latest) if latest > 1 => view! { <Comparison work_id latest /> }.into_any(),
            _ => view! { <NothingToCompare work_id /> }.into_any(),
        }
    };
    view! {
        <Crumbs work_id work>
            <li><a href=route::history(work_id)>"History"</a></li>
            <li aria-current="page">"Compare"</li>
        </Crumbs>
        <Load resource=latest lines=12 page=true heading=true children=content />
    }
}

/// Returns the number of the prompt's latest version; `None` if there is no prompt.
async fn find_latest(work_id: i64) -> Result<Option<i32>, api::Error> {
    Ok(api::prompt::find(work_id).await?.map(|prompt| prompt.latest_version.number))
}

#[component]
fn NothingToCompare(work_id: i64) -> impl IntoView {
    use_title(|| "Compare".to_owned());
    view! {
        <h1>"Compare"</h1>
        <Empty title="There are no two versions yet.">
            <p>"Once the prompt has been changed, its versions can be compared here."</p>
            <a class="button primary" href=route::work(work_id)>"Go to the prompt"</a>
        </Empty>
    }
}

/// The comparison in the address. If a number is missing, redirects to the comparison of the latest version.
#[component]
fn Comparison(work_id: i64, latest: i32) -> impl IntoView {
    let query = route::use_query::<CompareQuery>();
    let pair = Memo::new(move |_| query.with(|query| query.from.zip(query.to)));
    let is_there = Memo::new(move |_| pair.get().is_some());
    move || {
        if is_there.get() {
            let pair = Memo::new(move |last: Option<&(i32, i32)>| {
                pair.get().or_else(|| last.copied()).unwrap_or((latest - 1, latest))
            });
            view! { <Compared work_id latest pair query /> }.into_any()
        } else {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            view! { <Redirect path=route::compare(work_id, latest - 1, latest, None) options /> }.into_any()
        }
    }
}

#[component]
fn Compared(work_id: i64, latest: i32, pair: Memo<(i32, i32)>, query: Memo<CompareQuery>) -> impl IntoView {
    use_title(move || format!("v{} and v{}", pair.get().0, pair.get().1));
    let chosen_split = Memo::new(move |_| {
        let view = query.with(|query| query.view.clone().filter(|view| !view.is_empty()));
        view.map(|view| view == "split")
    });
    let split = Memo::new(move |_| chosen_split.get().unwrap_or_else(preferred_split));
    let navigate = use_navigate();
    let go = move |from: i32, to: i32, split: Option<bool>| {
        // The same page in another view is no extra step for the back button.
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&route::compare(work_id, from, to, split), options);
    };
    let set = move |from: i32, to: i32| go(from, to, chosen_split.get_untracked());
    let both = api::fetch(move || {
        let (from, to) = pair.get();
        load(work_id, from, to)
    });
    let content = move |both: Signal<(PromptVersion, PromptVersion)>| {
        view! { <Difference work_id latest both split /> }
    };
    view! {
        <h1>{move || format!("Version {} and version {}", pair.get().0, pair.get().1)}</h1>
        <div class="compare-tools">
            <NumberField
                label="From version"
                latest
                value=Signal::derive(move || pair.get().0)
                on_change=move |from| set(from, pair.get_untracked().1)
            />
            <Button on_click=move |()| {
                let (from, to) = pair.get_untracked();
                set(to, from);
            }>"⇄ Swap"</Button>
            <NumberField
                label="To version"
                latest
                value=Signal::derive(move || pair.get().1)
                on_change=move |to| set(pair.get_untracked().0, to)
            />
            <LayoutSwitch split on_change=move |wide| {
                let (from, to) = pair.get_untracked();
                go(from, to, Some(wide));
            } />
        </div>
        <Load resource=both lines=12 children=content />
    }
}

async fn load(work_id: i64, from: i32, to: i32) -> Result<(PromptVersion, PromptVersion), api::Error> {
    try_join(api::prompt::get_version(work_id, from), api::prompt::get_version(work_id, to)).await
}

/// A field for the number of a version, up to the latest.
#[component]
fn NumberField(
    label: &'static str,
    latest: i32,
    value: Signal<i32>,
    #[prop(into)] on_change: Callback<i32>,
) -> impl IntoView {
    let set = move |text: String| {
        if let Ok(number) = text.trim().parse::<i32>() {
            on_change.run(number.clamp(1, latest));
        }
    };
    view! {
        <label class="compare-number">
            <span class="label">{label}</span>
            <input
                class="input"
                type="number"
                min="1"
                max=latest
                prop:value=move || value.get().to_string()
                on:change:target=move |event| set(event.target().value())
            />
        </label>
    }
}

#[component]
fn Difference(
    work_id: i64,
    latest: i32,
    both: Signal<(PromptVersion, PromptVersion)>,
    split: Memo<bool>,
) -> impl IntoView {
    move || {
        let (old, new) = both.get();
        view! {
            <div class="compare-sides">
                {side(work_id, latest, "From", &old)}
                {side(work_id, latest, "To", &new)}
            </div>
            <h2 class="visually-hidden">"Differences"</h2>
            <VersionDiffView old=(&old).into() new=(&new).into() split />
        }
    }
}

fn side(work_id: i64, latest: i32, name: &'static str, version: &PromptVersion) -> impl IntoView + use<> {
    let restored = version.restored_from.map(|from| format!("Restored from v{from}. "));
    view! {
        <section class="compare-side" aria-label=name>
            <p>
                <VersionBadge
                    work_id
                    number=Some(version.number)
                    model=version.model.clone()
                    latest=Some(latest)
                    author=version.author.name.clone()
                    at=Some(version.created_at.clone())
                />
            </p>
            <p class="compare-made">{version.author.name.clone()}", "<Time at=version.created_at.clone() /></p>
            {(restored.is_some() || !version.note.is_empty())
                .then(|| view! { <p class="compare-note">{restored}{version.note.clone()}</p> })}
        </section>
    }
}
