//! Creating a token.

use crate::{
    api,
    page::work::WorkField,
    state::Mutation,
    ui::{
        Button, DialogActions, FormErrors, Making, Secret, SelectField, TextField, close_dialog, failed,
        select::choices,
    },
};
use colophon_contract::{CreateToken, CreatedToken, Scope};
use leptos::{ev::SubmitEvent, prelude::*};

/// The form with the token's permissions.
pub fn form(making: Making) -> impl IntoView {
    let (write, run) = (RwSignal::new(false), RwSignal::new(false));
    let work = RwSignal::new(String::new());
    let days = RwSignal::new("90".to_owned());
    let create = Mutation::new(
        |body: CreateToken, _| async move { api::token::create(&body).await },
        move |CreatedToken { secret, .. }| making.done(move || shown(secret.clone())),
    );
    let errors = FormErrors::new(create.error());
    let close = close_dialog();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let chosen =
            [(true, Scope::Read), (write.get_untracked(), Scope::Write), (run.get_untracked(), Scope::Run)];
        let body = CreateToken {
            name: making.name.get_untracked().trim().to_owned(),
            scopes: chosen.into_iter().filter_map(|(is_wanted, scope)| is_wanted.then_some(scope)).collect(),
            work_id: work.with_untracked(|work| work.parse().ok()),
            expires_in_days: days.with_untracked(|days| days.parse().ok()),
        };
        if errors.check(&body) {
            create.send(body);
        }
    };
    let expiries = choices([("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("", "Never")]);
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            <TextField
                label="Name"
                value=making.name
                error=errors.at("/name")
                hint="What it is for. It stands beside what is done with it, with your name."
                autofocus=true
            />
            <fieldset class="scopes">
                <legend class="label">"What it may do"</legend>
                <label class="check"><input type="checkbox" checked disabled />"Read (always)"</label>
                {scope("Write: change works, chapters, prompts and texts", write)}
                {scope("Run: start, cancel and resume translations", run)}
                <p class="field-error" aria-live="polite">{errors.at("/scopes")}</p>
            </fieldset>
            <WorkField label="Where" value=work error=errors.at("/work_id") />
            <SelectField label="Expires" value=days choices=expiries error=errors.at("/expires_in_days") />
            {failed(create.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=create.pending()>"Make the token"</Button>
            </DialogActions>
        </form>
    }
}

fn shown(secret: String) -> impl IntoView {
    view! {
        <Secret label="Token" text=secret>
            <p>
                "Send it as "<code>"Authorization: Bearer …"</code>". It is not shown again: put it where the service keeps its secrets."
            </p>
        </Secret>
    }
}

fn scope(label: &'static str, wanted: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=wanted
                on:change:target=move |event| wanted.set(event.target().checked())
            />
            {label}
        </label>
    }
}
