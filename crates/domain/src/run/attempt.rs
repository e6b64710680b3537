//! Attempts at segments: recorded before the request is sent, and ended once.

use crate::{
    Engine, Error, Result, Txn, actor,
    db::{json_from_text, statement},
    entity::run as runs,
    hash::canonical,
    money,
    notice::{Notice, tell},
    prompt,
    provider::{self, Limits},
    run::row::{
        answer::{Answer, content_sha256, ended, removed_json},
        attempt::{COMPLETED, RUNNING, end_without_text, get_running, stop_attempts},
        choose::{Chosen, choose},
        event::{RecordedEvent, record},
        retranslation::close,
        run::{Lease, is_ended, lock_held, made_with},
        segment::{get_row, set_status},
        wait::{end_wait, is_waiting},
        witness::{Begun, Ended, Witnessed},
    },
    text, time,
};
use chrono::{DateTime, Utc};
use colophon_contract::{
    AttemptKind, Author, Finish, Message, Removed, RunError, RunEvent, SegmentError, SegmentStart,
    SegmentStatus,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};
use std::{collections::BTreeMap, time::Duration};

/// Result of [`start_attempt`].
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// The attempt is recorded.
    Begun {
        /// The attempt's id.
        attempt_id: i64,
        /// The events recorded.
        events: Vec<RecordedEvent>,
    },
    /// The provider's limits are reached, and nothing was written. Retry after this time.
    Wait(Duration),
}

/// An attempt whose request is about to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAttempt {
    /// Position of the segment, from 1.
    pub position: i32,
    /// The messages as they are sent.
    pub messages: Vec<Message>,
    /// The attempts whose text was used for `{preceding}`, oldest first.
    pub preceding: Vec<i64>,
    /// The prompt version used; `None` for the run's own version.
    pub prompt_version_id: Option<i64>,
    /// A person's instruction for a retranslation; `None` in ordinary runs.
    pub instruction: Option<String>,
    /// The author of the retranslation request; `None` in ordinary runs.
    pub author: Option<Author>,
    /// Names of the parameters sent: from the catalogue's name to the provider's name.
    pub parameter_names: BTreeMap<String, String>,
    /// SHA-256, hexadecimal, of the messages and parameters as sent.
    pub request_sha256: String,
    /// The provider's name.
    pub provider: String,
    /// The upstream model that was requested.
    pub model_requested: String,
}

/// Records that an attempt begins, before the request is sent. On PostgreSQL it first reserves a request
/// within `limits`, which all servers share. On SQLite the only server enforces the limits itself.
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
    if is_waiting(&run) {
        let ended;
        (run, ended) = end_wait(txn, run).await?;
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

/// Saves the text received so far, for readers that join later. Runs one statement and records no event. If
/// `text` replaces earlier text, `removed` is not empty, and readers of the earlier text start over.
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

/// Ends an attempt with its complete text and makes it the segment's current attempt.
///
/// # Errors
/// `LeaseLost`; internal for an empty text or a finish other than [`Finish::Done`], which are failures.
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

/// Ends an attempt as failed. The segment is pending again if `will_retry`, else failed.
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

/// Records that a segment failed before a request was sent, for example because the template cannot be
/// rendered. For a retranslation it also ends an attempt under way, if the cause is not the answer.
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

/// Returns the row of an attempt that begins now.
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
