//! The API's client: the only place that fetches.
//!
//! One file a noun of the URL; every call gives the reply's type of `colophon_contract` or an [`Error`].

pub mod audit;
pub mod chapter;
pub mod client;
pub mod error;
pub mod event;
mod json;
pub mod model;
pub mod prompt;
pub mod provider;
pub mod run;
pub mod segment;
pub mod session;
pub mod token;
pub mod upload;
pub mod user;
pub mod work;

pub use client::{Key, Reply};
pub use error::Error;
pub use json::read as read_json;
