//! Deleting a work.

use crate::{
    api, route,
    state::Mutation,
    ui::{Button, Dialog, DialogActions, close_dialog, failed, guard::use_navigate, toast::toaster},
};
use colophon_contract::Work;
use leptos::prelude::*;
use leptos_router::NavigateOptions;

/// The button and its question.
#[component]
pub fn DeleteWorkButton(
    /// The work.
    work: Signal<Work>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <Button class="quiet" on_click=move |()| open.set(true)>"Delete…"</Button>
        <Dialog title="Delete this work?" open>
            <Question work />
        </Dialog>
    }
}

#[component]
fn Question(work: Signal<Work>) -> impl IntoView {
    let close = close_dialog();
    let toast = toaster();
    let navigate = use_navigate();
    let delete = Mutation::new(
        |work_id: i64, _| async move { api::work::delete(work_id).await },
        move |()| {
            toast(work.with_untracked(|work| format!("“{}” was deleted.", work.title)));
            navigate(&route::works(), NavigateOptions { replace: true, ..NavigateOptions::default() });
        },
    );
    let confirm = move |()| delete.send(work.with_untracked(|work| work.id));
    view! {
        <div class="stack">
            <p>
                <strong lang=move || work.with(|work| work.source_language.clone())>
                    {move || work.with(|work| work.title.clone())}
                </strong>
                " and its chapters disappear from every list. The prompt's versions and the translations stay in the database, so that what was made can still be accounted for."
            </p>
            {failed(delete.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Keep it"</Button>
                <Button class="danger" busy=delete.pending() on_click=confirm>"Delete the work"</Button>
            </DialogActions>
        </div>
    }
}
