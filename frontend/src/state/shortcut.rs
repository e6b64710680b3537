//! Single keys that do something: registered by what is on the page, listed by `?`.

use crate::{state::session::SessionState, ui::storage};
use leptos::{ev, prelude::*};
use leptos_router::{hooks::use_url, location::Url};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

const STORED_AS: &str = "single-keys";

/// A key and what it does.
#[derive(Clone, Copy)]
pub struct Shortcut {
    id: usize,
    /// As `KeyboardEvent.key` has it.
    pub key: &'static str,
    /// For people.
    pub label: &'static str,
    action: Callback<()>,
    /// Whether the user may do it.
    allowed: Signal<bool>,
}

/// All keys of what is on the page now.
#[derive(Clone, Copy)]
pub struct Shortcuts {
    list: RwSignal<Vec<Shortcut>>,
    enabled: RwSignal<bool>,
    /// The last key that was pressed before the part of the page that handles it was there, and the address at
    /// that moment.
    early: RwSignal<Option<(String, Url)>>,
    session: SessionState,
    url: ReadSignal<Url>,
}

impl Shortcuts {
    /// Listens to the window's keys from now on.
    pub fn provide() -> Self {
        let enabled = storage::read(STORED_AS).as_deref() != Some("off");
        let state = Self {
            list: RwSignal::new(Vec::new()),
            enabled: RwSignal::new(enabled),
            early: RwSignal::new(None),
            session: SessionState::expect(),
            url: use_url(),
        };
        provide_context(state);
        let handle = window_event_listener(ev::keydown, move |event| state.handle(&event));
        on_cleanup(move || handle.remove());
        Effect::new(move |_| state.catch_up());
        state
    }

    /// The keys of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// What is on the page now and allowed, the latest registered last.
    pub fn list(self) -> Vec<Shortcut> {
        self.list.get().into_iter().filter(|shortcut| shortcut.allowed.get()).collect()
    }

    /// Whether single keys do anything (WCAG 2.1.4 wants a switch).
    pub fn enabled(self) -> Signal<bool> {
        self.enabled.into()
    }

    /// Turns single keys on or off, and remembers it.
    pub fn set_enabled(self, on: bool) {
        storage::write(STORED_AS, if on { "on" } else { "off" });
        self.enabled.set(on);
    }

    fn handle(self, event: &KeyboardEvent) {
        self.early.set(None);
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || event.default_prevented() || !self.enabled.get_untracked() || is_elsewhere() {
            return;
        }
        let key = event.key();
        match untrack(|| self.find(&key)) {
            Some(shortcut) => {
                event.prevent_default();
                shortcut.action.run(());
            }
            None if is_loading() || untrack(|| self.session.is_loading()) => {
                self.early.set(Some((key, self.url.get_untracked())));
            }
            None => {}
        }
    }

    /// What `key` does now.
    fn find(self, key: &str) -> Option<Shortcut> {
        let found = self.list.with(|list| list.iter().rev().find(|s| s.key == key).copied());
        found.filter(|shortcut| shortcut.allowed.get())
    }

    /// Does what was asked for while the page still loaded, as soon as it can be done there.
    fn catch_up(self) {
        let Some((key, url)) = self.early.get() else { return };
        if let Some(shortcut) = self.find(&key) {
            self.early.set(None);
            if url == self.url.get_untracked() {
                untrack(|| shortcut.action.run(()));
            }
        }
    }
}

/// Lets `key` do `action` for as long as the component that calls this is on the page.
pub fn use_shortcut(key: &'static str, label: &'static str, action: impl Fn() + Send + Sync + 'static) {
    use_allowed_shortcut(key, label, Signal::stored(true), action);
}

/// The same for something that not everybody may do: the key is only there while it is `allowed`.
pub fn use_allowed_shortcut(
    key: &'static str,
    label: &'static str,
    allowed: Signal<bool>,
    action: impl Fn() + Send + Sync + 'static,
) {
    let Shortcuts { list, .. } = Shortcuts::expect();
    let id = list.with_untracked(|list| list.iter().map(|s| s.id + 1).max().unwrap_or(0));
    let action = Callback::new(move |()| action());
    list.update(|list| list.push(Shortcut { id, key, label, action, allowed }));
    on_cleanup(move || list.update(|list| list.retain(|s| s.id != id)));
}

/// Whether a part of the page has not come yet, and its keys with it.
fn is_loading() -> bool {
    document().query_selector(".skeleton").ok().flatten().is_some()
}

/// Whether somebody is typing, or a dialog has the keyboard.
fn is_elsewhere() -> bool {
    let document = document();
    if document.query_selector("dialog[open]").ok().flatten().is_some() {
        return true;
    }
    document.active_element().is_some_and(|element: Element| {
        let typing = matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT");
        typing || element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable)
    })
}
