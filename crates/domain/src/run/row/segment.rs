//! A segment's row; its text is the text of its current attempt.

use crate::{
    Error, Missing, Result, Txn,
    audit::Entry,
    db::statement,
    entity::segment as segments,
    run::row::run::{Place, get_place, require},
    text,
};
use colophon_contract::{AuditAction, RunError, SegmentStatus, SubjectKind};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};

/// Checks that the segment exists.
pub(crate) async fn require_segment(conn: &impl ConnectionTrait, run_id: i64, position: i32) -> Result<()> {
    let sql = "SELECT 1 FROM translation_segments WHERE chapter_translation_id = $1 AND position = $2";
    match conn.query_one_raw(statement(conn, sql, [run_id.into(), position.into()])).await? {
        Some(_) => Ok(()),
        None => Err(not_found(conn, run_id).await?),
    }
}

/// Returns a segment's row. The caller holds the lock of the run's row.
pub(crate) async fn get_row(txn: &Txn, run_id: i64, position: i32) -> Result<segments::Model> {
    let segment = segments::Entity::find()
        .filter(segments::Column::ChapterTranslationId.eq(run_id))
        .filter(segments::Column::Position.eq(position))
        .one(txn.conn())
        .await?;
    segment.ok_or(Error::NotFound(Missing::Segment))
}

/// Returns the error for a missing segment: the run does not exist, or it has no segment at this position.
pub(crate) async fn not_found(conn: &impl ConnectionTrait, run_id: i64) -> Result<Error> {
    require(conn, run_id).await?;
    Ok(Error::NotFound(Missing::Segment))
}

/// Sets a segment's error, and its status unless it has a text. A segment with a text stays completed when a
/// later attempt fails.
pub(crate) async fn set_status(
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

pub(crate) async fn about_segment(
    txn: &Txn,
    action: AuditAction,
    segment: &segments::Model,
) -> Result<Entry> {
    let run_id = segment.chapter_translation_id;
    let Place { work_id, .. } = get_place(txn, run_id).await?;
    let name = format!("translation {run_id}, segment {}", segment.position);
    Ok(Entry::new(action, SubjectKind::Segment, segment.id).in_work(work_id).named(name))
}
