//! Making a token.

use crate::prelude::*;
use crate::{
    api,
    state::Mutation,
    ui::{
        Button, Dialog, DialogActions, FormErrors, Remote, Secret, SelectField, TextField, close_dialog,
        failed, select::choices,
    },
};
use colophon_contract::{CreateToken, CreatedToken, Scope};

/// The button and its dialog.
#[component]
pub fn CreateTokenButton(
    /// After one was made.
    on_change: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let made = RwSignal::new(None::<CreatedToken>);
    let start = move |()| {
        name.set(String::new());
        made.set(None);
        open.set(true);
    };
    let content = move || {
        match made.get() {
        Some(made) => view! {
            <div class="stack">
                <Secret label="Token" text=made.secret>
                    <p>
                        "Send it as "<code>"Authorization: Bearer …"</code>". It is not shown again: put it where the service keeps its secrets."
                    </p>
                </Secret>
                <DialogActions>
                    <Button on_click=move |()| open.set(false)>"Done"</Button>
                </DialogActions>
            </div>
        }
        .into_any(),
        None => view! { <Form name made on_change /> }.into_any(),
    }
    };
    let unsaved = Signal::derive(move || made.with(Option::is_none) && name.with(|name| !name.is_empty()));
    view! {
        <Button class="primary" on_click=start>"Make a token"</Button>
        <Dialog title="Make a token" open unsaved>{content}</Dialog>
    }
    .into_any()
}

#[component]
fn Form(
    name: RwSignal<String>,
    made: RwSignal<Option<CreatedToken>>,
    on_change: Callback<()>,
) -> impl IntoView {
    let (write, run) = (RwSignal::new(false), RwSignal::new(false));
    let work = RwSignal::new(String::new());
    let days = RwSignal::new("90".to_owned());
    let works = Remote::new(|| api::work::list(None, None));
    let create = Mutation::new();
    let errors = FormErrors::new(create.error());
    let close = close_dialog();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let chosen =
            [(true, Scope::Read), (write.get_untracked(), Scope::Write), (run.get_untracked(), Scope::Run)];
        let body = CreateToken {
            name: name.get_untracked().trim().to_owned(),
            scopes: chosen.into_iter().filter_map(|(is_wanted, scope)| is_wanted.then_some(scope)).collect(),
            work_id: work.with_untracked(|work| work.parse().ok()),
            expires_in_days: days.with_untracked(|days| days.parse().ok()),
        };
        if !errors.check(&body) {
            return;
        }
        let key = create.key_for(&body);
        create.run(api::token::create(&body, &key), move |answer| {
            made.try_set(Some(answer));
            on_change.run(());
        });
    };
    let work_choices = Signal::derive(move || {
        let mut list = choices([("", "All works")]);
        if let Some(Ok(page)) = works.get() {
            list.extend(page.items.into_iter().map(|work| (work.id.to_string(), work.title)));
        }
        list
    });
    let expiries = choices([("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("", "Never")]);
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            <TextField
                label="Name"
                value=name
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
            <SelectField label="Where" value=work choices=work_choices error=errors.at("/work_id") />
            <SelectField label="Expires" value=days choices=expiries error=errors.at("/expires_in_days") />
            {failed(create.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=create.pending()>"Make the token"</Button>
            </DialogActions>
        </form>
    }
    .into_any()
}

fn scope(label: &'static str, wanted: RwSignal<bool>) -> AnyView {
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
    .into_any()
}
