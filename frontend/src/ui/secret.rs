//! What is shown once.

use crate::prelude::*;
use crate::ui::{Button, clipboard::write_clipboard, id};
use leptos::{html, task::spawn_local};

/// A secret to take along, which no page shows again.
#[component]
pub fn Secret(
    /// What it is.
    label: &'static str,
    /// The secret.
    #[prop(into)]
    text: String,
    /// What one should know about it.
    children: Children,
) -> impl IntoView {
    let id = id::unique("secret");
    let input = NodeRef::<html::Input>::new();
    let said = RwSignal::new("");
    // Ready to be copied by hand, too.
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            request_animation_frame(move || {
                let _ = input.focus();
                input.select();
                input.set_scroll_left(0);
            });
        }
    });
    let value = text.clone();
    let copy = move |()| {
        let text = text.clone();
        spawn_local(async move {
            let copied = write_clipboard(&text).await.is_ok();
            said.set(if copied {
                "Copied."
            } else {
                "The browser does not allow copying here: it is selected instead."
            });
            if let (false, Some(input)) = (copied, input.get_untracked()) {
                let _ = input.focus();
                input.select();
            }
        });
    };
    view! {
        <div class="secret stack">
            <div>
                <label class="label" for=id.clone()>{label}</label>
                <div class="secret-line">
                    <input
                        id=id
                        class="input code"
                        readonly
                        spellcheck="false"
                        autocomplete="off"
                        node_ref=input
                        prop:value=value
                    />
                    <Button class="primary" on_click=copy>"Copy"</Button>
                </div>
                <p class="hint" role="status">{said}</p>
            </div>
            {children()}
        </div>
    }
    .into_any()
}
