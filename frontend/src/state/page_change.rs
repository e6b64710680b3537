//! Does what browsers do when they load a page and a router does not. The focus moves to the new page's
//! heading, and the back button restores the scroll position.

use crate::route;
use leptos::{ev, prelude::*};
use leptos_router::{hooks::use_url, location::Url};
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, ScrollRestoration};

/// How long a page may take to show its heading and to grow to its old height, in milliseconds. After that
/// the person has begun to read.
const PATIENCE_MS: f64 = 5_000.0;

/// Follows the router's address. Call once, below the router.
pub fn follow_page_changes() {
    let url = use_url();
    repair_address(url);
    restore_scroll(url);
    let path = Memo::new(move |_| url.with(|url| url.path().to_owned()));
    Effect::new(move |last: Option<String>| {
        let now = path.get();
        if last.is_some_and(|last| last != now) {
            focus_main();
            let here = now.clone();
            each_frame(move || path.try_get_untracked().as_ref() != Some(&here) || focus_heading());
        }
        now
    });
}

/// Moves the focus to the page as a whole.
pub fn focus_main() {
    if let Some(main) = find("main") {
        let _ = main.focus();
    }
}

/// Moves the focus to the page's heading, unless the page itself has moved it. Returns whether nothing more
/// is to be done.
fn focus_heading() -> bool {
    let is_free =
        document().active_element().is_none_or(|element| matches!(&*element.tag_name(), "MAIN" | "BODY"));
    let Some(heading) = find("main h1") else { return !is_free };
    if is_free {
        // A heading takes the focus only from code, never by the Tab key.
        let _ = heading.set_attribute("tabindex", "-1");
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = heading.focus_with_options(&options);
    }
    true
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten().map(JsCast::unchecked_into)
}

/// Stores the scroll position of each address. After the back or forward button the page scrolls there as
/// soon as it is tall enough. The browser's own restoration gives up before the page has its data.
fn restore_scroll(url: ReadSignal<Url>) {
    if let Ok(history) = window().history() {
        let _ = history.set_scroll_restoration(ScrollRestoration::Manual);
    }
    let places = StoredValue::new(HashMap::<String, f64>::new());
    let scrolled = window_event_listener(ev::scroll, move |_| {
        let (key, y) = (address(), window().scroll_y().unwrap_or_default());
        places.update_value(|places| {
            places.insert(key, y);
        });
    });
    let went = window_event_listener(ev::popstate, move |_| {
        let key = address();
        let Some(wanted) = places.with_value(|places| places.get(&key).copied()) else { return };
        let here = url.get_untracked();
        each_frame(move || {
            let is_elsewhere = url.try_get_untracked().as_ref() != Some(&here);
            is_elsewhere || scroll_to(wanted)
        });
    });
    on_cleanup(move || {
        scrolled.remove();
        went.remove();
    });
}

/// Scrolls to `y` if the page is tall enough. Returns whether it was.
fn scroll_to(y: f64) -> bool {
    let Some(root) = document().document_element() else { return true };
    let is_tall = f64::from(root.scroll_height() - root.client_height()) >= y;
    if is_tall {
        window().scroll_to_with_x_and_y(0.0, y);
    }
    is_tall
}

/// Calls `is_done` with each frame, until it returns true or [`PATIENCE_MS`] are over.
fn each_frame(is_done: impl Fn() -> bool + 'static) {
    fn again(is_done: impl Fn() -> bool + 'static, until: f64) {
        request_animation_frame(move || {
            if !is_done() && js_sys::Date::now() < until {
                again(is_done, until);
            }
        });
    }
    again(is_done, js_sys::Date::now() + PATIENCE_MS);
}

/// Adds an entry to the browser's history that leptos_router leaves out (0.8.17, `complete_navigation`). The
/// router adds none if the address is already on top of its own record, and it does not extend that record
/// after the forward button. The address bar would then show the address of another page.
fn repair_address(url: ReadSignal<Url>) {
    Effect::new(move |_| {
        let wanted = route::address(&url.get());
        // The router changes the browser's address after its own.
        request_animation_frame(move || {
            request_animation_frame(move || {
                let is_current = url.try_with_untracked(route::address).as_ref() == Some(&wanted);
                if is_current
                    && wanted != address()
                    && let Ok(history) = window().history()
                {
                    let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&wanted));
                }
            });
        });
    });
}

fn address() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}
