//! A version at its own address.

use super::facts::{Hashes, VersionLinks};
use crate::{
    api,
    page::{
        badge::VersionBadge, crumbs::Crumbs, not_found::NotFound, prompt::panel::VersionContent,
        title::use_title,
    },
    route::{self, VersionParams},
    state::{session::SessionState, shortcut::use_shortcut},
    ui::{Load, guard::use_navigate},
};
use colophon_contract::PromptVersion;
use futures::future::try_join;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_params};

/// A version, and whether it is the latest.
#[component]
pub fn VersionPage() -> impl IntoView {
    let params = use_params::<VersionParams>();
    move || match params.get() {
        Ok(VersionParams { work, number }) => view! { <VersionBody work_id=work number /> }.into_any(),
        Err(_) => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn VersionBody(work_id: i64, number: i32) -> impl IntoView {
    use_title(move || format!("Version {number}"));
    let work = api::fetch(move || api::work::get(work_id));
    let work = Signal::derive(move || work.get().and_then(Result::ok));
    let both = api::fetch(move || load(work_id, number));
    let content = move |both: Signal<(PromptVersion, i32)>| view! { <Version work_id both /> };
    view! {
        <Crumbs work_id work>
            <li><a href=route::history(work_id)>"History"</a></li>
            <li aria-current="page">{format!("Version {number}")}</li>
        </Crumbs>
        <h1>{format!("Version {number}")}</h1>
        <Load resource=both lines=12 page=true children=content />
    }
}

/// Loads the version and the number of the latest one.
async fn load(work_id: i64, number: i32) -> Result<(PromptVersion, i32), api::Error> {
    let (version, prompt) =
        try_join(api::prompt::get_version(work_id, number), api::prompt::find(work_id)).await?;
    Ok((version, prompt.map_or(number, |prompt| prompt.latest_version.number)))
}

#[component]
fn Version(work_id: i64, both: Signal<(PromptVersion, i32)>) -> impl IntoView {
    let can_write = SessionState::expect().can_write();
    let version = both.with_untracked(|(version, _)| version.clone());
    let number = version.number;
    let latest = Memo::new(move |_| both.with(|(_, latest)| *latest));
    let navigate = use_navigate();
    let go = move |to: i32| navigate(&route::version(work_id, to), NavigateOptions::default());
    use_shortcut("k", "Newer version", move || {
        if number < latest.get_untracked() {
            go(number + 1);
        }
    });
    use_shortcut("j", "Older version", move || {
        if number > 1 {
            go(number - 1);
        }
    });
    use_shortcut("h", "Open the prompt's history", move || {
        navigate(&route::history(work_id), NavigateOptions::default());
    });
    let on_restored = Callback::new(move |made: PromptVersion| go(made.number));
    view! {
        {move || standing(work_id, &version, latest.get())}
        <VersionLinks work_id number latest can_write on_restored />
        <div class="card version-card">
            <h2 class="visually-hidden">"Content"</h2>
            {move || {
                let version = both.with(|(version, _)| version.clone());
                view! {
                    <VersionContent version=version.clone() />
                    <Hashes version />
                }
            }}
        </div>
        <nav class="pager" aria-label="Versions">
            {(number > 1)
                .then(|| view! { <a class="button" href=route::version(work_id, number - 1)>{format!("← v{}", number - 1)}</a> })}
            {move || {
                (number < latest.get())
                    .then(|| view! { <a class="button" href=route::version(work_id, number + 1)>{format!("v{} →", number + 1)}</a> })
            }}
        </nav>
    }
}

/// The badge, and a note whether new translations use this version.
fn standing(work_id: i64, version: &PromptVersion, latest: i32) -> impl IntoView + use<> {
    let badge = view! {
        <VersionBadge
            work_id
            number=Some(version.number)
            model=version.model.clone()
            latest=Some(latest)
            author=version.author.name.clone()
            at=Some(version.created_at.clone())
        />
    };
    let words = if version.number == latest {
        "This is the latest version: new translations are made with it.".into_any()
    } else {
        view! {
            "This is an older version. The latest is "
            <a href=route::version(work_id, latest)>{format!("version {latest}")}</a>
            "; new translations are made with that one."
        }
        .into_any()
    };
    view! { <p class="standing">{badge}<span>{words}</span></p> }
}
