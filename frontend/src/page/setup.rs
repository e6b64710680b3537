//! The setup of the first administrator, by a one-time link.

use crate::{
    api,
    page::{
        password::{LinkForm, by_link},
        sign_in::begin_session,
        title::use_title,
    },
    route,
    ui::{FormErrors, TextField},
};
use colophon_contract::SetUp;
use leptos::prelude::*;

/// Asks for the first administrator's name and password.
#[component]
pub fn SetupPage() -> impl IntoView {
    use_title(|| "Set up".to_owned());
    by_link(setup_form, "Open the link just as the server printed it when it started: it ends in a token.")
}

fn setup_form(token: String) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let request = begin_session(|body: SetUp| async move { api::session::set_up(&body).await }, route::works);
    let errors = FormErrors::new(request.error());
    let body = move |password| SetUp { token: token.clone(), name: name.get_untracked(), password };
    view! {
        <LinkForm request errors body action="Make the administrator">
            <h1>"Welcome to Colophon"</h1>
            <p>"Make the first administrator. The link that brought you here works once."</p>
            <TextField
                label="Name"
                value=name
                error=errors.at("/name")
                autocomplete="username"
                autofocus=true
            />
        </LinkForm>
    }
}
