//! Reading a prompt: the read that everything else waits for.
//!
//! What can change of a prompt, its head, is one row. The rest, the latest version and the page of those
//! before it, follows from the latest version and never changes, so no cache of it can be stale.

use super::row::{COLUMNS, columns, summary, version};
use crate::{
    Db, Error, Missing, PageRequest, Result,
    db::{Bound, Row, statement},
    time::timestamp,
    work,
};
use colophon_contract::{
    DEFAULT_VERSION_LIMIT, Page, Prompt, PromptVersion, PromptVersionSummary, Timestamp,
};
use sea_orm::ConnectionTrait;
use serde::Serialize;
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
    created_at: Timestamp,
    latest_id: i64,
    latest_number: i32,
}

/// What follows from the latest version.
#[derive(Serialize)]
struct History {
    latest_version: PromptVersion,
    versions: Page<PromptVersionSummary>,
}

/// [`Prompt`] up to what [`History`] has.
#[derive(Serialize)]
struct Start<'a> {
    id: i64,
    work_id: i64,
    name: &'a str,
    created_at: &'a Timestamp,
    updated_at: &'a Timestamp,
}

/// The prompt with its latest version and the first page of its history; `None` where the work has none yet.
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

/// The JSON of the [`Prompt`] with that head. Asks the database only for a history that it does not remember.
///
/// # Errors
/// Of the database only.
pub async fn get_prompt_json(db: &Db, head: &PromptHead) -> Result<String> {
    let tail = match db.histories().find(head.latest_id, &head.tag.chain_hash) {
        Some(tail) => tail,
        None => {
            let tail = json(&find_history(db.read(), head).await?)?;
            db.histories().keep(head.tag.id, head.latest_id, &head.tag.chain_hash, tail)
        }
    };
    let mut text = json(&Start {
        id: head.tag.id,
        work_id: head.work_id,
        name: &head.tag.name,
        created_at: &head.created_at,
        updated_at: &head.tag.updated_at,
    })?;
    // Two objects into one: `{…}` and `{…}` are `{…,…}`.
    text.pop();
    text.reserve(tail.len());
    text.push(',');
    text.push_str(&tail[1..]);
    Ok(text)
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

/// The prompt of a work.
pub(super) async fn find(conn: &impl ConnectionTrait, work_id: i64) -> Result<Option<Prompt>> {
    let row = conn.query_one_raw(statement(conn, head_sql(), [work_id.into()])).await?;
    let Some(head) = row.map(|row| head(&row)).transpose()?.flatten() else { return Ok(None) };
    let history = find_history(conn, &head).await?;
    Ok(Some(Prompt {
        id: head.tag.id,
        work_id,
        name: head.tag.name,
        created_at: head.created_at,
        updated_at: head.tag.updated_at,
        latest_version: history.latest_version,
        versions: history.versions,
    }))
}

/// The columns that [`head`] reads; the work comes last, and is NULL where it is deleted.
pub(crate) const HEAD: &str =
    "p.id, p.name, p.created_at, p.updated_at, v.id, v.number, v.chain_hash, v.created_at, w.id";

/// How many columns [`HEAD`] has.
pub(crate) const HEAD_COLUMNS: usize = 9;

/// What joins to a prompt `p` its work `w`, unless that is deleted, and `v`, its latest version. Walks the index of
/// (prompt_id, number) from its end: as fast with ten thousand versions as with one.
pub(crate) const LATEST_JOINS: &str = "LEFT JOIN works w ON w.id = p.work_id AND w.deleted_at IS NULL
    LEFT JOIN prompt_versions v ON v.id = (
        SELECT l.id FROM prompt_versions l WHERE l.prompt_id = p.id ORDER BY l.number DESC LIMIT 1
    )";

/// A prompt's head by `$1`, its work.
fn head_sql() -> &'static str {
    static SQL: LazyLock<String> =
        LazyLock::new(|| format!("SELECT {HEAD} FROM prompts p {LATEST_JOINS} WHERE p.work_id = $1"));
    &SQL
}

/// The head in a row that begins with [`HEAD`], if there is one.
pub(crate) fn head(row: &dyn Row) -> Result<Option<PromptHead>> {
    let Some(work_id) = row.find_i64(8)? else { return Ok(None) };
    Ok(Some(PromptHead {
        tag: PromptTag {
            id: row.i64(0)?,
            name: row.text(1)?,
            // Of its name, or of its latest version.
            updated_at: timestamp(row.time(3)?.max(row.time(7)?)),
            chain_hash: row.text(6)?,
        },
        work_id,
        created_at: timestamp(row.time(2)?),
        latest_id: row.i64(4)?,
        latest_number: row.i32(5)?,
    }))
}

/// The latest version with its template and the page of summaries that begins with it. Later versions, should
/// there be any by now, are none of that head's.
async fn find_history(conn: &impl ConnectionTrait, head: &PromptHead) -> Result<History> {
    let page = PageRequest { limit: DEFAULT_VERSION_LIMIT, cursor: None };
    let sql = format!(
        "SELECT {}, CASE WHEN v.number = $2 THEN v.template END
        FROM prompt_versions v WHERE v.prompt_id = $1 AND v.number <= $2 ORDER BY v.number DESC LIMIT $3",
        columns(conn.get_database_backend())
    );
    let values = [head.tag.id.into(), head.latest_number.into(), page.rows().into()];
    let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
    let first = rows.first().ok_or_else(|| Error::internal("a prompt without versions"))?;
    let template: Option<String> = first.try_get_by_index(COLUMNS)?;
    let template = template.ok_or_else(|| Error::internal("the latest version came without its template"))?;
    let versions = rows.iter().map(|row| summary(row, 0)).collect::<Result<Vec<_>>>()?;
    Ok(History {
        latest_version: version(versions[0].clone(), template),
        versions: page.page(&super::list::list_of(head.work_id), versions, |version| version.number.into()),
    })
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal(format!("a prompt as JSON: {e}")))
}
