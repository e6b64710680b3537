//! Reading a prompt: the read that everything else waits for, so one statement.

use super::row::{COLUMNS, columns, summary, version};
use crate::{
    Db, Error, Missing, PageRequest, Result,
    db::statement,
    time::{self, timestamp},
    work,
};
use colophon_contract::{DEFAULT_VERSION_LIMIT, Prompt, Timestamp};
use sea_orm::{ConnectionTrait, prelude::DateTimeUtc};

/// What tells one state of a prompt from every other: for `ETag`, without reading its versions.
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

/// The prompt with its latest version and the first page of its history, in one statement; `None` where the
/// work has none yet.
///
/// # Errors
/// The work is not found.
pub async fn find_prompt(db: &Db, work_id: i64) -> Result<Option<Prompt>> {
    match find(db.read(), work_id).await? {
        None => work::require(db.read(), work_id).await.map(|()| None),
        found => Ok(found),
    }
}

/// As [`find_prompt`].
///
/// # Errors
/// The work or its prompt is not found.
pub async fn get_prompt(db: &Db, work_id: i64) -> Result<Prompt> {
    find_prompt(db, work_id).await?.ok_or(Error::NotFound(Missing::Prompt))
}

/// What the prompt's `ETag` is made of: a statement far cheaper than [`get_prompt`].
///
/// # Errors
/// The work or its prompt is not found.
pub async fn get_prompt_tag(db: &Db, work_id: i64) -> Result<PromptTag> {
    let conn = db.read();
    let sql = "SELECT p.id, p.name, p.updated_at,
        (SELECT v.chain_hash FROM prompt_versions v WHERE v.prompt_id = p.id ORDER BY v.number DESC LIMIT 1)
        FROM prompts p JOIN works w ON w.id = p.work_id WHERE p.work_id = $1 AND w.deleted_at IS NULL";
    let Some(row) = conn.query_one_raw(statement(conn, sql, [work_id.into()])).await? else {
        work::require(conn, work_id).await?;
        return Err(Error::NotFound(Missing::Prompt));
    };
    Ok(PromptTag {
        id: row.try_get_by_index(0)?,
        name: row.try_get_by_index(1)?,
        updated_at: timestamp(row.try_get_by_index(2)?),
        chain_hash: row.try_get_by_index(3)?,
    })
}

/// Ids and titles of the works without a prompt, oldest first.
///
/// # Errors
/// Of the database only.
pub async fn list_works_without_prompt(db: &Db) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT w.id, w.title FROM works w WHERE w.deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM prompts p WHERE p.work_id = w.id) ORDER BY w.id";
    let rows = db.read().query_all_raw(statement(db.read(), sql, [])).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// A row for each version of the first page, newest first; only the latest with its template. The version's
/// prompt is a scalar of its own so that both engines walk the index of (prompt_id, number) backwards and stop.
pub(super) async fn find(conn: &impl ConnectionTrait, work_id: i64) -> Result<Option<Prompt>> {
    let rows = DEFAULT_VERSION_LIMIT + 1;
    let sql = format!(
        "SELECT {}, CASE WHEN v.number = (SELECT max(number) FROM prompt_versions WHERE prompt_id = v.prompt_id)
            THEN v.template END, p.name, p.created_at, p.updated_at
        FROM (SELECT * FROM prompt_versions WHERE prompt_id = (
            SELECT q.id FROM prompts q JOIN works w ON w.id = q.work_id
            WHERE q.work_id = $1 AND w.deleted_at IS NULL
        ) ORDER BY number DESC LIMIT {rows}) v
        JOIN prompts p ON p.id = v.prompt_id ORDER BY v.number DESC",
        columns(conn.get_database_backend())
    );
    let rows = conn.query_all_raw(statement(conn, sql, [work_id.into()])).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let template: Option<String> = first.try_get_by_index(COLUMNS)?;
    let template = template.ok_or_else(|| Error::internal("the latest version came without its template"))?;
    let versions = rows.iter().map(|row| summary(row, 0)).collect::<Result<Vec<_>>>()?;
    let latest = version(versions[0].clone(), template);
    let page = PageRequest { limit: DEFAULT_VERSION_LIMIT, cursor: None };
    Ok(Some(Prompt {
        id: latest.prompt_id,
        work_id,
        name: first.try_get_by_index(COLUMNS + 1)?,
        created_at: timestamp(first.try_get_by_index::<DateTimeUtc>(COLUMNS + 2)?),
        updated_at: time::timestamp(first.try_get_by_index::<DateTimeUtc>(COLUMNS + 3)?),
        latest_version: latest,
        versions: page.page(super::list::LIST, versions, |version| version.number.into()),
    }))
}
