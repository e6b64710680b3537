//! Mounts components in the browser that runs the tests, and simulates a person's actions.

use crate::{
    state::session::SessionState, test_support::fixture::author, ui::guard::UnsavedGuard,
    ui::toast::provide_toasts,
};
use colophon_contract::{Role, Session};
use gloo_timers::future::TimeoutFuture;
use leptos::{mount::mount_to, prelude::*};
use std::{any::Any, cell::RefCell, future::ready, rc::Rc};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test_configure;
use web_sys::{
    Event, EventInit, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit,
};

wasm_bindgen_test_configure!(run_in_browser);

/// A mounted view. Dropping it removes the view.
pub struct Mounted {
    root: HtmlElement,
    /// Removes the view from `root` when dropped.
    view: Option<Box<dyn Any>>,
    owner: Owner,
}

/// Mounts the view that `make` returns second, in an app whose user is an administrator. Returns the first
/// value: signals that the test reads and sets.
pub fn mount_with<T: 'static, V: IntoView + 'static>(
    make: impl FnOnce() -> (T, V) + 'static,
) -> (Mounted, T) {
    let root: HtmlElement = document().create_element("div").expect("an element").unchecked_into();
    document().body().expect("a body").append_child(&root).expect("it is appended");
    let made = Rc::new(RefCell::new(None));
    let slot = made.clone();
    let view = mount_to(root.clone(), move || {
        SessionState::provide_by(|| ready(Ok(Session { author: author(), role: Role::Admin, token: None })));
        UnsavedGuard::provide();
        provide_toasts();
        let owner = Owner::current().expect("the owner of the view");
        let (value, view) = make();
        *slot.borrow_mut() = Some((owner, value));
        view
    });
    let (owner, value) = made.take().expect("the view was made");
    (Mounted { root, view: Some(Box::new(view)), owner }, value)
}

/// Waits until all effects and all ready futures have run.
pub async fn settle() {
    // Effects run in microtasks, and a timer fires after all of those. A future may start further effects.
    for _ in 0..3 {
        TimeoutFuture::new(0).await;
    }
}

impl Mounted {
    /// Returns the first element that `selector` matches.
    ///
    /// # Panics
    /// If there is none.
    pub fn find(&self, selector: &str) -> HtmlElement {
        let found = self.root.query_selector(selector).expect("a valid selector");
        let Some(found) = found else { panic!("no {selector} in {}", self.root.inner_html()) };
        found.unchecked_into()
    }

    /// Returns all elements that `selector` matches, in the order of the page.
    fn find_all(&self, selector: &str) -> Vec<HtmlElement> {
        let list = self.root.query_selector_all(selector).expect("a valid selector");
        (0..list.length()).filter_map(|index| list.get(index)).map(JsCast::unchecked_into).collect()
    }

    /// Returns how many elements `selector` matches.
    pub fn count(&self, selector: &str) -> usize {
        self.find_all(selector).len()
    }

    /// Returns the text of the first element that `selector` matches.
    pub fn text(&self, selector: &str) -> String {
        text_of(&self.find(selector))
    }

    /// Returns the texts of all elements that `selector` matches.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.find_all(selector).iter().map(text_of).collect()
    }

    /// Returns an attribute of the first element that `selector` matches.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.find(selector).get_attribute(name)
    }

    /// Returns the value of the first field that `selector` matches.
    pub fn value(&self, selector: &str) -> String {
        value_of(&self.find(selector))
    }

    /// Returns the values of all fields that `selector` matches.
    pub fn values(&self, selector: &str) -> Vec<String> {
        self.find_all(selector).iter().map(value_of).collect()
    }

    /// Returns the text of the element that has the keyboard's focus.
    pub fn focused_text(&self) -> String {
        let focused = document().active_element().expect("a focused element");
        assert!(self.root.contains(Some(&focused)), "the focus is elsewhere: {}", focused.outer_html());
        text_of(focused.unchecked_ref())
    }

    /// Clicks the first element that `selector` matches.
    pub fn click(&self, selector: &str) {
        self.find(selector).click();
    }

    /// Presses a key. Returns whether the app handled it, so that the browser does nothing more.
    pub fn press(&self, selector: &str, key: &str) -> bool {
        self.press_key(selector, key, false)
    }

    /// Presses a key while Ctrl is held; otherwise as [`Self::press`].
    pub fn press_with_control(&self, selector: &str, key: &str) -> bool {
        self.press_key(selector, key, true)
    }

    fn press_key(&self, selector: &str, key: &str, control: bool) -> bool {
        let options = KeyboardEventInit::new();
        options.set_key(key);
        options.set_ctrl_key(control);
        options.set_bubbles(true);
        options.set_cancelable(true);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &options);
        !self.find(selector).dispatch_event(&event.expect("an event")).expect("it is dispatched")
    }

    /// Dispatches an event that bubbles. Returns whether the app handled it, so that the browser does nothing
    /// more.
    pub fn dispatch(&self, selector: &str, name: &str) -> bool {
        let options = EventInit::new();
        options.set_bubbles(true);
        options.set_cancelable(true);
        let event = Event::new_with_event_init_dict(name, &options).expect("an event");
        !self.find(selector).dispatch_event(&event).expect("it is dispatched")
    }

    /// Replaces the text of a field by `text`, as typing does.
    pub fn type_text(&self, selector: &str, text: &str) {
        let field = self.find(selector);
        match field.dyn_ref::<HtmlTextAreaElement>() {
            Some(area) => area.set_value(text),
            None => field.unchecked_into::<HtmlInputElement>().set_value(text),
        }
        self.dispatch(selector, "input");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.view = None;
        // The app does the same when it replaces a part of a page. A pending request would keep the owner
        // alive otherwise.
        self.owner.cleanup();
        self.root.remove();
    }
}

fn text_of(element: &HtmlElement) -> String {
    element.text_content().unwrap_or_default()
}

fn value_of(element: &HtmlElement) -> String {
    match element.dyn_ref::<HtmlTextAreaElement>() {
        Some(area) => area.value(),
        None => element.unchecked_ref::<HtmlInputElement>().value(),
    }
}
