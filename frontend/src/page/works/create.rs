//! Creating a work by hand.

use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::{
    api,
    page::work::fields::WorkFields,
    route,
    ui::{Button, Dialog, DialogActions, close_dialog, failed},
};
use colophon_contract::CreateWork;

/// The button and its dialog.
#[component]
pub fn CreateWorkButton() -> impl IntoView {
    let open = RwSignal::new(false);
    let fields = WorkFields::new();
    let unsaved = Signal::derive(move || fields.is_changed());
    view! {
        <Button on_click=move |()| { fields.reset(None); open.set(true); }>"Create a work"</Button>
        <Dialog title="Create a work" open unsaved>
            <Form fields open />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Form(fields: WorkFields, open: RwSignal<bool>) -> impl IntoView {
    let create = fields.request;
    let navigate = use_navigate();
    let close = close_dialog();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let body = CreateWork {
            title: fields.title.get_untracked(),
            author: fields.author.get_untracked(),
            source_language: fields.source_language.get_untracked(),
            target_language: fields.target_language.get_untracked(),
        };
        if !fields.errors.check(&body) {
            return;
        }
        let key = create.key_for(&body);
        create.run(api::work::create(&body, &key), move |work| {
            fields.reset(None);
            open.set(false);
            navigate(&route::work(work.id), NavigateOptions::default());
        });
    };
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            {fields.view()}
            {failed(create.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=create.pending()>"Create"</Button>
            </DialogActions>
        </form>
    }
    .into_any()
}
