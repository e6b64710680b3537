//! Makes an attempt current for its segment, and completes the run if that was its last missing text.

use crate::{
    Result, Txn,
    audit::{self, Entry},
    entity::{run as runs, segment as segments},
    run::row::{
        event::{RecordedEvent, find_head, record},
        run::{audit_end, progress_of},
        witness::Witnessed,
    },
    stored::status_of,
    time,
};
use colophon_contract::{
    AttemptKind, RunEvent, RunStatus, SegmentComplete, SegmentStatus, TranslationComplete, Usage,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

/// A successful attempt that becomes current.
pub(crate) struct Chosen {
    pub(crate) attempt_id: i64,
    pub(crate) kind: AttemptKind,
    pub(crate) text: String,
    pub(crate) usage: Option<Usage>,
    pub(crate) cost_usd: Option<String>,
    /// The row that the event's record hash covers.
    pub(crate) row: Witnessed,
    /// The audit log entry for a person's text.
    pub(crate) entry: Option<Entry>,
}

/// Makes an attempt current for its segment. A failed or cancelled run that has all its texts now is
/// completed; an active run is completed by its runner. The caller holds the lock of the run's row.
pub(crate) async fn choose(
    txn: &Txn,
    run: runs::Model,
    segment: segments::Model,
    chosen: Chosen,
) -> Result<Vec<RecordedEvent>> {
    let position = segment.position;
    let had_text = segment.current_attempt_id.is_some();
    let mut row = segment.into_active_model();
    row.status = Set(SegmentStatus::Completed.as_str().to_owned());
    row.current_attempt_id = Set(Some(chosen.attempt_id));
    row.error_code = Set(None);
    row.error_detail = Set(None);
    row.update(txn.conn()).await?;

    let (run_id, status) = (run.id, status_of(&run.status)?);
    let done = run.segments_done + i32::from(!had_text);
    let completes = status.is_ended() && status != RunStatus::Completed && done == run.segments_total;
    let mut row = run.into_active_model();
    row.segments_done = Set(done);
    if completes {
        row.status = Set(RunStatus::Completed.as_str().to_owned());
        row.error_code = Set(None);
        row.error_detail = Set(None);
        row.finished_at = Set(Some(time::now()));
    }
    let run = row.update(txn.conn()).await?;
    let progress = progress_of(&run);
    let complete = SegmentComplete {
        position,
        attempt_id: chosen.attempt_id,
        kind: chosen.kind,
        text: chosen.text,
        status: SegmentStatus::Completed,
        progress,
        usage: chosen.usage,
        cost_usd: chosen.cost_usd,
    };
    let mut events = vec![record(txn, run_id, RunEvent::SegmentComplete(complete), &chosen.row).await?];
    if let Some(entry) = chosen.entry {
        audit::record(txn, entry.at(find_head(txn, run_id)?)).await?;
    }
    if completes {
        let event = RunEvent::TranslationComplete(TranslationComplete { progress });
        events.push(record(txn, run_id, event, &Witnessed::State((&run).into())).await?);
        audit_end(txn, run_id, RunStatus::Completed).await?;
    }
    Ok(events)
}
