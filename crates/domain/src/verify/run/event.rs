//! Verifies a run by its stored events. Events are written with each change and never changed afterwards, so
//! a row that was added, deleted or rewritten contradicts them.

mod attempt;
mod entry;
mod state;

use crate::{
    chain::Head,
    db::statement,
    run::row::witness::Witnessed,
    text,
    verify::{
        cells::Cells,
        mismatch::{Checked, Stop, shown, stop},
        run::{
            Segments, Stored, Tally, Told,
            record::{self, Record},
            teller::Teller,
        },
    },
};
use colophon_contract::{FailureCode, MismatchCode, MismatchPlace, RunEvent, RunStatus};
use sea_orm::{ConnectionTrait, QueryResult};
use std::collections::BTreeMap;

/// Maximum number of events in memory.
const PAGE: i64 = 50;

/// Verifies a run and its attempts against its events.
pub(super) async fn verify_all(
    conn: &impl ConnectionTrait,
    run: &Stored,
    segments: &Segments,
    tally: &mut Tally,
) -> Checked<()> {
    let mut walk = Walk {
        run,
        seq: 0,
        started: 0,
        ended: BTreeMap::new(),
        chosen: BTreeMap::new(),
        told: Told::default(),
        failures: BTreeMap::new(),
        last: None,
        unlike: None,
        unrecorded: 0,
        head: Head::start(),
        is_chained: false,
        entries: entry::Entries::default(),
        cancelled: 0,
    };
    while walk.verify_page(conn).await? {
        (tally.events, tally.unrecorded_events) = (walk.seq, walk.unrecorded);
    }
    let (expected, found) = (tally.expected, walk.told);
    if expected != found {
        let counts = |told: Told| {
            format!("{} begun, {} completed, {} failed", told.starts, told.completions, told.failures)
        };
        let detail =
            format!("The rows have attempts by models: {}; the events tell of others.", counts(expected));
        let (expected, found) = (Some(counts(expected)), Some(counts(found)));
        return stop(MismatchCode::EventMissing, &run.place, expected, found, detail);
    }
    walk.verify_shown(segments)?;
    walk.verify_failures(segments)?;
    walk.verify_status()?;
    walk.unlike.take().map_or(Ok(()), Err)?;
    walk.verify_end(conn).await?;
    tally.unchained_runs = i64::from(!walk.is_chained);
    Ok(())
}

struct Walk<'a> {
    run: &'a Stored,
    seq: i64,
    /// The last attempt that began.
    started: i64,
    /// The last attempt that ended, by position.
    ended: BTreeMap<i32, i64>,
    /// The last attempt that became current, by position.
    chosen: BTreeMap<i32, i64>,
    told: Told,
    /// The hash of the last failure of each segment, by position; removed by a later start or completion.
    failures: BTreeMap<i32, String>,
    /// The run's status and failure by the last event about the run itself.
    last: Option<(RunStatus, Option<(String, String)>)>,
    /// The mismatch between the run's row and the last event about the run itself, if any.
    unlike: Option<Stop>,
    /// Number of events without a record hash.
    unrecorded: i64,
    /// The end of the chain so far, computed also over events without a chain hash.
    head: Head,
    /// Whether the last event had a chain hash. Then all later events must have one.
    is_chained: bool,
    entries: entry::Entries,
    /// Cancelled retranslations since the last audit log entry about cancelled retranslations.
    cancelled: usize,
}

impl Walk<'_> {
    /// Verifies the next page of events. Returns whether there were any.
    async fn verify_page(&mut self, conn: &impl ConnectionTrait) -> Checked<bool> {
        let sql = "SELECT seq, name, data, created_at, record_sha256, chain_hash FROM run_events
            WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let after = if self.seq == 0 { i64::MIN } else { self.seq };
        let values = [self.run.context.run_id.into(), after.into(), PAGE.into()];
        let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
        for row in &rows {
            let mut cells = Cells::new(row, "run_events", "seq", self.run.place.clone())?;
            let expected = self.seq + 1;
            cells.place.event = Some(expected);
            if cells.key() != expected {
                let (expected, found) = (Some(expected.to_string()), Some(cells.key().to_string()));
                let detail = MismatchCode::EventNumber.meaning();
                return stop(MismatchCode::EventNumber, &cells.place, expected, found, detail);
            }
            let record = Record::read(&cells, self.run)?;
            let (name, data) = record.event();
            let Ok(event) = RunEvent::decode(name, data) else { return cells.unreadable("data") };
            self.seq = expected;
            self.unrecorded += i64::from(!record.is_there());
            if expected == 1
                && self.run.version.is_some()
                && !matches!(event, Some(RunEvent::TranslationStatus(_)))
            {
                let detail = "The first event does not tell that the run was asked for.";
                return stop(MismatchCode::EventMissing, &cells.place, None, None, detail);
            }
            let due = event.as_ref().map_or_else(Vec::new, |event| self.due(event));
            let is_cancelled_again = event.as_ref().is_some_and(|event| self.is_cancelled_again(event));
            // Skip an event of a later version: what it should have said is then reported as missing.
            if let Some(event) = event {
                self.verify_event(conn, &cells.place, &record, event).await?;
            }
            self.verify_link(&cells.place, &record)?;
            if self.is_chained {
                if is_cancelled_again {
                    self.cancelled += 1;
                } else {
                    self.verify_cancelled(&cells.place)?;
                }
                self.verify_entries(conn, &cells.place, due).await?;
            }
        }
        Ok(!rows.is_empty())
    }

    /// Checks that an event has the hashes that it must have, and that its chain hash follows from the one
    /// before.
    fn verify_link(&mut self, place: &MismatchPlace, record: &Record) -> Checked<()> {
        if record.is_required() && !record.is_there() {
            return stop(MismatchCode::Record, place, None, None, MismatchCode::Record.meaning());
        }
        self.head = self.head.extend(self.run.context.run_id, &record.link())?;
        let stored = record.chain_hash();
        if stored.map_or(self.is_chained, |hash| hash != self.head.hash) {
            let (expected, detail) = (Some(self.head.hash.clone()), MismatchCode::EventChain.meaning());
            return stop(MismatchCode::EventChain, place, expected, stored.map(shown), detail);
        }
        self.is_chained = stored.is_some();
        Ok(())
    }

    /// Checks that the run's row names the end of the chain, and that no audit log entry names a later event.
    async fn verify_end(&mut self, conn: &impl ConnectionTrait) -> Checked<()> {
        let found = self.run.chain.as_ref();
        let expected = Some(&self.head).filter(|_| self.is_chained);
        if expected != found {
            let named = |head: &Head| format!("{} events, {}", head.length, shown(&head.hash));
            let (expected, found) = (expected.map(named), found.map(named));
            let detail = MismatchCode::EventChain.meaning();
            return stop(MismatchCode::EventChain, &self.run.place, expected, found, detail);
        }
        self.verify_no_more_entries(conn).await
    }

    async fn verify_event(
        &mut self,
        conn: &impl ConnectionTrait,
        place: &MismatchPlace,
        record: &Record,
        event: RunEvent,
    ) -> Checked<()> {
        match event {
            RunEvent::TranslationStatus(now) => self.take_status(place, record, now),
            RunEvent::SegmentStart(start) => {
                let attempt = Told::find(conn, start.attempt_id).await?;
                let teller = Teller::new(place, record, start.position, start.attempt_id);
                self.take_start(&teller, attempt, &start)
            }
            RunEvent::SegmentComplete(done) => {
                let attempt = Told::find(conn, done.attempt_id).await?;
                let teller = Teller::new(place, record, done.position, done.attempt_id);
                self.take_completion(&teller, attempt, &done)
            }
            RunEvent::SegmentError(error) => {
                let Some(id) = error.attempt_id else {
                    // The cancel of a retranslation that had not begun does not change the segment.
                    if error.code != FailureCode::Cancelled {
                        self.take_why(&error);
                    }
                    return record.verify(place, &Witnessed::Nothing, false);
                };
                let attempt = Told::find(conn, id).await?;
                self.take_failure(&Teller::new(place, record, error.position, id), attempt, &error)
            }
            RunEvent::TranslationComplete(_) => {
                self.last = Some((RunStatus::Completed, None));
                self.take_state(place, record)
            }
            RunEvent::TranslationError(end) => {
                let why = (end.code.as_str().to_owned(), text::replace_nul(&end.detail).into_owned());
                self.last = Some((end.status, Some(why)));
                self.take_state(place, record)
            }
            // Text deltas are never stored.
            RunEvent::SegmentDelta(_) => {
                Teller::new(place, record, 0, 0).contradicts("what it is", "a stored event", "text")
            }
        }
    }

    /// Checks that each segment shows the attempt that last became current for it.
    fn verify_shown(&self, Segments { shown, .. }: &Segments) -> Checked<()> {
        let wrong = |position: i32, expected: Option<i64>, found: Option<i64>| {
            let place = MismatchPlace { position: Some(position.into()), ..self.run.place.clone() };
            let id = |id: Option<i64>| id.map(|id| id.to_string());
            let detail = MismatchCode::CurrentAttempt.meaning();
            stop(MismatchCode::CurrentAttempt, &place, id(expected), id(found), detail)
        };
        for (position, shows) in shown {
            match self.chosen.get(position) {
                Some(chosen) if *chosen == shows.attempt_id => {}
                None if shows.is_legacy => {}
                chosen => return wrong(*position, chosen.copied(), Some(shows.attempt_id)),
            }
        }
        match self.chosen.iter().find(|(position, _)| !shown.contains_key(position)) {
            Some((position, chosen)) => wrong(*position, Some(*chosen), None),
            None => Ok(()),
        }
    }

    /// Checks that each segment's stored failure is the last one in the events. Legacy runs have no events
    /// about failures.
    fn verify_failures(&self, Segments { failures, .. }: &Segments) -> Checked<()> {
        if self.run.version.is_none() || self.failures == *failures {
            return Ok(());
        }
        let positions = self.failures.keys().chain(failures.keys());
        let differs = |position: &&i32| self.failures.get(position) != failures.get(position);
        let position = positions.filter(differs).min().map(|position| i64::from(*position));
        let place = MismatchPlace { position, ..self.run.place.clone() };
        stop(MismatchCode::SegmentFailure, &place, None, None, MismatchCode::SegmentFailure.meaning())
    }
}

impl Told {
    /// Finds an attempt by id, with its run, position and version number.
    async fn find(conn: &impl ConnectionTrait, id: i64) -> Checked<Option<QueryResult>> {
        let sql = format!(
            "SELECT a.id, {}, s.chapter_translation_id AS run_id, s.position, v.number
            FROM segment_attempts a JOIN translation_segments s ON s.id = a.segment_id
            LEFT JOIN prompt_versions v ON v.id = a.prompt_version_id WHERE a.id = $1",
            record::columns(conn)
        );
        Ok(conn.query_one_raw(statement(conn, sql, [id.into()])).await?)
    }
}
