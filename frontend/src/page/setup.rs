//! The first administrator, by the one-time link.

use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::{
    api,
    page::title::use_title,
    route,
    state::{Mutation, session::SessionState},
    ui::{Button, FormErrors, TextField, failed},
};
use colophon_contract::{Code, SetUp};

/// The token of the link: after `#token=`, which browsers send to nobody, or `?token=`.
fn token() -> Option<String> {
    let location = window().location();
    let [hash, search] = [location.hash(), location.search()].map(Result::unwrap_or_default);
    let pairs = [hash.trim_start_matches('#').to_owned(), search.trim_start_matches('?').to_owned()];
    pairs
        .iter()
        .flat_map(|text| text.split('&'))
        .find_map(|pair| pair.strip_prefix("token="))
        .map(str::to_owned)
}

/// Asks for the first administrator's name and password.
#[component]
pub fn SetupPage() -> impl IntoView {
    use_title(|| "Set up".to_owned());
    match token().filter(|token| !token.is_empty()) {
        Some(token) => view! { <SetupForm token /> }.into_any(),
        None => view! {
            <div class="narrow">
                <h1>"The link is not whole"</h1>
                <p>"Open the link just as the server printed it when it started: it ends in a token."</p>
                <p><a class="button" href=route::sign_in("")>"Sign in instead"</a></p>
            </div>
        }
        .into_any(),
    }
}

#[component]
fn SetupForm(token: String) -> impl IntoView {
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let set_up = Mutation::new();
    let errors = FormErrors::new(set_up.error());
    let session = SessionState::expect();
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (name, password) = (name.get_untracked(), password.get_untracked());
        let body = SetUp { token: token.clone(), name, password };
        if !errors.check(&body) {
            return;
        }
        set_up.run(api::session::set_up(&body), move |_| {
            session.refresh();
            navigate(&route::works(), NavigateOptions { replace: true, ..Default::default() });
        });
    };
    let is_done = move || set_up.error().get().is_some_and(|error| error.code() == Some(Code::SetupDone));
    view! {
        <form class="card narrow stack" on:submit=submit novalidate=true>
            <h1>"Welcome to Colophon"</h1>
            <p>"Make the first administrator. The link that brought you here works once."</p>
            <TextField
                label="Name"
                value=name
                error=errors.at("/name")
                autocomplete="username"
                autofocus=true
            />
            <TextField
                label="Password"
                kind="password"
                hint="10 characters or more."
                value=password
                error=errors.at("/password")
                autocomplete="new-password"
            />
            {failed(set_up.error())}
            {move || is_done().then(|| view! { <a class="button" href=route::sign_in("")>"Sign in"</a> }.into_any())}
            <Button class="primary" kind="submit" busy=set_up.pending()>"Make the administrator"</Button>
        </form>
    }
    .into_any()
}
