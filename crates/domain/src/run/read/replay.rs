//! Reads a run's events again, for subscribers that join late.

use crate::{
    Db, Error, Missing, Result, Txn,
    db::statement,
    run::row::{
        event::{RecordedEvent, list_after},
        run::lock,
    },
    stored::status_of,
};
use colophon_contract::RunStatus;
use sea_orm::ConnectionTrait;

/// Snapshot of a run, for a reader of events that catches up.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// The run's status.
    pub status: RunStatus,
    /// Whether no further events are expected: the run has ended, has no open retranslation, and `events` is
    /// complete.
    pub ended: bool,
    /// Events that the reader does not have; if there are many, only the first ones.
    pub events: Vec<RecordedEvent>,
    /// Number of the last event read. The last events may be missing from `events`, if this server's version
    /// does not know them.
    pub read_to: i64,
    /// Number of the run's last event; 0 if there is none.
    pub last_seq: i64,
    /// The attempt under way, with its last checkpoint; `None` while there are more events to read.
    pub running: Option<RunningAttempt>,
}

impl Replay {
    /// Checks whether all events have been read.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.read_to >= self.last_seq
    }
}

/// An attempt under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningAttempt {
    /// Position of the segment, from 1.
    pub position: i32,
    /// The attempt's id.
    pub attempt_id: i64,
    /// The text of the last checkpoint.
    pub text: String,
    /// Whether `text` replaced earlier text that turned out to be reasoning.
    pub is_replaced: bool,
}

/// Lists the events of a run after `after_seq`, at most one page, and returns the number of the last event
/// read: `after_seq` if there are none. It first locks the run's row, to wait for a transaction that is
/// writing events. On PostgreSQL, a commit whose answer was lost may still be in progress. The lease is not
/// checked: that commit may have released it.
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

/// Returns a snapshot for a reader that has the events up to `after_seq`. If there are many events, it
/// returns the first ones; while [`Replay::is_whole`] is false, call again with `read_to`.
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
