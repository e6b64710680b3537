//! The web app of Colophon: client-side rendered, built by Trunk, served by the binary it talks to.
//!
//! `api/` is the only place that fetches, `ui/` holds parts that know no novels, `state/` what the whole
//! app shares, and `page/<noun>/<part>.rs` the rest.

#![expect(
    unreachable_pub,
    reason = "`#[component]` writes public items, and a binary exports nothing anyway"
)]

mod api;
mod app;
mod page;
mod prelude;
mod route;
mod router;
mod state;
mod ui;

use crate::prelude::*;

fn main() {
    std::panic::set_hook(Box::new(|info| app::show_crash(&info.to_string())));
    mount_to_body(|| view! { <app::App /> }.into_any());
}
