//! Resumes a run that failed or was cancelled.

use crate::{
    Error, Models, Result, Txn, audit, chapter,
    db::statement,
    run::{
        read::run::get,
        row::{
            event::{RecordedEvent, find_head, record},
            retranslation::has_open,
            run::{Place, about_run, get_place, lock, progress_of},
            witness::Witnessed,
        },
    },
    stored::status_of,
};
use colophon_contract::{AuditAction, Run, RunEvent, RunStatus, SegmentStatus, TranslationStatus};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, IntoActiveModel};

/// Queues a failed or cancelled run again, under its own version and snapshots. Segments without a text are
/// tried again; the others are unchanged.
///
/// # Errors
/// Not found, also if the work or chapter was deleted; `TranslationInProgress` if any run of the chapter is
/// active or a segment of this run has an open retranslation; `TranslationCompleted`; `TranslationLegacy`;
/// `ModelUnknown`.
pub async fn resume_run(txn: &Txn, run_id: i64, models: &Models) -> Result<(Run, Vec<RecordedEvent>)> {
    let Place { work_id, chapter_id, .. } = get_place(txn, run_id).await?;
    // Locks in the same order as `create_run`.
    let chapter = chapter::lock(txn, work_id, chapter_id).await?;
    let run = lock(txn, run_id).await?;
    match status_of(&run.status)? {
        RunStatus::Completed => return Err(Error::TranslationCompleted),
        _ if run.prompt_version_id.is_none() => return Err(Error::TranslationLegacy),
        _ if chapter::has_active_run(txn, chapter_id).await? || has_open(txn, run_id).await? => {
            return Err(Error::TranslationInProgress);
        }
        _ => {}
    }
    let provider = models.get(&run.model_snapshot)?.provider.clone();

    let sql = "UPDATE translation_segments SET status = $2 WHERE chapter_translation_id = $1 AND status = $3";
    let values =
        [run_id.into(), SegmentStatus::Pending.as_str().into(), SegmentStatus::Failed.as_str().into()];
    txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    let queued = TranslationStatus {
        status: RunStatus::Queued,
        progress: progress_of(&run),
        waiting_reason: None,
        made_with: None,
    };
    let mut row = run.into_active_model();
    row.status = Set(RunStatus::Queued.as_str().to_owned());
    row.provider = Set(Some(provider));
    row.error_code = Set(None);
    row.error_detail = Set(None);
    row.cancel_requested_at = Set(None);
    row.finished_at = Set(None);
    let row = Witnessed::State((&row.update(txn.conn()).await?).into());
    let event = record(txn, run_id, RunEvent::TranslationStatus(queued), &row).await?;
    let entry = about_run(AuditAction::RunResumed, work_id, run_id, (chapter.number, &chapter.title));
    audit::record(txn, entry.at(find_head(txn, run_id)?)).await?;
    Ok((get(txn.conn(), run_id).await?, vec![event]))
}
