//! Segments of a run, the attempts at them, and what a person may do to one.

use crate::{Author, JsonObject, Message, RunError, Timestamp, Usage, WaitingReason, rule, text};
use serde::{Deserialize, Deserializer, Serialize};
use validator::Validate;

/// An ordered slice of a chapter's source text and its translation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Segment {
    /// From 1, in reading order; all `source_text` joined are the chapter, byte for byte.
    pub position: i32,
    /// The slice.
    pub source_text: String,
    /// The chosen attempt's text; `null` until there is one.
    pub text: Option<String>,
    /// What became of it so far.
    pub status: SegmentStatus,
    /// Why its newest attempt failed.
    pub error: Option<RunError>,
    /// The attempt that made `text`: what an edit names as its `base_attempt_id`.
    pub attempt: Option<Attempt>,
    /// That it is being, or waits to be, translated again; `null` otherwise.
    #[serde(default)]
    pub retranslation: Option<Retranslation>,
}

/// What a person asked for who wants a segment translated again, until it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retranslation {
    /// The version that it is made under.
    pub prompt_version_number: i32,
    /// What is sent as `{instruction}`.
    pub instruction: Option<String>,
    /// Who asked.
    pub author: Author,
    /// When.
    pub created_at: Timestamp,
    /// Why its provider is not asked now: it is paused, or asks to slow down. Left out where it is being translated or
    /// only waits for its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_reason: Option<WaitingReason>,
}

/// What became of a segment so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SegmentStatus {
    /// Waits for its turn.
    Pending,
    /// Is with the model.
    Running,
    /// Has its text.
    Completed,
    /// Its newest attempt failed and it has no text.
    Failed,
    /// Holds white space only and needs no text.
    Blank,
}

impl SegmentStatus {
    /// As on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Blank => "blank",
        }
    }
}

/// One try at one segment, by a model or by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Never reused.
    pub id: i64,
    /// Whose try.
    pub kind: AttemptKind,
    /// The version under which the text was made; `null` for what a person wrote and for a legacy one.
    pub prompt_version_number: Option<i32>,
    /// Who wrote it, brought it back, or asked for it by name; `null` where a run made it of itself.
    pub author: Option<Author>,
    /// The attempt whose text was brought back.
    #[serde(default)]
    pub restored_from: Option<i64>,
    /// Why the answer ended, in the provider's own word.
    pub finish_reason: Option<String>,
    /// The class of `finish_reason`: `done` for every text of a model.
    #[serde(default)]
    pub finish: Option<Finish>,
    /// `null` where the provider gave none.
    pub usage: Option<Usage>,
    /// US dollars as a decimal; `null` where a price or a count is not known.
    pub cost_usd: Option<String>,
    /// US dollars that the provider itself reported, as a decimal; `null` where it reported none.
    #[serde(default)]
    pub reported_cost_usd: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Whose try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptKind {
    /// A model's.
    Model,
    /// A person's.
    Person,
    /// From before attempts were kept.
    Legacy,
}

/// An attempt with all that is known of it: what was sent, what came, and who asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentAttempt {
    /// Never reused.
    pub id: i64,
    /// Whose try.
    pub kind: AttemptKind,
    /// What became of it so far.
    pub status: AttemptStatus,
    /// Whether the segment shows it.
    pub current: bool,
    /// All of it, or what came before it failed; `null` where nothing is known to have come.
    pub text: Option<String>,
    /// The version under which the text was made; `null` for what a person wrote and for a legacy one.
    pub prompt_version_id: Option<i64>,
    /// That version's number.
    pub prompt_version_number: Option<i32>,
    /// That version's model.
    pub model: Option<String>,
    /// That version's parameters. What of them was sent is what the model takes, under its own names.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub parameters: Option<JsonObject>,
    /// Whether messages were sent to a model: they have an address of their own (`…/messages`).
    pub has_messages: bool,
    /// The attempts whose text `{preceding}` showed, oldest first.
    pub preceding: Option<Vec<i64>>,
    /// What a person asked for.
    pub instruction: Option<String>,
    /// SHA-256, hexadecimal, of the request's body: messages and parameters as sent.
    pub request_sha256: Option<String>,
    /// SHA-256, hexadecimal, of the answer's content as received (U+0000 replaced by U+FFFD): of `text`, with what was
    /// removed in its places. `null` for attempts without success.
    pub response_sha256: Option<String>,
    /// How many code points were removed from the answer's content, because they are no translation: see
    /// `…/attempts/{attempt_id}/removed`.
    #[serde(default)]
    pub removed_characters: i64,
    /// Length of the reasoning that came beside the content, in bytes of UTF-8: see
    /// `…/attempts/{attempt_id}/reasoning`. `null` where none came.
    #[serde(default)]
    pub reasoning_bytes: Option<i64>,
    /// Where it was sent.
    pub provider: Option<String>,
    /// What the provider was asked for.
    pub model_requested: Option<String>,
    /// What the provider says answered.
    pub model_reported: Option<String>,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// Why the answer ended, in the provider's own word.
    pub finish_reason: Option<String>,
    /// The class of `finish_reason`; `done` without a word where the provider is configured to need none.
    #[serde(default)]
    pub finish: Option<Finish>,
    /// What the provider said of a failed attempt: HTTP status, code and message, at most 2,000 code points, without
    /// keys and credentials. `error.detail` has it too.
    #[serde(default)]
    pub provider_message: Option<String>,
    /// `null` where the provider gave none.
    pub usage: Option<Usage>,
    /// US dollars as a decimal; `null` where a price or a count is not known.
    pub cost_usd: Option<String>,
    /// US dollars that the provider itself reported, as a decimal; `null` where it reported none.
    #[serde(default)]
    pub reported_cost_usd: Option<String>,
    /// Who wrote it, brought it back, or asked for it by name; `null` where a run made it of itself.
    pub author: Option<Author>,
    /// The attempt whose text was brought back: the one that made it, also where one that was itself brought back
    /// was asked for.
    pub restored_from: Option<i64>,
    /// Why it failed.
    pub error: Option<RunError>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// The class of a provider's word for why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model was done.
    Done,
    /// The answer was cut at a limit of tokens.
    Truncated,
    /// A content filter stopped the answer.
    Filtered,
    /// Any other word.
    Other,
}

impl Finish {
    /// All classes.
    pub const ALL: &'static [Self] = &[Self::Done, Self::Truncated, Self::Filtered, Self::Other];

    /// As on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Truncated => "truncated",
            Self::Filtered => "filtered",
            Self::Other => "other",
        }
    }
}

/// Characters of an answer's content that are no part of its text: reasoning, its tags, the white space after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Removed {
    /// How many code points of the text stand before them. Pieces are in the order of the content.
    pub offset: u64,
    /// The characters.
    pub text: String,
}

/// What was removed from the content of an attempt's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptRemoved {
    /// The attempt.
    pub attempt_id: i64,
    /// The pieces; put back into the text they give the content as received. Empty where nothing was removed.
    pub removed: Vec<Removed>,
}

/// What an attempt sent to its model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptMessages {
    /// The attempt.
    pub attempt_id: i64,
    /// The messages as sent; `null` where nothing was, as by a person.
    pub messages: Option<Vec<Message>>,
}

/// The reasoning of an attempt's answer that came in a field of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptReasoning {
    /// The attempt.
    pub attempt_id: i64,
    /// Its first 256 kB; `null` where none came.
    pub text: Option<String>,
    /// The length of all of it, in bytes of UTF-8.
    pub bytes: Option<i64>,
    /// SHA-256, hexadecimal, of all of it.
    pub sha256: Option<String>,
}

/// What became of an attempt so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptStatus {
    /// Is with the model.
    Running,
    /// Has its whole text.
    Completed,
    /// Ended without.
    Failed,
}

/// A person's text for a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateSegment {
    /// 1 to 100,000 code points, not only white space. Its line ends become LF.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(min = 1, max = 100_000), custom(function = rule::not_blank))]
    #[cfg_attr(feature = "openapi", schema(pattern = r"\S", min_length = 1, max_length = 100_000))]
    pub text: String,
    /// The segment's `attempt.id` that its editor saw; `null` where it had no text.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub base_attempt_id: Option<i64>,
}

/// Brings the text of an attempt back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RestoreAttempt {
    /// The segment's `attempt.id` that its editor saw; `null` where it had no text.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub base_attempt_id: Option<i64>,
}

/// Has a segment translated again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RetranslateSegment {
    /// What to do otherwise, for the template's `{instruction}`; at most 2,000 code points. Its line ends become LF.
    /// Refused where the version's template has no such variable.
    #[serde(default, deserialize_with = "text::optional_text", skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 2_000))]
    #[cfg_attr(feature = "openapi", schema(max_length = 2_000))]
    pub instruction: Option<String>,
    /// The segment's `attempt.id` that was seen; `null` where it had no text.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub base_attempt_id: Option<i64>,
    /// Which version to use; the run's own where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<RetranslateVersion>,
}

/// Another version than the run's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetranslateVersion {
    /// The latest of the work's prompt.
    Latest,
}

/// For a field that must be there and may be `null`.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Option::deserialize(deserializer)
}
