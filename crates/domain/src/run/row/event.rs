//! Events of a run: each is recorded in the transaction of its change, at the end of the run's chain.

use crate::{
    Engine, Error, Result, Txn,
    chain::{Head, Link},
    db::statement,
    notice::{Notice, tell},
    run::row::witness::{Witnessed, record_sha256},
    time,
};
use colophon_contract::{FailureCode, RunEvent, RunStatus};
use sea_orm::{ConnectionTrait, prelude::DateTimeUtc};

/// A stored event.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// Number of the event in its run, from 1 without gaps.
    pub seq: i64,
    /// The event.
    pub event: RunEvent,
}

/// Maximum number of events in one answer, which limits the memory that a slow reader uses.
pub(crate) const PAGE: i64 = 100;

/// Stores an event at the end of its run's chain, with the hash of the row that it describes. The caller
/// holds the lock of the run's row, which stores the new end of the chain. On PostgreSQL one statement does
/// both, which saves a round trip.
pub(crate) async fn record(
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
    // On PostgreSQL the column's default sets the position: the transaction's id.
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

/// Returns the notification that other servers get for an event.
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

/// Returns the end of the chain of a run whose row the transaction has locked; `None` while the run has no
/// chain.
///
/// # Errors
/// Internal for a run whose row the transaction has not locked.
pub(crate) fn find_head(txn: &Txn, run_id: i64) -> Result<Option<Head>> {
    txn.heads().find(run_id).ok_or_else(|| Error::internal("an event of a run that is not held"))
}

/// Returns the chain end that the next event extends. For a run from before chains, computes it over the
/// earlier events.
///
/// # Errors
/// Those of [`find_head`].
pub(crate) async fn get_head(txn: &Txn, run_id: i64) -> Result<Head> {
    if let Some(head) = find_head(txn, run_id)? {
        return Ok(head);
    }
    let conn = txn.conn();
    let sql = "SELECT name, data, created_at, record_sha256 FROM run_events WHERE run_id = $1 AND seq > $2
        ORDER BY seq LIMIT $3";
    let mut head = Head::start();
    loop {
        let values = [run_id.into(), head.length.into(), PAGE.into()];
        let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
        if rows.is_empty() {
            return Ok(head);
        }
        for row in rows {
            let (name, data): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let record_sha256: Option<String> = row.try_get_by_index(3)?;
            let created_at = row.try_get_by_index::<DateTimeUtc>(2)?;
            let record_sha256 = record_sha256.as_deref();
            let link = Link { name: &name, data: &data, created_at, record_sha256, is_stored: false };
            head = head.extend(run_id, &link)?;
        }
    }
}

pub(crate) async fn list_after(
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
        // Skip an event of a later version, which this version cannot decode.
        events.extend(event.map(|event| RecordedEvent { seq: read_to, event }));
    }
    Ok((events, read_to))
}

/// Returns the number of a run's last event; 0 if there is none.
pub(crate) async fn last_seq(conn: &impl ConnectionTrait, run_id: i64) -> Result<i64> {
    let sql = "SELECT coalesce(max(seq), 0) FROM run_events WHERE run_id = $1";
    let row = conn.query_one_raw(statement(conn, sql, [run_id.into()])).await?;
    Ok(row.ok_or_else(|| Error::internal("no count"))?.try_get_by_index(0)?)
}
