//! Two versions compared, at an address to share.

use crate::{
    api,
    page::{diff::VersionDiffView, not_found::NotFound, title::use_title},
    route,
    ui::Load,
};
use colophon_contract::PromptVersion;
use leptos::prelude::*;

/// `?from=1&to=3&view=split`.
#[component]
pub fn ComparePage() -> impl IntoView {
    let work = route::id_param("work");
    let (from, to) = (route::query_param("from"), route::query_param("to"));
    let view = route::query_param("view");
    let split = Signal::derive(move || view.get().as_deref() != Some("unified"));
    move || {
        let number = |text: Option<String>| text.and_then(|text| text.parse::<i32>().ok());
        let (Some(work_id), Some(from), Some(to)) = (work.get(), number(from.get()), number(to.get())) else {
            return view! { <NotFound /> }.into_any();
        };
        use_title(move || format!("v{from} and v{to}"));
        let both = LocalResource::new(move || load(work_id, from, to));
        let compared = move |both: Signal<(PromptVersion, PromptVersion)>| {
            view! { {move || { let (old, new) = both.get(); view! { <VersionDiffView old=(&old).into() new=(&new).into() split /> } }} }.into_any()
        };
        view! {
            <h1>{format!("Version {from} and version {to}")}</h1>
            <Load resource=both children=compared />
        }
        .into_any()
    }
}

async fn load(work_id: i64, from: i32, to: i32) -> Result<(PromptVersion, PromptVersion), api::Error> {
    Ok((api::prompt::get_version(work_id, from).await?, api::prompt::get_version(work_id, to).await?))
}
