//! Reads the history: a page of versions, or a version.

use super::row::{self, columns, summary};
use crate::{Db, Error, Missing, PageRequest, Result, db::statement, work};
use colophon_contract::{Page, PromptVersion, PromptVersionSummary};
use sea_orm::ConnectionTrait;

/// Returns the name that cursors of this list contain.
pub(crate) fn list_of(work_id: i64) -> String {
    format!("versions/{work_id}")
}

const PROMPT: &str = "(SELECT p.id FROM prompts p JOIN works w ON w.id = p.work_id
    WHERE p.work_id = $1 AND w.deleted_at IS NULL)";

/// Returns versions, newest first.
///
/// # Errors
/// The work or its prompt is not found; `CursorInvalid`.
pub async fn list_versions(db: &Db, work_id: i64, page: &PageRequest) -> Result<Page<PromptVersionSummary>> {
    let conn = db.read();
    let list = list_of(work_id);
    let before = page.after(&list)?.unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT {} FROM prompt_versions v WHERE v.prompt_id = {PROMPT} AND v.number < $2
        ORDER BY v.number DESC LIMIT $3",
        columns(conn.get_database_backend())
    );
    let values = [work_id.into(), before.into(), page.rows().into()];
    let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
    if rows.is_empty() {
        require(conn, work_id).await?;
    }
    let items = rows.iter().map(|row| summary(row, 0)).collect::<Result<Vec<_>>>()?;
    Ok(page.page(&list, items, |version| version.number.into()))
}

/// Returns a version with its template.
///
/// # Errors
/// The work, its prompt or the version is not found.
pub async fn get_version(db: &Db, work_id: i64, number: i32) -> Result<PromptVersion> {
    let conn = db.read();
    let sql = format!(
        "SELECT {}, v.template FROM prompt_versions v WHERE v.prompt_id = {PROMPT} AND v.number = $2",
        columns(conn.get_database_backend())
    );
    match conn.query_one_raw(statement(conn, sql, [work_id.into(), number.into()])).await? {
        Some(row) => row::with_template(&row),
        None => {
            require(conn, work_id).await?;
            Err(Error::NotFound(Missing::Version))
        }
    }
}

async fn require(conn: &impl ConnectionTrait, work_id: i64) -> Result<()> {
    work::require(conn, work_id).await?;
    let sql = "SELECT 1 FROM prompts WHERE work_id = $1";
    let row = conn.query_one_raw(statement(conn, sql, [work_id.into()])).await?;
    row.map(|_| ()).ok_or(Error::NotFound(Missing::Prompt))
}
