//! Anchors of runs: the ends of their chains, to be kept elsewhere and later compared with the stored events.

use crate::{
    Db, Result,
    db::statement,
    time::{self, timestamp},
    verify::mismatch::{mismatch, shown},
};
use colophon_contract::{Mismatch, MismatchCode, MismatchPlace, RunAnchor};
use sea_orm::ConnectionTrait;

/// Maximum number of anchors that one call of [`list_run_anchors`] returns.
const ANCHORS: i64 = 500;

/// Lists the anchors of the next runs, by id; empty after the last run. Runs without a chain are left out.
///
/// # Errors
/// Returns database errors only.
pub async fn list_run_anchors(db: &Db, after_run_id: i64) -> Result<Vec<RunAnchor>> {
    let sql = "SELECT c.work_id, r.id, r.chain_length, r.chain_hash
        FROM chapter_translations r JOIN chapters c ON c.id = r.chapter_id
        WHERE r.id > $1 AND r.chain_hash IS NOT NULL ORDER BY r.id LIMIT $2";
    let values = [after_run_id.into(), ANCHORS.into()];
    let exported_at = timestamp(time::now());
    let rows = db.read().query_all_raw(statement(db.read(), sql, values)).await?;
    let anchor = |row: &sea_orm::QueryResult| {
        Ok(RunAnchor {
            work_id: row.try_get_by_index(0)?,
            translation_id: row.try_get_by_index(1)?,
            events: row.try_get_by_index(2)?,
            chain_hash: row.try_get_by_index(3)?,
            exported_at: exported_at.clone(),
        })
    };
    rows.iter().map(anchor).collect()
}

/// Checks that the event named by an anchor still exists with the same chain hash. [`super::verify_run`]
/// checks that this hash follows from the stored events.
///
/// # Errors
/// Returns database errors only. A mismatch is not an error.
pub async fn verify_run_anchor(db: &Db, anchor: &RunAnchor) -> Result<Option<Mismatch>> {
    let place = MismatchPlace {
        translation_id: Some(anchor.translation_id),
        event: Some(anchor.events),
        ..MismatchPlace::default()
    };
    let sql = "SELECT e.chain_hash, c.work_id FROM run_events e
        LEFT JOIN chapter_translations r ON r.id = e.run_id LEFT JOIN chapters c ON c.id = r.chapter_id
        WHERE e.run_id = $1 AND e.seq = $2";
    let values = [anchor.translation_id.into(), anchor.events.into()];
    let at = &anchor.exported_at.0;
    let Some(row) = db.read().query_one_raw(statement(db.read(), sql, values)).await? else {
        let detail = format!("The run had {} events at {at} and does not have them now.", anchor.events);
        let expected = Some(anchor.chain_hash.clone());
        return Ok(Some(mismatch(MismatchCode::AnchorMissing, &place, expected, None, detail)));
    };
    let hash = row.try_get_by_index::<Option<String>>(0).unwrap_or_default();
    let work_id = row.try_get_by_index::<Option<i64>>(1)?.map(|id| id.to_string());
    let differs = [
        ("chain hash", Some(anchor.chain_hash.clone()), hash),
        ("work", Some(anchor.work_id.to_string()), work_id),
    ];
    let differs = differs.into_iter().find(|(_, expected, found)| expected != found);
    Ok(differs.map(|(what, expected, found)| {
        let detail = format!("The {what} of the run's event {} is not what it was at {at}.", anchor.events);
        let found = found.as_deref().map(shown);
        mismatch(MismatchCode::AnchorChanged, &place, expected, found, detail)
    }))
}
