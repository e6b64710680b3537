//! Segments that a person asks to have translated again, of runs that have ended: written down, claimed under the
//! run's lease one after the other, and done when an attempt succeeds, fails for good, or somebody cancels it.

use super::{
    Claimant, Claimed, Lease, RecordedEvent, Retranslation,
    attempt::stop_attempts,
    chain::find_head,
    edit::{about, lock_for_edit},
    end::because,
    event::{last_seq, record},
    segment::get,
    status_of,
    wait::forget_wait,
    witness::Witnessed,
};
use crate::{
    Error, Models, Result, Txn, actor, audit,
    db::statement,
    entity::run as runs,
    notice::{Notice, tell},
    prompt,
    provider::{self, Admission},
    template, text, time,
};
use chrono::{DateTime, Utc};
use colophon_contract::{
    AuditAction, Author, FailureCode, FieldError, PromptVersion, RetranslateSegment, RetranslateVersion,
    RunEvent, Segment, SegmentError, SegmentStatus,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, IntoActiveModel};

/// Asks for another translation of a segment of a run that has ended, under the run's own version or the latest.
/// The text that is there stays until the new one is complete.
///
/// # Errors
/// The run, its work or chapter, or the segment is not found; `SegmentBlank`, `StaleBaseAttempt`,
/// `TranslationLegacy`, `ModelUnknown`; `TranslationInProgress` while the run is active or the segment is being
/// translated again; `ValidationFailed` for an instruction that the version's template has no place for.
pub async fn create_retranslation(
    txn: &Txn,
    author: &Author,
    (run_id, position): (i64, i32),
    request: &RetranslateSegment,
    models: &Models,
) -> Result<Segment> {
    let instruction = request.instruction.as_deref().filter(|text| !text.trim().is_empty());
    text::refuse_nul(instruction.map(|text| ("/instruction", text)))?;
    let (run, segment) = lock_for_edit(txn, run_id, position, request.base_attempt_id).await?;
    let Some(own) = run.prompt_version_id else { return Err(Error::TranslationLegacy) };
    if !status_of(&run.status)?.is_ended() {
        return Err(Error::TranslationInProgress);
    }
    let mut version = prompt::get_by_id(txn.conn(), own).await?;
    if request.version == Some(RetranslateVersion::Latest) {
        version = prompt::get_latest(txn.conn(), version.prompt_id).await?;
    }
    let provider = models.get(&version.model)?.provider.as_str();
    if instruction.is_some() {
        require_place(&version)?;
    }
    let sql = "INSERT INTO retranslations (run_id, segment_id, prompt_version_id, provider, instruction,
            author_kind, author_id, author_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = [
        run_id.into(),
        segment.id.into(),
        version.id.into(),
        provider.into(),
        instruction.into(),
        actor::kind_as_str(author.kind).into(),
        author.id.into(),
        author.name.as_str().into(),
        time::now().into(),
    ];
    txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    let entry = about(txn, AuditAction::SegmentRetranslated, &segment).await?;
    let entry = entry.between(segment.current_attempt_id, None).at(find_head(txn, run_id)?);
    audit::record(txn, entry.saying(under(version.number))).await?;
    tell(txn, Notice::Queue).await?;
    get(txn.conn(), run_id, position).await
}

/// What the audit log says beside who asked; verifications hold it against the wish.
pub(super) fn under(version: i32) -> String {
    format!("under version {version}")
}

/// An instruction that would not be sent must not seem to be heeded.
fn require_place(version: &PromptVersion) -> Result<()> {
    let used = template::check_template(&version.template, &version.parameters).variables_used;
    if used.iter().any(|name| name == "instruction") {
        return Ok(());
    }
    let detail =
        format!("version {} has no {{instruction}} in its template, so it would not be sent", version.number);
    Err(Error::ValidationFailed(vec![FieldError::at("/instruction", "instruction_unused", detail)]))
}

/// Whether a segment is being, or waits to be, translated again.
pub(super) async fn is_open(txn: &Txn, segment_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM retranslations WHERE segment_id = $1 AND finished_at IS NULL";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [segment_id.into()])).await?.is_some())
}

/// Whether any segment of a run is.
pub(super) async fn has_open(txn: &Txn, run_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM retranslations WHERE run_id = $1 AND finished_at IS NULL";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [run_id.into()])).await?.is_some())
}

/// The run of the oldest one that can be worked on, as [`super::find_claimable_run`] looks for it: `except` are the runs
/// and `busy` the providers that are passed over.
pub(super) async fn find_claimable(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    take_over: bool,
    (except, busy): (&str, &str),
    lock: &str,
) -> Result<Option<i64>> {
    let expired = if take_over { "OR r.lease_expires_at <= $1" } else { "" };
    let sql = format!(
        "SELECT r.id FROM retranslations t JOIN chapter_translations r ON r.id = t.run_id
        LEFT JOIN provider_states p ON p.name = t.provider
        WHERE t.finished_at IS NULL AND (r.lease_expires_at IS NULL {expired})
            AND (p.pause_code IS NULL OR p.probe_at <= $1) AND $2 NOT LIKE '%,' || CAST(r.id AS TEXT) || ',%'
            AND replace($3, ',' || t.provider || ',', '') = $3
        ORDER BY t.id LIMIT 1{lock}"
    );
    let row = conn.query_one_raw(statement(conn, sql, [now.into(), except.into(), busy.into()])).await?;
    row.map(|row| Ok(row.try_get_by_index(0)?)).transpose()
}

/// Claims an ended run for the oldest of its segments that wait to be translated again and whose provider is
/// asked; what a former holder had under way is `interrupted`.
pub(super) async fn claim(
    txn: &Txn,
    run: runs::Model,
    now: DateTime<Utc>,
    claimant: &Claimant,
) -> Result<Option<Claimed>> {
    let run_id = run.id;
    if run.lease_expires_at.is_some_and(|expires| expires > now) {
        return Ok(None);
    }
    let admitted = find_admitted(txn, run_id, claimant).await?;
    let Some((retranslation, provider, probe)) = admitted else { return Ok(None) };
    let taken_over = run.lease_owner.is_some();
    let interrupted = because(FailureCode::Interrupted);
    let events = stop_attempts(txn, run_id, &interrupted, SegmentStatus::Pending, true).await?;
    let lease = Lease { run_id, owner: claimant.owner.clone(), epoch: run.lease_epoch + 1 };
    let mut row = run.into_active_model();
    forget_wait(&mut row);
    row.lease_owner = Set(Some(lease.owner.clone()));
    row.lease_epoch = Set(lease.epoch);
    row.lease_expires_at = Set(Some(now + claimant.lease));
    row.update(txn.conn()).await?;
    let last_seq = last_seq(txn.conn(), run_id).await?;
    let (retranslation, provider) = (Some(retranslation), Some(provider));
    Ok(Some(Claimed { lease, probe, taken_over, events, last_seq, retranslation, provider }))
}

/// The oldest open retranslation whose provider is neither busy nor paused, its provider, and whether it is a probe.
async fn find_admitted(
    txn: &Txn,
    run_id: i64,
    claimant: &Claimant,
) -> Result<Option<(Retranslation, String, bool)>> {
    let sql =
        "SELECT s.position, s.source_text, t.prompt_version_id, t.instruction, t.author_kind, t.author_id,
            t.author_name, t.provider
        FROM retranslations t JOIN translation_segments s ON s.id = t.segment_id
        WHERE t.run_id = $1 AND t.finished_at IS NULL ORDER BY t.id";
    for row in txn.conn().query_all_raw(statement(txn.conn(), sql, [run_id.into()])).await? {
        let provider: String = row.try_get_by_index(7)?;
        if claimant.busy.retranslations.contains(&provider) {
            continue;
        }
        let probe = match provider::admit(txn, &provider, claimant.probe_every).await? {
            Admission::Open => false,
            Admission::Probe => true,
            Admission::Paused => continue,
        };
        let kind: String = row.try_get_by_index(4)?;
        let retranslation = Retranslation {
            position: row.try_get_by_index(0)?,
            source_text: row.try_get_by_index(1)?,
            prompt_version_id: row.try_get_by_index(2)?,
            instruction: row.try_get_by_index(3)?,
            author: actor::author_of(&kind, row.try_get_by_index(5)?, row.try_get_by_index(6)?),
        };
        return Ok(Some((retranslation, provider, probe)));
    }
    Ok(None)
}

/// It is done, however it ended: the segment can be edited again, and the run is nobody's.
pub(super) async fn close(txn: &Txn, run_id: i64, segment_id: i64) -> Result<()> {
    let sql = "UPDATE retranslations SET finished_at = $2 WHERE segment_id = $1 AND finished_at IS NULL";
    txn.conn().execute_raw(statement(txn.conn(), sql, [segment_id.into(), time::now().into()])).await?;
    release(txn, run_id).await
}

/// Gives the lease of an ended run back: what else it has to translate again may be claimed by any server.
pub(super) async fn release(txn: &Txn, run_id: i64) -> Result<()> {
    let sql = "UPDATE chapter_translations SET lease_owner = NULL, lease_expires_at = NULL,
            waiting_provider = NULL, waiting_code = NULL, waiting_until = NULL
        WHERE id = $1";
    txn.conn().execute_raw(statement(txn.conn(), sql, [run_id.into()])).await?;
    tell(txn, Notice::Queue).await
}

/// Ends all that a run has, waiting or under way, at a person's wish; whoever works on one finds its lease lost.
/// The caller holds the run's row.
pub(super) async fn cancel(txn: &Txn, run_id: i64) -> Result<Vec<RecordedEvent>> {
    let conn = txn.conn();
    let error = because(FailureCode::Cancelled);
    let mut events = stop_attempts(txn, run_id, &error, SegmentStatus::Pending, false).await?;
    let sql = "UPDATE retranslations SET finished_at = $2 WHERE run_id = $1 AND finished_at IS NULL
        RETURNING (SELECT position FROM translation_segments s WHERE s.id = segment_id)";
    for row in conn.query_all_raw(statement(conn, sql, [run_id.into(), time::now().into()])).await? {
        let position: i32 = row.try_get_by_index(0)?;
        let is_told =
            |told: &RecordedEvent| matches!(&told.event, RunEvent::SegmentError(e) if e.position == position);
        if events.iter().any(is_told) {
            continue;
        }
        let event = SegmentError {
            position,
            attempt_id: None,
            code: error.code,
            detail: error.detail.clone(),
            will_retry: false,
        };
        events.push(record(txn, run_id, RunEvent::SegmentError(event), &Witnessed::Nothing).await?);
    }
    release(txn, run_id).await?;
    Ok(events)
}
