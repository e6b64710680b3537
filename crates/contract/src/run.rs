//! Chapter translations (runs), their segments and attempts.

use crate::{AttemptKind, Author, JsonObject, Timestamp, WaitingReason};
use serde::{Deserialize, Serialize};

/// One run of one chapter under one prompt version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Never reused.
    pub id: i64,
    /// The work it belongs to.
    pub work_id: i64,
    /// The chapter it translates.
    pub chapter_id: i64,
    /// What became of it so far.
    pub status: RunStatus,
    /// Why it stays queued though there may be room for it, or rests while it runs; `null` where it only waits for its
    /// turn or is worked on.
    #[serde(default)]
    pub waiting_reason: Option<WaitingReason>,
    /// The version that made it; `null` for runs older than prompts.
    pub prompt_version_id: Option<i64>,
    /// That version's number.
    pub prompt_version_number: Option<i32>,
    /// The present latest version of the work's prompt: what a new run would use, while a resume stays on
    /// `prompt_version_number`. `null` where the work has no prompt.
    #[serde(default)]
    pub latest_prompt_version_number: Option<i32>,
    /// The prompt's present name; `null` where the work has none.
    pub prompt_name: Option<String>,
    /// The model as it was when the run was asked for.
    pub model_snapshot: String,
    /// The template as it was.
    pub template_snapshot: String,
    /// The parameters as they were.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters_snapshot: JsonObject,
    /// How far it came.
    pub progress: Progress,
    /// Whose texts its segments show, the run's own version first: more than one entry tells that it mixes versions or
    /// hands. Text that was brought back counts as that of who made it. Empty while there is none.
    #[serde(default)]
    pub made_by: Vec<MadeBy>,
    /// Tokens of all its attempts as far as providers counted them; `null` where none did.
    pub usage: Option<Usage>,
    /// US dollars of all its attempts, as a decimal; `null` where a price or a count is not known.
    #[cfg_attr(feature = "openapi", schema(example = "0.001234"))]
    pub cost_usd: Option<String>,
    /// US dollars that providers themselves reported for its attempts, as a decimal; `null` where none did.
    #[serde(default)]
    pub reported_cost_usd: Option<String>,
    /// Why it failed; with several failed segments, the first one's code and how many there are.
    pub error: Option<RunError>,
    /// Who asked for it.
    pub created_by: Author,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When a server began to work on it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Some of a run's texts, by what made them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeBy {
    /// Whose.
    pub kind: AttemptKind,
    /// A model's: under this version. `null` for a person's and for legacy ones.
    pub prompt_version_number: Option<i32>,
    /// How many segments show such a text.
    pub segments: i64,
}

/// What became of a run so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Waits for its turn.
    Queued,
    /// Is being translated.
    Running,
    /// Every segment that needs text has it.
    Completed,
    /// Ended before that; finished segments are kept.
    Failed,
    /// Stopped by a person; finished segments are kept.
    Cancelled,
}

impl RunStatus {
    /// Whether nothing more will happen of itself.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// As on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Segments that have their text, blank ones among them.
    pub done: i64,
    /// All its segments.
    pub total: i64,
}

/// Tokens, as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Tokens of the messages.
    pub prompt_tokens: i64,
    /// Tokens of the answer.
    pub completion_tokens: i64,
    /// Both, as the provider said.
    pub total_tokens: i64,
    /// Those of `prompt_tokens` that the provider read from its cache; left out where it did not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<i64>,
    /// Those of `completion_tokens` that went into reasoning; left out where the provider did not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<i64>,
}

/// Why a run or a segment failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunError {
    /// From the closed table of failures.
    pub code: FailureCode,
    /// A sentence for people: what happened and what to do.
    pub detail: String,
}

macro_rules! failure_codes {
    ($($variant:ident $text:tt $meaning:tt;)*) => {
        /// Why a run, a segment or an attempt failed: the closed table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum FailureCode {
            $(#[doc = $meaning] #[serde(rename = $text)] $variant,)*
        }

        impl FailureCode {
            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The inverse of [`Self::as_str`].
            #[must_use]
            pub fn find(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }

            /// A sentence for people.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }
        }
    };
}

failure_codes! {
    TemplateRenderFailed "template_render_failed" "The template could not be rendered on this segment; nothing was sent.";
    ModelUnknown "model_unknown" "The version's model is no longer in the catalogue.";
    ProviderKeyMissing "provider_key_missing" "The provider's key is not in the environment.";
    ProviderUnauthorized "provider_unauthorized" "The provider refused the key.";
    ProviderQuota "provider_quota" "The provider's credit or quota is used up.";
    ProviderRateLimited "provider_rate_limited" "The provider asks to slow down.";
    ProviderUnreachable "provider_unreachable" "The provider could not be reached.";
    ProviderTimeout "provider_timeout" "The provider was silent for too long.";
    StreamIdle "stream_idle" "The provider fell silent in the middle of its answer.";
    AnswerTimeout "answer_timeout" "The provider's answer was not whole in time.";
    ParameterRefused "parameter_refused" "The model does not take a parameter.";
    ProviderRefused "provider_refused" "The provider refused the request.";
    ProviderError "provider_error" "The provider failed.";
    StreamError "stream_error" "The provider reported an error in the middle of its answer.";
    ProviderInvalidResponse "provider_invalid_response" "The provider's answer is not what its protocol says.";
    ProviderHtmlResponse "provider_html_response" "The provider answered with a web page: is its base URL right?";
    StreamIncomplete "stream_incomplete" "The answer ended without saying why.";
    OutputTruncated "output_truncated" "The answer was cut at the model's limit of tokens.";
    ContentFiltered "content_filtered" "The provider's content filter stopped the answer.";
    UnexpectedFinish "unexpected_finish" "The model stopped for a reason other than being done.";
    EmptyAnswer "empty_answer" "The model answered with nothing.";
    AnswerTooLarge "answer_too_large" "The provider's answer is too large to be kept.";
    Interrupted "interrupted" "The server stopped while this was running.";
    Cancelled "cancelled" "Somebody stopped it.";
    Legacy "legacy" "It failed before failures had codes.";
    Internal "internal" "Something went wrong inside Colophon; the log says more.";
}
