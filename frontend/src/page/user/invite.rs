//! Inviting a user.

use super::{link, roles};
use crate::{
    api,
    state::Mutation,
    ui::{Button, DialogActions, FormErrors, Making, SelectField, TextField, close_dialog, failed},
};
use colophon_contract::{CreateUser, InvitedUser, Role};
use leptos::{ev::SubmitEvent, prelude::*};

/// The form with name and role.
pub fn form(making: Making) -> impl IntoView {
    let role = RwSignal::new(Role::Operator.as_str().to_owned());
    let create = Mutation::new(
        |body: CreateUser, _| async move { api::user::create(&body).await },
        move |InvitedUser { user, link }| making.done(move || link::shown(user.name.clone(), link.clone())),
    );
    let errors = FormErrors::new(create.error());
    let close = close_dialog();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let role = Role::find(&role.get_untracked()).unwrap_or(Role::Viewer);
        let body = CreateUser { name: making.name.get_untracked().trim().to_owned(), role };
        if errors.check(&body) {
            create.send(body);
        }
    };
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            <TextField
                label="Name"
                value=making.name
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
}
