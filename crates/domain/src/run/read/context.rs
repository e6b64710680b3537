//! Data for rendering the requests of a run's segments.

use crate::{
    Db, Error, Missing, Result,
    db::{json_as_text, statement},
    parameters, prompt,
    stored::status_of,
};
use colophon_contract::{JsonObject, RunStatus};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Data that a run renders its template with: its snapshots, not the current rows.
#[derive(Debug, Clone, PartialEq)]
pub struct RunContext {
    /// The run.
    pub run_id: i64,
    /// The chapter it translates.
    pub chapter_id: i64,
    /// The run's prompt version; `None` for legacy runs, which cannot be resumed.
    pub prompt_version_id: Option<i64>,
    /// That version's number.
    pub prompt_version_number: Option<i32>,
    /// The run's status.
    pub status: RunStatus,
    /// The model's id.
    pub model: String,
    /// The template.
    pub template: String,
    /// The parameters with `variables` and `metadata`.
    pub parameters: JsonObject,
    /// The work's title.
    pub work_title: String,
    /// The work's author.
    pub work_author: String,
    /// Language tag.
    pub source_language: String,
    /// Language tag.
    pub target_language: String,
    /// Title of the chapter's volume; empty if it has none.
    pub volume_title: String,
    /// The chapter's title.
    pub chapter_title: String,
    /// The chapter's number.
    pub chapter_number: i32,
    /// Number of segments, including blank ones.
    pub segment_count: i64,
}

/// A finished pair before a segment, for `{preceding}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedPair {
    /// The attempt that made the translation.
    pub attempt_id: i64,
    /// The slice of the chapter.
    pub source: String,
    /// Its translation.
    pub translation: String,
}

#[derive(FromQueryResult)]
struct Row {
    chapter_id: i64,
    prompt_version_id: Option<i64>,
    prompt_version_number: Option<i32>,
    status: String,
    model: String,
    template: String,
    parameters: String,
    work_title: String,
    work_author: String,
    source_language: String,
    target_language: String,
    volume_title: Option<String>,
    chapter_title: String,
    chapter_number: i32,
    segments_total: i32,
}

/// Returns the data that a run renders its template with: its snapshots, not the current rows.
///
/// # Errors
/// Not found.
pub async fn get_context(db: &Db, run_id: i64) -> Result<RunContext> {
    let json = json_as_text(db.read().get_database_backend());
    let sql = format!(
        "SELECT r.chapter_id, r.prompt_version_id, v.number AS prompt_version_number, r.status,
            r.model_snapshot AS model, r.template_snapshot AS template, r.parameters_snapshot{json} AS parameters,
            r.work_title_snapshot AS work_title, r.work_author_snapshot AS work_author,
            r.source_language_snapshot AS source_language, r.target_language_snapshot AS target_language,
            r.volume_title_snapshot AS volume_title, r.chapter_title_snapshot AS chapter_title, r.chapter_number_snapshot AS chapter_number,
            r.segments_total
        FROM chapter_translations r LEFT JOIN prompt_versions v ON v.id = r.prompt_version_id WHERE r.id = $1"
    );
    let row = Row::find_by_statement(statement(db.read(), sql, [run_id.into()])).one(db.read()).await?;
    let row = row.ok_or(Error::NotFound(Missing::Translation))?;
    Ok(RunContext {
        run_id,
        chapter_id: row.chapter_id,
        prompt_version_id: row.prompt_version_id,
        prompt_version_number: row.prompt_version_number,
        status: status_of(&row.status)?,
        model: row.model,
        template: row.template,
        parameters: parameters::parse(&row.parameters)?,
        work_title: row.work_title,
        work_author: row.work_author,
        source_language: row.source_language,
        target_language: row.target_language,
        volume_title: row.volume_title.unwrap_or_default(),
        chapter_title: row.chapter_title,
        chapter_number: row.chapter_number,
        segment_count: row.segments_total.into(),
    })
}

/// Like [`get_context`], but with the model, template and parameters of another version of the same prompt.
///
/// # Errors
/// Not found.
pub async fn get_context_under(db: &Db, run_id: i64, prompt_version_id: i64) -> Result<RunContext> {
    let context = get_context(db, run_id).await?;
    let version = prompt::get_by_id(db.read(), prompt_version_id).await?;
    Ok(RunContext {
        prompt_version_id: Some(version.id),
        prompt_version_number: Some(version.number),
        model: version.model,
        template: version.template,
        parameters: version.parameters,
        ..context
    })
}

/// Lists the last `count` finished pairs before a position, oldest first. Blank segments are not counted.
///
/// # Errors
/// Returns database errors only.
pub async fn list_preceding(db: &Db, run_id: i64, position: i32, count: u32) -> Result<Vec<FinishedPair>> {
    let sql = "SELECT a.id, s.source_text, a.text
        FROM translation_segments s JOIN segment_attempts a ON a.id = s.current_attempt_id
        WHERE s.chapter_translation_id = $1 AND s.position < $2 ORDER BY s.position DESC LIMIT $3";
    let values = [run_id.into(), position.into(), i64::from(count).into()];
    let rows = db.read().query_all_raw(statement(db.read(), sql, values)).await?;
    let pair = |row: &sea_orm::QueryResult| {
        Ok(FinishedPair {
            attempt_id: row.try_get_by_index(0)?,
            source: row.try_get_by_index(1)?,
            translation: row.try_get_by_index(2)?,
        })
    };
    rows.iter().rev().map(pair).collect()
}
