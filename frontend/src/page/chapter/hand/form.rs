//! A form in a segment's place, which asks before it discards typed text.

use super::focus;
use crate::ui::{Button, Unsaved, guard::guard_unsaved};
use leptos::prelude::*;

/// The form: its fields, and the buttons. Ctrl+Enter sends it, Escape closes it.
#[component]
pub fn InPlace(
    /// The segment's position.
    position: i32,
    /// The accessible name.
    label: &'static str,
    /// Whether the form is open.
    open: RwSignal<bool>,
    /// Whether closing it would lose typed text.
    typed: Signal<bool>,
    /// The text of the button that sends it.
    send: &'static str,
    /// Whether a reply is awaited.
    busy: Signal<bool>,
    /// Sends it.
    on_send: Callback<()>,
    children: Children,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    guard_unsaved(typed);
    Effect::new(move |_| {
        if !asking.get() {
            focus(position, "textarea");
        }
    });
    let close = move || match typed.get_untracked() {
        true => asking.update(|asking| *asking = !*asking),
        false => open.set(false),
    };
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            "Escape" => close(),
            "Enter" if (event.ctrl_key() || event.meta_key()) && !busy.get_untracked() => on_send.run(()),
            _ => return,
        }
        event.prevent_default();
    };
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        on_send.run(());
    };
    view! {
        <form
            class="stack in-place"
            aria-label=format!("{label} segment {position}")
            on:submit=on_submit
            on:keydown=on_keydown
            novalidate=true
        >
            {children()}
            <div class="actions">
                <Button class="primary small" kind="submit" busy>{send}</Button>
                <Button class="small" on_click=move |()| close()>"Cancel"</Button>
            </div>
            {move || asking.get().then(|| view! { <Unsaved open asking /> })}
        </form>
    }
}
