//! Finds rows whose owner is missing, and rows that the audit log names but that do not exist.

use crate::{Db, Result, db::statement, verify::mismatch::mismatch};
use colophon_contract::{Mismatch, MismatchCode, MismatchPlace};
use sea_orm::ConnectionTrait;

/// Tables of the history: the table, the column that names a row's owner, and the owner's table.
const OWNERS: [(&str, &str, &str); 9] = [
    ("prompts", "work_id", "works"),
    ("prompt_versions", "prompt_id", "prompts"),
    ("chapters", "work_id", "works"),
    ("chapter_translations", "chapter_id", "chapters"),
    ("translation_segments", "chapter_translation_id", "chapter_translations"),
    ("segment_attempts", "segment_id", "translation_segments"),
    ("run_events", "run_id", "chapter_translations"),
    ("retranslations", "run_id", "chapter_translations"),
    ("retranslations", "segment_id", "translation_segments"),
];

/// Lists rows of the history whose owner is missing, the first one of each table. The verification of a work
/// does not find them. Also lists rows that the audit log names but that do not exist.
///
/// # Errors
/// Returns database errors only. A mismatch is not an error.
pub async fn list_orphans(db: &Db) -> Result<Vec<Mismatch>> {
    let mut orphans = Vec::new();
    for (table, column, owner) in OWNERS {
        let key = if table == "run_events" { "seq" } else { "id" };
        let sql = format!(
            "SELECT c.{key} AS key, c.{column} AS owner FROM {table} c
            WHERE NOT EXISTS (SELECT 1 FROM {owner} o WHERE o.id = c.{column}) ORDER BY c.{column}, c.{key} LIMIT 1"
        );
        let Some(row) = db.read().query_one_raw(statement(db.read(), sql, [])).await? else { continue };
        let (key, missing): (i64, Option<i64>) = (row.try_get("", "key")?, row.try_get("", "owner")?);
        let missing = missing.map(|id| id.to_string());
        let of = missing.as_deref().unwrap_or("none");
        let detail = format!("The row {key} of {table} is of the row {of} of {owner}, which is not there.");
        let place = MismatchPlace::default();
        orphans.push(mismatch(MismatchCode::RowOrphaned, &place, missing.clone(), None, detail));
    }
    orphans.extend(find_lost_work(db).await?);
    // A deleted row leaves both rows that belonged to it and entries that name it: report it only once.
    if orphans.is_empty() {
        orphans.extend(list_lost_subjects(db).await?);
    }
    Ok(orphans)
}

/// Finds the first work that the audit log names but that does not exist.
async fn find_lost_work(db: &Db) -> Result<Option<Mismatch>> {
    let sql = "SELECT e.id, e.work_id FROM audit_log e
        WHERE e.work_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM works w WHERE w.id = e.work_id)
        ORDER BY e.work_id, e.id LIMIT 1";
    let Some(row) = db.read().query_one_raw(statement(db.read(), sql, [])).await? else { return Ok(None) };
    let (entry, work_id): (i64, i64) = (row.try_get("", "id")?, row.try_get("", "work_id")?);
    let detail = format!("The entry {entry} of the audit log tells of work {work_id}, which is not there.");
    let place = MismatchPlace::default();
    Ok(Some(mismatch(MismatchCode::AuditMissing, &place, Some(work_id.to_string()), None, detail)))
}

/// Kinds of subjects in the audit log, with their tables. Rows of these tables are never deleted.
const SUBJECTS: [(&str, &str); 7] = [
    ("user", "users"),
    ("token", "api_tokens"),
    ("work", "works"),
    ("chapter", "chapters"),
    ("prompt", "prompts"),
    ("translation", "chapter_translations"),
    ("segment", "translation_segments"),
];

/// Lists rows that the audit log names but that do not exist, the first one of each kind.
async fn list_lost_subjects(db: &Db) -> Result<Vec<Mismatch>> {
    let mut lost = Vec::new();
    for (kind, table) in SUBJECTS {
        let sql = format!(
            "SELECT e.id, e.subject_id FROM audit_log e WHERE e.subject_kind = '{kind}' AND e.subject_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM {table} s WHERE s.id = e.subject_id)
            ORDER BY e.id LIMIT 1"
        );
        let Some(row) = db.read().query_one_raw(statement(db.read(), sql, [])).await? else { continue };
        let (entry, id): (i64, i64) = (row.try_get("", "id")?, row.try_get("", "subject_id")?);
        let detail =
            format!("The entry {entry} of the audit log names the row {id} of {table}, which is not there.");
        let mut place = MismatchPlace::default();
        if kind == "translation" {
            place.translation_id = Some(id);
        }
        lost.push(mismatch(MismatchCode::AuditMissing, &place, Some(id.to_string()), None, detail));
    }
    Ok(lost)
}
