//! The prompt of a work and its versions: find, create, rename, append, restore, list.

mod append;
mod create;
mod find;
pub mod hash;
mod insert;
pub(crate) mod list;
mod rename;
pub(crate) mod row;

pub use append::{Draft, append_version, draft_restored_version, draft_version, store_version};
pub use create::create_prompt;
pub use find::{find_prompt, get_prompt, list_works_without_prompt};
pub use list::{get_version, list_versions};
pub use rename::rename_prompt;

pub(crate) use insert::lock;
pub(crate) use row::{get_by_id, get_latest};
