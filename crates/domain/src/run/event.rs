//! Events of a run: recorded in the transaction of the change, read again by whoever follows late.

use super::{
    RecordedEvent, Replay, RunningAttempt,
    chain::{Link, get_head},
    lease::lock,
    status_of,
    witness::{Witnessed, record_sha256},
};
use crate::{
    Db, Engine, Error, Missing, Result, Txn,
    db::statement,
    notice::{Notice, tell},
    time,
};
use colophon_contract::{FailureCode, RunEvent, RunStatus};
use sea_orm::ConnectionTrait;

/// Stores an event at the end of its run's chain, with the hash of the row that it describes. The caller holds the run's
/// row, on which the new end of the chain is kept: on PostgreSQL by the same statement, which saves a round trip.
pub(super) async fn record(
    txn: &Txn,
    run_id: i64,
    event: RunEvent,
    row: &Witnessed,
) -> Result<RecordedEvent> {
    let data = event.data().map_err(|e| Error::internal(format!("an event's data: {e}")))?;
    let created_at = time::now();
    let record = record_sha256(run_id, (event.name(), &data), created_at, row)?;
    let link =
        Link { name: event.name(), data: &data, created_at, record_sha256: Some(&record), is_stored: true };
    let head = get_head(txn, run_id).await?.extend(run_id, &link)?;
    let seq = head.length;
    // On PostgreSQL the position is the transaction's, of itself.
    let (column, position) = match txn.engine() {
        Engine::Sqlite => (", position", ", (SELECT coalesce(max(position), 0) + 1 FROM run_events)"),
        Engine::Postgres => ("", ""),
    };
    let insert = format!(
        "INSERT INTO run_events (run_id, seq, name, data, created_at, record_sha256, chain_hash{column})
        VALUES ($1, $2, $3, $4, $5, $6, $7{position})"
    );
    let sql = match txn.engine() {
        Engine::Sqlite => insert,
        Engine::Postgres => format!(
            "WITH event AS ({insert} RETURNING run_id, seq, chain_hash)
            UPDATE chapter_translations r SET chain_length = event.seq, chain_hash = event.chain_hash
            FROM event WHERE r.id = event.run_id"
        ),
    };
    let values = [
        run_id.into(),
        seq.into(),
        event.name().into(),
        data.into(),
        created_at.into(),
        record.into(),
        head.hash.as_str().into(),
    ];
    txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    if txn.engine() == Engine::Sqlite {
        let sql = "UPDATE chapter_translations SET chain_length = $1, chain_hash = $2 WHERE id = $3";
        let values = [seq.into(), head.hash.as_str().into(), run_id.into()];
        txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    }
    txn.heads().set(run_id, Some(head));
    tell(txn, notice_of(run_id, seq, &event)).await?;
    Ok(RecordedEvent { seq, event })
}

/// What other servers are told of an event.
fn notice_of(run_id: i64, seq: i64, event: &RunEvent) -> Notice {
    match event {
        RunEvent::TranslationStatus(now) if now.status == RunStatus::Queued => Notice::Queued { run_id, seq },
        RunEvent::TranslationError(end) if end.status == RunStatus::Cancelled => {
            Notice::Cancelled { run_id, seq }
        }
        RunEvent::SegmentError(end) if end.code == FailureCode::Cancelled => {
            Notice::Cancelled { run_id, seq }
        }
        _ => Notice::Event { run_id, seq },
    }
}

/// The events of a run after `after_seq`, the first ones of many, and how far they go: `after_seq` again where there are
/// no more. First it takes the run's row, so that a transaction that wrote events has ended: on PostgreSQL, a commit
/// whose answer was lost may still be under way. Whoever holds the lease may have lost it with that commit.
///
/// # Errors
/// Not found.
pub async fn lock_and_list_events(
    txn: &Txn,
    run_id: i64,
    after_seq: i64,
) -> Result<(Vec<RecordedEvent>, i64)> {
    lock(txn, run_id).await?;
    list_after(txn.conn(), run_id, after_seq).await
}

async fn list_after(
    conn: &impl ConnectionTrait,
    run_id: i64,
    after_seq: i64,
) -> Result<(Vec<RecordedEvent>, i64)> {
    let sql = "SELECT seq, name, data FROM run_events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    let (mut events, mut read_to) = (Vec::new(), after_seq);
    let values = [run_id.into(), after_seq.into(), PAGE.into()];
    for row in conn.query_all_raw(statement(conn, sql, values)).await? {
        let (name, data): (String, String) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let event = RunEvent::decode(&name, &data)
            .map_err(|e| Error::internal(format!("a stored {name} event: {e}")))?;
        read_to = row.try_get_by_index(0)?;
        // An event that this version does not know is for a later one's readers.
        events.extend(event.map(|event| RecordedEvent { seq: read_to, event }));
    }
    Ok((events, read_to))
}

/// The number of a run's last event; 0 where there is none.
pub(super) async fn last_seq(conn: &impl ConnectionTrait, run_id: i64) -> Result<i64> {
    let sql = "SELECT coalesce(max(seq), 0) FROM run_events WHERE run_id = $1";
    let row = conn.query_one_raw(statement(conn, sql, [run_id.into()])).await?;
    Ok(row.ok_or_else(|| Error::internal("no count"))?.try_get_by_index(0)?)
}

/// Events of one answer: slow readers hold no more of a run in memory.
pub(super) const PAGE: i64 = 100;

/// What a reader who has the events up to `after_seq` needs to catch up, all of one moment. Of many events the first
/// ones: where [`Replay::is_whole`] is not so, ask again after `read_to`.
///
/// # Errors
/// Not found.
pub async fn get_replay(db: &Db, run_id: i64, after_seq: i64) -> Result<Replay> {
    let txn = db.begin_snapshot().await?;
    let conn = &txn;
    let sql = "SELECT r.status, (SELECT coalesce(max(e.seq), 0) FROM run_events e WHERE e.run_id = r.id),
            (SELECT count(*) FROM retranslations t WHERE t.run_id = r.id AND t.finished_at IS NULL)
        FROM chapter_translations r WHERE r.id = $1";
    let row = conn.query_one_raw(statement(conn, sql, [run_id.into()])).await?;
    let row = row.ok_or(Error::NotFound(Missing::Translation))?;
    let status = status_of(&row.try_get_by_index::<String>(0)?)?;
    let last_seq: i64 = row.try_get_by_index(1)?;
    let waiting: i64 = row.try_get_by_index(2)?;

    let (events, read_to) = list_after(conn, run_id, after_seq).await?;
    if read_to < last_seq {
        txn.commit().await?;
        return Ok(Replay { status, ended: false, events, read_to, last_seq, running: None });
    }

    let sql = "SELECT s.position, a.id, a.text, CASE WHEN a.removed IS NULL THEN 0 ELSE 1 END FROM translation_segments s
        JOIN segment_attempts a ON a.segment_id = s.id AND a.status = 'running'
        WHERE s.chapter_translation_id = $1 ORDER BY a.id DESC LIMIT 1";
    let running = match conn.query_one_raw(statement(conn, sql, [run_id.into()])).await? {
        Some(row) => Some(RunningAttempt {
            position: row.try_get_by_index(0)?,
            attempt_id: row.try_get_by_index(1)?,
            text: row.try_get_by_index::<Option<String>>(2)?.unwrap_or_default(),
            is_replaced: row.try_get_by_index::<i32>(3)? == 1,
        }),
        None => None,
    };
    txn.commit().await?;
    Ok(Replay { status, ended: status.is_ended() && waiting == 0, events, read_to, last_seq, running })
}
