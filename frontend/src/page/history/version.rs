//! One very version, at its own address.

use super::facts::{Hashes, VersionLinks};
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::{
    api,
    page::{
        badge::VersionBadge, crumbs::Crumbs, not_found::NotFound, prompt::panel::VersionContent,
        title::use_title,
    },
    route,
    state::{session::SessionState, shortcut::use_shortcut},
    ui::{Data, Load, Remote},
};
use colophon_contract::PromptVersion;

/// A version, and whether it is the latest.
#[component]
pub fn VersionPage() -> impl IntoView {
    let work = route::id_param("work");
    let number = route::id_param("number");
    let number = Memo::new(move |_| number.get().and_then(|number| i32::try_from(number).ok()));
    (move || match (work.get(), number.get()) {
        (Some(work_id), Some(number)) => view! { <VersionBody work_id number /> }.into_any(),
        _ => view! { <NotFound /> }.into_any(),
    })
    .into_child()
}

#[component]
fn VersionBody(work_id: i64, number: i32) -> impl IntoView {
    use_title(move || format!("Version {number}"));
    let work = Remote::new(move || api::work::get(work_id));
    let work = Signal::derive(move || work.get().and_then(Result::ok));
    let both = Remote::new(move || load(work_id, number));
    let content = move |both: Data<(PromptVersion, i32)>| view! { <Version work_id both /> }.into_any();
    view! {
        <Crumbs work_id work>
            <li><a href=route::history(work_id)>"History"</a></li>
            <li aria-current="page">{format!("Version {number}")}</li>
        </Crumbs>
        <h1>{format!("Version {number}")}</h1>
        <Load resource=both lines=12 children=content />
    }
    .into_any()
}

/// The version and the number of the latest one.
async fn load(work_id: i64, number: i32) -> Result<(PromptVersion, i32), api::Error> {
    let version = api::prompt::get_version(work_id, number).await?;
    let prompt = api::prompt::find(work_id).await?;
    Ok((version, prompt.map_or(number, |prompt| prompt.latest_version.number)))
}

#[component]
fn Version(work_id: i64, both: Data<(PromptVersion, i32)>) -> impl IntoView {
    let can_write = SessionState::expect().can_write();
    let version = both.with_untracked(|(version, _)| version.clone());
    let number = version.number;
    let latest = Memo::new(move |_| both.with(|(_, latest)| *latest));
    let navigate = use_navigate();
    let go = move |to: i32| navigate(&route::version(work_id, to), NavigateOptions::default());
    let (newer, older, restored) = (go, go, go);
    use_shortcut("k", "Newer version", move || {
        if number < latest.get_untracked() {
            newer(number + 1);
        }
    });
    use_shortcut("j", "Older version", move || {
        if number > 1 {
            older(number - 1);
        }
    });
    let history = use_navigate();
    use_shortcut("h", "Open the prompt's history", move || {
        history(&route::history(work_id), NavigateOptions::default());
    });
    let on_restored = Callback::new(move |made: PromptVersion| restored(made.number));
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
                }.into_any()
            }}
        </div>
        <nav class="pager" aria-label="Versions">
            {(number > 1)
                .then(|| view! { <a class="button" href=route::version(work_id, number - 1)>{format!("← v{}", number - 1)}</a> }.into_any())}
            {move || {
                (number < latest.get())
                    .then(|| view! { <a class="button" href=route::version(work_id, number + 1)>{format!("v{} →", number + 1)}</a> }.into_any())
            }}
        </nav>
    }
    .into_any()
}

/// The badge, and in words whether this is what new translations use.
fn standing(work_id: i64, version: &PromptVersion, latest: i32) -> AnyView {
    let badge = view! {
        <VersionBadge
            work_id
            number=Some(version.number)
            model=version.model.clone()
            latest=Some(latest)
            author=version.author.name.clone()
            at=Some(version.created_at.clone())
        />
    }
    .into_any();
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
    view! { <p class="standing">{badge}<span>{words}</span></p> }.into_any()
}
