//! Creating a work by hand.

use crate::{
    api,
    page::work::fields::WorkFields,
    route,
    state::Mutation,
    ui::{Button, Dialog, DialogActions, FormErrors, close_dialog, failed, guard::use_navigate},
};
use colophon_contract::{CreateWork, Work};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::NavigateOptions;

/// The button and its dialog.
#[component]
pub fn CreateWorkButton() -> impl IntoView {
    let open = RwSignal::new(false);
    let fields = WorkFields::new();
    let unsaved = Signal::derive(move || fields.is_changed());
    let navigate = use_navigate();
    let create = Mutation::new(
        |body: CreateWork, key| async move { api::work::create(&body, &key).await },
        move |work: Work| {
            fields.reset(None);
            open.set(false);
            navigate(&route::work(work.id), NavigateOptions::default());
        },
    );
    let start = move |()| {
        fields.reset(None);
        create.clear();
        open.set(true);
    };
    view! {
        <Button on_click=start>"Create a work"</Button>
        <Dialog title="Create a work" open unsaved>
            <Form fields create />
        </Dialog>
    }
}

#[component]
fn Form(fields: WorkFields, create: Mutation<CreateWork>) -> impl IntoView {
    let errors = FormErrors::new(create.error());
    let close = close_dialog();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let body = CreateWork {
            title: fields.title.get_untracked(),
            author: fields.author.get_untracked(),
            source_language: fields.source_language.get_untracked(),
            target_language: fields.target_language.get_untracked(),
        };
        if errors.check(&body) {
            create.send(body);
        }
    };
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            {fields.view(errors)}
            {failed(create.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=create.pending()>"Create"</Button>
            </DialogActions>
        </form>
    }
}
