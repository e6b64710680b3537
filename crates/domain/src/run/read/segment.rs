//! Reading segments.

use crate::{
    Db, Error, PageRequest, Result, actor,
    db::statement,
    money,
    page::Rows,
    run::row::{
        run::require,
        segment::not_found,
        wait::{paused, waiting_reason},
    },
    stored::{attempt_kind_of, error_of, finish_of, segment_status_of, usage_of},
    time,
};
use colophon_contract::{Attempt, FailureCode, Page, Retranslation, RunError, Segment, SegmentStatus};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value, prelude::DateTimeUtc};

/// A pending segment: it has no text yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSegment {
    /// Position of the segment, from 1.
    pub position: i32,
    /// The segment's source text.
    pub source_text: String,
}

#[derive(FromQueryResult)]
struct Row {
    position: i32,
    source_text: String,
    status: String,
    error_code: Option<String>,
    error_detail: Option<String>,
    attempt_id: Option<i64>,
    kind: Option<String>,
    text: Option<String>,
    prompt_version_number: Option<i32>,
    author_kind: Option<String>,
    author_id: Option<i64>,
    author_name: Option<String>,
    restored_from: Option<i64>,
    finish_reason: Option<String>,
    finish: Option<String>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost_nano_usd: Option<i64>,
    reported_cost_nano_usd: Option<i64>,
    finished_at: Option<DateTimeUtc>,
    asked_version_number: Option<i32>,
    asked_instruction: Option<String>,
    asker_kind: Option<String>,
    asker_id: Option<i64>,
    asker_name: Option<String>,
    asked_at: Option<DateTimeUtc>,
    paused_provider: Option<String>,
    pause_code: Option<String>,
    paused_at: Option<DateTimeUtc>,
    waiting_provider: Option<String>,
    waiting_code: Option<String>,
    waiting_until: Option<DateTimeUtc>,
}

/// Lists segments of a run by position, each with the attempt that made its text, in one statement.
///
/// # Errors
/// The run is not found; `CursorInvalid`.
pub async fn list_segments(db: &Db, run_id: i64, page: &PageRequest) -> Result<Page<Segment>> {
    let list = format!("segments/{run_id}");
    let after = page.after(&list)?.unwrap_or(0);
    let which = "s.chapter_translation_id = $1 AND s.position > $2 ORDER BY s.position LIMIT $3";
    let select = select(db.read(), which, [run_id.into(), after.into(), page.rows().into()]);
    let bytes = |row: &Row| row.source_text.len() + row.text.as_ref().map_or(0, String::len);
    let Rows { rows, more } = page.fetch(db.read(), select, bytes).await?;
    if rows.is_empty() {
        require(db.read(), run_id).await?;
    }
    let items = rows.into_iter().map(segment).collect::<Result<Vec<_>>>()?;
    Ok(PageRequest::page_of(&list, items, more, |segment: &Segment| segment.position.into()))
}

/// Returns one segment of a run.
///
/// # Errors
/// The run or the segment is not found.
pub async fn get_segment(db: &Db, run_id: i64, position: i32) -> Result<Segment> {
    get(db.read(), run_id, position).await
}

pub(crate) async fn get(conn: &impl ConnectionTrait, run_id: i64, position: i32) -> Result<Segment> {
    let which = "s.chapter_translation_id = $1 AND s.position = $2";
    match Row::find_by_statement(select(conn, which, [run_id.into(), position.into()])).one(conn).await? {
        Some(row) => segment(row),
        None => Err(not_found(conn, run_id).await?),
    }
}

fn select(conn: &impl ConnectionTrait, which: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    let sql = format!(
        "SELECT s.position, s.source_text, s.status, s.error_code, s.error_detail, a.id AS attempt_id,
            a.kind, a.text, v.number AS prompt_version_number, a.author_kind, a.author_id, a.author_name,
            a.restored_from, a.finish_reason, a.finish, a.prompt_tokens, a.completion_tokens, a.total_tokens,
            a.cached_tokens, a.reasoning_tokens, a.cost_nano_usd, a.reported_cost_nano_usd, a.finished_at, tv.number AS asked_version_number, t.instruction AS asked_instruction,
            t.author_kind AS asker_kind, t.author_id AS asker_id, t.author_name AS asker_name,
            t.created_at AS asked_at, w.name AS paused_provider, w.pause_code, w.paused_at,
            r.waiting_provider, r.waiting_code, r.waiting_until
        FROM translation_segments s
        LEFT JOIN segment_attempts a ON a.id = s.current_attempt_id
        LEFT JOIN prompt_versions v ON v.id = a.prompt_version_id
        LEFT JOIN retranslations t ON t.segment_id = s.id AND t.finished_at IS NULL
        LEFT JOIN prompt_versions tv ON tv.id = t.prompt_version_id
        LEFT JOIN provider_states w ON w.name = t.provider AND w.pause_code IS NOT NULL
        LEFT JOIN chapter_translations r ON r.id = s.chapter_translation_id AND r.waiting_provider = t.provider
        WHERE {which}"
    );
    statement(conn, sql, values)
}

/// Finds the first pending segment; `None` if each segment has a text or has failed. Segments whose last
/// attempt was stopped by a content filter come last: they are likely to be refused again.
///
/// # Errors
/// Returns database errors only.
pub async fn find_next_segment(db: &Db, run_id: i64) -> Result<Option<PendingSegment>> {
    let sql = "SELECT position, source_text FROM translation_segments
        WHERE chapter_translation_id = $1 AND status = $2
        ORDER BY CASE WHEN error_code = $3 THEN 1 ELSE 0 END, position LIMIT 1";
    let values =
        [run_id.into(), SegmentStatus::Pending.as_str().into(), FailureCode::ContentFiltered.as_str().into()];
    let row = db.read().query_one_raw(statement(db.read(), sql, values)).await?;
    row.map(|row| {
        Ok(PendingSegment { position: row.try_get_by_index(0)?, source_text: row.try_get_by_index(1)? })
    })
    .transpose()
}

/// Lists the positions of failed segments, each with its error. They are tried again when a person resumes
/// the run.
///
/// # Errors
/// Returns database errors only.
pub async fn list_failed_segments(db: &Db, run_id: i64) -> Result<Vec<(i32, RunError)>> {
    let sql = "SELECT position, error_code, error_detail FROM translation_segments
        WHERE chapter_translation_id = $1 AND status = $2 ORDER BY position";
    let values = [run_id.into(), SegmentStatus::Failed.as_str().into()];
    let mut failed = Vec::new();
    for row in db.read().query_all_raw(statement(db.read(), sql, values)).await? {
        let error = error_of(row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        failed.push((row.try_get_by_index(0)?, error.ok_or_else(|| Error::internal("failed without why"))?));
    }
    Ok(failed)
}

fn segment(mut row: Row) -> Result<Segment> {
    Ok(Segment {
        position: row.position,
        source_text: std::mem::take(&mut row.source_text),
        text: row.text.take(),
        status: segment_status_of(&row.status)?,
        error: error_of(row.error_code.take(), row.error_detail.take()),
        retranslation: retranslation(&mut row),
        attempt: attempt(row)?,
    })
}

fn retranslation(row: &mut Row) -> Option<Retranslation> {
    let kind = row.asker_kind.take()?;
    Some(Retranslation {
        prompt_version_number: row.asked_version_number?,
        instruction: row.asked_instruction.take(),
        author: actor::author_of(&kind, row.asker_id, row.asker_name.take()?),
        created_at: time::timestamp(row.asked_at?),
        waiting_reason: paused(row.paused_provider.take(), row.pause_code.take(), row.paused_at).or_else(
            || waiting_reason(row.waiting_provider.take(), row.waiting_code.as_deref(), row.waiting_until),
        ),
    })
}

fn attempt(row: Row) -> Result<Option<Attempt>> {
    let (Some(id), Some(kind)) = (row.attempt_id, row.kind) else { return Ok(None) };
    let author =
        row.author_kind.zip(row.author_name).map(|(kind, name)| actor::author_of(&kind, row.author_id, name));
    Ok(Some(Attempt {
        id,
        kind: attempt_kind_of(&kind)?,
        prompt_version_number: row.prompt_version_number,
        author,
        restored_from: row.restored_from,
        finish_reason: row.finish_reason,
        finish: row.finish.as_deref().map(finish_of).transpose()?,
        usage: usage_of(
            [row.prompt_tokens, row.completion_tokens, row.total_tokens],
            [row.cached_tokens, row.reasoning_tokens],
        ),
        cost_usd: row.cost_nano_usd.map(money::usd),
        reported_cost_usd: row.reported_cost_nano_usd.map(money::usd),
        finished_at: time::optional(row.finished_at),
    }))
}
