//! The visibility of the tab.

use leptos::{ev, prelude::*};

/// Returns whether the tab is visible, for as long as the calling component is on the page. Streams are open
/// only then: a browser keeps few connections to one server for all of its tabs together.
pub fn use_visible() -> RwSignal<bool> {
    let visible = RwSignal::new(!document().hidden());
    let listener = window_event_listener(ev::visibilitychange, move |_| visible.set(!document().hidden()));
    on_cleanup(move || listener.remove());
    visible
}
