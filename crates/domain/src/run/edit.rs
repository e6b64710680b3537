//! Edits of a segment by a person: a new text, or the text of an earlier attempt. Each edit creates an
//! attempt and makes it current, in one transaction. It names the attempt that the editor saw, and a stale
//! edit is refused.

use crate::{
    Error, Missing, Result, Txn, actor,
    db::statement,
    entity::{run as runs, segment as segments},
    hash::sha256,
    run::{
        editable::lock_editable,
        read::{attempt::find_attempt, segment::get},
        row::{
            choose::{Chosen, choose},
            event::RecordedEvent,
            segment::about_segment,
            witness::{Witnessed, Written},
        },
    },
    text, time,
};
use colophon_contract::{
    AttemptKind, AttemptStatus, AuditAction, Author, RestoreAttempt, Segment, UpdateSegment,
    text::is_same_text,
};
use sea_orm::ConnectionTrait;

/// Sets a segment's text to a person's text. While the run is active, only a segment that has a text can be
/// edited. A run that ended as failed or cancelled is completed by the edit that gives its last missing text.
/// A text equal to the current one changes nothing.
///
/// # Errors
/// The run, its work or chapter, or the segment is not found; `SegmentBlank`, `TranslationInProgress`,
/// `StaleBaseAttempt`; `ValidationFailed` for U+0000.
pub async fn update_segment(
    txn: &Txn,
    author: &Author,
    run_id: i64,
    position: i32,
    update: &UpdateSegment,
) -> Result<(Segment, Vec<RecordedEvent>)> {
    text::refuse_nul([("/text", update.text.as_str())])?;
    let (run, segment) = lock_editable(txn, run_id, position, update.base_attempt_id).await?;
    let present = get(txn.conn(), run_id, position).await?;
    // A browser's field may return a model's text with other line ends; that is not an edit.
    if present.text.as_deref().is_some_and(|text| is_same_text(text, &update.text)) {
        return Ok((present, Vec::new()));
    }
    let given = Given { text: &update.text, prompt_version_id: None, restored_from: None };
    let events = write(txn, author, run, segment, given).await?;
    Ok((get(txn.conn(), run_id, position).await?, events))
}

/// Sets a segment's text to the text of one of its attempts, under the rules of [`update_segment`]. The
/// author of the new attempt is the person. It names the attempt that first made the text, and that attempt's
/// prompt version.
///
/// # Errors
/// Those of [`update_segment`]; the attempt is not found; `AttemptWithoutText`.
pub async fn restore_attempt(
    txn: &Txn,
    author: &Author,
    (run_id, position, attempt_id): (i64, i32, i64),
    restore: &RestoreAttempt,
) -> Result<(Segment, Vec<RecordedEvent>)> {
    let (run, segment) = lock_editable(txn, run_id, position, restore.base_attempt_id).await?;
    let attempt = find_attempt(txn.conn(), segment.id, attempt_id).await?;
    let attempt = attempt.ok_or(Error::NotFound(Missing::Attempt))?;
    let Some(text) = attempt.text.filter(|_| attempt.status == AttemptStatus::Completed) else {
        return Err(Error::AttemptWithoutText);
    };
    let given = Given {
        text: &text,
        prompt_version_id: attempt.prompt_version_id,
        restored_from: Some(attempt.restored_from.unwrap_or(attempt.id)),
    };
    let events = write(txn, author, run, segment, given).await?;
    Ok((get(txn.conn(), run_id, position).await?, events))
}

/// A person's text for a segment.
struct Given<'a> {
    text: &'a str,
    prompt_version_id: Option<i64>,
    restored_from: Option<i64>,
}

async fn write(
    txn: &Txn,
    author: &Author,
    run: runs::Model,
    segment: segments::Model,
    given: Given<'_>,
) -> Result<Vec<RecordedEvent>> {
    let conn = txn.conn();
    let sql =
        "INSERT INTO segment_attempts (segment_id, kind, status, text, response_sha256, prompt_version_id,
            author_kind, author_id, author_name, restored_from, started_at, finished_at)
        VALUES ($1, 'person', 'completed', $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING id";
    let (now, sha256) = (time::now(), sha256(given.text));
    let values = [
        segment.id.into(),
        given.text.into(),
        sha256.as_str().into(),
        given.prompt_version_id.into(),
        actor::kind_as_str(author.kind).into(),
        author.id.into(),
        author.name.as_str().into(),
        given.restored_from.into(),
        now.into(),
    ];
    let row = conn.query_one_raw(statement(conn, sql, values)).await?;
    let attempt_id = row.ok_or_else(|| Error::internal("no id"))?.try_get_by_index(0)?;
    let action = match given.restored_from {
        Some(_) => AuditAction::AttemptRestored,
        None => AuditAction::SegmentEdited,
    };
    let entry =
        about_segment(txn, action, &segment).await?.between(segment.current_attempt_id, Some(attempt_id));
    let row = Witnessed::Written(Written {
        segment_id: segment.id,
        prompt_version_id: given.prompt_version_id,
        restored_from: given.restored_from,
        response_sha256: Some(sha256),
        author: Some(author.clone()),
        started_at: time::timestamp(now),
        finished_at: Some(time::timestamp(now)),
    });
    let (text, kind) = (given.text.to_owned(), AttemptKind::Person);
    let chosen = Chosen { attempt_id, kind, text, usage: None, cost_usd: None, row, entry: Some(entry) };
    choose(txn, run, segment, chosen).await
}
