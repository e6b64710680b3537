//! The pages. Each loads its data through a resource and passes it to its parts as properties.

pub mod account;
pub mod admin;
pub mod audit;
pub mod badge;
pub mod chapter;
pub mod check;
pub mod crumbs;
pub mod diff;
pub mod history;
pub mod menu;
pub mod not_found;
pub mod password;
pub mod paused;
pub mod prompt;
pub mod setup;
pub mod sign_in;
pub mod title;
pub mod token;
pub mod translation;
pub mod user;
pub mod volume;
pub mod work;
pub mod works;
