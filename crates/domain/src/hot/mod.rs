//! The statements that most requests wait for (`docs/adr/0005-…`): authentication, a prompt's current state,
//! and the insert of a version. Everything else goes through sea-orm.
//!
//! The entry points are [`identify`], [`get_prompt_head`], [`get_prompt_json`] and `store_version`. Their
//! statements are built from named columns. [`Asked::of`] derives from the path what a request asks for.
//! `single` holds the connections and does not depend on prompts.

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
