//! A segment's row; its text is that of an attempt.

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

/// Whether there is such a segment.
pub(crate) async fn require_segment(conn: &impl ConnectionTrait, run_id: i64, position: i32) -> Result<()> {
    let sql = "SELECT 1 FROM translation_segments WHERE chapter_translation_id = $1 AND position = $2";
    match conn.query_one_raw(statement(conn, sql, [run_id.into(), position.into()])).await? {
        Some(_) => Ok(()),
        None => Err(not_found(conn, run_id).await?),
    }
}

/// A segment's row; the caller holds that of the run.
pub(crate) async fn get_row(txn: &Txn, run_id: i64, position: i32) -> Result<segments::Model> {
    let segment = segments::Entity::find()
        .filter(segments::Column::ChapterTranslationId.eq(run_id))
        .filter(segments::Column::Position.eq(position))
        .one(txn.conn())
        .await?;
    segment.ok_or(Error::NotFound(Missing::Segment))
}

/// Why a segment is not found: there is no such run, or it has no such segment.
pub(crate) async fn not_found(conn: &impl ConnectionTrait, run_id: i64) -> Result<Error> {
    require(conn, run_id).await?;
    Ok(Error::NotFound(Missing::Segment))
}

/// A segment that has its text keeps it, and so its status, whatever becomes of a later attempt.
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

/// An entry of the audit log about a segment.
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
