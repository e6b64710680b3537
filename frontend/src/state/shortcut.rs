//! Single-key shortcuts: components register them while they are on the page, and `?` lists them.

use crate::{state::session::SessionState, ui::storage};
use leptos::{ev, prelude::*};
use leptos_router::{hooks::use_url, location::Url};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

const STORED_AS: &str = "single-keys";

/// A key and its action.
#[derive(Clone, Copy)]
pub struct Shortcut {
    id: usize,
    /// The key as in `KeyboardEvent.key`.
    pub key: &'static str,
    /// The text for people.
    pub label: &'static str,
    action: Callback<()>,
    /// Whether the user has permission.
    allowed: Signal<bool>,
}

/// The shortcuts of all components on the page.
#[derive(Clone, Copy)]
pub struct Shortcuts {
    list: RwSignal<Vec<Shortcut>>,
    enabled: RwSignal<bool>,
    /// The last key that was pressed before the component that handles it was there, and the address at that
    /// moment.
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

    /// Returns the shortcuts of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Returns the shortcuts that are on the page and allowed, in the order of registration.
    pub fn list(self) -> Vec<Shortcut> {
        self.list.get().into_iter().filter(|shortcut| shortcut.allowed.get()).collect()
    }

    /// Whether single keys are enabled (WCAG 2.1.4 requires a switch).
    pub fn enabled(self) -> Signal<bool> {
        self.enabled.into()
    }

    /// Turns single keys on or off, and stores the choice.
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

    /// Returns the shortcut of `key`, if there is one.
    fn find(self, key: &str) -> Option<Shortcut> {
        let found = self.list.with(|list| list.iter().rev().find(|s| s.key == key).copied());
        found.filter(|shortcut| shortcut.allowed.get())
    }

    /// Runs the action of an early key once its component is there, unless the address has changed.
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

/// Registers `key` for `action` for as long as the calling component is on the page.
pub fn use_shortcut(key: &'static str, label: &'static str, action: impl Fn() + Send + Sync + 'static) {
    use_allowed_shortcut(key, label, Signal::stored(true), action);
}

/// As [`use_shortcut`], for an action that needs a permission: the key works only while `allowed`.
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

/// Whether a part of the page is still loading and its keys are missing.
fn is_loading() -> bool {
    document().query_selector(".skeleton").ok().flatten().is_some()
}

/// Whether a person is typing, or a dialog is open.
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
