//! A prompt's head: everything of a prompt that can change, in one row.

use super::{
    column::index_of,
    single::{Bound, Row},
};
use crate::{Db, Error, Missing, Result, time::timestamp, work};
use colophon_contract::{Prompt, Timestamp};
use std::sync::LazyLock;

/// Identifies one state of a prompt; for `ETag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTag {
    /// The prompt's id.
    pub id: i64,
    /// The current name.
    pub name: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The latest version's chain hash, which covers the whole history.
    pub chain_hash: String,
}

impl PromptTag {
    /// Returns the tag of a prompt.
    #[must_use]
    pub fn of(prompt: &Prompt) -> Self {
        Self {
            id: prompt.id,
            name: prompt.name.clone(),
            updated_at: prompt.updated_at.clone(),
            chain_hash: prompt.latest_version.chain_hash.clone(),
        }
    }
}

/// A prompt without its versions: everything that can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptHead {
    /// The content of the `ETag`.
    pub tag: PromptTag,
    /// The work that the prompt belongs to.
    pub work_id: i64,
    pub(super) created_at: Timestamp,
    pub(super) latest_id: i64,
    pub(super) latest_number: i32,
}

/// Returns the prompt's head, read by one statement: enough to check whether a client has the current state.
///
/// # Errors
/// The work or its prompt is not found.
pub async fn get_prompt_head(db: &Db, work_id: i64) -> Result<PromptHead> {
    match db.look_up(head_sql(), &[Bound::I64(work_id)], head).await?.flatten() {
        Some(head) => Ok(head),
        None => {
            work::require(db.read(), work_id).await?;
            Err(Error::NotFound(Missing::Prompt))
        }
    }
}

/// The columns that [`head`] reads. The work comes last; it is NULL if the work is deleted.
pub(super) const HEAD: [&str; 9] = [
    "p.id",
    "p.name",
    "p.created_at",
    "p.updated_at",
    "v.id",
    "v.number",
    "v.chain_hash",
    "v.created_at",
    "w.id",
];

/// Joins to a prompt `p` its work `w`, unless deleted, and its latest version `v`. Walks the index of
/// (prompt_id, number) from its end: as fast with ten thousand versions as with one.
pub(super) const LATEST_JOINS: &str = "LEFT JOIN works w ON w.id = p.work_id AND w.deleted_at IS NULL
    LEFT JOIN prompt_versions v ON v.id = (
        SELECT l.id FROM prompt_versions l WHERE l.prompt_id = p.id ORDER BY l.number DESC LIMIT 1
    )";

/// Returns the statement that selects a prompt's head by its work, `$1`.
pub(super) fn head_sql() -> &'static str {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let columns = HEAD.join(", ");
        format!("SELECT {columns} FROM prompts p {LATEST_JOINS} WHERE p.work_id = $1")
    });
    &SQL
}

/// Returns the head in a row that begins with [`HEAD`]; `None` if there is none.
pub(super) fn head(row: &dyn Row) -> Result<Option<PromptHead>> {
    let Some(work_id) = row.find_i64(const { index_of(&HEAD, "w.id") })? else { return Ok(None) };
    // The later time of the name's change and the latest version.
    let updated_at = row
        .time(const { index_of(&HEAD, "p.updated_at") })?
        .max(row.time(const { index_of(&HEAD, "v.created_at") })?);
    Ok(Some(PromptHead {
        tag: PromptTag {
            id: row.i64(const { index_of(&HEAD, "p.id") })?,
            name: row.text(const { index_of(&HEAD, "p.name") })?,
            updated_at: timestamp(updated_at),
            chain_hash: row.text(const { index_of(&HEAD, "v.chain_hash") })?,
        },
        work_id,
        created_at: timestamp(row.time(const { index_of(&HEAD, "p.created_at") })?),
        latest_id: row.i64(const { index_of(&HEAD, "v.id") })?,
        latest_number: row.i32(const { index_of(&HEAD, "v.number") })?,
    }))
}
