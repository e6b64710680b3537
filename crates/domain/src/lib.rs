//! Entities and all their rules; independent of HTTP and models.
//!
//! There is one module for each noun of the URL. Reads take a [`Db`] and use one statement or one snapshot.
//! Writes take a [`Txn`], which the caller begins with [`Db::begin_write`] and commits, so that a write, its
//! events and its idempotency key are atomic. Requests and replies are those of `colophon-contract`.

pub mod actor;
mod address;
pub mod audit;
mod chain;
pub mod chapter;
pub mod db;
mod entity;
pub mod error;
mod hash;
pub mod hot;
pub mod idempotency;
pub mod model;
pub mod money;
pub mod notice;
pub mod page;
pub mod parameters;
pub mod password;
pub mod prompt;
pub mod provider;
pub mod run;
mod search;
mod secret;
pub mod session;
mod stored;
pub mod template;
mod text;
pub mod time;
pub mod token;
pub mod user;
pub mod verify;
pub mod work;

pub use actor::{Actor, Origin};
pub use db::{Db, Engine, Options, ServeLock, Txn};
pub use error::{Error, Missing, Result};
pub use model::{ModelEntry, Models};
pub use page::PageRequest;
pub use secret::random as random_secret;
