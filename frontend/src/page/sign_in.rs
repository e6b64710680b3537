//! Signing in.

use crate::{
    api::{self, Error},
    page::title::use_title,
    route::{self, SignInQuery},
    state::{Mutation, session::SessionState},
    ui::{
        Button, FormErrors, TextField, failed,
        guard::{UnsavedGuard, use_navigate},
    },
};
use colophon_contract::{CreateSession, Session};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::{NavigateOptions, components::Redirect};

/// Asks for name and password, then returns to the previous page.
#[component]
pub fn SignInPage() -> impl IntoView {
    use_title(|| "Sign in".to_owned());
    let query = route::use_query::<SignInQuery>();
    let next = Memo::new(move |_| route::safe_next(query.with(|query| query.next.clone())));
    let session = SessionState::expect().current();
    let is_signed_in = Memo::new(move |_| session.with(Option::is_some));
    move || {
        if is_signed_in.get() {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            view! { <Redirect path=next.get_untracked() options /> }.into_any()
        } else {
            view! { <SignInForm next /> }.into_any()
        }
    }
}

#[component]
fn SignInForm(next: Memo<String>) -> impl IntoView {
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let sign_in = begin_session(
        |body: CreateSession| async move { api::session::create(&body).await },
        move || next.get_untracked(),
    );
    let errors = FormErrors::new(sign_in.error());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let body = CreateSession { name: name.get_untracked(), password: password.get_untracked() };
        if errors.check(&body) {
            sign_in.send(body);
        }
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
}

/// Creates a request whose reply is a session. The session begins, and the page at `next` replaces this one.
pub fn begin_session<I, F>(
    request: impl Fn(I) -> F + 'static,
    next: impl Fn() -> String + 'static,
) -> Mutation<I>
where
    I: Clone + PartialEq + 'static,
    F: Future<Output = Result<Session, Error>> + 'static,
{
    let state = SessionState::expect();
    let navigate = use_navigate();
    Mutation::new(
        move |body, _| request(body),
        move |session: Session| {
            let next = next();
            state.begin(session);
            navigate(&next, NavigateOptions { replace: true, ..NavigateOptions::default() });
        },
    )
}

/// Returns the request that signs out, and a function that sends it. Afterwards the app shows the sign-in
/// page, which leads back here.
pub fn sign_out() -> (Mutation<()>, impl Fn() + Copy + 'static) {
    let guard = UnsavedGuard::expect();
    let session = SessionState::expect();
    let request = Mutation::new(|(), _| api::session::delete(), move |()| session.refresh());
    let ask = move || {
        if guard.may_leave() {
            request.send(());
        }
    };
    (request, ask)
}
