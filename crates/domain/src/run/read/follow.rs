//! Events of all runs of a work, in the order of their transactions.

use crate::{Db, Engine, Error, Result, db::statement, work};
use colophon_contract::{JsonObject, WorkEvent, WorkEventId};
use sea_orm::ConnectionTrait;

/// Returns the cursor before all future events.
///
/// # Errors
/// The work is not found.
pub async fn get_work_place(db: &Db, work_id: i64) -> Result<WorkEventId> {
    work::require(db.read(), work_id).await?;
    get_horizon(db).await
}

/// Returns the horizon: the cursor before which no event can be added any more.
async fn get_horizon(db: &Db) -> Result<WorkEventId> {
    let sql = match db.engine() {
        Engine::Sqlite => "SELECT coalesce(max(position), 0) + 1 FROM run_events",
        // No transaction with a lower id is in progress. Transaction ids are shared by all databases of the
        // cluster.
        Engine::Postgres => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    };
    let row = db.read().query_one_raw(statement(db.read(), sql, [])).await?;
    let position = row.ok_or_else(|| Error::internal("no position"))?.try_get_by_index(0)?;
    Ok(WorkEventId { position, run_id: 0, seq: 0 })
}

/// Lists the first `limit` events of a work's runs after a cursor, without text, and returns the next cursor.
/// The next cursor skips the events of other works too, so they are not searched again.
///
/// On PostgreSQL, only events before the horizon are listed. The events of a transaction are held back while
/// an older transaction, in any database of the cluster, is in progress.
///
/// # Errors
/// Returns database errors only.
pub async fn list_work_events(
    db: &Db,
    work_id: i64,
    after: WorkEventId,
    limit: u32,
) -> Result<(Vec<(WorkEventId, WorkEvent)>, WorkEventId)> {
    // Read the horizon before the events: every event before it is then visible.
    let horizon = get_horizon(db).await?;
    let conn = db.read();
    // Only these stored events contain text, and it may be long.
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
