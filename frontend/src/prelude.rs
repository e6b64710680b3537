//! Leptos, with a `view!` of our own.

pub use colophon_view::view;
pub use leptos::prelude::*;
