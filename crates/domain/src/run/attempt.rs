//! Tries at segments: begun before anything is sent, and ended once.

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

/// What became of the wish to begin an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// It is recorded.
    Begun {
        /// Its id.
        attempt_id: i64,
        /// What happened.
        events: Vec<RecordedEvent>,
    },
    /// The provider's limits are reached; nothing was written. Ask again after this time.
    Wait(Duration),
}

/// A try at a segment that is about to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAttempt {
    /// The segment, from 1.
    pub position: i32,
    /// The messages as they are sent.
    pub messages: Vec<Message>,
    /// The attempts whose text `{preceding}` was made of, oldest first.
    pub preceding: Vec<i64>,
    /// The version used; `None` for the run's own.
    pub prompt_version_id: Option<i64>,
    /// What a person asked for; `None` in ordinary runs.
    pub instruction: Option<String>,
    /// Who asked for this segment by name; `None` in ordinary runs.
    pub author: Option<Author>,
    /// The names of the parameters that are sent: those of the catalogue, and those that the provider knows.
    pub parameter_names: BTreeMap<String, String>,
    /// SHA-256, hexadecimal, of the messages and parameters as sent.
    pub request_sha256: String,
    /// The provider's name.
    pub provider: String,
    /// The upstream model asked for.
    pub model_requested: String,
}

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
