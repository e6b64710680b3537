//! A chapter: source beside translation.

use crate::{
    api,
    page::{not_found::NotFound, title::use_title},
    route,
    ui::Load,
};
use colophon_contract::{Chapter, Work};
use leptos::prelude::*;

/// A chapter of a work.
#[component]
pub fn ChapterPage() -> impl IntoView {
    let (work, chapter) = (route::id_param("work"), route::id_param("chapter"));
    move || match (work.get(), chapter.get()) {
        (Some(work_id), Some(chapter_id)) => {
            let data = LocalResource::new(move || load(work_id, chapter_id));
            view! { <Load resource=data lines=12 children=chapter_view /> }.into_any()
        }
        _ => view! { <NotFound /> }.into_any(),
    }
}

async fn load(work_id: i64, chapter_id: i64) -> Result<(Work, Chapter), api::Error> {
    Ok((api::work::get(work_id).await?, api::chapter::get(work_id, chapter_id).await?))
}

fn chapter_view(data: Signal<(Work, Chapter)>) -> AnyView {
    use_title(move || data.with(|(work, chapter)| format!("{} – {}", chapter.title, work.title)));
    view! {
        <p>
            <a href=move || route::work(data.with(|(work, _)| work.id))>
                {move || data.with(|(work, _)| work.title.clone())}
            </a>
        </p>
        <h1 lang=move || data.with(|(work, _)| work.source_language.clone())>
            {move || data.with(|(_, chapter)| chapter.title.clone())}
        </h1>
        <div class="novel" lang=move || data.with(|(work, _)| work.source_language.clone())>
            {move || data.with(|(_, chapter)| chapter.source_text.clone())}
        </div>
    }
    .into_any()
}
