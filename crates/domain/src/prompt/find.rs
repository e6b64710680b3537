//! Reads a prompt with its latest version and the first page of its history.

use crate::{Db, Error, Missing, Result, db::statement, hot, work};
use colophon_contract::Prompt;
use sea_orm::ConnectionTrait;

/// Returns the prompt with its latest version and the first page of its history; `None` if the work has none
/// yet.
///
/// # Errors
/// The work is not found.
pub async fn find_prompt(db: &Db, work_id: i64) -> Result<Option<Prompt>> {
    match hot::find(db.read(), work_id).await? {
        None => work::require(db.read(), work_id).await.map(|()| None),
        found => Ok(found),
    }
}

/// Like [`find_prompt`], but a missing prompt is an error.
///
/// # Errors
/// The work or its prompt is not found.
pub async fn get_prompt(db: &Db, work_id: i64) -> Result<Prompt> {
    find_prompt(db, work_id).await?.ok_or(Error::NotFound(Missing::Prompt))
}

/// Returns ids and titles of the works without a prompt, oldest first.
///
/// # Errors
/// Returns database errors only.
pub async fn list_works_without_prompt(db: &Db) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT w.id, w.title FROM works w WHERE w.deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM prompts p WHERE p.work_id = w.id) ORDER BY w.id";
    let rows = db.read().query_all_raw(statement(db.read(), sql, [])).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
