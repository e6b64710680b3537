//! The address of a run leads to its chapter.

use crate::prelude::*;
use crate::router::{NavigateOptions, Redirect};
use crate::{
    api,
    page::{not_found::NotFound, title::use_title},
    route,
    ui::{Data, Load, Remote},
};
use colophon_contract::Run;

/// Finds the run's chapter and goes there.
#[component]
pub fn TranslationPage() -> impl IntoView {
    use_title(|| "Translation".to_owned());
    let id = route::id_param("run");
    (move || match id.get() {
        Some(id) => {
            let run = Remote::new(move || api::run::get(id));
            view! {
                <Load resource=run page=true children=go />
            }
            .into_any()
        }
        None => view! { <NotFound /> }.into_any(),
    })
    .into_child()
}

fn go(run: Data<Run>) -> AnyView {
    let run = run.get_untracked();
    let path = route::chapter_run(run.work_id, run.chapter_id, run.id);
    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
    view! { <Redirect path options /> }.into_any()
}
