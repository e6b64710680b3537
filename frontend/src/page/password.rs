//! Setting a password by a one-time link: for an invitation, or after the password was lost.

use crate::{
    api,
    page::{sign_in::begin_session, title::use_title},
    route,
    state::Mutation,
    ui::{Button, FormErrors, TextField, failed},
};
use colophon_contract::{Code, SetPassword};
use leptos::{
    ev::{self, SubmitEvent},
    prelude::*,
};
use validator::Validate;
use wasm_bindgen::JsValue;

/// Asks for the password.
#[component]
pub fn PasswordPage() -> impl IntoView {
    use_title(|| "Set a password".to_owned());
    by_link(password_form, "Open the link just as you were given it: it ends in a token.")
}

fn password_form(token: String) -> impl IntoView {
    let request = begin_session(
        |body: SetPassword| async move { api::session::set_password(&body).await },
        route::works,
    );
    let errors = FormErrors::new(request.error());
    let body = move |password| SetPassword { token: token.clone(), password };
    view! {
        <LinkForm request errors body action="Set the password" autofocus=true>
            <h1>"Set your password"</h1>
            <p>"The link that brought you here works once. Then you are signed in, and sessions from before end."</p>
        </LinkForm>
    }
}

/// Shows `form` for the token in the page's address, or `advice` if there is none.
pub fn by_link<V: IntoView + 'static>(form: fn(String) -> V, advice: &'static str) -> impl IntoView {
    let token = RwSignal::new(take_token());
    // Pasting another link changes only the part after the `#`: the browser loads no page for that.
    let pasted = window_event_listener(ev::hashchange, move |_| {
        if let Some(new) = take_token() {
            token.set(Some(new));
        }
    });
    on_cleanup(move || pasted.remove());
    move || match token.get() {
        Some(token) => form(token).into_any(),
        None => view! {
            <div class="narrow">
                <h1>"The link is not whole"</h1>
                <p>{advice}</p>
                <p><a class="button" href=route::sign_in("")>"Sign in instead"</a></p>
            </div>
        }
        .into_any(),
    }
}

/// Returns the token of the link, after `#token=`, which browsers do not send. Removes it from the address,
/// so that neither the browser's history nor the screen shows it.
fn take_token() -> Option<String> {
    let location = window().location();
    let hash = location.hash().unwrap_or_default();
    let token = hash.strip_prefix("#token=").filter(|token| !token.is_empty())?;
    if let (Ok(history), Ok(path)) = (window().history(), location.pathname()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
    Some(token.to_owned())
}

/// A form that ends with a password.
#[component]
pub fn LinkForm<I, B>(
    /// The form's request.
    request: Mutation<I>,
    /// The errors of the form.
    errors: FormErrors,
    /// Makes the request's body from the password.
    body: B,
    /// The button's text.
    action: &'static str,
    /// Whether the password has the focus at first.
    #[prop(optional)]
    autofocus: bool,
    /// The content above the password.
    children: Children,
) -> impl IntoView
where
    I: Validate + Clone + PartialEq + 'static,
    B: Fn(String) -> I + 'static,
{
    let password = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let body = body(password.get_untracked());
        if errors.check(&body) {
            request.send(body);
        }
    };
    let error = request.error();
    let is_used_up = move || {
        let code = error.get().and_then(|error| error.code());
        matches!(code, Some(Code::SetupDone | Code::LinkInvalid))
    };
    view! {
        <form class="card narrow stack" on:submit=submit novalidate=true>
            {children()}
            <TextField
                label="Password"
                kind="password"
                hint="10 characters or more."
                value=password
                error=errors.at("/password")
                autocomplete="new-password"
                autofocus
            />
            {failed(error)}
            {move || is_used_up().then(|| view! { <a class="button" href=route::sign_in("")>"Sign in"</a> })}
            <Button class="primary" kind="submit" busy=request.pending()>{action}</Button>
        </form>
    }
}
