//! Signing in.

use crate::prelude::*;
use crate::router::{NavigateOptions, Redirect, Router, use_navigate};
use crate::{
    api,
    page::title::use_title,
    route,
    state::{Mutation, session::SessionState},
    ui::{Button, FormErrors, TextField, failed},
};
use colophon_contract::CreateSession;

/// Asks for name and password, then goes to where one was.
#[component]
pub fn SignInPage() -> impl IntoView {
    use_title(|| "Sign in".to_owned());
    let next = route::query_param("next");
    let is_signed_in = Memo::new(move |_| SessionState::expect().current().get().is_some());
    (move || {
        if is_signed_in.get() {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            view! { <Redirect path=route::safe_next(next.get_untracked()) options /> }.into_any()
        } else {
            view! { <SignInForm next /> }.into_any()
        }
    })
    .into_child()
}

#[component]
fn SignInForm(next: Memo<Option<String>>) -> impl IntoView {
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let sign_in = Mutation::new();
    let errors = FormErrors::new(sign_in.error());
    let session = SessionState::expect();
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let body = CreateSession { name: name.get_untracked(), password: password.get_untracked() };
        if !errors.check(&body) {
            return;
        }
        let next = route::safe_next(next.get_untracked());
        sign_in.run(api::session::create(&body), move |_| {
            session.refresh();
            navigate(&next, NavigateOptions { replace: true, ..NavigateOptions::default() });
        });
    };
    view! {
        <form class="card narrow stack" on:submit=submit novalidate=true>
            <h1>"Sign in"</h1>
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
                value=password
                error=errors.at("/password")
                autocomplete="current-password"
            />
            {failed(sign_in.error())}
            <Button class="primary" kind="submit" busy=sign_in.pending()>"Sign in"</Button>
            <p class="hint">
                "The first time: the server printed a one-time link when it started. Open it to set the first name and password."
            </p>
        </form>
    }
    .into_any()
}

/// The request that signs out, and what sends it; then the app asks to sign in, and leads back here.
pub fn sign_out() -> (Mutation, impl Fn() + Copy + 'static) {
    let request = Mutation::new();
    let state = SessionState::expect();
    let navigate = use_navigate();
    let here = Router::expect().path();
    let ask = move || {
        let next = here.get_untracked();
        request.run(api::session::delete(), move |()| {
            state.refresh();
            navigate(&route::sign_in(&next), NavigateOptions::default());
        });
    };
    (request, ask)
}
