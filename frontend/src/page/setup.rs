//! The first administrator, by the one-time link.

use crate::page::password::{LinkForm, by_link};
use crate::prelude::*;
use crate::{api, page::title::use_title, ui::TextField};
use colophon_contract::SetUp;

/// Asks for the first administrator's name and password.
#[component]
pub fn SetupPage() -> impl IntoView {
    use_title(|| "Set up".to_owned());
    by_link(setup_form, "Open the link just as the server printed it when it started: it ends in a token.")
}

fn setup_form(token: String) -> AnyView {
    let name = RwSignal::new(String::new());
    let form = LinkForm::new();
    let send = move |password| {
        let body = SetUp { token: token.clone(), name: name.get_untracked(), password };
        form.errors.check(&body).then(|| api::session::set_up(&body))
    };
    let about = view! {
        <h1>"Welcome to Colophon"</h1>
        <p>"Make the first administrator. The link that brought you here works once."</p>
        <TextField
            label="Name"
            value=name
            error=form.errors.at("/name")
            autocomplete="username"
            autofocus=true
        />
    };
    form.view(about.into_any(), "Make the administrator", false, Box::new(send))
}
