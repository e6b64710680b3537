//! Reads the attempts at a segment, with what was sent and received.

use crate::{
    Db, Engine, Error, Missing, PageRequest, Result, actor,
    db::{json_as_text, statement},
    money,
    page::Rows,
    parameters,
    run::row::segment::require_segment,
    stored::{attempt_kind_of, error_of, finish_of, usage_of},
    time::{self, timestamp},
};
use colophon_contract::{
    AttemptMessages, AttemptReasoning, AttemptRemoved, AttemptStatus, Page, SegmentAttempt,
};
use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement, Value, prelude::DateTimeUtc,
};
use serde::de::DeserializeOwned;

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    kind: String,
    status: String,
    current_attempt_id: Option<i64>,
    text: Option<String>,
    removed_characters: i64,
    reasoning_bytes: Option<i64>,
    prompt_version_id: Option<i64>,
    prompt_version_number: Option<i32>,
    model: Option<String>,
    parameters: Option<String>,
    has_messages: bool,
    preceding: Option<String>,
    instruction: Option<String>,
    request_sha256: Option<String>,
    response_sha256: Option<String>,
    provider: Option<String>,
    model_requested: Option<String>,
    model_reported: Option<String>,
    response_id: Option<String>,
    finish_reason: Option<String>,
    finish: Option<String>,
    provider_message: Option<String>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost_nano_usd: Option<i64>,
    reported_cost_nano_usd: Option<i64>,
    author_kind: Option<String>,
    author_id: Option<i64>,
    author_name: Option<String>,
    restored_from: Option<i64>,
    error_code: Option<String>,
    error_detail: Option<String>,
    started_at: DateTimeUtc,
    finished_at: Option<DateTimeUtc>,
}

impl Row {
    /// Returns the total length in bytes of the columns that may be long.
    fn bytes(&self) -> usize {
        let texts = [
            &self.text,
            &self.parameters,
            &self.preceding,
            &self.instruction,
            &self.provider_message,
            &self.error_detail,
        ];
        texts.into_iter().flatten().map(String::len).sum()
    }
}

/// Lists the attempts at a segment, newest first, in one statement.
///
/// # Errors
/// The run or the segment is not found; `CursorInvalid`.
pub async fn list_attempts(
    db: &Db,
    run_id: i64,
    position: i32,
    page: &PageRequest,
) -> Result<Page<SegmentAttempt>> {
    let list = format!("attempts/{run_id}/{position}");
    let before = page.after(&list)?.unwrap_or(i64::MAX);
    let which = "s.chapter_translation_id = $1 AND s.position = $2 AND a.id < $3 ORDER BY a.id DESC LIMIT $4";
    let values = [run_id.into(), position.into(), before.into(), page.rows().into()];
    let Rows { rows, more } = page.fetch(db.read(), select(db.read(), which, values), Row::bytes).await?;
    if rows.is_empty() {
        require_segment(db.read(), run_id, position).await?;
    }
    let attempts = rows.into_iter().map(attempt).collect::<Result<Vec<_>>>()?;
    Ok(PageRequest::page_of(&list, attempts, more, |attempt| attempt.id))
}

/// A column of an attempt that may be long and is left out of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongColumn {
    /// The messages sent.
    Messages,
    /// The text removed from the answer.
    Removed,
    /// The reasoning beside the answer.
    Reasoning,
}

/// Returns the length of a column, in bytes as stored; 0 if it is NULL.
///
/// # Errors
/// The run, the segment or the attempt is not found.
pub async fn count_attempt_bytes(db: &Db, place: (i64, i32, i64), column: LongColumn) -> Result<u64> {
    let column = match column {
        LongColumn::Messages => "a.messages",
        LongColumn::Removed => "a.removed",
        LongColumn::Reasoning => "a.reasoning",
    };
    let bytes = match db.engine() {
        // In SQLite, length() of a text counts code points and must read the whole text.
        Engine::Sqlite => format!("CAST(coalesce(octet_length({column}), 0) AS BIGINT)"),
        Engine::Postgres => format!("CAST(coalesce(octet_length(CAST({column} AS text)), 0) AS BIGINT)"),
    };
    let row = get_columns(db, place, &bytes).await?;
    Ok(u64::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or_default())
}

/// Returns the messages that an attempt sent.
///
/// # Errors
/// The run, the segment or the attempt is not found.
pub async fn get_messages(db: &Db, place: (i64, i32, i64)) -> Result<AttemptMessages> {
    let column = format!("a.messages{}", json_as_text(db.read().get_database_backend()));
    let row = get_columns(db, place, &column).await?;
    let messages = parse(row.try_get_by_index::<Option<String>>(0)?.as_deref())?;
    Ok(AttemptMessages { attempt_id: place.2, messages })
}

/// Returns the text removed from an attempt's answer.
///
/// # Errors
/// The run, the segment or the attempt is not found.
pub async fn get_removed(db: &Db, place: (i64, i32, i64)) -> Result<AttemptRemoved> {
    let column = format!("a.removed{}", json_as_text(db.read().get_database_backend()));
    let row = get_columns(db, place, &column).await?;
    let removed = parse(row.try_get_by_index::<Option<String>>(0)?.as_deref())?.unwrap_or_default();
    Ok(AttemptRemoved { attempt_id: place.2, removed })
}

/// Returns the reasoning of an attempt's answer, if the provider sent it in a separate field.
///
/// # Errors
/// The run, the segment or the attempt is not found.
pub async fn get_reasoning(db: &Db, place: (i64, i32, i64)) -> Result<AttemptReasoning> {
    let row = get_columns(db, place, "a.reasoning, a.reasoning_bytes, a.reasoning_sha256").await?;
    Ok(AttemptReasoning {
        attempt_id: place.2,
        text: row.try_get_by_index(0)?,
        bytes: row.try_get_by_index(1)?,
        sha256: row.try_get_by_index(2)?,
    })
}

/// Selects columns of the attempt `a` by run, position and id.
async fn get_columns(
    db: &Db,
    (run_id, position, attempt_id): (i64, i32, i64),
    columns: &str,
) -> Result<QueryResult> {
    let sql = format!(
        "SELECT {columns} FROM segment_attempts a JOIN translation_segments s ON s.id = a.segment_id
        WHERE s.chapter_translation_id = $1 AND s.position = $2 AND a.id = $3"
    );
    let values = [run_id.into(), position.into(), attempt_id.into()];
    match db.read().query_one_raw(statement(db.read(), sql, values)).await? {
        Some(row) => Ok(row),
        None => {
            require_segment(db.read(), run_id, position).await?;
            Err(Error::NotFound(Missing::Attempt))
        }
    }
}

/// Returns the SQL that counts the code points removed from the answer of attempt `a`.
fn removed_characters(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => {
            "coalesce((SELECT CAST(sum(length(piece ->> 'text')) AS BIGINT)
                FROM jsonb_array_elements(a.removed) AS piece), 0)"
        }
        _ => "coalesce((SELECT sum(length(json_extract(value, '$.text'))) FROM json_each(a.removed)), 0)",
    }
}

pub(crate) async fn find_attempt(
    conn: &impl ConnectionTrait,
    segment_id: i64,
    attempt_id: i64,
) -> Result<Option<SegmentAttempt>> {
    let values = [segment_id.into(), attempt_id.into()];
    let select = select(conn, "s.id = $1 AND a.id = $2", values);
    Row::find_by_statement(select).one(conn).await?.map(attempt).transpose()
}

fn select(conn: &impl ConnectionTrait, which: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    let json = json_as_text(conn.get_database_backend());
    let removed = removed_characters(conn.get_database_backend());
    let sql = format!(
        "SELECT a.id, a.kind, a.status, s.current_attempt_id, a.text, a.prompt_version_id,
            v.number AS prompt_version_number, v.model, v.parameters{json} AS parameters,
            a.messages IS NOT NULL AS has_messages, a.preceding{json} AS preceding, a.instruction, a.request_sha256,
            a.response_sha256, a.provider, a.model_requested, a.model_reported, a.response_id, a.finish_reason,
            a.finish, a.provider_message, {removed} AS removed_characters, a.reasoning_bytes, a.prompt_tokens,
            a.completion_tokens, a.total_tokens, a.cached_tokens, a.reasoning_tokens, a.cost_nano_usd,
            a.reported_cost_nano_usd, a.author_kind, a.author_id,
            a.author_name, a.restored_from, a.error_code, a.error_detail, a.started_at, a.finished_at
        FROM translation_segments s
        JOIN segment_attempts a ON a.segment_id = s.id
        LEFT JOIN prompt_versions v ON v.id = a.prompt_version_id
        WHERE {which}"
    );
    statement(conn, sql, values)
}

fn attempt(row: Row) -> Result<SegmentAttempt> {
    let author =
        row.author_kind.zip(row.author_name).map(|(kind, name)| actor::author_of(&kind, row.author_id, name));
    Ok(SegmentAttempt {
        id: row.id,
        kind: attempt_kind_of(&row.kind)?,
        status: status_of(&row.status)?,
        current: row.current_attempt_id == Some(row.id),
        text: row.text,
        prompt_version_id: row.prompt_version_id,
        prompt_version_number: row.prompt_version_number,
        model: row.model,
        parameters: row.parameters.as_deref().map(parameters::parse).transpose()?,
        has_messages: row.has_messages,
        preceding: parse(row.preceding.as_deref())?,
        instruction: row.instruction,
        request_sha256: row.request_sha256,
        response_sha256: row.response_sha256,
        removed_characters: row.removed_characters,
        reasoning_bytes: row.reasoning_bytes,
        provider: row.provider,
        model_requested: row.model_requested,
        model_reported: row.model_reported,
        response_id: row.response_id,
        finish_reason: row.finish_reason,
        finish: row.finish.as_deref().map(finish_of).transpose()?,
        provider_message: row.provider_message,
        usage: usage_of(
            [row.prompt_tokens, row.completion_tokens, row.total_tokens],
            [row.cached_tokens, row.reasoning_tokens],
        ),
        cost_usd: row.cost_nano_usd.map(money::usd),
        reported_cost_usd: row.reported_cost_nano_usd.map(money::usd),
        author,
        restored_from: row.restored_from,
        error: error_of(row.error_code, row.error_detail),
        started_at: timestamp(row.started_at),
        finished_at: time::optional(row.finished_at),
    })
}

fn status_of(text: &str) -> Result<AttemptStatus> {
    match text {
        "running" => Ok(AttemptStatus::Running),
        "completed" => Ok(AttemptStatus::Completed),
        "failed" => Ok(AttemptStatus::Failed),
        other => Err(Error::internal(format!("an attempt that is {other:?}"))),
    }
}

fn parse<T: DeserializeOwned>(json: Option<&str>) -> Result<Option<T>> {
    let read = |json| serde_json::from_str(json).map_err(|e| Error::internal(format!("stored JSON: {e}")));
    json.map(read).transpose()
}
