//! The web app of Colophon: client-side rendered, built by Trunk, served by the binary whose API it uses.
//!
//! `app.rs` has the routes, `api/` is the only place that fetches, `ui/` holds parts independent of novels,
//! `state/` holds what the whole app shares, and `page/<noun>/<part>.rs` the rest.

#![expect(
    unreachable_pub,
    reason = "`#[component]` writes public items, and a binary exports nothing anyway"
)]

mod api;
mod app;
mod page;
mod route;
mod state;
#[cfg(test)]
mod test_support;
mod ui;

use leptos::prelude::*;

fn main() {
    std::panic::set_hook(Box::new(|info| app::show_crash(&info.to_string())));
    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
    mount_to_body(app::App);
}
