//! Compares the audit log with a work's prompt, its versions and its runs. Without the log, some changes
//! would go unnoticed: a chain that is cut off is a valid shorter chain, a deleted run leaves no row, and a
//! prompt moved to another work looks the same. Rows older than the log's first entry have no entries, and
//! that is not a mismatch.

use crate::{
    Result,
    db::statement,
    verify::{
        cells::Cells,
        mismatch::{Checked, stop},
    },
};
use colophon_contract::{MismatchCode, MismatchPlace};
use sea_orm::ConnectionTrait;

/// Finds the first prompt that the log says the work had.
pub(super) async fn find_prompt_id(conn: &impl ConnectionTrait, work_id: i64) -> Result<Option<i64>> {
    let sql = "SELECT subject_id FROM audit_log
        WHERE work_id = $1 AND action = 'prompt_created' AND subject_id IS NOT NULL ORDER BY id LIMIT 1";
    let row = conn.query_one_raw(statement(conn, sql, [work_id.into()])).await?;
    row.map(|row| Ok(row.try_get_by_index(0)?)).transpose()
}

/// Checks that all versions and runs of the work that the log names exist, and that its prompt was created in
/// this work.
pub(super) async fn verify(conn: &impl ConnectionTrait, work_id: i64, prompt_id: i64) -> Checked<()> {
    verify_work(conn, work_id, prompt_id).await?;
    verify_versions(conn, work_id).await?;
    verify_runs(conn, work_id).await
}

async fn verify_work(conn: &impl ConnectionTrait, work_id: i64, prompt_id: i64) -> Checked<()> {
    let sql = "SELECT id, work_id FROM audit_log
        WHERE action = 'prompt_created' AND subject_id = $1 AND work_id <> $2 ORDER BY id LIMIT 1";
    let values = [prompt_id.into(), work_id.into()];
    let Some(row) = conn.query_one_raw(statement(conn, sql, values)).await? else { return Ok(()) };
    let cells = Cells::new(&row, TABLE, "id", MismatchPlace::default())?;
    let told: i64 = cells.get("work_id")?;
    let detail = format!("By the audit log, the prompt was made in work {told}.");
    let (expected, found) = (Some(told.to_string()), Some(work_id.to_string()));
    stop(MismatchCode::AuditContradicts, &cells.place, expected, found, detail)
}

async fn verify_versions(conn: &impl ConnectionTrait, work_id: i64) -> Checked<()> {
    let sql = "SELECT e.id, e.after_id FROM audit_log e
        LEFT JOIN prompt_versions v ON v.id = e.after_id AND v.prompt_id = e.subject_id
        LEFT JOIN prompts p ON p.id = v.prompt_id AND p.work_id = e.work_id
        WHERE e.work_id = $1 AND e.action IN ('prompt_created', 'version_appended', 'version_restored')
            AND p.id IS NULL ORDER BY e.id LIMIT 1";
    let Some(row) = conn.query_one_raw(statement(conn, sql, [work_id.into()])).await? else { return Ok(()) };
    let cells = Cells::new(&row, TABLE, "id", MismatchPlace::default())?;
    let id = cells.get::<Option<i64>>("after_id")?.map(|id| id.to_string());
    let shown = id.as_deref().unwrap_or("without an id");
    let detail = format!(
        "The entry {} of the audit log tells of a version (row {shown}) that the work's prompt has not.",
        cells.key()
    );
    stop(MismatchCode::AuditMissing, &cells.place, id, None, detail)
}

async fn verify_runs(conn: &impl ConnectionTrait, work_id: i64) -> Checked<()> {
    let sql = "SELECT e.id, e.subject_id FROM audit_log e
        LEFT JOIN chapter_translations r ON r.id = e.subject_id
        WHERE e.work_id = $1 AND e.action = 'run_started' AND r.id IS NULL ORDER BY e.id LIMIT 1";
    let Some(row) = conn.query_one_raw(statement(conn, sql, [work_id.into()])).await? else { return Ok(()) };
    let mut cells = Cells::new(&row, TABLE, "id", MismatchPlace::default())?;
    cells.place.translation_id = cells.get("subject_id")?;
    let id = cells.place.translation_id.map(|id| id.to_string());
    let detail =
        format!("The entry {} of the audit log tells of the start of a run that is not there.", cells.key());
    stop(MismatchCode::AuditMissing, &cells.place, id, None, detail)
}

const TABLE: &str = "audit_log";
