//! Dialogs on the browser's own `<dialog>`, which keeps the focus inside and then restores it.

use crate::ui::{Button, guard::guard_unsaved, id};
use leptos::{ev, html, prelude::*};

#[derive(Clone, Copy)]
struct Close(Callback<()>);

/// Returns a function that closes the dialog around the calling component, and asks first if there is unsaved
/// work.
pub fn close_dialog() -> impl Fn() + Copy + Send + Sync + 'static {
    let close = use_context::<Close>();
    move || {
        if let Some(Close(close)) = close {
            close.run(());
        }
    }
}

/// A modal dialog, shown while `open`. Setting `open` to false closes it without asking.
#[component]
pub fn Dialog(
    /// The title.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Classes beside `dialog`: `wide`.
    #[prop(optional)]
    class: &'static str,
    /// Whether closing it would lose changes.
    #[prop(optional, into)]
    unsaved: Signal<bool>,
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    move || {
        open.get().then(|| {
            let children = children.get_value();
            view! { <Frame title open class unsaved children /> }
        })
    }
}

#[component]
fn Frame(
    title: Signal<String>,
    open: RwSignal<bool>,
    class: &'static str,
    unsaved: Signal<bool>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let asking = RwSignal::new(false);
    let close = move || {
        if unsaved.get_untracked() {
            asking.set(true);
        } else {
            open.set(false);
        }
    };
    provide_context(Close(Callback::new(move |()| close())));
    guard_unsaved(unsaved);
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    // Close it before it is removed: only then the browser restores the focus.
    on_cleanup(move || {
        if let Some(Some(dialog)) = node.try_get_untracked() {
            dialog.close();
        }
    });
    let title_id = id::unique("dialog");
    let labelled_by = title_id.clone();
    view! {
        <dialog
            node_ref=node
            class=format!("dialog {class}")
            aria-labelledby=labelled_by
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    close();
                }
            }
            on:cancel=move |event: ev::Event| {
                event.prevent_default();
                close();
            }
        >
            <header class="dialog-head">
                <h2 id=title_id>{title}</h2>
                <button type="button" class="button quiet" aria-label="Close" on:click=move |_| close()>
                    "✕"
                </button>
            </header>
            {children()}
            {move || asking.get().then(|| view! { <Unsaved open asking /> })}
        </dialog>
    }
}

/// The question before unsaved work is discarded.
#[component]
pub fn Unsaved(
    /// Set to false if the work is discarded.
    open: RwSignal<bool>,
    /// Set to false if the work is kept.
    asking: RwSignal<bool>,
) -> impl IntoView {
    let keep = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = keep.get() {
            let _ = button.focus();
        }
    });
    view! {
        <div class="unsaved" role="alertdialog" aria-labelledby="unsaved-question">
            <p id="unsaved-question">"Close without saving? What you typed would be lost."</p>
            <button type="button" class="button" node_ref=keep on:click=move |_| asking.set(false)>
                "Keep editing"
            </button>
            <Button class="danger" on_click=move |()| open.set(false)>
                "Discard"
            </Button>
        </div>
    }
}

/// The row of buttons at a dialog's foot.
#[component]
pub fn DialogActions(children: Children) -> impl IntoView {
    view! { <footer class="dialog-actions">{children()}</footer> }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
