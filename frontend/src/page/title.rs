//! The page's title in the browser's tab and for screen readers.

use leptos::prelude::*;

/// The id of the live region that announces page titles: browsers announce them only for pages that they
/// load.
pub const ANNOUNCER: &str = "page-title";

/// Sets the document's title, and announces it to screen readers.
pub fn use_title(title: impl Fn() -> String + 'static) {
    follow(Box::new(title));
}

fn follow(title: Box<dyn Fn() -> String>) {
    Effect::new(move |_| {
        let title = format!("{} · Colophon", title());
        let document = document();
        if document.title() == title {
            return;
        }
        document.set_title(&title);
        if let Some(region) = document.get_element_by_id(ANNOUNCER) {
            region.set_text_content(Some(&title));
        }
    });
}
