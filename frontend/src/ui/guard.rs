//! Asks before unsaved work is left: by a link, by code, the back button, a reload, or closing the tab.
//!
//! leptos_router has no such hook. So every navigation from code goes through [`use_navigate`], and clicks on
//! links are caught before the router handles them.

use js_sys::Reflect;
use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AddEventListenerOptions, Element, Event, EventTarget};

const QUESTION: &str = "Leave this page? What you typed is not saved and would be lost.";

/// What is unsaved on the page. Copy it into closures.
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

    /// The guard of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Whether the page may be left: nothing is unsaved, or the person agrees to lose it.
    pub fn may_leave(self) -> bool {
        !self.is_unsaved() || window().confirm_with_message(QUESTION).unwrap_or(true)
    }

    fn is_unsaved(self) -> bool {
        // The signals of components that are gone are no longer there.
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
        // The back button can only be asked about where browsers have the Navigation API.
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

/// Asks before leaving for as long as the component that calls this is on the page and `unsaved` is true.
pub fn guard_unsaved(unsaved: Signal<bool>) {
    let UnsavedGuard { unsaved: all } = UnsavedGuard::expect();
    all.update_value(|all| all.push(unsaved));
    on_cleanup(move || {
        all.try_update_value(|all| all.retain(|other| *other != unsaved));
    });
}

/// A function that goes to an address of the app, unless the person wants to keep what is unsaved. It does
/// nothing once the component that called this is gone.
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

/// Whether a click is on a link that the page would be left by.
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
