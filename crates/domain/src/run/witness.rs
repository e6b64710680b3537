//! What an event witnesses. With each one a hash is stored over the event itself and over what the row that it tells of
//! said then, in the columns that no other hash holds: who, when, by which provider, what that reported. A
//! verification reads the row and hashes it again.

use crate::{
    Error, Result,
    entity::{attempt as attempts, run as runs},
    time::{optional, timestamp},
    verify::{canonical_sha256, sha256},
};
use chrono::{DateTime, Utc};
use colophon_contract::{Author, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) volume_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) glossary_sha256: Option<String>,
    pub(super) chapter_title: String,
    pub(super) chapter_number: i32,
    pub(super) source_sha256: Option<String>,
    /// As [`SourceList`] makes it; `None` in runs from before migration 17.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) segments_sha256: Option<String>,
    pub(super) segments_total: i64,
    pub(super) created_by: Option<Author>,
    pub(super) created_at: Timestamp,
}

/// One hash over how a run's source text is cut: SHA-256 over the RFC 8785 JSON of `[position, kind, SHA-256 of the source]`
/// of each segment, one a line, by position. Without it, text could be moved between segments: joined, they stay the same.
#[derive(Debug, Default)]
pub(super) struct SourceList(Sha256);

impl SourceList {
    /// Adds the next segment.
    pub(super) fn add(&mut self, position: i32, kind: &str, source: &str) -> Result<()> {
        let line = serde_json_canonicalizer::to_vec(&(position, kind, sha256(source)));
        self.0.update(line.map_err(|e| Error::internal(format!("canonical JSON: {e}")))?);
        self.0.update(b"\n");
        Ok(())
    }

    /// The hash, hexadecimal.
    pub(super) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
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
    #[serde(flatten)]
    pub(super) beside: Beside,
    pub(super) error_code: Option<String>,
    pub(super) error_detail: Option<String>,
    pub(super) finished_at: Option<Timestamp>,
}

/// What an answer holds beside its text. What is not there is left out, so that the hashes of answers from before this
/// was kept stay what they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Beside {
    /// Only where it is not what [`Beside::filled_in`] makes of the finish reason: migration 14 filled it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) finish: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) removed_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_kept_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cached_tokens: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_tokens: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reported_cost_nano_usd: Option<i64>,
}

impl Beside {
    /// The class that migration 14 gave attempts with this finish reason.
    fn filled_in(finish_reason: Option<&str>) -> Option<&'static str> {
        Some(match finish_reason? {
            "stop" => "done",
            "length" => "truncated",
            "content_filter" => "filtered",
            _ => "other",
        })
    }

    /// The class, where that says more than the finish reason; `-` where there is none though one was filled in.
    pub(super) fn finish(finish: Option<String>, finish_reason: Option<&str>) -> Option<String> {
        if finish.as_deref() == Self::filled_in(finish_reason) {
            return None;
        }
        Some(finish.unwrap_or_else(|| "-".to_owned()))
    }
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

impl TryFrom<&attempts::Model> for Ended {
    type Error = Error;

    fn try_from(attempt: &attempts::Model) -> Result<Self> {
        Ok(Self {
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
            beside: Beside::try_from(attempt)?,
            error_code: attempt.error_code.clone(),
            error_detail: attempt.error_detail.clone(),
            finished_at: optional(attempt.finished_at),
        })
    }
}

impl TryFrom<&attempts::Model> for Beside {
    type Error = Error;

    fn try_from(attempt: &attempts::Model) -> Result<Self> {
        Ok(Self {
            finish: Self::finish(attempt.finish.clone(), attempt.finish_reason.as_deref()),
            removed_sha256: attempt.removed.as_ref().map(canonical_sha256).transpose()?,
            reasoning_kept_sha256: attempt.reasoning.as_ref().map(sha256),
            reasoning_bytes: attempt.reasoning_bytes,
            reasoning_sha256: attempt.reasoning_sha256.clone(),
            provider_message: attempt.provider_message.clone(),
            cached_tokens: attempt.cached_tokens,
            reasoning_tokens: attempt.reasoning_tokens,
            reported_cost_nano_usd: attempt.reported_cost_nano_usd,
        })
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
