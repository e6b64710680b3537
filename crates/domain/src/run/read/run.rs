//! Reads runs, with the tokens and the cost of their attempts, in one statement.

use crate::{
    Db, Error, Missing, PageRequest, Result, actor, chapter,
    db::{json_as_text, statement},
    money,
    page::Rows,
    parameters,
    run::row::wait::{paused, waiting_reason},
    stored::{attempt_kind_of, error_of, status_of, usage_of},
    time::{self, timestamp},
};
use colophon_contract::{AttemptKind, MadeBy, Page, Progress, Run};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value, prelude::DateTimeUtc};

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    work_id: i64,
    chapter_id: i64,
    status: String,
    error_code: Option<String>,
    error_detail: Option<String>,
    prompt_version_id: Option<i64>,
    prompt_version_number: Option<i32>,
    latest_prompt_version_number: Option<i32>,
    prompt_name: Option<String>,
    paused_provider: Option<String>,
    pause_code: Option<String>,
    paused_at: Option<DateTimeUtc>,
    waiting_provider: Option<String>,
    waiting_code: Option<String>,
    waiting_until: Option<DateTimeUtc>,
    model_snapshot: String,
    template_snapshot: String,
    parameters: String,
    created_by_kind: String,
    created_by_id: Option<i64>,
    created_by_name: String,
    segments_total: i32,
    segments_done: i32,
    made_by: Option<String>,
    created_at: DateTimeUtc,
    started_at: Option<DateTimeUtc>,
    finished_at: Option<DateTimeUtc>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost_usd: Option<i64>,
    cost_rest_nano: Option<i64>,
    reported_cost_usd: Option<i64>,
    reported_cost_rest_nano: Option<i64>,
    unpriced: Option<i64>,
}

/// Returns one run.
///
/// # Errors
/// Not found.
pub async fn get_run(db: &Db, run_id: i64) -> Result<Run> {
    get(db.read(), run_id).await
}

/// Lists the runs of a chapter, newest first.
///
/// # Errors
/// The work or the chapter is not found; `CursorInvalid`.
pub async fn list_runs(db: &Db, work_id: i64, chapter_id: i64, page: &PageRequest) -> Result<Page<Run>> {
    let list = format!("runs/{chapter_id}");
    let before = page.after(&list)?.unwrap_or(i64::MAX);
    let of_chapter = "SELECT r.* FROM chapter_translations r
        JOIN chapters c ON c.id = r.chapter_id JOIN works w ON w.id = c.work_id
        WHERE c.id = $2 AND c.work_id = $1 AND c.deleted_at IS NULL AND w.deleted_at IS NULL AND r.id < $3
        ORDER BY r.id DESC LIMIT $4";
    let values = [work_id.into(), chapter_id.into(), before.into(), page.rows().into()];
    let bytes = |row: &Row| row.template_snapshot.len() + row.parameters.len();
    let Rows { rows, more } = page.fetch(db.read(), select(db.read(), of_chapter, values), bytes).await?;
    if rows.is_empty() {
        chapter::require(db.read(), work_id, chapter_id).await?;
    }
    let runs = rows.into_iter().map(run).collect::<Result<Vec<_>>>()?;
    Ok(PageRequest::page_of(&list, runs, more, |run| run.id))
}

pub(crate) async fn get(conn: &impl ConnectionTrait, run_id: i64) -> Result<Run> {
    let by_id = "SELECT * FROM chapter_translations WHERE id = $1";
    let row = Row::find_by_statement(select(conn, by_id, [run_id.into()])).one(conn).await?;
    run(row.ok_or(Error::NotFound(Missing::Translation))?)
}

/// Makes the statement for the runs that `which` selects, newest first; it sums the attempts of these runs
/// only. The cost is null if the cost of any attempt that received an answer, even a partial one, is unknown.
///
/// No reported value makes a sum fail. Costs are summed as whole dollars and remaining nano-dollars. Sums of
/// tokens are limited to the largest integer.
fn select(conn: &impl ConnectionTrait, which: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    let json = json_as_text(conn.get_database_backend());
    let [prompt, completion, total, cached, reasoning] =
        ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"]
            .map(|column| bounded_sum(conn.get_database_backend(), column));
    let sql = format!(
        "WITH page AS ({which}), used AS (
            SELECT s.chapter_translation_id AS run_id, {prompt}, {completion}, {total}, {cached}, {reasoning},
                CAST(sum(a.cost_nano_usd / 1000000000) AS BIGINT) AS cost_usd,
                CAST(sum(a.cost_nano_usd % 1000000000) AS BIGINT) AS cost_rest_nano,
                CAST(sum(a.reported_cost_nano_usd / 1000000000) AS BIGINT) AS reported_cost_usd,
                CAST(sum(a.reported_cost_nano_usd % 1000000000) AS BIGINT) AS reported_cost_rest_nano,
                count(CASE WHEN a.status <> 'running' AND a.cost_nano_usd IS NULL AND (a.status = 'completed'
                    OR a.text <> '' OR a.response_id IS NOT NULL OR a.removed IS NOT NULL OR a.reasoning IS NOT NULL) THEN 1 END) AS unpriced
            FROM page r
            JOIN translation_segments s ON s.chapter_translation_id = r.id
            JOIN segment_attempts a ON a.segment_id = s.id
            WHERE a.kind = 'model' GROUP BY s.chapter_translation_id
        ), shown AS (
            SELECT s.chapter_translation_id AS run_id, coalesce(o.kind, a.kind) AS kind,
                coalesce(CAST(v.number AS TEXT), '') AS version, CAST(count(*) AS TEXT) AS segments
            FROM page r
            JOIN translation_segments s ON s.chapter_translation_id = r.id
            JOIN segment_attempts a ON a.id = s.current_attempt_id
            LEFT JOIN segment_attempts o ON o.id = a.restored_from
            LEFT JOIN prompt_versions v ON v.id = a.prompt_version_id
            GROUP BY s.chapter_translation_id, coalesce(o.kind, a.kind), v.number
        ), made AS (
            SELECT run_id, string_agg(kind || ' ' || version || ' ' || segments, ',') AS made_by
            FROM shown GROUP BY run_id
        )
        SELECT r.id, c.work_id, r.chapter_id, r.status, r.error_code, r.error_detail, r.prompt_version_id,
            v.number AS prompt_version_number, p.name AS prompt_name, (SELECT max(latest.number)
                FROM prompt_versions latest WHERE latest.prompt_id = p.id) AS latest_prompt_version_number,
            w.name AS paused_provider, w.pause_code, w.paused_at, r.waiting_provider, r.waiting_code,
            r.waiting_until, r.model_snapshot, r.template_snapshot,
            r.parameters_snapshot{json} AS parameters, r.created_by_kind, r.created_by_id, r.created_by_name,
            r.segments_total, r.segments_done, m.made_by, r.created_at, r.started_at, r.finished_at,
            u.prompt_tokens, u.completion_tokens, u.total_tokens, u.cached_tokens, u.reasoning_tokens,
            u.cost_usd, u.cost_rest_nano, u.reported_cost_usd, u.reported_cost_rest_nano, u.unpriced
        FROM page r
        JOIN chapters c ON c.id = r.chapter_id
        LEFT JOIN prompt_versions v ON v.id = r.prompt_version_id
        LEFT JOIN prompts p ON p.work_id = c.work_id
        LEFT JOIN provider_states w
            ON w.name = r.provider AND w.pause_code IS NOT NULL AND r.status = 'queued'
        LEFT JOIN used u ON u.run_id = r.id
        LEFT JOIN made m ON m.run_id = r.id
        ORDER BY r.id DESC"
    );
    statement(conn, sql, values)
}

/// Returns the SQL for the sum of a column of `segment_attempts a`, named like the column. The sum is limited
/// to the largest integer, because both engines report an error for a sum out of range.
fn bounded_sum(backend: DbBackend, column: &str) -> String {
    match backend {
        // Integer arithmetic that overflows gives a real number; CAST turns it into the largest integer.
        DbBackend::Sqlite => format!(
            "CAST(sum(a.{column} / 1000000000) * 1000000000 + sum(a.{column} % 1000000000) AS INTEGER) AS {column}"
        ),
        _ => format!(
            "CAST(CASE WHEN sum(a.{column}) > 9223372036854775807 THEN 9223372036854775807
                ELSE sum(a.{column}) END AS BIGINT) AS {column}"
        ),
    }
}

/// Adds whole dollars and remaining nano-dollars.
fn nano(dollars: Option<i64>, rest: Option<i64>) -> Option<i128> {
    Some(i128::from(dollars?) * 1_000_000_000 + i128::from(rest?))
}

fn run(row: Row) -> Result<Run> {
    let cost = nano(row.cost_usd, row.cost_rest_nano).filter(|_| row.unpriced == Some(0));
    Ok(Run {
        id: row.id,
        work_id: row.work_id,
        chapter_id: row.chapter_id,
        status: status_of(&row.status)?,
        waiting_reason: paused(row.paused_provider, row.pause_code, row.paused_at)
            .or_else(|| waiting_reason(row.waiting_provider, row.waiting_code.as_deref(), row.waiting_until)),
        prompt_version_id: row.prompt_version_id,
        prompt_version_number: row.prompt_version_number,
        latest_prompt_version_number: row.latest_prompt_version_number,
        prompt_name: row.prompt_name,
        model_snapshot: row.model_snapshot,
        template_snapshot: row.template_snapshot,
        parameters_snapshot: parameters::parse(&row.parameters)?,
        progress: Progress { done: row.segments_done.into(), total: row.segments_total.into() },
        made_by: made_by(row.made_by.as_deref().unwrap_or_default(), row.prompt_version_number)?,
        usage: usage_of(
            [row.prompt_tokens, row.completion_tokens, row.total_tokens],
            [row.cached_tokens, row.reasoning_tokens],
        ),
        cost_usd: cost.map(money::usd),
        reported_cost_usd: nano(row.reported_cost_usd, row.reported_cost_rest_nano).map(money::usd),
        error: error_of(row.error_code, row.error_detail),
        created_by: actor::author_of(&row.created_by_kind, row.created_by_id, row.created_by_name),
        created_at: timestamp(row.created_at),
        started_at: time::optional(row.started_at),
        finished_at: time::optional(row.finished_at),
    })
}

/// Parses a comma-separated list of `kind version segments`; the version may be empty.
fn made_by(counted: &str, own: Option<i32>) -> Result<Vec<MadeBy>> {
    let one = |text: &str| {
        let broken = || Error::internal(format!("texts counted as {text:?}"));
        let [kind, version, segments] = text.split(' ').collect::<Vec<_>>()[..] else { return Err(broken()) };
        let number = |text: &str| text.parse().map_err(|_| broken());
        let prompt_version_number = if version.is_empty() { None } else { Some(number(version)?) };
        let segments = segments.parse().map_err(|_| broken())?;
        Ok(MadeBy { kind: attempt_kind_of(kind)?, prompt_version_number, segments })
    };
    let counted = counted.split(',').filter(|text| !text.is_empty());
    let mut made = counted.map(one).collect::<Result<Vec<_>>>()?;
    made.sort_by_key(|made| {
        let by = match made.kind {
            AttemptKind::Model => 0,
            AttemptKind::Person => 1,
            AttemptKind::Legacy => 2,
        };
        (by, made.prompt_version_number != own, made.prompt_version_number)
    });
    Ok(made)
}
