//! What a run's stored events tell: they are written with each change and never changed, so a row that was added,
//! taken away or rewritten is not what they tell of.

use super::{
    Segments, Stored, Tally, Told, failure,
    record::{self, Record},
    teller::Teller,
};
use crate::{
    db::statement,
    money,
    run::{
        create, usage_of,
        witness::{State, Witnessed},
    },
    text,
    verify::{Cells, Checked, Stop, mismatch, sha256, stop},
};
use colophon_contract::{
    AttemptKind, FailureCode, MadeWith, MismatchCode, MismatchPlace, RunEvent, RunStatus, SegmentComplete,
    SegmentError, SegmentStart, TranslationStatus,
};
use sea_orm::{ConnectionTrait, QueryResult};
use std::collections::BTreeMap;

/// Events that are held in memory at once.
const PAGE: i64 = 50;

/// Verifies a run and its attempts by what its events tell.
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
    walk.unlike.map_or(Ok(()), Err)
}

struct Walk<'a> {
    run: &'a Stored,
    seq: i64,
    /// The attempt that began last.
    started: i64,
    /// The attempt that ended last, by position.
    ended: BTreeMap<i32, i64>,
    /// The attempt that was chosen last, by position.
    chosen: BTreeMap<i32, i64>,
    told: Told,
    /// Why a segment failed that did last, by position.
    failures: BTreeMap<i32, String>,
    /// The last that was told of the run itself: its status and why it failed.
    last: Option<(RunStatus, Option<(String, String)>)>,
    /// How what that event witnessed is not what the run is.
    unlike: Option<Stop>,
    /// Events that witness nothing.
    unrecorded: i64,
}

impl Walk<'_> {
    /// The next events; whether there were any.
    async fn verify_page(&mut self, conn: &impl ConnectionTrait) -> Checked<bool> {
        let sql =
            "SELECT seq, name, data, created_at, record_sha256 FROM run_events WHERE run_id = $1 AND seq > $2
            ORDER BY seq LIMIT $3";
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
            let record = Record::read(&cells, self.run.context.run_id)?;
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
            // One that this version does not know tells later ones something; what it should have told is missing.
            if let Some(event) = event {
                self.verify_event(conn, &cells.place, &record, event).await?;
            }
        }
        Ok(!rows.is_empty())
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
                    // One that only waited to be translated again is what it was.
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
            // Never stored.
            RunEvent::SegmentDelta(_) => {
                Teller::new(place, record, 0, 0).contradicts("what it is", "a stored event", "text")
            }
        }
    }

    fn take_status(&mut self, place: &MismatchPlace, record: &Record, now: TranslationStatus) -> Checked<()> {
        let Some(version) = &self.run.version else {
            // Runs from before were never queued or worked on: somebody took the version away.
            let detail = MismatchCode::VersionMissing.meaning();
            return stop(MismatchCode::VersionMissing, place, None, None, detail);
        };
        self.last = Some((now.status, None));
        match now.made_with {
            Some(told) if told != create::made_with(version.clone()) => {
                let own = create::made_with(version.clone());
                let teller = Teller::new(place, record, 0, 0);
                teller.contradicts("what the run is made with", &named(&told), &named(&own))
            }
            // The first event is that of the run's being asked for.
            _ if self.seq == 1 => {
                self.take_waiting(place);
                record.verify(place, &Witnessed::Run(self.run.asked.clone()), false)
            }
            _ => self.take_state(place, record),
        }
    }

    /// A run that was only asked for has neither begun nor ended.
    fn take_waiting(&mut self, place: &MismatchPlace) {
        let State { started_at, finished_at, cancel_requested_at, .. } = &self.run.state;
        let time = [started_at, finished_at, cancel_requested_at].into_iter().flatten().next();
        self.unlike = time.map(|time| {
            let (code, found) = (MismatchCode::Record, Some(time.0.clone()));
            Stop::Mismatch(mismatch(code, place, None, found, code.meaning()).into())
        });
    }

    /// Only the last one of these can be told from the row: it has changed since the others.
    fn take_state(&mut self, place: &MismatchPlace, record: &Record) -> Checked<()> {
        self.unlike = match record.verify(place, &Witnessed::State(self.run.state.clone()), false) {
            Err(Stop::Error(error)) => return Err(error.into()),
            Err(unlike) => Some(unlike),
            Ok(()) => None,
        };
        Ok(())
    }

    /// Why its segment has no new text.
    fn take_why(&mut self, error: &SegmentError) {
        let why = failure(error.code.as_str(), &text::replace_nul(&error.detail));
        self.failures.insert(error.position, why);
    }

    fn take_start(
        &mut self,
        teller: &Teller<'_>,
        attempt: Option<QueryResult>,
        start: &SegmentStart,
    ) -> Checked<()> {
        let cells = self.find_cells(teller, attempt.as_ref())?;
        teller.same("kind", "model", &cells.get::<String>("kind")?)?;
        if teller.attempt_id <= self.started {
            return teller.contradicts(
                "order",
                &format!("more than {}", self.started),
                &teller.attempt_id.to_string(),
            );
        }
        if let Some(made_with) = &start.made_with {
            let number = cells.get::<Option<i32>>("number")?.unwrap_or_default();
            teller.same("version", &made_with.prompt_version_number.to_string(), &number.to_string())?;
        }
        self.started = teller.attempt_id;
        self.told.starts += 1;
        self.failures.remove(&teller.position);
        // Who kept the names of parameters wrote a record too.
        let must = cells.get::<Option<String>>("parameter_names")?.is_some();
        teller.record.verify(&teller.place, &record::begun(&cells)?, must)
    }

    fn take_completion(
        &mut self,
        teller: &Teller<'_>,
        attempt: Option<QueryResult>,
        done: &SegmentComplete,
    ) -> Checked<()> {
        let cells = self.find_cells(teller, attempt.as_ref())?;
        let kind = serde_json::to_value(done.kind).ok();
        let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
        teller.same("kind", kind, &cells.get::<String>("kind")?)?;
        teller.same("status", "completed", &cells.get::<String>("status")?)?;
        let stored = cells.get::<Option<String>>("text")?.unwrap_or_default();
        teller.same("text", &sha256(&done.text), &sha256(stored))?;
        let usage = usage_of(
            [cells.get("prompt_tokens")?, cells.get("completion_tokens")?, cells.get("total_tokens")?],
            [cells.get("cached_tokens")?, cells.get("reasoning_tokens")?],
        );
        if usage != done.usage {
            let shown = |usage: Option<colophon_contract::Usage>| {
                usage.map_or("none".to_owned(), |usage| {
                    let counted =
                        [Some(usage.prompt_tokens), Some(usage.completion_tokens), Some(usage.total_tokens)];
                    let counted = counted.into_iter().chain([usage.cached_tokens, usage.reasoning_tokens]);
                    counted
                        .map(|count| count.map_or("-".to_owned(), |count| count.to_string()))
                        .collect::<Vec<_>>()
                        .join(", ")
                })
            };
            return teller.contradicts("count of tokens", &shown(done.usage), &shown(usage));
        }
        let cost = cells.get::<Option<i64>>("cost_nano_usd")?.map(money::usd).unwrap_or_default();
        teller.same("cost", done.cost_usd.as_deref().unwrap_or_default(), &cost)?;
        self.take_end(teller)?;
        self.chosen.insert(teller.position, teller.attempt_id);
        self.told.completions += 1;
        self.failures.remove(&teller.position);
        let row = match done.kind {
            AttemptKind::Person => record::written(&cells)?,
            _ => record::ended(&cells)?,
        };
        let must = cells.get::<Option<String>>("parameter_names")?.is_some();
        teller.record.verify(&teller.place, &row, must)
    }

    fn take_failure(
        &mut self,
        teller: &Teller<'_>,
        attempt: Option<QueryResult>,
        error: &SegmentError,
    ) -> Checked<()> {
        let cells = self.find_cells(teller, attempt.as_ref())?;
        teller.same("status", "failed", &cells.get::<String>("status")?)?;
        let code = cells.get::<Option<String>>("error_code")?.unwrap_or_default();
        teller.same("failure", error.code.as_str(), &code)?;
        let detail = cells.get::<Option<String>>("error_detail")?.unwrap_or_default();
        teller.same("reason", &text::replace_nul(&error.detail), &detail)?;
        self.take_end(teller)?;
        self.told.failures += 1;
        self.take_why(error);
        // Another server, of an older version, may have ended it.
        teller.record.verify(&teller.place, &record::ended(&cells)?, false)
    }

    /// Attempts at a segment follow each other, and each ends once.
    fn take_end(&mut self, teller: &Teller<'_>) -> Checked<()> {
        let last = self.ended.insert(teller.position, teller.attempt_id).unwrap_or_default();
        if teller.attempt_id > last {
            return Ok(());
        }
        teller.contradicts("order", &format!("more than {last}"), &teller.attempt_id.to_string())
    }

    /// The attempt that an event tells of, which must be at that segment of this run.
    fn find_cells<'r>(&self, teller: &Teller<'_>, row: Option<&'r QueryResult>) -> Checked<Cells<'r>> {
        let Some(row) = row else {
            return teller.contradicts("attempt", &teller.attempt_id.to_string(), "none");
        };
        let cells = Cells::new(row, "segment_attempts", "id", teller.place.clone())?;
        let run_id = self.run.context.run_id;
        teller.same("run", &run_id.to_string(), &cells.get::<i64>("run_id")?.to_string())?;
        teller.same("position", &teller.position.to_string(), &cells.get::<i32>("position")?.to_string())?;
        Ok(cells)
    }

    /// That each segment shows what was last chosen for it.
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

    /// That each segment says why it failed, where it did last. Of those of runs from before nothing was told.
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

    /// That the run is what it was last told to be. Of one from before nothing is told until somebody edits it.
    fn verify_status(&self) -> Checked<()> {
        let (run, place) = (self.run, &self.run.place);
        let Some((status, why)) = &self.last else {
            if run.version.is_none() {
                return Ok(());
            }
            let detail = MismatchCode::EventMissing.meaning();
            return stop(MismatchCode::EventMissing, place, None, None, detail);
        };
        let stored = (run.state.error_code.as_deref(), run.state.error_detail.as_deref());
        let told = why.as_ref().map_or((None, None), |(code, detail)| (Some(&**code), Some(&**detail)));
        let words = |status: RunStatus, code: Option<&str>| match code {
            Some(code) => format!("{}, {code}", status.as_str()),
            None => status.as_str().to_owned(),
        };
        if (run.status(), stored) == (*status, told) {
            return Ok(());
        }
        let (expected, found) = (words(*status, told.0), words(run.status(), stored.0));
        stop(MismatchCode::RunStatus, place, Some(expected), Some(found), MismatchCode::RunStatus.meaning())
    }
}

impl Told {
    /// An attempt by id, with where it is.
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

fn named(made_with: &MadeWith) -> String {
    format!("version {}, {}", made_with.prompt_version_number, made_with.model)
}
