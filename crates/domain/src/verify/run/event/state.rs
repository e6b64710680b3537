//! Compares events about the run itself with the run's row.

use crate::{
    run::row::{
        run::made_with,
        witness::{Asked, State, Witnessed},
    },
    verify::{
        mismatch::{Checked, Stop, mismatch, stop},
        run::{event::Walk, record::Record, teller::Teller},
    },
};
use colophon_contract::{MadeWith, MismatchCode, MismatchPlace, RunStatus, TranslationStatus};

impl Walk<'_> {
    pub(super) fn take_status(
        &mut self,
        place: &MismatchPlace,
        record: &Record,
        now: TranslationStatus,
    ) -> Checked<()> {
        let Some(version) = &self.run.version else {
            // Legacy runs were never queued or worked on, so this run's version id was removed.
            let detail = MismatchCode::VersionMissing.meaning();
            return stop(MismatchCode::VersionMissing, place, None, None, detail);
        };
        self.last = Some((now.status, None));
        match now.made_with {
            Some(told) if told != made_with(version.clone()) => {
                let own = made_with(version.clone());
                let teller = Teller::new(place, record, 0, 0);
                teller.contradicts("what the run is made with", &named(&told), &named(&own))
            }
            // The first event is the creation of the run.
            _ if self.seq == 1 => {
                self.take_waiting(place);
                self.verify_asked(place, record)
            }
            _ => self.take_state(place, record),
        }
    }

    /// Checks the columns of the run's row that never change, and how its source text is cut. Runs from
    /// before chains have no hash of the cut.
    fn verify_asked(&self, place: &MismatchPlace, record: &Record) -> Checked<()> {
        let asked = self.run.asked.clone();
        let outcome = record.verify(place, &Witnessed::Run(asked.clone()), false);
        if outcome.is_ok() || record.chain_hash().is_some() {
            return outcome;
        }
        record.verify(place, &Witnessed::Run(Asked { segments_sha256: None, ..asked }), false)
    }

    /// Notes a mismatch if a run that was only created has begun or ended.
    fn take_waiting(&mut self, place: &MismatchPlace) {
        let State { started_at, finished_at, cancel_requested_at, .. } = &self.run.state;
        let time = [started_at, finished_at, cancel_requested_at].into_iter().flatten().next();
        self.unlike = time.map(|time| {
            let (code, found) = (MismatchCode::Record, Some(time.0.clone()));
            Stop::Mismatch(mismatch(code, place, None, found, code.meaning()).into())
        });
    }

    /// Compares an event with the run's row. Only the last event about the run must match: the row has
    /// changed since the others.
    pub(super) fn take_state(&mut self, place: &MismatchPlace, record: &Record) -> Checked<()> {
        self.unlike = match record.verify(place, &Witnessed::State(self.run.state.clone()), false) {
            Err(Stop::Error(error)) => return Err(error.into()),
            Err(unlike) => Some(unlike),
            Ok(()) => None,
        };
        Ok(())
    }

    /// Checks that the run's status and failure are those of its last event. A legacy run has no event until
    /// a person edits it.
    pub(super) fn verify_status(&self) -> Checked<()> {
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

fn named(made_with: &MadeWith) -> String {
    format!("version {}, {}", made_with.prompt_version_number, made_with.model)
}
