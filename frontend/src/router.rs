//! Where the app is: the browser's address as a signal, and the ways to change it.
//!
//! All that the app needs of a router; what its addresses mean is written in [`crate::route`].

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement, MouseEvent, UrlSearchParams};

/// How to go to an address.
#[derive(Debug, Clone, Copy)]
pub struct NavigateOptions {
    /// Whether it takes the place of the present one, so that the back button does not lead here.
    pub replace: bool,
    /// Whether the new page is shown from its top.
    pub scroll: bool,
}

impl Default for NavigateOptions {
    fn default() -> Self {
        Self { replace: false, scroll: true }
    }
}

/// The browser's address, followed. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Router {
    path: RwSignal<String>,
    search: RwSignal<String>,
}

impl Router {
    /// Follows the back button and the links of the page from now on.
    pub fn provide() -> Self {
        let router = Self { path: RwSignal::new(String::new()), search: RwSignal::new(String::new()) };
        router.read();
        provide_context(router);
        let back = window_event_listener(ev::popstate, move |_| router.read());
        let links = window_event_listener(ev::click, move |event| router.follow(&event));
        on_cleanup(move || {
            back.remove();
            links.remove();
        });
        router
    }

    /// The router of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// The path, without host and query.
    pub fn path(self) -> Signal<String> {
        self.path.into()
    }

    /// A parameter of the query, decoded.
    pub fn query(self, name: &str) -> Option<String> {
        let search = self.search.get();
        UrlSearchParams::new_with_str(&search).ok()?.get(name)
    }

    /// Goes to an address of the app.
    pub fn go(self, to: &str, options: NavigateOptions) {
        let Ok(history) = window().history() else { return };
        let done = if options.replace || to == crate::route::current() {
            history.replace_state_with_url(&JsValue::NULL, "", Some(to))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(to))
        };
        if done.is_ok() {
            self.read();
            if options.scroll {
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
        }
    }

    fn read(self) {
        let location = window().location();
        self.path.set(location.pathname().unwrap_or_default());
        self.search.set(location.search().unwrap_or_default());
    }

    /// Goes where a click on a link leads, if that is within the app and the click is an ordinary one.
    fn follow(self, event: &MouseEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if event.default_prevented() || event.button() != 0 || modified {
            return;
        }
        let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = clicked.and_then(|element| element.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
        let leaves =
            link.has_attribute("target") || link.has_attribute("download") || link.rel() == "external";
        if leaves || Some(link.origin()) != window().location().origin().ok() {
            return;
        }
        event.prevent_default();
        self.go(&(link.pathname() + &link.search() + &link.hash()), NavigateOptions::default());
    }
}

/// What goes to an address of the app, for use in closures.
pub fn use_navigate() -> impl Fn(&str, NavigateOptions) + Copy + Send + Sync + 'static {
    let router = Router::expect();
    move |to, options| router.go(to, options)
}

/// Goes to `path` as soon as it is shown.
#[component]
pub fn Redirect(
    /// Where to.
    path: String,
    /// How.
    #[prop(optional)]
    options: NavigateOptions,
) -> impl IntoView {
    let navigate = use_navigate();
    // Not at once: what is being shown now is done first.
    queue_microtask(move || navigate(&path, options));
}
