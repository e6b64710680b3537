//! The rows that record hashes cover. Each event is stored with a hash over the event and over the row that
//! it describes, as the row was then. The hash covers the columns that no other hash covers: author, time,
//! provider, and values that the provider reported. Verification reads the row and computes the hash again.

use crate::{
    Error, Result,
    entity::{attempt as attempts, run as runs},
    hash::{canonical, canonical_sha256, sha256},
    time::{optional, timestamp},
};
use chrono::{DateTime, Utc};
use colophon_contract::{Author, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The columns of a row that were written with the event. Verification of stored events needs these shapes
/// unchanged: a change here changes all hashes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Witnessed {
    /// The event describes no row.
    Nothing,
    /// A new run: its first event.
    Run(Asked),
    /// The new state of a run.
    State(State),
    /// An attempt by a model that begins.
    Begun(Begun),
    /// An attempt by a model that ends.
    Ended(Ended),
    /// An attempt by a person.
    Written(Written),
}

/// The columns of a run that never change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Asked {
    pub(crate) chapter_id: i64,
    pub(crate) prompt_version_id: Option<i64>,
    pub(crate) work_title: String,
    pub(crate) work_author: String,
    pub(crate) source_language: String,
    pub(crate) target_language: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) volume_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) glossary_sha256: Option<String>,
    pub(crate) chapter_title: String,
    pub(crate) chapter_number: i32,
    pub(crate) source_sha256: Option<String>,
    /// The hash made by [`SourceList`]; `None` in runs from before migration 17.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segments_sha256: Option<String>,
    pub(crate) segments_total: i64,
    pub(crate) created_by: Option<Author>,
    pub(crate) created_at: Timestamp,
}

/// A hash over a run's segments: SHA-256 over the RFC 8785 JSON of `[position, kind, SHA-256 of the source]`
/// of each segment, one per line, by position. Without it, text could be moved between neighbouring segments:
/// the joined text is the same.
#[derive(Debug, Default)]
pub(crate) struct SourceList(Sha256);

impl SourceList {
    pub(crate) fn add(&mut self, position: i32, kind: &str, source: &str) -> Result<()> {
        self.0.update(canonical(&(position, kind, sha256(source)))?);
        self.0.update(b"\n");
        Ok(())
    }

    /// Returns the hash, hexadecimal.
    pub(crate) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// The columns of a run that change only together with an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct State {
    pub(crate) status: String,
    pub(crate) error_code: Option<String>,
    pub(crate) error_detail: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) cancel_requested_at: Option<Timestamp>,
}

/// The columns of an attempt that are written before the request is sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Begun {
    pub(crate) segment_id: i64,
    pub(crate) prompt_version_id: Option<i64>,
    pub(crate) preceding: Vec<i64>,
    pub(crate) parameter_names: Option<BTreeMap<String, String>>,
    pub(crate) instruction: Option<String>,
    pub(crate) author: Option<Author>,
    pub(crate) request_sha256: String,
    pub(crate) provider: String,
    pub(crate) model_requested: String,
    pub(crate) lease_epoch: Option<i64>,
    pub(crate) started_at: Timestamp,
}

/// The columns of an attempt that are written when it ends, with a complete answer or without.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Ended {
    pub(crate) status: String,
    pub(crate) text_sha256: Option<String>,
    pub(crate) response_sha256: Option<String>,
    pub(crate) model_reported: Option<String>,
    pub(crate) response_id: Option<String>,
    pub(crate) finish_reason: Option<String>,
    pub(crate) prompt_tokens: Option<i64>,
    pub(crate) completion_tokens: Option<i64>,
    pub(crate) total_tokens: Option<i64>,
    pub(crate) cost_nano_usd: Option<i64>,
    #[serde(flatten)]
    pub(crate) beside: Beside,
    pub(crate) error_code: Option<String>,
    pub(crate) error_detail: Option<String>,
    pub(crate) finished_at: Option<Timestamp>,
}

/// The columns of an answer other than its text. Missing values are left out, so that hashes of answers from
/// before these columns are unchanged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Beside {
    /// `None` if it equals what [`Beside::filled_in`] returns for the finish reason: migration 14 set that
    /// value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finish: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) removed_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_kept_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cached_tokens: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_tokens: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reported_cost_nano_usd: Option<i64>,
}

impl Beside {
    /// Returns the class that migration 14 gave attempts with this finish reason.
    fn filled_in(finish_reason: Option<&str>) -> Option<&'static str> {
        Some(match finish_reason? {
            "stop" => "done",
            "length" => "truncated",
            "content_filter" => "filtered",
            _ => "other",
        })
    }

    /// Returns the class if it differs from the one that migration 14 would set; `-` if there is no class but
    /// it would set one.
    pub(crate) fn finish(finish: Option<String>, finish_reason: Option<&str>) -> Option<String> {
        if finish.as_deref() == Self::filled_in(finish_reason) {
            return None;
        }
        Some(finish.unwrap_or_else(|| "-".to_owned()))
    }
}

/// The columns of an attempt by a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Written {
    pub(crate) segment_id: i64,
    pub(crate) prompt_version_id: Option<i64>,
    pub(crate) restored_from: Option<i64>,
    pub(crate) response_sha256: Option<String>,
    pub(crate) author: Option<Author>,
    pub(crate) started_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
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

/// Returns the SHA-256, hexadecimal, over the RFC 8785 JSON of a stored event of `run_id` and the row it
/// describes.
pub(crate) fn record_sha256(
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
