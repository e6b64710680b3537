//! Compares the record hashes of events with the current rows.

use crate::{
    chain::Link,
    hash::{canonical_sha256, sha256},
    run::row::witness::{Begun, Beside, Ended, Witnessed, Written, record_sha256},
    time::{optional, timestamp},
    verify::{
        cells::Cells,
        mismatch::{Checked, shown, stop},
        run::Stored,
    },
};
use chrono::{DateTime, Utc};
use colophon_contract::{MismatchCode, MismatchPlace};
use sea_orm::{ConnectionTrait, prelude::DateTimeUtc};
use serde_json::Value;

/// Returns the columns of an attempt `a` that [`begun`], [`ended`] and [`written`] read, under their names.
pub(super) fn columns(conn: &impl ConnectionTrait) -> String {
    let json = crate::db::json_as_text(conn.get_database_backend());
    format!(
        "a.segment_id, a.kind, a.status, a.text, a.prompt_version_id, a.preceding{json} AS preceding, \
         a.parameter_names{json} AS parameter_names, a.instruction, a.author_kind, a.author_id, a.author_name, \
         a.request_sha256, a.response_sha256, a.provider, a.model_requested, a.model_reported, a.response_id, \
         a.finish_reason, a.prompt_tokens, a.completion_tokens, a.total_tokens, a.cost_nano_usd, a.error_code, \
         a.error_detail, a.restored_from, a.lease_epoch, a.started_at, a.finished_at, a.removed{json} AS removed, \
         a.reasoning, a.reasoning_bytes, a.reasoning_sha256, a.finish, a.provider_message, a.cached_tokens, \
         a.reasoning_tokens, a.reported_cost_nano_usd"
    )
}

/// Reads the columns that were written when an attempt by a model began.
pub(super) fn begun(cells: &Cells<'_>) -> Checked<Witnessed> {
    Ok(Witnessed::Begun(Begun {
        segment_id: cells.get("segment_id")?,
        prompt_version_id: cells.get("prompt_version_id")?,
        preceding: cells.json("preceding")?,
        parameter_names: cells.find_json("parameter_names")?,
        instruction: cells.get("instruction")?,
        author: cells.find_author("author")?,
        request_sha256: cells.get("request_sha256")?,
        provider: cells.get("provider")?,
        model_requested: cells.get("model_requested")?,
        lease_epoch: cells.get("lease_epoch")?,
        started_at: timestamp(cells.get::<DateTimeUtc>("started_at")?),
    }))
}

/// Reads the columns that were written when an attempt by a model ended.
pub(super) fn ended(cells: &Cells<'_>) -> Checked<Witnessed> {
    Ok(Witnessed::Ended(Ended {
        status: cells.get("status")?,
        text_sha256: cells.get::<Option<String>>("text")?.map(sha256),
        response_sha256: cells.get("response_sha256")?,
        model_reported: cells.get("model_reported")?,
        response_id: cells.get("response_id")?,
        finish_reason: cells.get("finish_reason")?,
        prompt_tokens: cells.get("prompt_tokens")?,
        completion_tokens: cells.get("completion_tokens")?,
        total_tokens: cells.get("total_tokens")?,
        cost_nano_usd: cells.get("cost_nano_usd")?,
        beside: beside(cells)?,
        error_code: cells.get("error_code")?,
        error_detail: cells.get("error_detail")?,
        finished_at: optional(cells.get::<Option<DateTimeUtc>>("finished_at")?),
    }))
}

/// Reads the columns of an answer other than its text.
fn beside(cells: &Cells<'_>) -> Checked<Beside> {
    let removed: Option<Value> = cells.find_json("removed")?;
    let reason: Option<String> = cells.get("finish_reason")?;
    Ok(Beside {
        finish: Beside::finish(cells.get("finish")?, reason.as_deref()),
        removed_sha256: removed.as_ref().map(canonical_sha256).transpose()?,
        reasoning_kept_sha256: cells.get::<Option<String>>("reasoning")?.map(sha256),
        reasoning_bytes: cells.get("reasoning_bytes")?,
        reasoning_sha256: cells.get("reasoning_sha256")?,
        provider_message: cells.get("provider_message")?,
        cached_tokens: cells.get("cached_tokens")?,
        reasoning_tokens: cells.get("reasoning_tokens")?,
        reported_cost_nano_usd: cells.get("reported_cost_nano_usd")?,
    })
}

/// Reads the columns of an attempt by a person.
pub(super) fn written(cells: &Cells<'_>) -> Checked<Witnessed> {
    Ok(Witnessed::Written(Written {
        segment_id: cells.get("segment_id")?,
        prompt_version_id: cells.get("prompt_version_id")?,
        restored_from: cells.get("restored_from")?,
        response_sha256: cells.get("response_sha256")?,
        author: cells.find_author("author")?,
        started_at: timestamp(cells.get::<DateTimeUtc>("started_at")?),
        finished_at: optional(cells.get::<Option<DateTimeUtc>>("finished_at")?),
    }))
}

/// A stored event with its hashes.
pub(super) struct Record {
    run_id: i64,
    name: String,
    data: String,
    created_at: DateTime<Utc>,
    /// Record hash; `None` for events from before record hashes.
    sha256: Option<String>,
    /// `None` for events from before chains.
    chain_hash: Option<String>,
    /// Whether the event must have a record hash: its run began with record hashes, or the event is part of a
    /// chain.
    is_required: bool,
}

impl Record {
    /// Reads the event in `cells`.
    pub(super) fn read(cells: &Cells<'_>, run: &Stored) -> Checked<Self> {
        let run_id = run.context.run_id;
        let chain_hash: Option<String> = cells.get("chain_hash")?;
        Ok(Self {
            run_id,
            name: cells.get("name")?,
            data: cells.get("data")?,
            created_at: cells.get::<DateTimeUtc>("created_at")?,
            sha256: cells.get("record_sha256")?,
            is_required: run.is_recorded || chain_hash.is_some(),
            chain_hash,
        })
    }

    pub(super) fn event(&self) -> (&str, &str) {
        (&self.name, &self.data)
    }

    /// Checks whether the event has a record hash.
    pub(super) fn is_there(&self) -> bool {
        self.sha256.is_some()
    }

    pub(super) fn is_required(&self) -> bool {
        self.is_required
    }

    pub(super) fn chain_hash(&self) -> Option<&str> {
        self.chain_hash.as_deref()
    }

    /// Returns the data that the event's chain hash covers.
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            name: &self.name,
            data: &self.data,
            created_at: self.created_at,
            record_sha256: self.sha256.as_deref(),
            is_stored: self.chain_hash.is_some(),
        }
    }

    /// Checks that the row is as it was when the event was stored. An event from before record hashes passes,
    /// unless it `must` have one.
    pub(super) fn verify(&self, place: &MismatchPlace, row: &Witnessed, must: bool) -> Checked<()> {
        let expected = record_sha256(self.run_id, self.event(), self.created_at, row)?;
        if self.sha256.as_ref() == Some(&expected) || (self.sha256.is_none() && !must && !self.is_required) {
            return Ok(());
        }
        let found = self.sha256.as_deref().map(shown);
        stop(MismatchCode::Record, place, Some(expected), found, MismatchCode::Record.meaning())
    }
}
