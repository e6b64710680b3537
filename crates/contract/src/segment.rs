//! Segments of a run, the attempts at them, and the requests that change them.

use crate::{Author, JsonObject, Message, RunError, Timestamp, Usage, WaitingReason, rule, text};
use serde::{Deserialize, Deserializer, Serialize};
use validator::Validate;

/// An ordered slice of a chapter's source text and its translation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Segment {
    /// Position from 1, in reading order. The `source_text` of all segments, joined, is the chapter byte for
    /// byte.
    pub position: i32,
    /// The segment's part of the chapter's text.
    pub source_text: String,
    /// The text of the chosen attempt; `null` if there is none yet.
    pub text: Option<String>,
    /// The segment's status.
    pub status: SegmentStatus,
    /// Why the newest attempt failed.
    pub error: Option<RunError>,
    /// The attempt that made `text`. An edit sends its id as `base_attempt_id`.
    pub attempt: Option<Attempt>,
    /// The open retranslation request of this segment, or `null`.
    #[serde(default)]
    pub retranslation: Option<Retranslation>,
}

/// An open request to translate a segment again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retranslation {
    /// The prompt version that the retranslation uses.
    pub prompt_version_number: i32,
    /// The value of the template's `{instruction}`.
    pub instruction: Option<String>,
    /// The author of the request.
    pub author: Author,
    /// When the request was made.
    pub created_at: Timestamp,
    /// Why its provider is not called now: the provider is paused or limits the rate of requests. Left out
    /// while the segment is being translated or only waits for its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_reason: Option<WaitingReason>,
}

/// The status of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SegmentStatus {
    /// Waiting for its turn.
    Pending,
    /// Being translated by the model.
    Running,
    /// Has its text.
    Completed,
    /// Its newest attempt failed, and it has no text.
    Failed,
    /// Contains only white space and needs no text.
    Blank,
}

impl SegmentStatus {
    /// Returns the value's text on the wire and in the database.
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

/// An attempt at a segment, by a model or by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Id; never reused.
    pub id: i64,
    /// The kind of attempt.
    pub kind: AttemptKind,
    /// The prompt version that the text was made with; `null` for text by a person and for legacy attempts.
    pub prompt_version_number: Option<i32>,
    /// The author who wrote or restored the text, or requested the retranslation; `null` if the run made the
    /// text without a request.
    pub author: Option<Author>,
    /// The attempt whose text was restored.
    #[serde(default)]
    pub restored_from: Option<i64>,
    /// Why the answer ended, as the provider's own value.
    pub finish_reason: Option<String>,
    /// The class of `finish_reason`; `done` for all text by a model.
    #[serde(default)]
    pub finish: Option<Finish>,
    /// Numbers of tokens; `null` if the provider reported none.
    pub usage: Option<Usage>,
    /// Cost in US dollars, as a decimal; `null` if a price or a token count is unknown.
    pub cost_usd: Option<String>,
    /// Cost in US dollars as the provider reported it, as a decimal; `null` if it reported none.
    #[serde(default)]
    pub reported_cost_usd: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// The kind of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptKind {
    /// By a model.
    Model,
    /// By a person.
    Person,
    /// From before attempts were stored.
    Legacy,
}

/// An attempt with all recorded details: what was sent, what was received, and its author.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentAttempt {
    /// Id; never reused.
    pub id: i64,
    /// The kind of attempt.
    pub kind: AttemptKind,
    /// The attempt's status.
    pub status: AttemptStatus,
    /// Whether the segment shows this attempt.
    pub current: bool,
    /// The whole text, or the part received before the attempt failed; `null` if nothing is known to have
    /// been received.
    pub text: Option<String>,
    /// The prompt version that the text was made with; `null` for text by a person and for legacy attempts.
    pub prompt_version_id: Option<i64>,
    /// The version's number.
    pub prompt_version_number: Option<i32>,
    /// The version's model.
    pub model: Option<String>,
    /// The version's parameters. Only those that the model accepts were sent, under the model's own names.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub parameters: Option<JsonObject>,
    /// Whether messages were sent to a model. They have an address of their own (`…/messages`).
    pub has_messages: bool,
    /// The attempts whose text was in `{preceding}`, oldest first.
    pub preceding: Option<Vec<i64>>,
    /// The instruction of the retranslation request.
    pub instruction: Option<String>,
    /// SHA-256, hexadecimal, of the request's body: messages and parameters as sent.
    pub request_sha256: Option<String>,
    /// SHA-256, hexadecimal, of the answer's content as received, with U+0000 replaced by U+FFFD. The content
    /// is `text` with the removed pieces in their places. `null` for attempts that did not succeed.
    pub response_sha256: Option<String>,
    /// Number of code points removed from the answer's content because they are not translation; see
    /// `…/attempts/{attempt_id}/removed`.
    #[serde(default)]
    pub removed_characters: i64,
    /// Length, in bytes of UTF-8, of the reasoning received apart from the content; see
    /// `…/attempts/{attempt_id}/reasoning`. `null` if there was none.
    #[serde(default)]
    pub reasoning_bytes: Option<i64>,
    /// The provider that the request was sent to.
    pub provider: Option<String>,
    /// The model requested from the provider.
    pub model_requested: Option<String>,
    /// The model that answered, as the provider reported it.
    pub model_reported: Option<String>,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// Why the answer ended, as the provider's own value.
    pub finish_reason: Option<String>,
    /// The class of `finish_reason`; `done` without a `finish_reason` if the provider is configured to need
    /// none.
    #[serde(default)]
    pub finish: Option<Finish>,
    /// The provider's error for a failed attempt: HTTP status, code and message, at most 2,000 code points,
    /// without keys and credentials. `error.detail` contains it too.
    #[serde(default)]
    pub provider_message: Option<String>,
    /// Numbers of tokens; `null` if the provider reported none.
    pub usage: Option<Usage>,
    /// Cost in US dollars, as a decimal; `null` if a price or a token count is unknown.
    pub cost_usd: Option<String>,
    /// Cost in US dollars as the provider reported it, as a decimal; `null` if it reported none.
    #[serde(default)]
    pub reported_cost_usd: Option<String>,
    /// The author who wrote or restored the text, or requested the retranslation; `null` if the run made the
    /// text without a request.
    pub author: Option<Author>,
    /// The attempt whose text was restored. If the attempt to restore was itself a restore, this is the
    /// attempt that made the text.
    pub restored_from: Option<i64>,
    /// Why the attempt failed.
    pub error: Option<RunError>,
    /// When the attempt began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// The class of a provider's finish reason, which says why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model finished its answer.
    Done,
    /// The answer was cut off at a token limit.
    Truncated,
    /// A content filter stopped the answer.
    Filtered,
    /// Any other reason.
    Other,
}

impl Finish {
    /// All classes.
    pub const ALL: &'static [Self] = &[Self::Done, Self::Truncated, Self::Filtered, Self::Other];

    /// Returns the value's text on the wire and in the database.
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

/// A piece of an answer's content that is not part of the text: reasoning, its tags, the white space after
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Removed {
    /// Number of code points of the text before this piece. Pieces are in the order of the content.
    pub offset: u64,
    /// The removed characters.
    pub text: String,
}

/// The pieces removed from the content of an attempt's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptRemoved {
    /// The attempt.
    pub attempt_id: i64,
    /// The pieces. Inserted into the text, they give the content as received. Empty if nothing was removed.
    pub removed: Vec<Removed>,
}

/// The messages that an attempt sent to its model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptMessages {
    /// The attempt.
    pub attempt_id: i64,
    /// The messages as sent; `null` if none were sent, as for text by a person.
    pub messages: Option<Vec<Message>>,
}

/// The reasoning of an attempt's answer that was received in a separate field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptReasoning {
    /// The attempt.
    pub attempt_id: i64,
    /// The first 256 kB of the reasoning; `null` if there was none.
    pub text: Option<String>,
    /// Length of the whole reasoning, in bytes of UTF-8.
    pub bytes: Option<i64>,
    /// SHA-256, hexadecimal, of the whole reasoning.
    pub sha256: Option<String>,
}

/// The status of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptStatus {
    /// Being translated by the model.
    Running,
    /// Has its whole text.
    Completed,
    /// Ended without its whole text.
    Failed,
}

/// Sets a person's text for a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateSegment {
    /// 1 to 100,000 code points, not only white space. Its line ends become LF.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(min = 1, max = 100_000), custom(function = rule::not_blank))]
    #[cfg_attr(feature = "openapi", schema(pattern = r"\S", min_length = 1, max_length = 100_000))]
    pub text: String,
    /// The segment's `attempt.id` that the editor saw; `null` if the segment had no text.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub base_attempt_id: Option<i64>,
}

/// Restores the text of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RestoreAttempt {
    /// The segment's `attempt.id` that the editor saw; `null` if the segment had no text.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub base_attempt_id: Option<i64>,
}

/// Requests another translation of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RetranslateSegment {
    /// What to do differently: the value of the template's `{instruction}`, at most 2,000 code points. Its
    /// line ends become LF. Rejected if the version's template has no such variable.
    #[serde(default, deserialize_with = "text::optional_text", skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 2_000))]
    #[cfg_attr(feature = "openapi", schema(max_length = 2_000))]
    pub instruction: Option<String>,
    /// The segment's `attempt.id` that the editor saw; `null` if the segment had no text.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub base_attempt_id: Option<i64>,
    /// The version to use; the run's own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<RetranslateVersion>,
}

/// A prompt version other than the run's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetranslateVersion {
    /// The latest version of the work's prompt.
    Latest,
}

/// Deserializes a field that is required but may be `null`.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Option::deserialize(deserializer)
}
