//! Changing a work's title, author and languages.

use super::fields::WorkFields;
use crate::prelude::*;
use crate::{
    api,
    ui::{Button, Data, Dialog, DialogActions, close_dialog, failed, toast::toaster},
};
use colophon_contract::{UpdateWork, Work};

/// The button and its dialog.
#[component]
pub fn EditWorkButton(
    /// The work.
    work: Data<Work>,
    /// After it was changed.
    on_done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let fields = WorkFields::new();
    let unsaved = Signal::derive(move || fields.is_changed());
    let start = move |()| {
        work.with_untracked(|work| fields.reset(Some(work)));
        open.set(true);
    };
    view! {
        <Button on_click=start>"Edit details"</Button>
        <Dialog title="Edit the work's details" open unsaved>
            <Form work fields open on_done />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Form(work: Data<Work>, fields: WorkFields, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let update = fields.request;
    let close = close_dialog();
    let toast = toaster();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let body = UpdateWork {
            title: Some(fields.title.get_untracked()),
            author: Some(fields.author.get_untracked()),
            source_language: Some(fields.source_language.get_untracked()),
            target_language: Some(fields.target_language.get_untracked()),
        };
        if !fields.errors.check(&body) {
            return;
        }
        let work_id = work.with_untracked(|work| work.id);
        update.run(api::work::update(work_id, &body), move |work| {
            fields.reset(Some(&work));
            open.set(false);
            toast("The details were changed.".to_owned());
            on_done.run(());
        });
    };
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            {fields.view()}
            <p class="hint">"Translations that exist keep the details that they were made with."</p>
            {failed(update.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=update.pending()>"Save"</Button>
            </DialogActions>
        </form>
    }
    .into_any()
}
