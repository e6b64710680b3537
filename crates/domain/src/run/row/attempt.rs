//! Attempts under way: finds them, and ends them without a text.

use crate::{
    Error, Result, Txn,
    db::statement,
    entity::{attempt as attempts, run as runs, segment as segments},
    run::row::{
        answer::{Answer, ended, kept_so_far},
        event::{RecordedEvent, record},
        run::lock,
        segment::set_status,
        witness::{Ended, Witnessed},
    },
    text,
};
use colophon_contract::{RunError, RunEvent, SegmentError, SegmentStatus};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait};

/// Value of the `status` column of an attempt under way.
pub(crate) const RUNNING: &str = "running";

pub(crate) const COMPLETED: &str = "completed";

pub(crate) const FAILED: &str = "failed";

/// Ends the attempts under way of a run that stops, and keeps the text received. The caller holds the lock of
/// the run's row.
pub(crate) async fn stop_attempts(
    txn: &Txn,
    run_id: i64,
    error: &RunError,
    status: SegmentStatus,
    will_retry: bool,
) -> Result<Vec<RecordedEvent>> {
    let sql = "SELECT a.id FROM segment_attempts a JOIN translation_segments s ON s.id = a.segment_id
        WHERE s.chapter_translation_id = $1 AND a.status = $2 ORDER BY a.id";
    let rows = txn.conn().query_all_raw(statement(txn.conn(), sql, [run_id.into(), RUNNING.into()])).await?;
    let mut events = Vec::new();
    for row in rows {
        let run = lock(txn, run_id).await?;
        let (attempt, segment) = get_running(txn, &run, row.try_get_by_index(0)?).await?;
        let answer = kept_so_far(&attempt)?;
        let outcome = (error, status);
        events.push(end_without_text(txn, run_id, (attempt, segment), &answer, outcome, will_retry).await?);
    }
    Ok(events)
}

pub(crate) async fn end_without_text(
    txn: &Txn,
    run_id: i64,
    (attempt, segment): (attempts::Model, segments::Model),
    answer: &Answer,
    (error, status): (&RunError, SegmentStatus),
    will_retry: bool,
) -> Result<RecordedEvent> {
    let attempt_id = attempt.id;
    let position = segment.position;
    let mut row = ended(attempt, answer)?;
    row.status = Set(FAILED.to_owned());
    row.text = Set(Some(text::replace_nul(&answer.text).into_owned()));
    row.error_code = Set(Some(error.code.as_str().to_owned()));
    row.error_detail = Set(Some(text::replace_nul(&error.detail).into_owned()));
    let row = Witnessed::Ended(Ended::try_from(&row.update(txn.conn()).await?)?);
    set_status(txn, segment, status, Some(error)).await?;
    let event = SegmentError {
        position,
        attempt_id: Some(attempt_id),
        code: error.code,
        detail: error.detail.clone(),
        will_retry,
    };
    record(txn, run_id, RunEvent::SegmentError(event), &row).await
}

/// Returns an attempt under way and its segment. The segment must belong to the run.
pub(crate) async fn get_running(
    txn: &Txn,
    run: &runs::Model,
    attempt_id: i64,
) -> Result<(attempts::Model, segments::Model)> {
    let attempt = attempts::Entity::find_by_id(attempt_id).one(txn.conn()).await?;
    let attempt = attempt.filter(|attempt| attempt.status == RUNNING).ok_or(Error::LeaseLost)?;
    let segment = segments::Entity::find_by_id(attempt.segment_id).one(txn.conn()).await?;
    let segment = segment.filter(|segment| segment.chapter_translation_id == run.id);
    Ok((attempt, segment.ok_or_else(|| Error::internal("an attempt of another run"))?))
}
