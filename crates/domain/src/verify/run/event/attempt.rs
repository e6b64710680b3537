//! Compares events about attempts with the attempts' rows.

use crate::{
    hash::sha256,
    money,
    stored::usage_of,
    text,
    verify::{
        cells::Cells,
        mismatch::Checked,
        run::{event::Walk, failure, record, teller::Teller},
    },
};
use colophon_contract::{AttemptKind, SegmentComplete, SegmentError, SegmentStart};
use sea_orm::QueryResult;

impl Walk<'_> {
    /// Notes why an event's segment has no new text.
    pub(super) fn take_why(&mut self, error: &SegmentError) {
        let why = failure(error.code.as_str(), &text::replace_nul(&error.detail));
        self.failures.insert(error.position, why);
    }

    pub(super) fn take_start(
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
        // Server versions that store parameter names also store record hashes.
        let must = cells.get::<Option<String>>("parameter_names")?.is_some();
        teller.record.verify(&teller.place, &record::begun(&cells)?, must)
    }

    pub(super) fn take_completion(
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

    pub(super) fn take_failure(
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
        // A server of an older version may have ended the attempt without a record hash.
        teller.record.verify(&teller.place, &record::ended(&cells)?, false)
    }

    /// Checks the order of attempts at a segment, and that each ends once.
    fn take_end(&mut self, teller: &Teller<'_>) -> Checked<()> {
        let last = self.ended.insert(teller.position, teller.attempt_id).unwrap_or_default();
        if teller.attempt_id > last {
            return Ok(());
        }
        teller.contradicts("order", &format!("more than {last}"), &teller.attempt_id.to_string())
    }

    /// Returns the row of the attempt that an event names. The attempt must be at that segment of this run.
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
}
