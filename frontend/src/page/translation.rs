//! The address of a run, which redirects to its chapter.

use crate::{
    api,
    page::{not_found::NotFound, title::use_title},
    route::{self, RunParams},
    ui::Load,
};
use colophon_contract::Run;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::Redirect, hooks::use_params};

/// Finds the run's chapter and redirects to it.
#[component]
pub fn TranslationPage() -> impl IntoView {
    use_title(|| "Translation".to_owned());
    let params = use_params::<RunParams>();
    move || match params.get() {
        Ok(RunParams { run: run_id }) => {
            let run = api::fetch(move || api::run::get(run_id));
            view! { <Load resource=run page=true heading=true children=redirect /> }.into_any()
        }
        Err(_) => view! { <NotFound /> }.into_any(),
    }
}

fn redirect(run: Signal<Run>) -> impl IntoView {
    let path = run.with_untracked(|run| route::chapter_run(run.work_id, run.chapter_id, run.id));
    let options = NavigateOptions { replace: true, ..Default::default() };
    view! { <Redirect path options /> }
}
