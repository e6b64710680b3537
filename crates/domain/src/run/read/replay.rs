//! Events of a run, read again by whoever follows late.

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

/// What a reader of events needs to catch up, of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// What became of the run so far.
    pub status: RunStatus,
    /// Whether nothing more will happen of itself: the run has ended, and none of its segments is being
    /// translated again. Not so while there are more events.
    pub ended: bool,
    /// The events after those the reader has: the first ones, where there are many.
    pub events: Vec<RecordedEvent>,
    /// How far the events go, also where the last ones are not known to this version.
    pub read_to: i64,
    /// The last event's number, whether the reader has it or not; 0 where there is none.
    pub last_seq: i64,
    /// The attempt under way, with its text as last checkpointed; none while there are more events.
    pub running: Option<RunningAttempt>,
}

impl Replay {
    /// Whether there are no more events.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.read_to >= self.last_seq
    }
}

/// An attempt under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningAttempt {
    /// The segment, from 1.
    pub position: i32,
    /// The attempt.
    pub attempt_id: i64,
    /// What came so far, as last checkpointed.
    pub text: String,
    /// Whether that replaced other text, which turned out to be reasoning.
    pub is_replaced: bool,
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
