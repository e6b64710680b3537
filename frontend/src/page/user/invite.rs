//! Inviting somebody.

use super::{link, roles};
use crate::prelude::*;
use crate::{
    api,
    state::Mutation,
    ui::{Button, Dialog, DialogActions, FormErrors, SelectField, TextField, close_dialog, failed},
};
use colophon_contract::{CreateUser, InvitedUser, Role};

/// The button and its dialog.
#[component]
pub fn InviteButton(
    /// After somebody was invited.
    on_change: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let invited = RwSignal::new(None::<InvitedUser>);
    let start = move |()| {
        name.set(String::new());
        invited.set(None);
        open.set(true);
    };
    let content = move || match invited.get() {
        Some(InvitedUser { user, link }) => view! {
            <div class="stack">
                {link::shown(&user.name, link)}
                <DialogActions>
                    <Button on_click=move |()| open.set(false)>"Done"</Button>
                </DialogActions>
            </div>
        }
        .into_any(),
        None => view! { <Form name invited on_change /> }.into_any(),
    };
    view! {
        <Button class="primary" on_click=start>"Invite somebody"</Button>
        <Dialog
            title="Invite somebody"
            open
            unsaved=Signal::derive(move || invited.with(Option::is_none) && name.with(|name| !name.is_empty()))
        >
            {content}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Form(
    name: RwSignal<String>,
    invited: RwSignal<Option<InvitedUser>>,
    on_change: Callback<()>,
) -> impl IntoView {
    let role = RwSignal::new(Role::Operator.as_str().to_owned());
    let create = Mutation::new();
    let errors = FormErrors::new(create.error());
    let close = close_dialog();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let role = Role::find(&role.get_untracked()).unwrap_or(Role::Viewer);
        let body = CreateUser { name: name.get_untracked().trim().to_owned(), role };
        if !errors.check(&body) {
            return;
        }
        let key = create.key_for(&body);
        create.run(api::user::create(&body, &key), move |answer| {
            invited.set(Some(answer));
            on_change.run(());
        });
    };
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            <TextField
                label="Name"
                value=name
                error=errors.at("/name")
                hint="What they sign in with, and what stands beside what they do."
                autofocus=true
            />
            <SelectField label="Role" value=role choices=roles() error=errors.at("/role") />
            {failed(create.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=create.pending()>"Make the one-time link"</Button>
            </DialogActions>
        </form>
    }
    .into_any()
}
