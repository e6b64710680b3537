//! Verifies the attempts at a run's segments: the messages sent follow from the rows, and the text has its
//! stored hash.

use crate::{
    db::{json_as_text, statement},
    hash::{canonical_sha256, sha256},
    run::row::content::restore,
    verify::{
        cells::Cells,
        mismatch::{Checked, shown, stop},
        run::{
            FinishedPair, Recomputed, RequestHash, RunContext, Sent, Stored, Tally, get_version,
            log::{author_exists, verify_same_author},
        },
    },
};
use colophon_contract::{AttemptKind, AttemptStatus, AuditAction, Author, MismatchCode, Removed};
use sea_orm::{ConnectionTrait, prelude::DateTimeUtc};
use serde_json::Value;
use std::collections::BTreeMap;

/// Maximum number of attempts in memory.
const PAGE: i64 = 20;

/// SQL condition: none of the columns is set that an answer, or its absence, sets.
const UNANSWERED: &str = "a.model_reported IS NULL AND a.response_id IS NULL AND a.finish_reason IS NULL \
    AND a.prompt_tokens IS NULL AND a.completion_tokens IS NULL AND a.total_tokens IS NULL \
    AND a.cost_nano_usd IS NULL AND a.error_detail IS NULL AND a.reasoning IS NULL AND a.reasoning_bytes IS NULL \
    AND a.reasoning_sha256 IS NULL AND a.finish IS NULL AND a.provider_message IS NULL AND a.cached_tokens IS NULL \
    AND a.reasoning_tokens IS NULL AND a.reported_cost_nano_usd IS NULL";

/// Verifies all attempts at a run's segments, in order of position and id.
pub(super) async fn verify_all(
    conn: &impl ConnectionTrait,
    run: &Stored,
    preceding: u32,
    mut recompute: impl FnMut(&RunContext, &Sent<'_>) -> Result<Recomputed, String> + Send,
    tally: &mut Tally,
) -> Checked<()> {
    let json = json_as_text(conn.get_database_backend());
    let exists = author_exists("a");
    let sql = format!(
        "SELECT a.id, s.id AS segment_id, s.position, s.source_text, a.kind, a.status, a.text, a.prompt_version_id,
            a.messages{json} AS messages, a.preceding{json} AS preceding, a.instruction, a.request_sha256,
            a.response_sha256, a.provider, a.model_requested, a.finish, a.removed{json} AS removed, a.reasoning,
            a.reasoning_bytes, a.reasoning_sha256, a.carried_from, a.author_kind, a.author_id,
            a.author_name, a.restored_from, a.error_code, a.parameter_names{json} AS parameter_names,
            l.id AS entry, l.action, l.chain_length, l.actor_kind, l.actor_id, l.actor_name, a.finished_at,
            {exists} AS author_exists,
            CASE WHEN a.finished_at IS NULL THEN 0 ELSE 1 END AS ended,
            CASE WHEN {UNANSWERED} THEN 0 ELSE 1 END AS was_answered,
            CASE WHEN a.messages IS NULL AND a.preceding IS NULL AND a.instruction IS NULL
                AND a.request_sha256 IS NULL AND a.provider IS NULL AND a.model_requested IS NULL
                AND a.lease_epoch IS NULL AND a.parameter_names IS NULL AND a.error_code IS NULL AND a.removed IS NULL
                AND {UNANSWERED} THEN 0 ELSE 1 END AS was_sent,
            CASE WHEN a.restored_from IS NULL OR (o.segment_id = a.segment_id AND o.id < a.id
                AND o.status = 'completed' AND o.text = a.text
                AND o.prompt_version_id IS NOT DISTINCT FROM a.prompt_version_id) THEN 1 ELSE 0 END AS restores
        FROM translation_segments s
        JOIN segment_attempts a ON a.segment_id = s.id
        LEFT JOIN segment_attempts o ON o.id = a.restored_from
        LEFT JOIN audit_log l ON l.subject_kind = 'segment' AND l.subject_id = s.id AND l.after_id = a.id
            AND l.action IN ('segment_edited', 'attempt_restored') AND a.kind = 'person'
        WHERE s.chapter_translation_id = $1 AND s.position >= $2 AND (s.position > $2 OR a.id > $3)
        ORDER BY s.position, a.id LIMIT $4"
    );
    let mut versions = Versions { run, other: None };
    let mut after = (0, 0_i64);
    loop {
        let values = [run.context.run_id.into(), after.0.into(), after.1.into(), PAGE.into()];
        let rows = conn.query_all_raw(statement(conn, sql.as_str(), values)).await?;
        for row in &rows {
            let attempt = Attempt::read(Cells::new(row, "segment_attempts", "id", run.place.clone())?)?;
            after = (attempt.position, attempt.id());
            attempt.verify_kind()?;
            if attempt.kind == AttemptKind::Model {
                let context = versions.get(conn, &attempt).await?;
                attempt.verify_asked_for(conn, run.context.run_id).await?;
                let pairs = attempt.get_preceding(conn, run.context.run_id, preceding).await?;
                tally.unknown_requests +=
                    i64::from(attempt.verify_request(context, &pairs, &mut recompute)?);
            }
            tally.unlogged_texts += i64::from(!attempt.verify_author(run)?);
            attempt.verify_text()?;
            attempt.verify_reasoning()?;
            attempt.count(tally);
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

struct Attempt<'a> {
    cells: Cells<'a>,
    position: i32,
    kind: AttemptKind,
    status: AttemptStatus,
    text: Option<String>,
    version_id: Option<i64>,
    instruction: Option<String>,
    author: Option<Author>,
    response_sha256: Option<String>,
    restored_from: Option<i64>,
}

impl<'a> Attempt<'a> {
    fn read(mut cells: Cells<'a>) -> Checked<Self> {
        let position: i32 = cells.get("position")?;
        cells.place.position = Some(position.into());
        cells.place.attempt_id = Some(cells.key());
        let kinds =
            [("model", AttemptKind::Model), ("person", AttemptKind::Person), ("legacy", AttemptKind::Legacy)];
        let statuses = [
            ("running", AttemptStatus::Running),
            ("completed", AttemptStatus::Completed),
            ("failed", AttemptStatus::Failed),
        ];
        Ok(Self {
            position,
            kind: cells.word("kind", &kinds)?,
            status: cells.word("status", &statuses)?,
            text: cells.get("text")?,
            version_id: cells.get("prompt_version_id")?,
            instruction: cells.get("instruction")?,
            author: cells.find_author("author")?,
            response_sha256: cells.get("response_sha256")?,
            restored_from: cells.get("restored_from")?,
            cells,
        })
    }

    fn id(&self) -> i64 {
        self.cells.key()
    }

    fn stop<T>(&self, code: MismatchCode, expected: Option<String>, found: Option<String>) -> Checked<T> {
        stop(code, &self.cells.place, expected, found, code.meaning())
    }

    /// Checks that the attempt has the columns that its kind and status require, and no others.
    fn verify_kind(&self) -> Checked<()> {
        let cells = &self.cells;
        let (ended, was_sent) = (cells.get::<i32>("ended")? == 1, cells.get::<i32>("was_sent")? == 1);
        let completed = self.status == AttemptStatus::Completed;
        let has_text = self.text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let has_hash = self.response_sha256.is_some();
        let is_whole = match self.kind {
            AttemptKind::Model => {
                let finish: Option<String> = cells.get("finish")?;
                let stopped = finish.as_deref() == Some("done");
                self.restored_from.is_none()
                    && (self.author.is_some() || self.instruction.is_none())
                    && has_hash == completed
                    && (!completed || (has_text && stopped))
                    && (cells.get::<Option<String>>("error_code")?.is_some()
                        == (self.status == AttemptStatus::Failed))
                    && (self.status != AttemptStatus::Running || cells.get::<i32>("was_answered")? == 0)
            }
            AttemptKind::Person => {
                !was_sent
                    && completed
                    && has_text
                    && has_hash
                    && self.author.is_some()
                    && (self.restored_from.is_some() || self.version_id.is_none())
            }
            AttemptKind::Legacy => {
                !was_sent
                    && completed
                    && has_text
                    && !has_hash
                    && self.author.is_none()
                    && self.version_id.is_none()
                    && self.restored_from.is_none()
            }
        };
        // No attempt kind of this version carries text over.
        let is_carried = cells.get::<Option<i64>>("carried_from")?.is_some();
        if !is_whole || is_carried || ended == (self.status == AttemptStatus::Running) {
            return self.stop(MismatchCode::AttemptKind, None, None);
        }
        if cells.get::<i32>("restores")? != 1 {
            let found = self.restored_from.map(|id| id.to_string());
            return self.stop(MismatchCode::AttemptRestoredFrom, None, found);
        }
        Ok(())
    }

    /// Checks that a person's text has an audit log entry by the same author, and that the author exists.
    /// Returns whether it has an entry. A text older than the log needs none.
    fn verify_author(&self, run: &Stored) -> Checked<bool> {
        let cells = &self.cells;
        if self.kind != AttemptKind::Person {
            return Ok(true);
        }
        if cells.get::<Option<i64>>("entry")?.is_none() {
            let at: Option<DateTimeUtc> = cells.get("finished_at")?;
            if at.is_none_or(|at| run.must_be_logged(at)) {
                return self.stop(MismatchCode::EntryMissing, None, None);
            }
            return Ok(false);
        }
        verify_same_author(&cells.place, cells.find_author("actor")?, self.author.as_ref())?;
        let is_restored = cells.get::<String>("action")? == AuditAction::AttemptRestored.as_str();
        if is_restored != self.restored_from.is_some() {
            return self.stop(MismatchCode::AuditContradicts, None, None);
        }
        // Entries from before chains may name users of a database that was not kept.
        if cells.get::<Option<i64>>("chain_length")?.is_some() && cells.get::<i32>("author_exists")? != 1 {
            return self.stop(MismatchCode::AuthorMissing, None, None);
        }
        Ok(true)
    }

    /// Checks that an attempt with an author has a matching retranslation request.
    async fn verify_asked_for(&self, conn: &impl ConnectionTrait, run_id: i64) -> Checked<()> {
        let Some(author) = &self.author else { return Ok(()) };
        let sql = "SELECT 1 FROM retranslations WHERE segment_id = $1 AND prompt_version_id = $2
            AND instruction IS NOT DISTINCT FROM $3 AND author_kind = $4 AND author_id IS NOT DISTINCT FROM $5
            AND author_name = $6 AND run_id = $7";
        let values = [
            self.cells.get::<i64>("segment_id")?.into(),
            self.version_id.into(),
            self.instruction.clone().into(),
            crate::actor::kind_as_str(author.kind).into(),
            author.id.into(),
            author.name.as_str().into(),
            run_id.into(),
        ];
        match conn.query_one_raw(statement(conn, sql, values)).await? {
            Some(_) => Ok(()),
            None => self.stop(MismatchCode::AttemptRequest, None, None),
        }
    }

    /// Returns the pairs of `{preceding}`: completed attempts at earlier segments of the run, in order of
    /// position. Checks that there are at most `most`.
    async fn get_preceding(
        &self,
        conn: &impl ConnectionTrait,
        run_id: i64,
        most: u32,
    ) -> Checked<Vec<FinishedPair>> {
        let ids: Vec<i64> = self.cells.json("preceding")?;
        let (mut pairs, mut position) = (Vec::new(), 0);
        let sql = "SELECT a.id, s.position, s.source_text, a.text FROM segment_attempts a
            JOIN translation_segments s ON s.id = a.segment_id
            WHERE a.id = $1 AND a.id < $2 AND a.status = 'completed' AND a.text IS NOT NULL
                AND s.chapter_translation_id = $3 AND s.position > $4 AND s.position < $5";
        for id in &ids {
            let values =
                [(*id).into(), self.id().into(), run_id.into(), position.into(), self.position.into()];
            let row = conn.query_one_raw(statement(conn, sql, values)).await?;
            let Some(row) = row.filter(|_| ids.len() <= most as usize) else {
                return self.stop(MismatchCode::Preceding, None, Some(id.to_string()));
            };
            let cells = Cells::new(&row, "segment_attempts", "id", self.cells.place.clone())?;
            position = cells.get("position")?;
            let (source, translation) = (cells.get("source_text")?, cells.get("text")?);
            pairs.push(FinishedPair { attempt_id: *id, source, translation });
        }
        Ok(pairs)
    }

    /// Checks that messages and request follow from the rows. Returns whether the request hash cannot be
    /// checked.
    fn verify_request(
        &self,
        context: &RunContext,
        preceding: &[FinishedPair],
        recompute: &mut impl FnMut(&RunContext, &Sent<'_>) -> Result<Recomputed, String>,
    ) -> Checked<bool> {
        let cells = &self.cells;
        let (stored, source_text): (Value, String) = (cells.json("messages")?, cells.get("source_text")?);
        let (model_requested, request_sha256): (String, String) =
            (cells.get("model_requested")?, cells.get("request_sha256")?);
        cells.get::<String>("provider")?;
        let names: Option<BTreeMap<String, String>> = cells.find_json("parameter_names")?;
        let sent = Sent {
            position: self.position,
            source_text: &source_text,
            instruction: self.instruction.as_deref().unwrap_or_default(),
            preceding,
            model_requested: &model_requested,
            parameter_names: names.as_ref(),
            request_sha256: &request_sha256,
        };
        let found = canonical_sha256(&stored)?;
        let recomputed = match recompute(context, &sent) {
            Ok(recomputed) => recomputed,
            Err(why) => {
                let detail = format!("Nothing could have been sent: {why}");
                return stop(MismatchCode::Messages, &cells.place, None, Some(found), detail);
            }
        };
        let expected = canonical_sha256(&recomputed.messages)?;
        if expected != found {
            return self.stop(MismatchCode::Messages, Some(expected), Some(found));
        }
        match recomputed.request {
            RequestHash::Same => Ok(false),
            RequestHash::Unknown => Ok(true),
            RequestHash::Other(expected) => {
                let detail = MismatchCode::RequestHash.meaning();
                let found = Some(shown(&request_sha256));
                stop(MismatchCode::RequestHash, &cells.place, expected, found, detail)
            }
        }
    }

    /// Checks that the text, with the removed pieces put back, has the stored hash of the content received.
    fn verify_text(&self) -> Checked<()> {
        let removed: Option<Vec<Removed>> = self.cells.find_json("removed")?;
        let (Some(stored), Some(text)) = (&self.response_sha256, &self.text) else { return Ok(()) };
        let expected = restore(text, &removed.unwrap_or_default()).map(sha256);
        if Some(stored) == expected.as_ref() {
            return Ok(());
        }
        self.stop(MismatchCode::ResponseHash, expected, Some(shown(stored)))
    }

    /// Checks the hash of reasoning that is stored completely. If it was cut, only the event's record hash
    /// covers the stored part.
    fn verify_reasoning(&self) -> Checked<()> {
        let cells = &self.cells;
        let kept: Option<String> = cells.get("reasoning")?;
        let (bytes, stored): (Option<i64>, Option<String>) =
            (cells.get("reasoning_bytes")?, cells.get("reasoning_sha256")?);
        let expected = match (&kept, bytes) {
            (None, None) => None,
            (Some(kept), Some(bytes)) if i64::try_from(kept.len()) == Ok(bytes) => Some(sha256(kept)),
            (Some(kept), Some(bytes)) if i64::try_from(kept.len()).is_ok_and(|kept| kept < bytes) => {
                return Ok(());
            }
            _ => return self.stop(MismatchCode::ResponseHash, None, stored),
        };
        if stored == expected {
            return Ok(());
        }
        self.stop(MismatchCode::ResponseHash, expected, stored.as_deref().map(shown))
    }

    fn count(&self, tally: &mut Tally) {
        tally.attempts += 1;
        tally.legacy_attempts += i64::from(self.kind == AttemptKind::Legacy);
        let told = &mut tally.expected;
        told.starts += i64::from(self.kind == AttemptKind::Model);
        told.failures += i64::from(self.status == AttemptStatus::Failed);
        let completed = self.status == AttemptStatus::Completed && self.kind != AttemptKind::Legacy;
        told.completions += i64::from(completed);
    }
}

/// The contexts that attempts were rendered with: the run's own version, and the last other version.
struct Versions<'a> {
    run: &'a Stored,
    other: Option<RunContext>,
}

impl Versions<'_> {
    async fn get(&mut self, conn: &impl ConnectionTrait, attempt: &Attempt<'_>) -> Checked<&RunContext> {
        let (Some(own), Some(id)) = (&self.run.version, attempt.version_id) else {
            return attempt.stop(MismatchCode::VersionMissing, None, None);
        };
        if id == own.id {
            return Ok(&self.run.context);
        }
        if self.other.as_ref().and_then(|other| other.prompt_version_id) != Some(id) {
            let (version, _) = get_version(conn, id, &attempt.cells.place).await?;
            if version.prompt_id != own.prompt_id {
                let (expected, found) =
                    (Some(own.prompt_id.to_string()), Some(version.prompt_id.to_string()));
                return attempt.stop(MismatchCode::VersionOfOtherWork, expected, found);
            }
            self.other = Some(RunContext {
                prompt_version_id: Some(version.id),
                prompt_version_number: Some(version.number),
                model: version.model,
                template: version.template,
                parameters: version.parameters,
                ..self.run.context.clone()
            });
        }
        if attempt.author.is_none() {
            let (expected, found) = (Some(own.id.to_string()), Some(id.to_string()));
            return attempt.stop(MismatchCode::AttemptVersion, expected, found);
        }
        Ok(self.other.as_ref().unwrap_or(&self.run.context))
    }
}
