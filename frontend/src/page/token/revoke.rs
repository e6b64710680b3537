//! Revoking a token.

use crate::prelude::*;
use crate::{
    api,
    state::Mutation,
    ui::{Button, Dialog, DialogActions, close_dialog, failed, toast::toaster},
};
use colophon_contract::ApiToken;

/// The question about `token`, while there is one.
#[component]
pub fn Revoke(
    /// Which; set to ask.
    token: RwSignal<Option<ApiToken>>,
    /// After it was revoked.
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
            <Question token open on_change />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Question(
    token: RwSignal<Option<ApiToken>>,
    open: RwSignal<bool>,
    on_change: Callback<()>,
) -> impl IntoView {
    let Some(ApiToken { id, name, .. }) = token.get_untracked() else { return ().into_child() };
    let revoke = Mutation::new();
    let close = close_dialog();
    let toast = toaster();
    let shown = name.clone();
    let confirm = move |()| {
        let name = name.clone();
        revoke.run(api::token::revoke(id), move |()| {
            toast(format!("“{name}” was revoked."));
            open.set(false);
            on_change.run(());
        });
    };
    view! {
        <div class="stack">
            <p><strong>{shown}</strong>" is refused from the next request on, for good. Whatever uses it needs another one."</p>
            {failed(revoke.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Keep it"</Button>
                <Button class="danger" busy=revoke.pending() on_click=confirm>"Revoke the token"</Button>
            </DialogActions>
        </div>
    }
    .into_any()
}
