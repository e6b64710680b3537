//! A work: its prompt and its chapters.

mod chapters;
mod choose;
mod create_chapter;
mod delete;
mod edit;
pub mod fields;
mod follow;

pub use choose::WorkField;

use crate::prelude::*;
use crate::{
    api,
    page::{not_found::NotFound, paused::PausedProviders, prompt::PromptSection, title::use_title},
    route,
    state::session::SessionState,
    ui::{Data, Load, Remote},
};
use colophon_contract::Work;

/// Chapters a page of the list shows.
const CHAPTERS_SHOWN: u32 = 100;

/// A work by the id in the address.
#[component]
pub fn WorkPage() -> impl IntoView {
    let id = route::id_param("work");
    (move || match id.get() {
        Some(work_id) => view! { <WorkBody work_id /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    })
    .into_child()
}

#[component]
fn WorkBody(work_id: i64) -> impl IntoView {
    let work = Remote::new(move || api::work::get(work_id));
    let content = move |data: Data<Work>| {
        view! { <WorkContent work_id work=data reload=move |()| work.refetch() /> }.into_any()
    };
    view! { <Load resource=work lines=8 page=true children=content /> }.into_any()
}

#[component]
fn WorkContent(work_id: i64, work: Data<Work>, #[prop(into)] reload: Callback<()>) -> impl IntoView {
    use_title(move || work.with(|work| work.title.clone()));
    let can_write = SessionState::expect().can_write();
    let cursor = route::query_param("cursor");
    let prompt = Remote::new(move || api::prompt::find(work_id));
    let chapters = Remote::new(move || api::chapter::list(work_id, cursor.get(), CHAPTERS_SHOWN));
    let reload_chapters = Callback::new(move |()| {
        chapters.refetch();
        reload.run(());
    });
    follow::follow(work_id, reload_chapters);
    let latest = Memo::new(move |_| {
        let prompt = prompt.get().and_then(Result::ok).flatten();
        prompt.map(|prompt| prompt.latest_version.number)
    });
    let list = move |page| {
        view! { <chapters::ChapterList work page latest can_write on_change=reload_chapters /> }.into_any()
    };
    view! {
        <Head work can_write reload />
        <div class="desk">
            <section class="desk-main" aria-labelledby="chapters">
                <div class="page-head">
                    <h2 id="chapters">"Chapters"</h2>
                    {move || {
                        can_write
                            .get()
                            .then(|| view! { <create_chapter::AddChapterButton work on_done=reload_chapters /> }.into_any())
                    }}
                </div>
                {move || {
                    let models = chapters::unfinished_models(chapters.get()?.ok()?);
                    (!models.is_empty()).then(|| view! { <PausedProviders models on_change=reload_chapters /> }.into_any())
                }}
                <Load resource=chapters lines=8 children=list />
            </section>
            <PromptSection work_id prompt />
        </div>
    }
    .into_any()
}

#[component]
fn Head(work: Data<Work>, can_write: Signal<bool>, reload: Callback<()>) -> impl IntoView {
    let lang = move || work.with(|work| work.source_language.clone());
    view! {
        <nav class="crumbs" aria-label="Where this is"><a href=route::works()>"Works"</a></nav>
        <div class="page-head">
            <div>
                <h1 class="work-title" lang=lang>{move || work.with(|work| work.title.clone())}</h1>
                <p class="work-meta">
                    <span lang=lang>{move || work.with(|work| work.author.clone())}</span>
                    <span>
                        {move || work.with(|w| format!("{} → {}", w.source_language, w.target_language))}
                    </span>
                    <span>
                        {move || work.with(|w| format!("{} of {} chapters translated", w.translated, w.chapters))}
                    </span>
                </p>
            </div>
            {move || {
                can_write
                    .get()
                    .then(|| {
                        view! {
                            <div class="actions">
                                <edit::EditWorkButton work on_done=reload />
                                <delete::DeleteWorkButton work />
                            </div>
                        }.into_any()
                    })
            }}
        </div>
    }
    .into_any()
}
