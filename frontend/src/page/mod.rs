//! The pages. Each loads what it shows through a resource; its parts get it as properties.

pub mod badge;
pub mod chapter;
pub mod crumbs;
pub mod diff;
pub mod history;
pub mod not_found;
pub mod paused;
pub mod prompt;
pub mod setup;
pub mod sign_in;
pub mod title;
pub mod translation;
pub mod work;
pub mod works;
