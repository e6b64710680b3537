//! Setting a password by a one-time link, of an invitation or to come back in.

use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::{
    api::{self, Reply},
    page::title::use_title,
    route,
    state::{Mutation, session::SessionState},
    ui::{Button, FormErrors, TextField, failed},
};
use colophon_contract::{Code, Session, SetPassword};
use leptos::ev;
use wasm_bindgen::JsValue;

/// Asks for the password.
#[component]
pub fn PasswordPage() -> impl IntoView {
    use_title(|| "Set a password".to_owned());
    by_link(password_form, "Open the link just as you were given it: it ends in a token.")
}

fn password_form(token: String) -> AnyView {
    let form = LinkForm::new();
    let send = move |password| {
        let body = SetPassword { token: token.clone(), password };
        form.errors.check(&body).then(|| api::session::set_password(&body))
    };
    let about = view! {
        <h1>"Set your password"</h1>
        <p>"The link that brought you here works once. Then you are signed in, and sessions from before end."</p>
    };
    form.view(about.into_any(), "Set the password", true, Box::new(send))
}

/// What `form` makes of the address's token; where there is none, `advice`.
pub fn by_link(form: fn(String) -> AnyView, advice: &'static str) -> AnyView {
    let token = RwSignal::new(take_token());
    // A link that is pasted here changes nothing but what is after the `#`: browsers load no page for that.
    let pasted = window_event_listener(ev::hashchange, move |_| {
        if let Some(new) = take_token() {
            token.set(Some(new));
        }
    });
    on_cleanup(move || pasted.remove());
    (move || match token.get() {
        Some(token) => form(token),
        None => view! {
            <div class="narrow">
                <h1>"The link is not whole"</h1>
                <p>{advice}</p>
                <p><a class="button" href=route::sign_in("")>"Sign in instead"</a></p>
            </div>
        }
        .into_any(),
    })
    .into_child()
}

/// The token of the link, after `#token=`, which browsers send to nobody. It is out of the address from then on, and
/// so neither in the browser's history nor on the screen.
fn take_token() -> Option<String> {
    let location = window().location();
    let hash = location.hash().unwrap_or_default();
    let token = hash.strip_prefix("#token=").filter(|token| !token.is_empty())?;
    if let (Ok(history), Ok(path)) = (window().history(), location.pathname()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
    Some(token.to_owned())
}

/// A form that ends in a password and signs in. Copy it into closures.
#[derive(Clone, Copy)]
pub struct LinkForm {
    /// What is wrong with what was typed.
    pub errors: FormErrors,
    request: Mutation,
}

/// Sends the password, where nothing is wrong with what was typed.
type Send = Box<dyn Fn(String) -> Option<Reply<Session>>>;

impl LinkForm {
    /// Nothing typed yet.
    pub fn new() -> Self {
        let request = Mutation::new();
        Self { errors: FormErrors::new(request.error()), request }
    }

    /// The form: `about` and what else is asked, then the password.
    pub fn view(self, about: AnyView, action: &'static str, autofocus: bool, send: Send) -> AnyView {
        let Self { errors, request } = self;
        let password = RwSignal::new(String::new());
        let session = SessionState::expect();
        let navigate = use_navigate();
        let submit = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if let Some(reply) = send(password.get_untracked()) {
                request.run(reply, move |_| {
                    session.refresh();
                    navigate(&route::works(), NavigateOptions { replace: true, ..Default::default() });
                });
            }
        };
        let is_used_up = move || {
            let code = request.error().get().and_then(|error| error.code());
            matches!(code, Some(Code::SetupDone | Code::LinkInvalid))
        };
        view! {
            <form class="card narrow stack" on:submit=submit novalidate=true>
                {about}
                <TextField
                    label="Password"
                    kind="password"
                    hint="10 characters or more."
                    value=password
                    error=errors.at("/password")
                    autocomplete="new-password"
                    autofocus
                />
                {failed(request.error())}
                {move || is_used_up().then(|| view! { <a class="button" href=route::sign_in("")>"Sign in"</a> })}
                <Button class="primary" kind="submit" busy=request.pending()>{action}</Button>
            </form>
        }
        .into_any()
    }
}
