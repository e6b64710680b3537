//! A chapter: source beside translation, and what made the translation.

mod body;
mod card;
mod export;
mod hand;
mod live;
mod outline;
mod runs;
mod segment_text;
mod segments;
mod start;
mod text;

use crate::prelude::*;
use crate::ui::{Data, Remote};
use crate::{api, page::not_found::NotFound, route, ui::Load};
use body::ChapterBody;
use colophon_contract::{Chapter, Work};

/// A chapter of a work, with its newest run or the one in the address.
#[component]
pub fn ChapterPage() -> impl IntoView {
    let (work, chapter) = (route::id_param("work"), route::id_param("chapter"));
    // Beside the page's body: it stays while one goes from chapter to chapter.
    let outline = Remote::new(move || outline::load(work.get()));
    (move || match (work.get(), chapter.get()) {
        (Some(work_id), Some(chapter_id)) => {
            let data = Remote::new(move || load(work_id, chapter_id));
            let content =
                move |data: Data<(Work, Chapter)>| view! { <ChapterBody data outline /> }.into_any();
            view! { <Load resource=data lines=14 page=true children=content /> }.into_any()
        }
        _ => view! { <NotFound /> }.into_any(),
    })
    .into_child()
}

async fn load(work_id: i64, chapter_id: i64) -> Result<(Work, Chapter), api::Error> {
    Ok((api::work::get(work_id).await?, api::chapter::get(work_id, chapter_id).await?))
}
