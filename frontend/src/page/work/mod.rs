//! A work: its prompt and its chapters.

mod chapters;
mod choose;
mod create_chapter;
mod delete;
mod edit;
pub mod fields;
mod follow;

pub use choose::WorkField;
pub use create_chapter::VOLUME_HINT;

use crate::{
    api,
    page::{not_found::NotFound, paused::PausedProviders, prompt::PromptSection, title::use_title},
    route::{self, WorkParams},
    state::session::SessionState,
    ui::Load,
};
use colophon_contract::Work;
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params};

/// The number of chapters on a page of the list.
const CHAPTERS_SHOWN: u32 = 100;

/// The page of the work whose id is in the address.
#[component]
pub fn WorkPage() -> impl IntoView {
    let params = use_params::<WorkParams>();
    move || match params.get() {
        Ok(WorkParams { work }) => view! { <WorkBody work_id=work /> }.into_any(),
        Err(_) => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn WorkBody(work_id: i64) -> impl IntoView {
    let work = api::fetch(move || api::work::get(work_id));
    let content = move |data: Signal<Work>| {
        view! { <WorkContent work_id work=data reload=move |()| work.refetch() /> }
    };
    view! { <Load resource=work lines=8 page=true heading=true children=content /> }
}

#[component]
fn WorkContent(work_id: i64, work: Signal<Work>, #[prop(into)] reload: Callback<()>) -> impl IntoView {
    use_title(move || work.with(|work| work.title.clone()));
    let can_write = SessionState::expect().can_write();
    let cursor = route::use_cursor();
    let prompt = api::fetch(move || api::prompt::find(work_id));
    let chapters = api::fetch(move || api::chapter::list(work_id, cursor.get(), CHAPTERS_SHOWN));
    let reload_chapters = Callback::new(move |()| {
        chapters.refetch();
        reload.run(());
    });
    follow::follow(work_id, reload_chapters);
    let latest = Memo::new(move |_| {
        let prompt = prompt.get().and_then(Result::ok).flatten();
        prompt.map(|prompt| prompt.latest_version.number)
    });
    let is_first_page = Signal::derive(move || cursor.with(Option::is_none));
    let list = move |page| {
        view! { <chapters::ChapterList work page is_first_page latest can_write on_change=reload_chapters /> }
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
                            .then(|| view! { <create_chapter::AddChapterButton work on_done=reload_chapters /> })
                    }}
                </div>
                {move || {
                    let models = chapters::unfinished_models(chapters.get()?.ok()?);
                    (!models.is_empty()).then(|| view! { <PausedProviders models on_change=reload_chapters /> })
                }}
                <Load resource=chapters lines=8 children=list />
            </section>
            <PromptSection work_id prompt />
        </div>
    }
}

#[component]
fn Head(work: Signal<Work>, can_write: Signal<bool>, reload: Callback<()>) -> impl IntoView {
    let lang = move || work.with(|work| work.source_language.clone());
    view! {
        <nav class="crumbs" aria-label="Where this is"><A href=route::works() exact=true>"Works"</A></nav>
        <div class="page-head">
            <div>
                <h1 class="work-title" lang=lang>{move || work.with(|work| work.title.clone())}</h1>
                <p class="work-meta">
                    {move || {
                        let author = work.with(|work| work.author.clone());
                        (!author.is_empty()).then(|| view! { <span lang=lang>{author}</span> })
                    }}
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
                        }
                    })
            }}
        </div>
    }
}
