//! Deleting a work.

use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::{
    api, route,
    state::Mutation,
    ui::{Button, Data, Dialog, DialogActions, close_dialog, failed, toast::toaster},
};
use colophon_contract::Work;

/// The button and the question it asks.
#[component]
pub fn DeleteWorkButton(
    /// The work.
    work: Data<Work>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <Button class="quiet" on_click=move |()| open.set(true)>"Delete…"</Button>
        <Dialog title="Delete this work?" open>
            <Question work />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Question(work: Data<Work>) -> impl IntoView {
    let delete = Mutation::new();
    let close = close_dialog();
    let toast = toaster();
    let navigate = use_navigate();
    let confirm = move |()| {
        let (id, title) = work.with_untracked(|work| (work.id, work.title.clone()));
        delete.run(api::work::delete(id), move |()| {
            toast(format!("“{title}” was deleted."));
            navigate(&route::works(), NavigateOptions { replace: true, ..NavigateOptions::default() });
        });
    };
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
    .into_any()
}
