//! Recomputes a run from the stored rows: its snapshots, segments, attempts and events.
//!
//! Stored rows are not trusted: a row that cannot be read is a mismatch. All rows are read page by page in
//! one snapshot. For a run of any length, only attempt ids and failure hashes of its segments stay in memory.

mod anchor;
mod attempt;
mod event;
mod log;
mod record;
mod segment;
mod teller;

use crate::verify::prompt as version;
use crate::{
    Db, Error, Missing, Result,
    chain::Head,
    db::{json_as_text, statement},
    hash::{canonical_sha256, sha256},
    run::{
        read::context::{FinishedPair, RunContext},
        row::witness::{Asked, State},
    },
    stored::status_of,
    time::{optional, timestamp},
    verify::{
        cells::Cells,
        mismatch::{Checked, found, shown, stop},
    },
};
use chrono::{DateTime, Utc};
use colophon_contract::{
    Message, MismatchCode, MismatchPlace, PromptVersion, RunStatus, TranslationVerification, Unverifiable,
    UnverifiableCode,
};
use sea_orm::{ConnectionTrait, prelude::DateTimeUtc};
use std::collections::BTreeMap;

pub use anchor::{list_run_anchors, verify_run_anchor};

/// The stored input of an attempt by a model.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// Position of the segment, from 1.
    pub position: i32,
    /// The segment's source text.
    pub source_text: &'a str,
    /// The person's instruction; empty if there is none.
    pub instruction: &'a str,
    /// The pairs that `{preceding}` was made of, oldest first.
    pub preceding: &'a [FinishedPair],
    /// The upstream model that was requested.
    pub model_requested: &'a str,
    /// Names of the parameters sent: from the catalogue's name to the provider's name; `None` for older
    /// attempts.
    pub parameter_names: Option<&'a BTreeMap<String, String>>,
    /// SHA-256, hexadecimal, of the request's body.
    pub request_sha256: &'a str,
}

/// The result of rendering an attempt again from its snapshots and its stored input.
#[derive(Debug, Clone, PartialEq)]
pub struct Recomputed {
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether the request with these messages has the stored hash.
    pub request: RequestHash,
}

/// Result of comparing the recomputed request hash with the stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestHash {
    /// The hashes are equal.
    Same,
    /// The hashes differ. Holds the most likely hash; `None` if no request can be made.
    Other(Option<String>),
    /// The names under which parameters were sent are not known.
    Unknown,
}

/// Verifies a run. `recompute` renders an attempt as runs do, or returns why it cannot. `preceding` is the
/// maximum number of preceding pairs.
///
/// # Errors
/// Not found; database errors. A mismatch is not an error.
pub async fn verify_run(
    db: &Db,
    run_id: i64,
    preceding: u32,
    recompute: impl FnMut(&RunContext, &Sent<'_>) -> std::result::Result<Recomputed, String> + Send,
) -> Result<TranslationVerification> {
    let txn = db.begin_verification().await?;
    let mut tally = Tally::default();
    let outcome = verify(&txn, run_id, preceding, recompute, &mut tally).await;
    let mismatch = found(outcome)?;
    txn.commit().await?;
    let Tally { segments, attempts, events, .. } = tally;
    Ok(TranslationVerification {
        translation_id: run_id,
        verified: mismatch.is_none(),
        segments,
        attempts,
        events,
        mismatch,
        unverifiable: tally.unverifiable(),
    })
}

/// Lists the ids of the next 500 runs of a work, including those of deleted chapters; empty after the last.
///
/// # Errors
/// Returns database errors only.
pub async fn list_run_ids(db: &Db, work_id: i64, after: i64) -> Result<Vec<i64>> {
    let sql = "SELECT r.id FROM chapter_translations r JOIN chapters c ON c.id = r.chapter_id
        WHERE c.work_id = $1 AND r.id > $2 ORDER BY r.id LIMIT 500";
    let rows = db.read().query_all_raw(statement(db.read(), sql, [work_id.into(), after.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Numbers of rows verified, and of rows that cannot be verified.
#[derive(Debug, Default)]
struct Tally {
    segments: i64,
    attempts: i64,
    events: i64,
    legacy_runs: i64,
    legacy_attempts: i64,
    unknown_requests: i64,
    unrecorded_events: i64,
    unchained_runs: i64,
    unlogged_texts: i64,
    /// Number of events about attempts that must exist, counted from the rows.
    expected: Told,
}

/// Numbers of events about attempts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Told {
    starts: i64,
    completions: i64,
    failures: i64,
}

impl Tally {
    fn unverifiable(&self) -> Vec<Unverifiable> {
        let counted = [
            (UnverifiableCode::LegacyRun, self.legacy_runs),
            (UnverifiableCode::LegacyAttempts, self.legacy_attempts),
            (UnverifiableCode::RequestNames, self.unknown_requests),
            (UnverifiableCode::UnchainedRun, self.unchained_runs),
            (UnverifiableCode::UnloggedTexts, self.unlogged_texts),
            (UnverifiableCode::UnrecordedEvents, self.unrecorded_events),
        ];
        let some = counted.into_iter().filter(|(_, count)| *count > 0);
        some.map(|(code, count)| Unverifiable { code, count, detail: code.meaning().to_owned() }).collect()
    }
}

/// A run's row, as far as other rows are compared with it.
struct Stored {
    context: RunContext,
    /// `None` for a legacy run.
    version: Option<PromptVersion>,
    /// The work of the run's chapter.
    work_id: Option<i64>,
    /// The columns that never change.
    asked: Asked,
    /// The current state.
    state: State,
    segments_done: i32,
    /// The end of its chain; `None` for a run from before chains.
    chain: Option<Head>,
    /// Whether its first event has a record hash. Then all events must have one, and each text by a person
    /// and each retranslation request has an audit log entry.
    is_recorded: bool,
    /// Time of the first audit log entry; `None` if the log is empty.
    log_began: Option<DateTime<Utc>>,
    place: MismatchPlace,
}

impl Stored {
    fn status(&self) -> RunStatus {
        self.context.status
    }

    /// Returns whether an action at this time must have an audit log entry.
    fn must_be_logged(&self, at: DateTime<Utc>) -> bool {
        self.is_recorded || self.log_began.is_some_and(|began| at >= began)
    }
}

/// The attempt that a segment shows.
struct Shown {
    attempt_id: i64,
    is_legacy: bool,
}

/// The data of all segments that events are compared with, by position.
#[derive(Default)]
struct Segments {
    /// The hash over the segments' sources, made by [`crate::run::row::witness::SourceList`].
    sources_sha256: String,
    shown: BTreeMap<i32, Shown>,
    /// The failures of segments whose last attempt failed, as hashes by [`failure`].
    failures: BTreeMap<i32, String>,
}

/// Returns a hash of a failure: short enough to hold many in memory.
fn failure(code: &str, detail: &str) -> String {
    sha256(format!("{code} {detail}"))
}

async fn verify(
    conn: &impl ConnectionTrait,
    run_id: i64,
    preceding: u32,
    recompute: impl FnMut(&RunContext, &Sent<'_>) -> std::result::Result<Recomputed, String> + Send,
    tally: &mut Tally,
) -> Checked<()> {
    let mut run = get_stored(conn, run_id).await?;
    tally.legacy_runs = i64::from(run.version.is_none());
    let mut segments = segment::verify_all(conn, &run, tally).await?;
    run.asked.segments_sha256 = Some(std::mem::take(&mut segments.sources_sha256));
    attempt::verify_all(conn, &run, preceding, recompute, tally).await?;
    event::verify_all(conn, &run, &segments, tally).await?;
    log::verify(conn, &run, tally).await
}

/// Reads the run's row and compares its snapshots with its version.
async fn get_stored(conn: &impl ConnectionTrait, run_id: i64) -> Checked<Stored> {
    let json = json_as_text(conn.get_database_backend());
    let sql = format!(
        "SELECT r.id, r.chapter_id, r.status, r.error_code, r.error_detail, r.prompt_version_id, r.model_snapshot,
            r.template_snapshot, r.parameters_snapshot{json} AS parameters_snapshot, r.work_title_snapshot,
            r.work_author_snapshot, r.source_language_snapshot, r.target_language_snapshot,
            r.chapter_title_snapshot, r.chapter_number_snapshot, r.volume_title_snapshot, r.summary_snapshot,
            r.glossary_snapshot, r.source_sha256, r.segments_total, r.segments_done,
            r.created_by_kind, r.created_by_id, r.created_by_name, r.created_at, r.provider, r.started_at, r.finished_at,
            r.cancel_requested_at, r.chain_hash, r.chain_length, c.work_id,
            (SELECT CASE WHEN e.record_sha256 IS NULL THEN 0 ELSE 1 END FROM run_events e
                WHERE e.run_id = r.id AND e.seq = 1) AS is_recorded
        FROM chapter_translations r LEFT JOIN chapters c ON c.id = r.chapter_id WHERE r.id = $1"
    );
    let row = conn.query_one_raw(statement(conn, sql, [run_id.into()])).await?;
    let row = row.ok_or(Error::NotFound(Missing::Translation))?;
    let place = MismatchPlace { translation_id: Some(run_id), ..MismatchPlace::default() };
    let mut cells = Cells::new(&row, "chapter_translations", "id", place)?;
    let work_id: Option<i64> = cells.get("work_id")?;
    let version = match cells.get("prompt_version_id")? {
        None => None,
        Some(id) => {
            let (version, of_work) = get_version(conn, id, &cells.place).await?;
            cells.place.version_number = Some(version.number.into());
            if work_id != of_work {
                let (expected, found) = (work_id.map(|id| id.to_string()), of_work.map(|id| id.to_string()));
                let detail = MismatchCode::VersionOfOtherWork.meaning();
                return stop(MismatchCode::VersionOfOtherWork, &cells.place, expected, found, detail);
            }
            Some(version)
        }
    };
    let status: String = cells.get("status")?;
    let Ok(status) = status_of(&status) else { return cells.unreadable("status") };
    let context = RunContext {
        run_id,
        chapter_id: cells.get("chapter_id")?,
        prompt_version_id: version.as_ref().map(|version| version.id),
        prompt_version_number: version.as_ref().map(|version| version.number),
        status,
        model: cells.get("model_snapshot")?,
        template: cells.get("template_snapshot")?,
        parameters: cells.json("parameters_snapshot")?,
        work_title: cells.get("work_title_snapshot")?,
        work_author: cells.get("work_author_snapshot")?,
        source_language: cells.get("source_language_snapshot")?,
        target_language: cells.get("target_language_snapshot")?,
        volume_title: cells.get::<Option<String>>("volume_title_snapshot")?.unwrap_or_default(),
        chapter_title: cells.get("chapter_title_snapshot")?,
        chapter_number: cells.get("chapter_number_snapshot")?,
        segment_count: cells.get::<i32>("segments_total")?.into(),
    };
    if let Some(version) = &version {
        verify_snapshots(&context, version, &cells.place)?;
    }
    Ok(Stored {
        asked: asked(&cells, &context)?,
        state: state(&cells)?,
        work_id,
        context,
        version,
        segments_done: cells.get("segments_done")?,
        chain: chain(&cells)?,
        is_recorded: cells.get::<Option<i32>>("is_recorded")? == Some(1),
        log_began: find_log_begin(conn).await?,
        place: cells.place,
    })
}

fn chain(cells: &Cells<'_>) -> Checked<Option<Head>> {
    let (length, hash): (Option<i64>, Option<String>) =
        (cells.get("chain_length")?, cells.get("chain_hash")?);
    if length.is_some() != hash.is_some() {
        return cells.unreadable("chain_length");
    }
    Ok(length.zip(hash).map(|(length, hash)| Head { length, hash }))
}

/// Returns the time of the first audit log entry.
async fn find_log_begin(conn: &impl ConnectionTrait) -> Checked<Option<DateTime<Utc>>> {
    let sql = "SELECT id, at FROM audit_log ORDER BY id LIMIT 1";
    let Some(row) = conn.query_one_raw(statement(conn, sql, [])).await? else { return Ok(None) };
    let cells = Cells::new(&row, "audit_log", "id", MismatchPlace::default())?;
    cells.get::<DateTimeUtc>("at").map(Some)
}

fn asked(cells: &Cells<'_>, context: &RunContext) -> Checked<Asked> {
    Ok(Asked {
        chapter_id: context.chapter_id,
        prompt_version_id: context.prompt_version_id,
        work_title: context.work_title.clone(),
        work_author: context.work_author.clone(),
        source_language: context.source_language.clone(),
        target_language: context.target_language.clone(),
        volume_title: cells.get("volume_title_snapshot")?,
        summary_sha256: cells.get::<Option<String>>("summary_snapshot")?.map(sha256),
        glossary_sha256: cells.get::<Option<String>>("glossary_snapshot")?.map(sha256),
        chapter_title: context.chapter_title.clone(),
        chapter_number: context.chapter_number,
        source_sha256: cells.get("source_sha256")?,
        // Set after the segments are read.
        segments_sha256: None,
        segments_total: context.segment_count,
        created_by: cells.find_author("created_by")?,
        created_at: timestamp(cells.get::<DateTimeUtc>("created_at")?),
    })
}

fn state(cells: &Cells<'_>) -> Checked<State> {
    let time = |column: &str| cells.get::<Option<DateTimeUtc>>(column).map(optional);
    Ok(State {
        status: cells.get("status")?,
        error_code: cells.get("error_code")?,
        error_detail: cells.get("error_detail")?,
        provider: cells.get("provider")?,
        started_at: time("started_at")?,
        finished_at: time("finished_at")?,
        cancel_requested_at: time("cancel_requested_at")?,
    })
}

/// Returns a version by id, after checking its content hash, and the work that its prompt belongs to.
async fn get_version(
    conn: &impl ConnectionTrait,
    id: i64,
    place: &MismatchPlace,
) -> Checked<(PromptVersion, Option<i64>)> {
    let sql = format!(
        "SELECT {}, p.work_id FROM prompt_versions v LEFT JOIN prompts p ON p.id = v.prompt_id WHERE v.id = $1",
        version::columns(conn.get_database_backend())
    );
    let Some(row) = conn.query_one_raw(statement(conn, sql, [id.into()])).await? else {
        let detail = MismatchCode::VersionMissing.meaning();
        return stop(MismatchCode::VersionMissing, place, Some(id.to_string()), None, detail);
    };
    let mut cells = Cells::new(&row, "prompt_versions", "id", place.clone())?;
    let version = version::read(&cells)?;
    cells.place.version_number = Some(version.number.into());
    version::verify_content(&cells.place, &version)?;
    Ok((version, cells.get("work_id")?))
}

fn verify_snapshots(context: &RunContext, version: &PromptVersion, place: &MismatchPlace) -> Checked<()> {
    let differs = |code: MismatchCode, expected: String, found: String| {
        if expected == found {
            return Ok(());
        }
        stop(code, place, Some(shown(&expected)), Some(shown(&found)), code.meaning())
    };
    differs(MismatchCode::ModelSnapshot, version.model.clone(), context.model.clone())?;
    let (expected, found) = (sha256(&version.template), sha256(&context.template));
    differs(MismatchCode::TemplateSnapshot, expected, found)?;
    let (expected, found) = (canonical_sha256(&version.parameters)?, canonical_sha256(&context.parameters)?);
    differs(MismatchCode::ParametersSnapshot, expected, found)
}
