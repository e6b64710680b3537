//! What an event witnesses. With each one a hash is stored over the event itself and over what the row that it tells of
//! said then, in the columns that no other hash holds: who, when, by which provider, what that reported. A
//! verification reads the row and hashes it again.

use crate::{
    Result,
    entity::{attempt as attempts, run as runs},
    time::{optional, timestamp},
    verify::{canonical_sha256, sha256},
};
use chrono::{DateTime, Utc};
use colophon_contract::{Author, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// A row, as far as it was written with the event. Changing these shapes changes all hashes: verifications of what is
/// stored need them as they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Witnessed {
    /// The event tells of no row.
    Nothing,
    /// A run that is asked for: its first event.
    Run(Asked),
    /// What a run is from now on.
    State(State),
    /// An attempt by a model that begins.
    Begun(Begun),
    /// One that ends.
    Ended(Ended),
    /// An attempt by a person.
    Written(Written),
}

/// What of a run never changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Asked {
    pub(super) chapter_id: i64,
    pub(super) prompt_version_id: Option<i64>,
    pub(super) work_title: String,
    pub(super) work_author: String,
    pub(super) source_language: String,
    pub(super) target_language: String,
    pub(super) chapter_title: String,
    pub(super) chapter_number: i32,
    pub(super) source_sha256: Option<String>,
    pub(super) segments_total: i64,
    pub(super) created_by: Option<Author>,
    pub(super) created_at: Timestamp,
}

/// What of a run changes with an event, and only with one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct State {
    pub(super) status: String,
    pub(super) error_code: Option<String>,
    pub(super) error_detail: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) cancel_requested_at: Option<Timestamp>,
}

/// What is written before anything is sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Begun {
    pub(super) segment_id: i64,
    pub(super) prompt_version_id: Option<i64>,
    pub(super) preceding: Vec<i64>,
    pub(super) parameter_names: Option<BTreeMap<String, String>>,
    pub(super) instruction: Option<String>,
    pub(super) author: Option<Author>,
    pub(super) request_sha256: String,
    pub(super) provider: String,
    pub(super) model_requested: String,
    pub(super) lease_epoch: Option<i64>,
    pub(super) started_at: Timestamp,
}

/// What is written once the answer is there, whole or not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Ended {
    pub(super) status: String,
    pub(super) text_sha256: Option<String>,
    pub(super) response_sha256: Option<String>,
    pub(super) model_reported: Option<String>,
    pub(super) response_id: Option<String>,
    pub(super) finish_reason: Option<String>,
    pub(super) prompt_tokens: Option<i64>,
    pub(super) completion_tokens: Option<i64>,
    pub(super) total_tokens: Option<i64>,
    pub(super) cost_nano_usd: Option<i64>,
    pub(super) error_code: Option<String>,
    pub(super) error_detail: Option<String>,
    pub(super) finished_at: Option<Timestamp>,
}

/// What is written of a person's text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Written {
    pub(super) segment_id: i64,
    pub(super) prompt_version_id: Option<i64>,
    pub(super) restored_from: Option<i64>,
    pub(super) response_sha256: Option<String>,
    pub(super) author: Option<Author>,
    pub(super) started_at: Timestamp,
    pub(super) finished_at: Option<Timestamp>,
}

impl From<&runs::Model> for State {
    fn from(run: &runs::Model) -> Self {
        Self {
            status: run.status.clone(),
            error_code: run.error_code.clone(),
            error_detail: run.error_detail.clone(),
            provider: run.provider.clone(),
            started_at: optional(run.started_at),
            finished_at: optional(run.finished_at),
            cancel_requested_at: optional(run.cancel_requested_at),
        }
    }
}

impl From<&attempts::Model> for Ended {
    fn from(attempt: &attempts::Model) -> Self {
        Self {
            status: attempt.status.clone(),
            text_sha256: attempt.text.as_ref().map(sha256),
            response_sha256: attempt.response_sha256.clone(),
            model_reported: attempt.model_reported.clone(),
            response_id: attempt.response_id.clone(),
            finish_reason: attempt.finish_reason.clone(),
            prompt_tokens: attempt.prompt_tokens,
            completion_tokens: attempt.completion_tokens,
            total_tokens: attempt.total_tokens,
            cost_nano_usd: attempt.cost_nano_usd,
            error_code: attempt.error_code.clone(),
            error_detail: attempt.error_detail.clone(),
            finished_at: optional(attempt.finished_at),
        }
    }
}

/// SHA-256, hexadecimal, over the RFC 8785 JSON of a stored event of `run_id` and what it witnesses.
pub(super) fn record_sha256(
    run_id: i64,
    (name, data): (&str, &str),
    created_at: DateTime<Utc>,
    row: &Witnessed,
) -> Result<String> {
    #[derive(Serialize)]
    struct Record<'a> {
        run_id: i64,
        name: &'a str,
        data: &'a str,
        created_at: Timestamp,
        row: &'a Witnessed,
    }
    canonical_sha256(&Record { run_id, name, data, created_at: timestamp(created_at), row })
}
