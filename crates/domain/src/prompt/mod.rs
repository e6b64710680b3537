//! The prompt of a work and its versions: find, create, rename, append, restore, list.

pub(crate) mod append;
mod cache;
mod create;
pub(crate) mod find;
pub mod hash;
mod insert;
mod list;
mod rename;
mod row;

pub use append::{Base, Draft, append_version, draft_restored_version, draft_version, store_version};
pub use create::create_prompt;
pub use find::{
    PromptHead, PromptTag, find_prompt, get_prompt, get_prompt_head, get_prompt_json,
    list_works_without_prompt,
};
pub use list::{get_version, list_versions};
pub use rename::rename_prompt;

pub(crate) use cache::Histories;
pub(crate) use insert::lock;
pub(crate) use row::{get_by_id, get_latest};
