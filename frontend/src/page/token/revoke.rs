//! Revoking a token.

use crate::{
    api,
    state::Mutation,
    ui::{Button, Dialog, DialogActions, close_dialog, failed, toast::toaster},
};
use colophon_contract::ApiToken;
use leptos::prelude::*;

/// The question about `token`, shown while there is one.
#[component]
pub fn Revoke(
    /// The token; set it to ask.
    token: RwSignal<Option<ApiToken>>,
    /// Called after it was revoked.
    on_change: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if token.with(Option::is_some) {
            open.set(true);
        }
    });
    view! {
        <Dialog title="Revoke this token?" open>
            {move || token.get_untracked().map(|token| view! { <Question token open on_change /> })}
        </Dialog>
    }
}

#[component]
fn Question(token: ApiToken, open: RwSignal<bool>, on_change: Callback<()>) -> impl IntoView {
    let ApiToken { id, name, .. } = token;
    let close = close_dialog();
    let toast = toaster();
    let shown = name.clone();
    let revoke = Mutation::new(
        move |(), _| async move { api::token::revoke(id).await },
        move |()| {
            toast(format!("“{name}” was revoked."));
            open.set(false);
            on_change.run(());
        },
    );
    view! {
        <div class="stack">
            <p><strong>{shown}</strong>" is refused from the next request on, for good. Whatever uses it needs another one."</p>
            {failed(revoke.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Keep it"</Button>
                <Button class="danger" busy=revoke.pending() on_click=move |()| revoke.send(())>"Revoke the token"</Button>
            </DialogActions>
        </div>
    }
}
