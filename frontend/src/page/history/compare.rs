//! Two versions compared, at an address to share.

use super::layout::{LayoutSwitch, preferred_split};
use crate::prelude::*;
use crate::router::{NavigateOptions, Redirect, use_navigate};
use crate::{
    api,
    page::{
        badge::VersionBadge, crumbs::Crumbs, diff::VersionDiffView, not_found::NotFound, title::use_title,
    },
    route,
    ui::{Button, Data, Empty, Load, Remote, Time},
};
use colophon_contract::PromptVersion;

/// `?from=1&to=3&view=split`; without them the latest version and the one before it.
#[component]
pub fn ComparePage() -> impl IntoView {
    let work = route::id_param("work");
    (move || match work.get() {
        Some(work_id) => view! { <CompareBody work_id /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    })
    .into_child()
}

#[component]
fn CompareBody(work_id: i64) -> impl IntoView {
    let work = Remote::new(move || api::work::get(work_id));
    let work = Signal::derive(move || work.get().and_then(Result::ok));
    let latest = Remote::new(move || find_latest(work_id));
    let content =
        move |latest: Data<Option<i32>>| view! { {move || choose(work_id, latest.get())} }.into_any();
    view! {
        <Crumbs work_id work>
            <li><a href=route::history(work_id)>"History"</a></li>
            <li aria-current="page">"Compare"</li>
        </Crumbs>
        <Load resource=latest lines=12 page=true children=content />
    }
    .into_any()
}

/// The number of the prompt's latest version; `None` where there is no prompt.
async fn find_latest(work_id: i64) -> Result<Option<i32>, api::Error> {
    Ok(api::prompt::find(work_id).await?.map(|prompt| prompt.latest_version.number))
}

fn choose(work_id: i64, latest: Option<i32>) -> AnyView {
    let Some(latest) = latest.filter(|latest| *latest > 1) else {
        use_title(|| "Compare".to_owned());
        return view! {
            <h1>"Compare"</h1>
            <Empty title="There are no two versions yet.">
                <p>"Once the prompt has been changed, its versions can be compared here."</p>
                <a class="button primary" href=route::work(work_id)>"Go to the prompt"</a>
            </Empty>
        }
        .into_any();
    };
    let (from, to) = (route::query_param("from"), route::query_param("to"));
    let number = |text: Option<String>| text.and_then(|text| text.parse::<i32>().ok());
    let pair = Memo::new(move |_| Some((number(from.get())?, number(to.get())?)));
    let is_there = Memo::new(move |_| pair.get().is_some());
    view! {
        {move || {
            if is_there.get() {
                let pair = Memo::new(move |last: Option<&(i32, i32)>| {
                    pair.get().or_else(|| last.copied()).unwrap_or((latest - 1, latest))
                });
                view! { <Compared work_id latest pair /> }.into_any()
            } else {
                let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                view! { <Redirect path=route::compare(work_id, latest - 1, latest, None) options /> }.into_any()
            }
        }}
    }
    .into_any()
}

#[component]
fn Compared(work_id: i64, latest: i32, pair: Memo<(i32, i32)>) -> impl IntoView {
    use_title(move || format!("v{} and v{}", pair.get().0, pair.get().1));
    let view = route::query_param("view");
    let split = Memo::new(move |_| view.get().map_or_else(preferred_split, |view| view == "split"));
    let navigate = use_navigate();
    let go = Callback::new(move |(from, to, split): (i32, i32, Option<bool>)| {
        // Another view of the same page: no step of its own for the back button.
        let options = NavigateOptions { replace: true, scroll: false };
        navigate(&route::compare(work_id, from, to, split), options);
    });
    let chosen = move || view.get_untracked().map(|view| view == "split");
    let set = move |from: i32, to: i32| go.run((from, to, chosen()));
    let both = Remote::new(move || {
        let (from, to) = pair.get();
        load(work_id, from, to)
    });
    let content = move |both: Data<(PromptVersion, PromptVersion)>| {
        view! { <Difference work_id latest both split /> }.into_any()
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
                go.run((from, to, Some(wide)));
            } />
        </div>
        <Load resource=both lines=12 children=content />
    }
    .into_any()
}

async fn load(work_id: i64, from: i32, to: i32) -> Result<(PromptVersion, PromptVersion), api::Error> {
    Ok((api::prompt::get_version(work_id, from).await?, api::prompt::get_version(work_id, to).await?))
}

/// The number of a version, up to the latest.
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
    .into_any()
}

#[component]
fn Difference(
    work_id: i64,
    latest: i32,
    both: Data<(PromptVersion, PromptVersion)>,
    split: Memo<bool>,
) -> impl IntoView {
    (move || {
        let (old, new) = both.get();
        view! {
            <div class="compare-sides">
                {side(work_id, latest, "From", &old)}
                {side(work_id, latest, "To", &new)}
            </div>
            <h2 class="visually-hidden">"Differences"</h2>
            <VersionDiffView old=(&old).into() new=(&new).into() split />
        }
        .into_any()
    })
    .into_child()
}

fn side(work_id: i64, latest: i32, name: &'static str, version: &PromptVersion) -> AnyView {
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
                .then(|| view! { <p class="compare-note">{restored}{version.note.clone()}</p> }.into_any())}
        </section>
    }
    .into_any()
}
