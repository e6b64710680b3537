//! The page's title in the browser's tab and in screen readers' ears.

use leptos::prelude::*;

/// The id of the live region that says the titles of pages: browsers say them only for pages of their own.
pub const ANNOUNCER: &str = "page-title";

/// Sets the document's title, and has screen readers say it.
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
