//! Leptos, with a `view!` of our own.

pub use crate::ui::element::IntoChild;
pub use colophon_view::view;
pub use leptos::prelude::*;
