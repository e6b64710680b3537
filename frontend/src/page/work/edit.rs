//! Changing a work's title, author and languages.

use super::fields::WorkFields;
use crate::{
    api,
    state::Mutation,
    ui::{Button, Dialog, DialogActions, FormErrors, close_dialog, failed, toast::toaster},
};
use colophon_contract::{UpdateWork, Work};
use leptos::{ev::SubmitEvent, prelude::*};

/// The button and its dialog.
#[component]
pub fn EditWorkButton(
    /// The work.
    work: Signal<Work>,
    /// Called after the work was changed.
    on_done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let fields = WorkFields::new();
    let unsaved = Signal::derive(move || fields.is_changed());
    let toast = toaster();
    let work_id = work.with_untracked(|work| work.id);
    let update = Mutation::new(
        move |body: UpdateWork, _| async move { api::work::update(work_id, &body).await },
        move |work: Work| {
            fields.reset(Some(&work));
            open.set(false);
            toast("The details were changed.".to_owned());
            on_done.run(());
        },
    );
    let start = move |()| {
        work.with_untracked(|work| fields.reset(Some(work)));
        update.clear();
        open.set(true);
    };
    view! {
        <Button on_click=start>"Edit details"</Button>
        <Dialog title="Edit the work's details" open unsaved>
            <Form fields update />
        </Dialog>
    }
}

#[component]
fn Form(fields: WorkFields, update: Mutation<UpdateWork>) -> impl IntoView {
    let errors = FormErrors::new(update.error());
    let close = close_dialog();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let body = UpdateWork {
            title: Some(fields.title.get_untracked()),
            author: Some(fields.author.get_untracked()),
            source_language: Some(fields.source_language.get_untracked()),
            target_language: Some(fields.target_language.get_untracked()),
        };
        if errors.check(&body) {
            update.send(body);
        }
    };
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            {fields.view(errors)}
            <p class="hint">"Translations that exist keep the details that they were made with."</p>
            {failed(update.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=update.pending()>"Save"</Button>
            </DialogActions>
        </form>
    }
}
