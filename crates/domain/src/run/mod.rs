//! Runs (chapter translations): their segments, attempts and events.
//!
//! Whoever works on a run holds a [`Lease`]. Every write by a runner names it and is refused with
//! [`crate::Error::LeaseLost`] once another runner has claimed the run or the run has ended, in the same
//! transaction: a runner that was thought dead can do no harm. Writes answer with the events they recorded,
//! for the caller to pass on once the transaction is committed.

use crate::{Db, Models, PageRequest, Result, Txn, unfinished};
use colophon_contract::{
    Author, FailureCode, JsonObject, Message, Page, Run, RunError, RunEvent, RunStatus, Segment, Usage,
};
use std::time::Duration;

/// The right to work on a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The run.
    pub run_id: i64,
    /// Who holds it.
    pub owner: String,
    /// Goes up with every claim: what fences former holders off.
    pub epoch: i64,
}

/// An event as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// From 1, without gaps within the run.
    pub seq: i64,
    /// What happened.
    pub event: RunEvent,
}

/// What a run renders its template with: the snapshots, not today's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct RunContext {
    /// The run.
    pub run_id: i64,
    /// The chapter it translates.
    pub chapter_id: i64,
    /// The version it keeps to; `None` for legacy runs, which cannot be run.
    pub prompt_version_id: Option<i64>,
    /// What became of it so far.
    pub status: RunStatus,
    /// The model's id.
    pub model: String,
    /// The template.
    pub template: String,
    /// The parameters with `variables` and `metadata`.
    pub parameters: JsonObject,
    /// The work's title.
    pub work_title: String,
    /// The work's author.
    pub work_author: String,
    /// Language tag.
    pub source_language: String,
    /// Language tag.
    pub target_language: String,
    /// The chapter's title.
    pub chapter_title: String,
    /// The chapter's number.
    pub chapter_number: i32,
    /// How many segments there are, blank ones among them.
    pub segment_count: i64,
}

/// A segment that waits for its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSegment {
    /// From 1.
    pub position: i32,
    /// The slice of the chapter.
    pub source_text: String,
}

/// A finished pair before a segment, for `{preceding}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedPair {
    /// The attempt that made the translation.
    pub attempt_id: i64,
    /// The slice of the chapter.
    pub source: String,
    /// Its translation.
    pub translation: String,
}

/// A try at a segment that is about to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAttempt {
    /// The segment, from 1.
    pub position: i32,
    /// The messages as they are sent.
    pub messages: Vec<Message>,
    /// The attempts whose text `{preceding}` was made of, oldest first.
    pub preceding: Vec<i64>,
    /// What a person asked for; `None` in ordinary runs.
    pub instruction: Option<String>,
    /// SHA-256, hexadecimal, of the messages and parameters as sent.
    pub request_sha256: String,
    /// The provider's name.
    pub provider: String,
    /// The upstream model asked for.
    pub model_requested: String,
}

/// What a provider said of an answer, as far as it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text: all of it on success, what came on failure. U+0000 becomes U+FFFD.
    pub text: String,
    /// The model that it says answered.
    pub model_reported: Option<String>,
    /// Its id of the answer.
    pub response_id: Option<String>,
    /// Why it stopped.
    pub finish_reason: Option<String>,
    /// Tokens, where it counted them.
    pub usage: Option<Usage>,
    /// In nano-dollars, where prices and counts are known.
    pub cost_nano_usd: Option<i64>,
}

/// What a reader of events needs to catch up, of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// What became of the run so far.
    pub status: RunStatus,
    /// The events after those the reader has.
    pub events: Vec<RecordedEvent>,
    /// The last event's number, whether the reader has it or not; 0 where there is none.
    pub last_seq: i64,
    /// The attempt under way, with its text as last checkpointed.
    pub running: Option<RunningAttempt>,
}

/// An attempt under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningAttempt {
    /// The segment, from 1.
    pub position: i32,
    /// The attempt.
    pub attempt_id: i64,
    /// What came so far, as last checkpointed.
    pub text: String,
}

/// Asks for a run of a chapter under the latest version of its work's prompt. `segment` cuts the source text
/// into slices which, joined, are that text; those of white space alone need no translation.
///
/// # Errors
/// The work or the chapter is not found; `PromptMissing`, `TranslationInProgress`, `ModelUnknown`.
pub async fn create_run(
    txn: &Txn,
    author: &Author,
    work_id: i64,
    chapter_id: i64,
    models: &Models,
    segment: impl for<'a> FnOnce(&'a str) -> Vec<&'a str> + Send,
) -> Result<(Run, Vec<RecordedEvent>)> {
    let _ = (txn, author, work_id, chapter_id, models, segment);
    unfinished()
}

/// One run.
///
/// # Errors
/// Not found.
pub async fn get_run(db: &Db, run_id: i64) -> Result<Run> {
    let _ = (db, run_id);
    unfinished()
}

/// Runs of a chapter, newest first.
///
/// # Errors
/// The work or the chapter is not found; `CursorInvalid`.
pub async fn list_runs(db: &Db, work_id: i64, chapter_id: i64, page: &PageRequest) -> Result<Page<Run>> {
    let _ = (db, work_id, chapter_id, page);
    unfinished()
}

/// Segments of a run by position.
///
/// # Errors
/// The run is not found; `CursorInvalid`.
pub async fn list_segments(db: &Db, run_id: i64, page: &PageRequest) -> Result<Page<Segment>> {
    let _ = (db, run_id, page);
    unfinished()
}

/// Ids of the queued runs, oldest first.
///
/// # Errors
/// Of the database only.
pub async fn list_queued_runs(db: &Db, limit: u32) -> Result<Vec<i64>> {
    let _ = (db, limit);
    unfinished()
}

/// What the run renders its template with.
///
/// # Errors
/// Not found.
pub async fn get_context(db: &Db, run_id: i64) -> Result<RunContext> {
    let _ = (db, run_id);
    unfinished()
}

/// The first segment without text that was not tried in this run or failed; `None` where all have theirs.
///
/// # Errors
/// Of the database only.
pub async fn find_next_segment(db: &Db, run_id: i64) -> Result<Option<PendingSegment>> {
    let _ = (db, run_id);
    unfinished()
}

/// The last `count` finished pairs before a position, oldest first; blank segments don't count.
///
/// # Errors
/// Of the database only.
pub async fn list_preceding(db: &Db, run_id: i64, position: i32, count: u32) -> Result<Vec<FinishedPair>> {
    let _ = (db, run_id, position, count);
    unfinished()
}

/// Claims a queued run: it is `running` from now on. `None` where somebody else was faster.
///
/// # Errors
/// Of the database only.
pub async fn claim_run(
    txn: &Txn,
    run_id: i64,
    owner: &str,
    lease: Duration,
) -> Result<Option<(Lease, Vec<RecordedEvent>)>> {
    let _ = (txn, run_id, owner, lease);
    unfinished()
}

/// Holds the lease for longer.
///
/// # Errors
/// `LeaseLost`.
pub async fn renew_lease(txn: &Txn, lease: &Lease, duration: Duration) -> Result<()> {
    let _ = (txn, lease, duration);
    unfinished()
}

/// Records that a try at a segment begins, before anything is sent; answers with its id.
///
/// # Errors
/// `LeaseLost`.
pub async fn start_attempt(
    txn: &Txn,
    lease: &Lease,
    attempt: &NewAttempt,
) -> Result<(i64, Vec<RecordedEvent>)> {
    let _ = (txn, lease, attempt);
    unfinished()
}

/// Keeps what came so far, for readers who join later. No event.
///
/// # Errors
/// `LeaseLost`.
pub async fn checkpoint_attempt(txn: &Txn, lease: &Lease, attempt_id: i64, text: &str) -> Result<()> {
    let _ = (txn, lease, attempt_id, text);
    unfinished()
}

/// Ends an attempt with its whole text and chooses it for its segment.
///
/// # Errors
/// `LeaseLost`.
pub async fn finish_attempt(
    txn: &Txn,
    lease: &Lease,
    attempt_id: i64,
    answer: &Answer,
) -> Result<Vec<RecordedEvent>> {
    let _ = (txn, lease, attempt_id, answer);
    unfinished()
}

/// Ends an attempt without success. The segment waits again where another follows, else it is failed.
///
/// # Errors
/// `LeaseLost`.
pub async fn fail_attempt(
    txn: &Txn,
    lease: &Lease,
    attempt_id: i64,
    answer: &Answer,
    error: &RunError,
    will_retry: bool,
) -> Result<Vec<RecordedEvent>> {
    let _ = (txn, lease, attempt_id, answer, error, will_retry);
    unfinished()
}

/// Records that a segment failed before anything was sent, as when the template cannot be rendered on it.
///
/// # Errors
/// `LeaseLost`.
pub async fn fail_segment(
    txn: &Txn,
    lease: &Lease,
    position: i32,
    error: &RunError,
) -> Result<Vec<RecordedEvent>> {
    let _ = (txn, lease, position, error);
    unfinished()
}

/// Ends the run with all its text.
///
/// # Errors
/// `LeaseLost`; internal while a segment lacks its text.
pub async fn complete_run(txn: &Txn, lease: &Lease) -> Result<Vec<RecordedEvent>> {
    let _ = (txn, lease);
    unfinished()
}

/// Ends the run without all its text; finished segments are kept.
///
/// # Errors
/// `LeaseLost`.
pub async fn fail_run(txn: &Txn, lease: &Lease, error: &RunError) -> Result<Vec<RecordedEvent>> {
    let _ = (txn, lease, error);
    unfinished()
}

/// Puts a running run back into the queue, on a normal stop; the attempt under way is `interrupted`.
///
/// # Errors
/// `LeaseLost`.
pub async fn park_run(txn: &Txn, lease: &Lease) -> Result<Vec<RecordedEvent>> {
    let _ = (txn, lease);
    unfinished()
}

/// Cancels a queued or running run at once. Its runner, wherever it is, finds its lease lost.
///
/// # Errors
/// Not found; `TranslationEnded`.
pub async fn cancel_run(txn: &Txn, run_id: i64) -> Result<(Run, Vec<RecordedEvent>)> {
    let _ = (txn, run_id);
    unfinished()
}

/// Fails, with `code`, the runs that nobody works on any more: at a start of the one server of an SQLite
/// file, all that are `running`; on PostgreSQL those whose lease has expired. Answers with their ids.
///
/// # Errors
/// Of the database only.
pub async fn fail_abandoned_runs(txn: &Txn, code: FailureCode) -> Result<Vec<i64>> {
    let _ = (txn, code);
    unfinished()
}

/// What a reader who has the events up to `after_seq` needs to catch up.
///
/// # Errors
/// Not found.
pub async fn get_replay(db: &Db, run_id: i64, after_seq: i64) -> Result<Replay> {
    let _ = (db, run_id, after_seq);
    unfinished()
}
