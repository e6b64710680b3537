//! Compares the audit log's entries about a run with the chain of its events. Each start, end, cancel or
//! resume of a run, and each text by a person, leaves an event and an entry that names the event. So neither
//! can be deleted alone.

use crate::{
    chain::Head,
    db::statement,
    run::row::retranslation::cancelled_again,
    verify::{
        cells::Cells,
        mismatch::{Checked, shown, stop},
        run::event::Walk,
    },
};
use colophon_contract::{
    AttemptKind, AuditAction, FailureCode, MismatchCode, MismatchPlace, RunEvent, RunStatus,
};
use sea_orm::ConnectionTrait;
use std::collections::VecDeque;

/// Maximum number of entries in memory.
const PAGE: i64 = 50;

/// An audit log entry that names an event of the chain.
struct Entry {
    id: i64,
    action: String,
    work_id: Option<i64>,
    head: Head,
    /// Position of the segment; `None` for an entry about the run itself.
    position: Option<i32>,
    before_id: Option<i64>,
    after_id: Option<i64>,
    detail: Option<String>,
}

/// An audit log entry that an event must have.
pub(super) enum Due {
    /// An entry about the run: the action, and the detail that it must have.
    Run(AuditAction, Option<String>),
    /// An entry about a person's text: the segment's position, the attempt before, if known, and the new
    /// attempt.
    Text(i32, Option<Option<i64>>, i64),
}

/// The entries about a run that name events, in the order in which they were written.
#[derive(Default)]
pub(super) struct Entries {
    read: VecDeque<Entry>,
    /// Id of the last entry that was read.
    after: i64,
    is_at_end: bool,
    /// Whether an entry has named an event. Then all later entries must name one.
    has_begun: bool,
}

impl Entries {
    /// Takes the next entry, if it names event `seq` or an earlier one.
    async fn take(
        &mut self,
        conn: &impl ConnectionTrait,
        place: &MismatchPlace,
        (run_id, seq): (i64, i64),
    ) -> Checked<Option<Entry>> {
        while self.read.is_empty() && !self.is_at_end {
            self.read_page(conn, place, run_id).await?;
        }
        let is_next = self.read.front().is_some_and(|entry| entry.head.length <= seq);
        Ok(if is_next { self.read.pop_front() } else { None })
    }

    async fn read_page(
        &mut self,
        conn: &impl ConnectionTrait,
        place: &MismatchPlace,
        run_id: i64,
    ) -> Checked<()> {
        let columns =
            "l.id, l.action, l.work_id, l.chain_length, l.chain_hash, l.before_id, l.after_id, l.detail";
        let sql = format!(
            "SELECT {columns}, NULL AS position FROM audit_log l
            WHERE l.subject_kind = 'translation' AND l.subject_id = $1 AND l.id > $2
                AND l.action IN ('run_started', 'run_ended', 'run_cancelled', 'run_resumed')
            UNION ALL SELECT {columns}, s.position FROM translation_segments s
            JOIN audit_log l ON l.subject_kind = 'segment' AND l.subject_id = s.id
            WHERE s.chapter_translation_id = $1 AND l.id > $2
                AND l.action IN ('segment_edited', 'attempt_restored', 'segment_retranslated')
            ORDER BY id LIMIT $3"
        );
        let values = [run_id.into(), self.after.into(), PAGE.into()];
        let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
        self.is_at_end = rows.is_empty();
        for row in &rows {
            let cells = Cells::new(row, "audit_log", "id", place.clone())?;
            self.after = cells.key();
            let end: (Option<i64>, Option<String>) = (cells.get("chain_length")?, cells.get("chain_hash")?);
            let (Some(length), Some(hash)) = end else {
                if self.has_begun {
                    let detail =
                        format!("The entry {} of the audit log names no event of the run.", cells.key());
                    return stop(MismatchCode::AuditContradicts, place, None, None, detail);
                }
                continue;
            };
            self.has_begun = true;
            self.read.push_back(Entry {
                id: cells.key(),
                action: cells.get("action")?,
                work_id: cells.get("work_id")?,
                head: Head { length, hash },
                position: cells.get("position")?,
                before_id: cells.get("before_id")?,
                after_id: cells.get("after_id")?,
                detail: cells.get("detail")?,
            });
        }
        Ok(())
    }
}

impl Entry {
    fn is(&self, action: AuditAction) -> bool {
        self.action == action.as_str()
    }

    fn is_due(&self, due: &Due) -> bool {
        match due {
            // The `after_id` of a start is the prompt version, which is compared with the run's row.
            Due::Run(action, detail) => {
                let is_start = *action == AuditAction::RunStarted;
                self.is(*action)
                    && self.detail == *detail
                    && self.before_id.is_none()
                    && (is_start || self.after_id.is_none())
            }
            Due::Text(position, before_id, attempt_id) => {
                (self.is(AuditAction::SegmentEdited) || self.is(AuditAction::AttemptRestored))
                    && self.position == Some(*position)
                    && self.after_id == Some(*attempt_id)
                    && before_id.is_none_or(|id| self.before_id == id)
                    && self.detail.is_none()
            }
        }
    }

    fn contradicts<T>(&self, place: &MismatchPlace, expected: Option<String>) -> Checked<T> {
        let detail = format!(
            "The entry {} of the audit log ({}, event {}) does not fit the run's events.",
            self.id,
            shown(&self.action),
            self.head.length
        );
        stop(MismatchCode::AuditContradicts, place, expected, Some(shown(&self.head.hash)), detail)
    }
}

impl Walk<'_> {
    /// Returns the entries that the next event must have. Call it before the event is taken.
    pub(super) fn due(&self, event: &RunEvent) -> Vec<Due> {
        let is_ended = self.is_ended();
        match event {
            RunEvent::TranslationStatus(_) if self.seq == 1 => vec![Due::Run(AuditAction::RunStarted, None)],
            RunEvent::TranslationStatus(now) if now.status == RunStatus::Queued && is_ended => {
                vec![Due::Run(AuditAction::RunResumed, None)]
            }
            RunEvent::TranslationComplete(_) => vec![ended(RunStatus::Completed)],
            RunEvent::TranslationError(end) if end.status == RunStatus::Cancelled => {
                vec![ended(end.status), Due::Run(AuditAction::RunCancelled, None)]
            }
            RunEvent::TranslationError(end) => vec![ended(end.status)],
            RunEvent::SegmentComplete(done) if done.kind == AttemptKind::Person => {
                vec![Due::Text(done.position, self.find_before(done.position), done.attempt_id)]
            }
            _ => Vec::new(),
        }
    }

    /// Checks whether an event says that a retranslation of an ended run was cancelled. One entry follows
    /// several of these.
    pub(super) fn is_cancelled_again(&self, event: &RunEvent) -> bool {
        self.is_ended()
            && matches!(event, RunEvent::SegmentError(error) if error.code == FailureCode::Cancelled)
    }

    /// Returns the attempt that a segment shows now; `None` if it is not known because it is older than
    /// events.
    fn find_before(&self, position: i32) -> Option<Option<i64>> {
        let chosen = self.chosen.get(&position).copied();
        (chosen.is_some() || self.run.version.is_some()).then_some(chosen)
    }

    fn is_ended(&self) -> bool {
        self.last.as_ref().is_some_and(|(status, _)| status.is_ended())
    }

    /// Checks that the entries which name the current event are exactly those that it must have.
    pub(super) async fn verify_entries(
        &mut self,
        conn: &impl ConnectionTrait,
        place: &MismatchPlace,
        due: Vec<Due>,
    ) -> Checked<()> {
        // In a run that began with a chain, every entry names an event.
        self.entries.has_begun |= self.seq == 1;
        let mut due = due.into_iter();
        while let Some(entry) = self.entries.take(conn, place, (self.run.context.run_id, self.seq)).await? {
            if entry.head != self.head || entry.work_id != self.run.work_id {
                return entry.contradicts(place, Some(self.head.hash.clone()));
            }
            if entry.is(AuditAction::SegmentRetranslated) {
                let before = entry.position.and_then(|position| self.find_before(position));
                if before.is_some_and(|before| entry.before_id != before) || entry.after_id.is_some() {
                    return entry.contradicts(place, None);
                }
                continue;
            }
            let again = Due::Run(AuditAction::RunCancelled, Some(cancelled_again(self.cancelled)));
            if self.cancelled > 0 && entry.is_due(&again) {
                self.cancelled = 0;
                continue;
            }
            if !due.next().is_some_and(|due| entry.is_due(&due)) {
                return entry.contradicts(place, None);
            }
        }
        if due.next().is_some() { missing(place) } else { Ok(()) }
    }

    /// Checks that the cancelled retranslations so far have their entry.
    pub(super) fn verify_cancelled(&self, place: &MismatchPlace) -> Checked<()> {
        if self.cancelled > 0 { missing(place) } else { Ok(()) }
    }

    /// Checks that no entry is left: it would name an event after the last one.
    pub(super) async fn verify_no_more_entries(&mut self, conn: &impl ConnectionTrait) -> Checked<()> {
        let place = &self.run.place;
        self.verify_cancelled(place)?;
        let Some(entry) = self.entries.take(conn, place, (self.run.context.run_id, i64::MAX)).await? else {
            return Ok(());
        };
        let detail = format!(
            "The entry {} of the audit log ({}) names event {} of the run, which is not there.",
            entry.id,
            shown(&entry.action),
            entry.head.length
        );
        stop(MismatchCode::AuditMissing, place, Some(shown(&entry.head.hash)), None, detail)
    }
}

fn ended(status: RunStatus) -> Due {
    Due::Run(AuditAction::RunEnded, Some(status.as_str().to_owned()))
}

fn missing(place: &MismatchPlace) -> Checked<()> {
    stop(MismatchCode::EntryMissing, place, None, None, MismatchCode::EntryMissing.meaning())
}
