//! A chapter: source beside translation, and what made the translation.

mod body;
mod card;
mod cost;
mod edit;
mod export;
mod failures;
mod hand;
mod live;
mod on_screen;
mod outline;
mod runs;
mod segment_text;
mod segments;
mod start;
mod text;

use crate::{api, page::not_found::NotFound, route::ChapterParams, ui::Load};
use body::ChapterBody;
use colophon_contract::{Chapter, Work};
use futures::future::try_join;
use leptos::prelude::*;
use leptos_router::hooks::use_params;

/// A chapter of a work, with its newest run or the one in the address.
#[component]
pub fn ChapterPage() -> impl IntoView {
    let params = use_params::<ChapterParams>();
    let work = Memo::new(move |_| params.get().ok().map(|params| params.work));
    // The outline belongs to the page, not to its body: another chapter of the same work does not reload it.
    let outline = api::fetch(move || outline::load(work.get()));
    move || match params.get() {
        Ok(ChapterParams { work, chapter }) => {
            let data = api::fetch(move || load(work, chapter));
            let on_change = Callback::new(move |()| {
                data.refetch();
                outline.refetch();
            });
            let content =
                move |data: Signal<(Work, Chapter)>| view! { <ChapterBody data outline on_change /> };
            view! { <Load resource=data lines=14 page=true heading=true children=content /> }.into_any()
        }
        Err(_) => view! { <NotFound /> }.into_any(),
    }
}

async fn load(work_id: i64, chapter_id: i64) -> Result<(Work, Chapter), api::Error> {
    try_join(api::work::get(work_id), api::chapter::get(work_id, chapter_id)).await
}
