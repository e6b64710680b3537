//! A prompt as JSON. Its head is all that can change. The rest, the latest version and the page of earlier
//! ones, follows from the latest version and never changes, so a cache of it cannot be stale.

use super::head::{PromptHead, head, head_sql};
use crate::{
    Db, Error, PageRequest, Result,
    db::statement,
    prompt::{
        list::list_of,
        row::{COLUMNS, columns, summary, version},
    },
};
use colophon_contract::{
    DEFAULT_VERSION_LIMIT, Page, Prompt, PromptVersion, PromptVersionSummary, Timestamp,
};
use sea_orm::ConnectionTrait;
use serde::Serialize;

/// The part of [`Prompt`] that follows from the latest version.
#[derive(Serialize)]
struct History {
    latest_version: PromptVersion,
    versions: Page<PromptVersionSummary>,
}

/// The part of [`Prompt`] before [`History`].
#[derive(Serialize)]
struct Start<'a> {
    id: i64,
    work_id: i64,
    name: &'a str,
    created_at: &'a Timestamp,
    updated_at: &'a Timestamp,
}

/// Returns the JSON of the [`Prompt`] with that head. Queries the database only if the history is not cached.
///
/// # Errors
/// Returns database errors only.
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
    // Joins two objects: `{…}` and `{…}` become `{…,…}`.
    text.pop();
    text.reserve(tail.len());
    text.push(',');
    text.push_str(&tail[1..]);
    Ok(text)
}

/// Returns the prompt of a work.
pub(crate) async fn find(conn: &impl ConnectionTrait, work_id: i64) -> Result<Option<Prompt>> {
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

/// Returns the latest version with its template, and the page of summaries that begins with it. Excludes
/// later versions, which do not belong to this head.
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
        versions: page.page(&list_of(head.work_id), versions, |version| version.number.into()),
    })
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal(format!("a prompt as JSON: {e}")))
}
