//! What most requests wait for, by ways of its own (`docs/adr/0005-…`): who asks, a prompt's present state, and the insert of a
//! version. Everything else goes through sea-orm.
//!
//! Four functions are the way in: [`identify`], [`get_prompt_head`], [`get_prompt_json`] and `store_version`. Their
//! statements are made of named columns. What a request is about is read from its path by [`Asked::of`].
//! `single` has the connections, and knows nothing of prompts.

mod base;
mod cache;
mod column;
mod head;
mod identify;
mod insert;
mod json;
pub(crate) mod single;

pub(crate) use base::get_base;
pub(crate) use cache::Histories;
pub(crate) use insert::{Logged, insert_version, store_version};
pub(crate) use json::find;

pub use base::Base;
pub use head::{PromptHead, PromptTag, get_prompt_head};
pub use identify::{Access, Asked, Brought, Credential, head_by_session_sql, identify};
pub use json::get_prompt_json;
