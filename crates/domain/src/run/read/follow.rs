//! Events of all runs of a work, in the order in which their transactions came.

use crate::{Db, Engine, Error, Result, db::statement, work};
use colophon_contract::{JsonObject, WorkEvent, WorkEventId};
use sea_orm::ConnectionTrait;

/// The place before everything that happens from now on.
///
/// # Errors
/// The work is not found.
pub async fn get_work_place(db: &Db, work_id: i64) -> Result<WorkEventId> {
    work::require(db.read(), work_id).await?;
    get_horizon(db).await
}

/// The place before which nothing can come in any more.
async fn get_horizon(db: &Db) -> Result<WorkEventId> {
    let sql = match db.engine() {
        Engine::Sqlite => "SELECT coalesce(max(position), 0) + 1 FROM run_events",
        // No transaction below it is under way, in no database of the cluster: numbers are the cluster's.
        Engine::Postgres => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    };
    let row = db.read().query_one_raw(statement(db.read(), sql, [])).await?;
    let position = row.ok_or_else(|| Error::internal("no position"))?.try_get_by_index(0)?;
    Ok(WorkEventId { position, run_id: 0, seq: 0 })
}

/// The first `limit` events of a work's runs after a place, without text, and the place after which to look next: past
/// the events of all other works too, which are then not looked through again. On PostgreSQL only those before which
/// nothing can come in any more: what a transaction wrote that began later than one still under way waits for that
/// one, whichever of the cluster's databases that is in.
///
/// # Errors
/// Of the database only.
pub async fn list_work_events(
    db: &Db,
    work_id: i64,
    after: WorkEventId,
    limit: u32,
) -> Result<(Vec<(WorkEventId, WorkEvent)>, WorkEventId)> {
    // Before the events are read: what it is past is there then.
    let horizon = get_horizon(db).await?;
    let conn = db.read();
    // Of the stored events these alone have text, and it may be long.
    let without_text = match db.engine() {
        Engine::Sqlite => "json_remove(e.data, '$.text')",
        Engine::Postgres => "(e.data::jsonb - 'text')::text",
    };
    let sql = format!(
        "SELECT e.position, e.run_id, e.seq, c.id, e.name,
            CASE WHEN e.name = 'segment-complete' THEN {without_text} ELSE e.data END
        FROM run_events e JOIN chapter_translations r ON r.id = e.run_id JOIN chapters c ON c.id = r.chapter_id
        WHERE (e.position, e.run_id, e.seq) > ($2, $3, $4) AND c.work_id = $1 AND e.position < $6
        ORDER BY e.position, e.run_id, e.seq LIMIT $5"
    );
    let values = [
        work_id.into(),
        after.position.into(),
        after.run_id.into(),
        after.seq.into(),
        i64::from(limit).into(),
        horizon.position.into(),
    ];
    let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
    let events: Vec<_> = rows.iter().map(read).collect::<Result<_>>()?;
    let next = match events.last() {
        Some((last, _)) if events.len() >= limit as usize => *last,
        _ => horizon.max(after),
    };
    Ok((events, next))
}

fn read(row: &sea_orm::QueryResult) -> Result<(WorkEventId, WorkEvent)> {
    let id = WorkEventId {
        position: row.try_get_by_index(0)?,
        run_id: row.try_get_by_index(1)?,
        seq: row.try_get_by_index(2)?,
    };
    let data: String = row.try_get_by_index(5)?;
    let data: JsonObject =
        serde_json::from_str(&data).map_err(|e| Error::internal(format!("a stored event: {e}")))?;
    let (chapter_id, name) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
    Ok((id, WorkEvent { name, run_id: id.run_id, chapter_id, data }))
}
