//! Reads versions from rows.

use crate::{
    Error, Result, actor,
    db::{json_as_text, statement},
    hot::single::Row,
    parameters, time,
};
use colophon_contract::{PromptVersion, PromptVersionSummary};
use sea_orm::{ConnectionTrait, DbBackend};

/// Returns a version's columns without its template, in the order in which [`summary`] reads them.
pub(crate) fn columns(backend: DbBackend) -> String {
    format!(
        "v.id, v.prompt_id, v.number, v.model, v.template_characters, v.parameters{}, v.note, v.author_kind, \
         v.author_id, v.author_name, v.restored_from, v.content_hash, v.chain_hash, v.created_at",
        json_as_text(backend)
    )
}

/// Number of columns in [`columns`].
pub(crate) const COLUMNS: usize = 14;

/// Returns a version from the row's columns from `at` on. Reads by index, because finding names is slow.
pub(crate) fn summary(row: &dyn Row, at: usize) -> Result<PromptVersionSummary> {
    let kind = row.text(at + 7)?;
    Ok(PromptVersionSummary {
        id: row.i64(at)?,
        prompt_id: row.i64(at + 1)?,
        number: row.i32(at + 2)?,
        model: row.text(at + 3)?,
        template_characters: row.i64(at + 4)?,
        parameters: parameters::parse(&row.text(at + 5)?)?,
        note: row.text(at + 6)?,
        author: actor::author_of(&kind, row.find_i64(at + 8)?, row.text(at + 9)?),
        restored_from: row.find_i32(at + 10)?,
        content_hash: row.text(at + 11)?,
        chain_hash: row.text(at + 12)?,
        created_at: time::timestamp(row.time(at + 13)?),
    })
}

/// Adds the template to a summary.
pub(crate) fn version(summary: PromptVersionSummary, template: String) -> PromptVersion {
    PromptVersion {
        id: summary.id,
        prompt_id: summary.prompt_id,
        number: summary.number,
        model: summary.model,
        template,
        parameters: summary.parameters,
        note: summary.note,
        author: summary.author,
        restored_from: summary.restored_from,
        content_hash: summary.content_hash,
        chain_hash: summary.chain_hash,
        created_at: summary.created_at,
    }
}

/// Returns the version with an id that another row refers to.
pub(crate) async fn get_by_id(conn: &impl ConnectionTrait, id: i64) -> Result<PromptVersion> {
    let columns = columns(conn.get_database_backend());
    let sql = format!("SELECT {columns}, v.template FROM prompt_versions v WHERE v.id = $1");
    let row = conn.query_one_raw(statement(conn, sql, [id.into()])).await?;
    with_template(&row.ok_or_else(|| Error::internal("no version of that id"))?)
}

/// Returns the latest version of a prompt; every prompt has one.
pub(crate) async fn get_latest(conn: &impl ConnectionTrait, prompt_id: i64) -> Result<PromptVersion> {
    let sql = format!(
        "SELECT {}, v.template FROM prompt_versions v WHERE v.prompt_id = $1 ORDER BY v.number DESC LIMIT 1",
        columns(conn.get_database_backend())
    );
    let row = conn.query_one_raw(statement(conn, sql, [prompt_id.into()])).await?;
    let row = row.ok_or_else(|| Error::internal("a prompt without versions"))?;
    with_template(&row)
}

/// Returns a version from a row of [`columns`] and the template.
pub(crate) fn with_template(row: &dyn Row) -> Result<PromptVersion> {
    let template = row.text(COLUMNS)?;
    Ok(version(summary(row, 0)?, template))
}
