//! A prompt's head: all of it that can change, in one row.

use super::{
    column::index_of,
    single::{Bound, Row},
};
use crate::{Db, Error, Missing, Result, time::timestamp, work};
use colophon_contract::{Prompt, Timestamp};
use std::sync::LazyLock;

/// What tells one state of a prompt from every other: for `ETag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTag {
    /// The prompt.
    pub id: i64,
    /// Its present name.
    pub name: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The latest version's chain hash, which stands for the whole history.
    pub chain_hash: String,
}

impl PromptTag {
    /// The tag of a prompt that was read.
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

/// A prompt without its versions: all of it that can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptHead {
    /// What its `ETag` is made of.
    pub tag: PromptTag,
    /// Whose it is.
    pub work_id: i64,
    pub(super) created_at: Timestamp,
    pub(super) latest_id: i64,
    pub(super) latest_number: i32,
}

/// The prompt's head, in one statement: enough to tell whether somebody has its present state.
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

/// The columns that [`head`] reads; the work comes last, and is NULL if it is deleted.
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

/// What joins to a prompt `p` its work `w`, unless that is deleted, and `v`, its latest version. Walks the index of
/// (prompt_id, number) from its end: as fast with ten thousand versions as with one.
pub(super) const LATEST_JOINS: &str = "LEFT JOIN works w ON w.id = p.work_id AND w.deleted_at IS NULL
    LEFT JOIN prompt_versions v ON v.id = (
        SELECT l.id FROM prompt_versions l WHERE l.prompt_id = p.id ORDER BY l.number DESC LIMIT 1
    )";

/// A prompt's head by `$1`, its work.
pub(super) fn head_sql() -> &'static str {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let columns = HEAD.join(", ");
        format!("SELECT {columns} FROM prompts p {LATEST_JOINS} WHERE p.work_id = $1")
    });
    &SQL
}

/// The head in a row that begins with [`HEAD`], if there is one.
pub(super) fn head(row: &dyn Row) -> Result<Option<PromptHead>> {
    let Some(work_id) = row.find_i64(const { index_of(&HEAD, "w.id") })? else { return Ok(None) };
    // The time of its name, or of its latest version.
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
