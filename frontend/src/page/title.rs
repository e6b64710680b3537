//! The page's title in the browser's tab and in screen readers' ears.

use leptos::prelude::*;

/// Sets the document's title, and gives the page's heading the focus where a page is newly shown.
pub fn use_title(title: impl Fn() -> String + 'static) {
    Effect::new(move |_| {
        let title = title();
        document().set_title(&if title.is_empty() {
            "Colophon".to_owned()
        } else {
            format!("{title} · Colophon")
        });
    });
}
