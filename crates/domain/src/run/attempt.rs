//! Tries at segments: begun before anything is sent, and ended once.

use super::{
    Answer, Lease, NewAttempt, RecordedEvent, Start,
    answer::{content_sha256, ended, kept_so_far, removed_json},
    choose::{Chosen, choose},
    create::made_with,
    event::record,
    lease::{lock, lock_held},
    retranslate::close,
    segment::get_row,
    status_of, wait,
    witness::{Begun, Ended, Witnessed},
};
use crate::{
    Engine, Error, Result, Txn, actor,
    db::{json_from_text, statement},
    entity::{attempt as attempts, run as runs, segment as segments},
    money,
    notice::{Notice, tell},
    prompt,
    provider::{self, Limits},
    text, time,
};
use chrono::{DateTime, Utc};
use colophon_contract::{
    AttemptKind, Finish, Message, Removed, RunError, RunEvent, SegmentError, SegmentStart, SegmentStatus,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde::Serialize;

/// As in the `status` column of attempts.
const RUNNING: &str = "running";
const COMPLETED: &str = "completed";
const FAILED: &str = "failed";

/// Records that a try at a segment begins, before anything is sent. On PostgreSQL it first takes its turn
/// within `limits`, which all servers share; on SQLite the one server keeps to them by itself.
///
/// # Errors
/// `LeaseLost`.
pub async fn start_attempt(txn: &Txn, lease: &Lease, attempt: &NewAttempt, limits: Limits) -> Result<Start> {
    let mut run = lock_held(txn, lease).await?;
    let segment = get_row(txn, run.id, attempt.position).await?;
    if segment.status == SegmentStatus::Blank.as_str() {
        return Err(Error::internal("an attempt at a blank segment"));
    }
    if txn.engine() == Engine::Postgres
        && let Some(wait) = provider::take_turn(txn, &attempt.provider, limits).await?
    {
        return Ok(Start::Wait(wait));
    }
    let mut events = Vec::new();
    if wait::is_waiting(&run) {
        let ended;
        (run, ended) = wait::end_wait(txn, run).await?;
        events.extend(ended);
    }
    let started_at = time::now();
    let begun = begun(&run, segment.id, attempt, started_at);
    let id = insert(txn, &begun, started_at, &attempt.messages).await?;
    set_status(txn, segment, SegmentStatus::Running, None).await?;
    let made_with = match attempt.prompt_version_id.or(run.prompt_version_id) {
        Some(version) if attempt.author.is_some() => {
            Some(made_with(prompt::get_by_id(txn.conn(), version).await?))
        }
        _ => None,
    };
    let start = SegmentStart { position: attempt.position, attempt_id: id, made_with };
    events.push(record(txn, run.id, RunEvent::SegmentStart(start), &Witnessed::Begun(begun)).await?);
    Ok(Start::Begun { attempt_id: id, events })
}

/// Keeps what came so far, for readers who join later. One statement, no event. `removed` is given where the text
/// replaces other text: readers who have that begin anew.
///
/// # Errors
/// `LeaseLost`.
pub async fn checkpoint_attempt(
    txn: &Txn,
    lease: &Lease,
    attempt_id: i64,
    text: &str,
    removed: &[Removed],
) -> Result<()> {
    let removed_value = json_from_text(txn.conn().get_database_backend(), 7);
    let sql = format!(
        "UPDATE segment_attempts SET text = $1, removed = {removed_value}
        WHERE id = $2 AND status = $3 AND lease_epoch = $4 AND EXISTS (
            SELECT 1 FROM chapter_translations r JOIN translation_segments s ON s.chapter_translation_id = r.id
            WHERE s.id = segment_id AND r.id = $5 AND r.lease_epoch = $4 AND r.lease_owner = $6
        )"
    );
    let values = [
        text::replace_nul(text).into_owned().into(),
        attempt_id.into(),
        RUNNING.into(),
        lease.epoch.into(),
        lease.run_id.into(),
        lease.owner.as_str().into(),
        removed_json(removed)?.map(|removed| removed.to_string()).into(),
    ];
    let changed = txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?.rows_affected();
    if changed != 1 {
        return Err(Error::LeaseLost);
    }
    tell(txn, Notice::Text { run_id: lease.run_id }).await
}

/// Ends an attempt with its whole text and chooses it for its segment.
///
/// # Errors
/// `LeaseLost`; internal for an empty text or an end other than that of a model that was done, which are failures.
pub async fn finish_attempt(
    txn: &Txn,
    lease: &Lease,
    attempt_id: i64,
    answer: &Answer,
) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let (attempt, segment) = get_running(txn, &run, attempt_id).await?;
    let text = text::replace_nul(&answer.text).into_owned();
    if text.trim().is_empty() || answer.finish != Some(Finish::Done) {
        return Err(Error::internal("an answer that is not a success called one"));
    }
    let mut row = ended(attempt, answer)?;
    row.status = Set(COMPLETED.to_owned());
    row.response_sha256 = Set(Some(content_sha256(answer)?));
    row.text = Set(Some(text.clone()));
    let row = Witnessed::Ended(Ended::try_from(&row.update(txn.conn()).await?)?);
    let cost_usd = answer.cost_nano_usd.map(money::usd);
    let chosen = Chosen {
        attempt_id,
        kind: AttemptKind::Model,
        text,
        usage: answer.usage,
        cost_usd,
        row,
        entry: None,
    };
    let (run_id, segment_id, again) = (run.id, segment.id, is_ended(&run)?);
    let events = choose(txn, run, segment, chosen).await?;
    if again {
        close(txn, run_id, segment_id).await?;
    }
    Ok(events)
}

/// Whether work on a run is work on a segment again.
fn is_ended(run: &runs::Model) -> Result<bool> {
    Ok(status_of(&run.status)?.is_ended())
}

/// Ends an attempt without success. The segment waits again where another follows, else it is failed.
///
/// # Errors
/// `LeaseLost`.
pub async fn fail_attempt(
    txn: &Txn,
    lease: &Lease,
    attempt_id: i64,
    answer: &Answer,
    error: &RunError,
    will_retry: bool,
) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let (attempt, segment) = get_running(txn, &run, attempt_id).await?;
    let status = if will_retry { SegmentStatus::Pending } else { SegmentStatus::Failed };
    if !will_retry && is_ended(&run)? {
        close(txn, run.id, segment.id).await?;
    }
    Ok(vec![end_without_text(txn, run.id, (attempt, segment), answer, (error, status), will_retry).await?])
}

/// Records that a segment failed before anything was sent (one that is translated again: also later, for a reason
/// that is not an answer's), as when the template cannot be rendered on it.
///
/// # Errors
/// `LeaseLost`.
pub async fn fail_segment(
    txn: &Txn,
    lease: &Lease,
    position: i32,
    error: &RunError,
) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let segment = get_row(txn, run.id, position).await?;
    if is_ended(&run)? {
        close(txn, run.id, segment.id).await?;
        let told = stop_attempts(txn, run.id, error, SegmentStatus::Failed, false).await?;
        if !told.is_empty() {
            return Ok(told);
        }
    }
    set_status(txn, segment, SegmentStatus::Failed, Some(error)).await?;
    let event = SegmentError {
        position,
        attempt_id: None,
        code: error.code,
        detail: error.detail.clone(),
        will_retry: false,
    };
    Ok(vec![record(txn, run.id, RunEvent::SegmentError(event), &Witnessed::Nothing).await?])
}

/// Ends the attempts under way of a run that stops, keeping what came; the caller holds the run's row.
pub(super) async fn stop_attempts(
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

async fn end_without_text(
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

/// A segment that has its text keeps it, and so its status, whatever becomes of a later attempt.
async fn set_status(
    txn: &Txn,
    segment: segments::Model,
    status: SegmentStatus,
    error: Option<&RunError>,
) -> Result<()> {
    let has_text = segment.current_attempt_id.is_some();
    let mut row = segment.into_active_model();
    if !has_text {
        row.status = Set(status.as_str().to_owned());
    }
    row.error_code = Set(error.map(|error| error.code.as_str().to_owned()));
    row.error_detail = Set(error.map(|error| text::replace_nul(&error.detail).into_owned()));
    row.update(txn.conn()).await?;
    Ok(())
}

/// An attempt under way and its segment, which must be the run's.
async fn get_running(
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

/// What is kept of an attempt that begins now.
fn begun(run: &runs::Model, segment_id: i64, attempt: &NewAttempt, started_at: DateTime<Utc>) -> Begun {
    Begun {
        segment_id,
        prompt_version_id: attempt.prompt_version_id.or(run.prompt_version_id),
        preceding: attempt.preceding.clone(),
        parameter_names: Some(attempt.parameter_names.clone()),
        instruction: attempt.instruction.clone(),
        author: attempt.author.clone(),
        request_sha256: attempt.request_sha256.clone(),
        provider: attempt.provider.clone(),
        model_requested: attempt.model_requested.clone(),
        lease_epoch: Some(run.lease_epoch),
        started_at: time::timestamp(started_at),
    }
}

async fn insert(txn: &Txn, begun: &Begun, started_at: DateTime<Utc>, messages: &[Message]) -> Result<i64> {
    let conn = txn.conn();
    let json = |value| json_from_text(conn.get_database_backend(), value);
    let sql = format!(
        "INSERT INTO segment_attempts (segment_id, kind, status, prompt_version_id, messages, preceding,
            instruction, request_sha256, provider, model_requested, lease_epoch, started_at, author_kind, author_id,
            author_name, parameter_names)
        VALUES ($1, 'model', $2, $3, {}, {}, $6, $7, $8, $9, $10, $11, $12, $13, $14, {}) RETURNING id",
        json(4),
        json(5),
        json(15)
    );
    let author = begun.author.as_ref();
    let values = [
        begun.segment_id.into(),
        RUNNING.into(),
        begun.prompt_version_id.into(),
        canonical(&messages)?.into(),
        canonical(&begun.preceding)?.into(),
        begun.instruction.clone().into(),
        begun.request_sha256.as_str().into(),
        begun.provider.as_str().into(),
        begun.model_requested.as_str().into(),
        begun.lease_epoch.into(),
        started_at.into(),
        author.map(|author| actor::kind_as_str(author.kind)).into(),
        author.and_then(|author| author.id).into(),
        author.map(|author| author.name.as_str()).into(),
        canonical(&begun.parameter_names)?.into(),
    ];
    let row = conn.query_one_raw(statement(conn, sql, values)).await?;
    Ok(row.ok_or_else(|| Error::internal("no id"))?.try_get_by_index(0)?)
}

fn canonical(value: &impl Serialize) -> Result<String> {
    serde_json_canonicalizer::to_string(value).map_err(|e| Error::internal(format!("canonical JSON: {e}")))
}
