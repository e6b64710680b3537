//! One's own account.

use crate::prelude::*;
use crate::{
    api,
    page::title::use_title,
    state::{Mutation, session::SessionState},
    ui::{Button, FormErrors, Load, TextField, failed, toast::toaster},
};
use colophon_contract::{ChangePassword, FieldError, Session};

/// Who one is, one's password, and signing out.
#[component]
pub fn AccountPage() -> impl IntoView {
    use_title(|| "Account".to_owned());
    let session = SessionState::expect();
    let content = |session: crate::ui::Data<Session>| {
        let (name, role) = session.with_untracked(|session| (session.author.name.clone(), session.role));
        view! {
            <p>"Signed in as "<strong>{name}</strong>", role "{role.as_str()}"."</p>
            <SignOut />
            <PasswordForm />
        }
        .into_any()
    };
    view! {
        <div class="narrow account-page">
            <h1>"Account"</h1>
            <Load resource=session.remote() lines=6 children=content />
        </div>
    }
    .into_any()
}

#[component]
fn SignOut() -> impl IntoView {
    let (request, ask) = crate::page::sign_in::sign_out();
    view! {
        <div>
            <Button busy=request.pending() on_click=move |()| ask()>"Sign out"</Button>
            {failed(request.error())}
        </div>
    }
    .into_any()
}

#[component]
fn PasswordForm() -> impl IntoView {
    let [current, new, again] = [(); 3].map(|()| RwSignal::new(String::new()));
    let change = Mutation::new();
    let errors = FormErrors::new(change.error());
    let toast = toaster();
    let submit = move |event: leptos::ev::SubmitEvent| {
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
        change.run(api::session::change_password(&body), move |_| {
            for field in [current, new, again] {
                field.try_set(String::new());
            }
            toast("The password was changed. All other sessions have ended.".to_owned());
        });
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
    .into_any()
}
