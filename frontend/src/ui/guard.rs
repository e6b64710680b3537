//! Asks before unsaved work is left: by a link, the back button, a reload, or closing the tab.

use js_sys::Reflect;
use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AddEventListenerOptions, Element, Event, EventTarget};

const QUESTION: &str = "Leave this page? What you typed is not saved and would be lost.";

/// Asks before leaving for as long as the component that calls this is on the page and `unsaved` is true.
pub fn guard_unsaved(unsaved: Signal<bool>) {
    let is_unsaved = move || unsaved.try_get_untracked().unwrap_or(false);
    let reload = window_event_listener(ev::beforeunload, move |event| {
        if is_unsaved() {
            event.prevent_default();
        }
    });
    on_cleanup(move || reload.remove());
    listen(window().into(), "click", move |event| {
        let link = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let leaves = link
            .and_then(|element| element.closest("a[href]").ok().flatten())
            .is_some_and(|link| link.get_attribute("target").is_none());
        if leaves && is_unsaved() && !confirmed() {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    // The back button can only be asked about where browsers have the Navigation API.
    let navigation = Reflect::get(&window(), &"navigation".into()).unwrap_or(JsValue::UNDEFINED);
    if let Ok(navigation) = navigation.dyn_into::<EventTarget>() {
        listen(navigation, "navigate", move |event| {
            let kind = Reflect::get(event, &"navigationType".into()).ok().and_then(|kind| kind.as_string());
            let goes_back = kind.as_deref() == Some("traverse") && event.cancelable();
            if goes_back && is_unsaved() && !confirmed() {
                event.prevent_default();
            }
        });
    }
}

fn confirmed() -> bool {
    window().confirm_with_message(QUESTION).unwrap_or(true)
}

/// Listens while events come down, before anybody else, until the component is gone.
fn listen(target: EventTarget, name: &'static str, handler: impl Fn(&Event) + 'static) {
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
