//! The user's own account.

use crate::{
    api,
    page::{sign_in::sign_out, title::use_title},
    state::{Mutation, session::SessionState},
    ui::{Button, FormErrors, Load, TextField, failed, toast::toaster},
};
use colophon_contract::{ChangePassword, FieldError, Session};
use leptos::{ev::SubmitEvent, prelude::*};

/// The user's name, password, and a button to sign out.
#[component]
pub fn AccountPage() -> impl IntoView {
    use_title(|| "Account".to_owned());
    let session = SessionState::expect();
    let content = |session: Signal<Session>| {
        let (name, role) = session.with_untracked(|session| (session.author.name.clone(), session.role));
        view! {
            <p>"Signed in as "<strong>{name}</strong>", role "{role.as_str()}"."</p>
            <SignOut />
            <PasswordForm />
        }
    };
    view! {
        <div class="narrow account-page">
            <h1>"Account"</h1>
            <Load resource=session.fetched() lines=6 page=true children=content />
        </div>
    }
}

#[component]
fn SignOut() -> impl IntoView {
    let (request, ask) = sign_out();
    view! {
        <div>
            <Button busy=request.pending() on_click=move |()| ask()>"Sign out"</Button>
            {failed(request.error())}
        </div>
    }
}

#[component]
fn PasswordForm() -> impl IntoView {
    let [current, new, again] = [(); 3].map(|()| RwSignal::new(String::new()));
    let toast = toaster();
    let change = Mutation::new(
        |body: ChangePassword, _| async move { api::session::change_password(&body).await },
        move |()| {
            for field in [current, new, again] {
                field.set(String::new());
            }
            toast("The password was changed. All other sessions have ended.".to_owned());
        },
    );
    let errors = FormErrors::new(change.error());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let body =
            ChangePassword { current_password: current.get_untracked(), password: new.get_untracked() };
        if !errors.check(&body) {
            return;
        }
        if again.with_untracked(|again| *again != body.password) {
            let words = "Is not the same as the new password.".to_owned();
            errors.set(vec![FieldError::at("/again".to_owned(), "differs".to_owned(), words)]);
            return;
        }
        change.send(body);
    };
    view! {
        <form class="card stack" on:submit=submit novalidate=true>
            <h2>"Change the password"</h2>
            <TextField
                label="Current password"
                kind="password"
                value=current
                error=errors.at("/current_password")
                autocomplete="current-password"
            />
            <TextField
                label="New password"
                kind="password"
                hint="10 characters or more."
                value=new
                error=errors.at("/password")
                autocomplete="new-password"
            />
            <TextField
                label="New password, again"
                kind="password"
                value=again
                error=errors.at("/again")
                autocomplete="new-password"
            />
            {failed(change.error())}
            <Button class="primary" kind="submit" busy=change.pending()>"Change the password"</Button>
        </form>
    }
}
