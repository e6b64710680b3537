//! Asks before a person leaves unsaved work: by a link, by code, the back button, a reload, or closing the
//! tab.
//!
//! leptos_router has no hook for this. So every navigation from code uses [`use_navigate`], and clicks on
//! links are caught before the router handles them.

use js_sys::Reflect;
use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AddEventListenerOptions, Element, Event, EventTarget};

const QUESTION: &str = "Leave this page? What you typed is not saved and would be lost.";

/// The unsaved parts of the page. Copy it into closures.
#[derive(Clone, Copy)]
pub struct UnsavedGuard {
    unsaved: StoredValue<Vec<Signal<bool>>>,
}

impl UnsavedGuard {
    /// Guards the app from now on. Call once, below the router and above every page.
    pub fn provide() -> Self {
        let guard = Self { unsaved: StoredValue::new(Vec::new()) };
        provide_context(guard);
        guard.listen();
        guard
    }

    /// Returns the guard of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Whether the page may be left: nothing is unsaved, or the person agrees to lose it.
    pub fn may_leave(self) -> bool {
        !self.is_unsaved() || window().confirm_with_message(QUESTION).unwrap_or(true)
    }

    fn is_unsaved(self) -> bool {
        // Signals of removed components no longer exist.
        self.unsaved.with_value(|all| all.iter().any(|signal| signal.try_get_untracked() == Some(true)))
    }

    fn listen(self) {
        let reload = window_event_listener(ev::beforeunload, move |event| {
            if self.is_unsaved() {
                event.prevent_default();
            }
        });
        on_cleanup(move || reload.remove());
        listen_first(window().into(), "click", move |event| {
            if leads_elsewhere(event) && !self.may_leave() {
                event.prevent_default();
                event.stop_propagation();
            }
        });
        // The back button can be stopped only in browsers with the Navigation API.
        let navigation = Reflect::get(&window(), &"navigation".into()).unwrap_or(JsValue::UNDEFINED);
        if let Ok(navigation) = navigation.dyn_into::<EventTarget>() {
            listen_first(navigation, "navigate", move |event| {
                let kind =
                    Reflect::get(event, &"navigationType".into()).ok().and_then(|kind| kind.as_string());
                let goes_back = kind.as_deref() == Some("traverse") && event.cancelable();
                if goes_back && !self.may_leave() {
                    event.prevent_default();
                }
            });
        }
    }
}

/// Asks before leaving while `unsaved` is true and the calling component is on the page.
pub fn guard_unsaved(unsaved: Signal<bool>) {
    let UnsavedGuard { unsaved: all } = UnsavedGuard::expect();
    all.update_value(|all| all.push(unsaved));
    on_cleanup(move || {
        all.try_update_value(|all| all.retain(|other| *other != unsaved));
    });
}

/// Returns a function that goes to an address of the app, unless the person wants to keep unsaved work. The
/// function does nothing once the calling component is gone.
pub fn use_navigate() -> impl Fn(&str, NavigateOptions) + Copy + Send + Sync + 'static {
    let guard = UnsavedGuard::expect();
    #[expect(clippy::disallowed_methods, reason = "this is the guarded form of it")]
    let navigate = StoredValue::new_local(leptos_router::hooks::use_navigate());
    move |to, options| {
        if guard.may_leave() {
            navigate.try_with_value(|navigate| navigate(to, options));
        }
    }
}

/// Whether a click is on a link that leaves the page.
fn leads_elsewhere(event: &Event) -> bool {
    let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let link = clicked.and_then(|element| element.closest("a[href]").ok().flatten());
    link.is_some_and(|link| !link.has_attribute("target") && !link.has_attribute("download"))
}

/// Listens in the capture phase, before any other listener, until the calling component is gone.
fn listen_first(target: EventTarget, name: &'static str, handler: impl Fn(&Event) + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(move |event: Event| handler(&event));
    let options = AddEventListenerOptions::new();
    options.set_capture(true);
    let function = closure.as_ref().unchecked_ref();
    let _ = target.add_event_listener_with_callback_and_add_event_listener_options(name, function, &options);
    let kept = StoredValue::new_local((target, closure));
    on_cleanup(move || {
        let _ = kept.try_with_value(|(target, closure)| {
            let function = closure.as_ref().unchecked_ref();
            target.remove_event_listener_with_callback_and_bool(name, function, true)
        });
    });
}
