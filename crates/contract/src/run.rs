//! Chapter translations (runs), their segments and attempts.

use crate::{AttemptKind, Author, JsonObject, Timestamp, WaitingReason};
use serde::{Deserialize, Serialize};

/// A run: one translation of a chapter with one prompt version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Id; never reused.
    pub id: i64,
    /// The work it belongs to.
    pub work_id: i64,
    /// The chapter it translates.
    pub chapter_id: i64,
    /// The run's status.
    pub status: RunStatus,
    /// Why the run stays queued although there may be capacity, or waits while it runs. `null` if it only
    /// waits for its turn or is being worked on.
    #[serde(default)]
    pub waiting_reason: Option<WaitingReason>,
    /// The prompt version that the run uses; `null` for runs older than prompts.
    pub prompt_version_id: Option<i64>,
    /// The version's number.
    pub prompt_version_number: Option<i32>,
    /// The current latest version of the work's prompt. A new run would use it; a resumed run keeps
    /// `prompt_version_number`. `null` if the work has no prompt.
    #[serde(default)]
    pub latest_prompt_version_number: Option<i32>,
    /// The prompt's current name; `null` if the work has no prompt.
    pub prompt_name: Option<String>,
    /// The model when the run was requested.
    pub model_snapshot: String,
    /// The template when the run was requested.
    pub template_snapshot: String,
    /// The parameters when the run was requested.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters_snapshot: JsonObject,
    /// The run's progress.
    pub progress: Progress,
    /// The sources of the texts that the segments show, the run's own version first. More than one entry
    /// means that the run mixes versions, or text by models and by people. Restored text counts for its
    /// original source. Empty if there is no text yet.
    #[serde(default)]
    pub made_by: Vec<MadeBy>,
    /// Tokens of all attempts, as far as providers counted them; `null` if none did.
    pub usage: Option<Usage>,
    /// Cost of all attempts in US dollars, as a decimal; `null` if a price or a token count is unknown.
    #[cfg_attr(feature = "openapi", schema(example = "0.001234"))]
    pub cost_usd: Option<String>,
    /// Cost of all attempts in US dollars as providers reported it, as a decimal; `null` if none did.
    #[serde(default)]
    pub reported_cost_usd: Option<String>,
    /// Why the run failed. If several segments failed: the first one's code and the number of failed
    /// segments.
    pub error: Option<RunError>,
    /// The author of the request.
    pub created_by: Author,
    /// When the run was requested.
    pub created_at: Timestamp,
    /// When a server began to work on it.
    pub started_at: Option<Timestamp>,
    /// When the run ended.
    pub finished_at: Option<Timestamp>,
}

/// The number of a run's texts from one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeBy {
    /// The kind of attempt that made the texts.
    pub kind: AttemptKind,
    /// The prompt version of a model's texts; `null` for text by a person and for legacy text.
    pub prompt_version_number: Option<i32>,
    /// Number of segments that show these texts.
    pub segments: i64,
}

/// The status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Waiting for its turn.
    Queued,
    /// Being translated.
    Running,
    /// Every segment that needs text has it.
    Completed,
    /// Ended without all its text; finished segments are kept.
    Failed,
    /// Stopped by a person; finished segments are kept.
    Cancelled,
}

impl RunStatus {
    /// Returns whether the run has ended: without a request it changes no more.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// Returns the value's text on the wire and in the database.
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

/// The progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Number of segments that have their text, including blank segments.
    pub done: i64,
    /// Number of all segments.
    pub total: i64,
}

/// Numbers of tokens, as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Tokens of the messages.
    pub prompt_tokens: i64,
    /// Tokens of the answer.
    pub completion_tokens: i64,
    /// Tokens of both, as the provider reported.
    pub total_tokens: i64,
    /// Part of `prompt_tokens` that the provider read from its cache; left out if the provider did not count
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<i64>,
    /// Part of `completion_tokens` used for reasoning; left out if the provider did not count it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<i64>,
}

/// Why a run or a segment failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunError {
    /// A code from the closed table of failures.
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
            /// All values of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the value's text on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Returns the value for a text; the inverse of [`Self::as_str`].
            #[must_use]
            pub fn find(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }

            /// Returns a sentence for people.
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
