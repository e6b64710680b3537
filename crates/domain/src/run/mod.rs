//! Runs (chapter translations): their segments, attempts and events.
//!
//! Whoever works on a run holds a [`Lease`]. Every write by a runner names it and is refused with
//! [`crate::Error::LeaseLost`] once another runner has claimed the run or the run has ended, in the same
//! transaction: a runner that was thought dead can do no harm. Writes answer with the events they recorded,
//! for the caller to pass on once the transaction is committed.

mod answer;
mod attempt;
mod chain;
mod choose;
mod content;
mod context;
mod create;
mod edit;
mod end;
mod event;
mod follow;
mod get;
mod history;
mod lease;
mod resume;
mod retranslate;
mod segment;
mod verify;
mod wait;
mod witness;

pub use answer::{Answer, PROVIDER_MESSAGE_MAX, Reasoning};
pub use attempt::{checkpoint_attempt, fail_attempt, fail_segment, finish_attempt, start_attempt};
pub(crate) use chain::{Head, Heads};
pub use chain::{list_run_anchors, verify_run_anchor};
pub use context::{get_context, get_context_under, list_preceding};
pub use create::create_run;
pub use edit::{restore_attempt, update_segment};
pub use end::{cancel_run, complete_run, fail_run, park_run};
pub use event::{get_replay, lock_and_list_events};
pub use follow::{get_work_place, list_work_events};
pub use get::{get_run, list_runs};
pub use history::{get_messages, get_reasoning, get_removed, list_attempts};
pub use lease::{
    claim_run, expire_leases_of_dead_server, find_claimable_run, has_claimable_run, list_held_leases,
    renew_leases,
};
pub use resume::resume_run;
pub use retranslate::create_retranslation;
pub use segment::{find_next_segment, get_segment, list_failed_segments, list_segments};
pub use verify::{Recomputed, RequestHash, Sent, list_run_ids, verify_run};
pub use wait::begin_wait;

use crate::{Error, Result};
use colophon_contract::{
    AttemptKind, Author, FailureCode, Finish, JsonObject, Message, Progress, RunError, RunEvent, RunStatus,
    SegmentStatus, Usage,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

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

/// Who claims runs, and on what terms.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// Names the server in its leases; never twice.
    pub owner: String,
    /// How long a run is theirs without a sign of life.
    pub lease: Duration,
    /// How often a run of a paused provider is let through, to find out whether the pause can end.
    pub probe_every: Duration,
    /// Providers that are passed over.
    pub busy: BusyProviders,
}

/// Providers with as many claimed runs as they have use for: the next run of one would only wait for a slot. A run and
/// a segment that is translated again are counted apart, so that a person who waits for a segment does not wait for
/// whole chapters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusyProviders {
    /// Names of the providers whose queued or expired runs are not claimed.
    pub runs: BTreeSet<String>,
    /// Names of the providers whose open retranslations are not claimed.
    pub retranslations: BTreeSet<String>,
}

/// A run that was claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The right to work on it.
    pub lease: Lease,
    /// Whether its provider is paused, and this run finds out whether that can end.
    pub probe: bool,
    /// Whether another server had begun to work on it and was not heard of again.
    pub taken_over: bool,
    /// What happened.
    pub events: Vec<RecordedEvent>,
    /// The number of its last event.
    pub last_seq: i64,
    /// Of an ended run: the one segment to translate again.
    pub retranslation: Option<Retranslation>,
    /// The provider that will be asked; `None` for a run whose model was not in the catalogue.
    pub provider: Option<String>,
}

/// A segment to translate again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retranslation {
    /// From 1.
    pub position: i32,
    /// The slice of the chapter.
    pub source_text: String,
    /// The version to use.
    pub prompt_version_id: i64,
    /// What a person asked for.
    pub instruction: Option<String>,
    /// Who did.
    pub author: Author,
}

/// What became of the wish to begin an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// It is recorded.
    Begun {
        /// Its id.
        attempt_id: i64,
        /// What happened.
        events: Vec<RecordedEvent>,
    },
    /// The provider's limits are reached; nothing was written. Ask again after this time.
    Wait(Duration),
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
    /// That version's number.
    pub prompt_version_number: Option<i32>,
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
    /// The title of the chapter's volume; empty where it has none.
    pub volume_title: String,
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
    /// The version used; `None` for the run's own.
    pub prompt_version_id: Option<i64>,
    /// What a person asked for; `None` in ordinary runs.
    pub instruction: Option<String>,
    /// Who asked for this segment by name; `None` in ordinary runs.
    pub author: Option<Author>,
    /// The names of the parameters that are sent: those of the catalogue, and those that the provider knows.
    pub parameter_names: BTreeMap<String, String>,
    /// SHA-256, hexadecimal, of the messages and parameters as sent.
    pub request_sha256: String,
    /// The provider's name.
    pub provider: String,
    /// The upstream model asked for.
    pub model_requested: String,
}

/// What a reader of events needs to catch up, of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// What became of the run so far.
    pub status: RunStatus,
    /// Whether nothing more will happen of itself: the run has ended, and none of its segments is being
    /// translated again. Not so while there are more events.
    pub ended: bool,
    /// The events after those the reader has: the first ones, where there are many.
    pub events: Vec<RecordedEvent>,
    /// How far the events go, also where the last ones are not known to this version.
    pub read_to: i64,
    /// The last event's number, whether the reader has it or not; 0 where there is none.
    pub last_seq: i64,
    /// The attempt under way, with its text as last checkpointed; none while there are more events.
    pub running: Option<RunningAttempt>,
}

impl Replay {
    /// Whether there are no more events.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.read_to >= self.last_seq
    }
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
    /// Whether that replaced other text, which turned out to be reasoning.
    pub is_replaced: bool,
}

/// A status as the database holds it.
pub(crate) fn status_of(text: &str) -> Result<RunStatus> {
    use RunStatus::{Cancelled, Completed, Failed, Queued, Running};
    let status = [Queued, Running, Completed, Failed, Cancelled].into_iter().find(|s| s.as_str() == text);
    status.ok_or_else(|| Error::internal(format!("a run that is {text:?}")))
}

fn segment_status_of(text: &str) -> Result<SegmentStatus> {
    use SegmentStatus::{Blank, Completed, Failed, Pending, Running};
    let status = [Pending, Running, Completed, Failed, Blank].into_iter().find(|s| s.as_str() == text);
    status.ok_or_else(|| Error::internal(format!("a segment that is {text:?}")))
}

fn attempt_kind_of(text: &str) -> Result<AttemptKind> {
    match text {
        "model" => Ok(AttemptKind::Model),
        "person" => Ok(AttemptKind::Person),
        "legacy" => Ok(AttemptKind::Legacy),
        other => Err(Error::internal(format!("an attempt of kind {other:?}"))),
    }
}

/// A failure's code as the database holds it.
pub(crate) fn failure_of(code: &str) -> FailureCode {
    FailureCode::find(code).unwrap_or(FailureCode::Internal)
}

/// Why something failed, from its two columns.
fn error_of(code: Option<String>, detail: Option<String>) -> Option<RunError> {
    let code = code?;
    let code = failure_of(&code);
    Some(RunError { code, detail: detail.unwrap_or_else(|| code.meaning().to_owned()) })
}

/// Tokens, where they were counted.
fn usage_of(
    [prompt, completion, total]: [Option<i64>; 3],
    [cached_tokens, reasoning_tokens]: [Option<i64>; 2],
) -> Option<Usage> {
    Some(Usage {
        prompt_tokens: prompt?,
        completion_tokens: completion?,
        total_tokens: total?,
        cached_tokens,
        reasoning_tokens,
    })
}

/// A class of finish reasons as the database holds it.
fn finish_of(text: &str) -> Result<Finish> {
    let finish = Finish::ALL.iter().copied().find(|finish| finish.as_str() == text);
    finish.ok_or_else(|| Error::internal(format!("an answer that is {text:?}")))
}

/// How far a run came.
fn progress_of(run: &crate::entity::run::Model) -> Progress {
    Progress { done: run.segments_done.into(), total: run.segments_total.into() }
}
