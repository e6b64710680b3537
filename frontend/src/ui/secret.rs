//! Secrets that are shown only once.

use crate::ui::{Button, Dialog, DialogActions, clipboard::write_clipboard, id};
use leptos::{html, prelude::*, task::spawn_local};

/// An object with a secret that is being created. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Making {
    /// The name of the object.
    pub name: RwSignal<String>,
    shown: RwSignal<Option<ViewFn>>,
    on_made: Callback<()>,
}

impl Making {
    /// Reports that it was created: `secret` replaces the form until the dialog closes.
    pub fn done<V: IntoView + 'static>(self, secret: impl Fn() -> V + Send + Sync + 'static) {
        if self.shown.try_set(Some(secret.into())).is_none() {
            self.on_made.run(());
        }
    }
}

/// A button, and the dialog that creates an object and then shows its secret.
#[component]
pub fn MakeSecret<V: IntoView + 'static>(
    /// The text of the button and the dialog's title.
    title: &'static str,
    /// The form for the object's values.
    form: fn(Making) -> V,
    /// Called after it was created.
    on_made: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let making = Making { name: RwSignal::new(String::new()), shown: RwSignal::new(None), on_made };
    let start = move |()| {
        making.name.set(String::new());
        making.shown.set(None);
        open.set(true);
    };
    let content = move || match making.shown.get() {
        Some(secret) => view! {
            <div class="stack">
                {secret.run()}
                <DialogActions>
                    <Button on_click=move |()| open.set(false)>"Done"</Button>
                </DialogActions>
            </div>
        }
        .into_any(),
        None => form(making).into_any(),
    };
    let is_typed = move || making.shown.with(Option::is_none) && making.name.with(|name| !name.is_empty());
    view! {
        <Button class="primary" on_click=start>{title}</Button>
        <Dialog title open unsaved=Signal::derive(is_typed)>{content}</Dialog>
    }
}

/// A secret to copy, which no page shows again.
#[component]
pub fn Secret(
    /// The label.
    label: &'static str,
    /// The secret.
    #[prop(into)]
    text: String,
    /// The explanation.
    children: Children,
) -> impl IntoView {
    let id = id::unique("secret");
    let input = NodeRef::<html::Input>::new();
    let said = RwSignal::new("");
    // Selected, so that it can also be copied by hand.
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
            // The dialog and its signals may be gone by now.
            said.try_set(if copied {
                "Copied."
            } else {
                "The browser does not allow copying here: it is selected instead."
            });
            if let (false, Some(Some(input))) = (copied, input.try_get_untracked()) {
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
}
