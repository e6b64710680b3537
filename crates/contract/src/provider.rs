//! Where models are served.

use crate::{FailureCode, Timestamp};
use serde::{Deserialize, Serialize};

/// A provider of the catalogue. Its address, headers and key stay in the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Provider {
    /// What models call it.
    pub name: String,
    /// The ids of its models, in the order of the catalogue.
    pub models: Vec<String>,
    /// What all servers together keep to.
    pub limits: ProviderLimits,
    /// Whether a request could be sent: its key, if it takes one, is in the environment.
    pub available: bool,
    /// The environment variable to set, where its absence is what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_env: Option<String>,
    /// Why no run of its models begins; `null` where they do.
    pub paused: Option<ProviderPause>,
}

/// What all servers together keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderLimits {
    /// Requests under way at once.
    pub max_concurrency: u32,
    /// Requests begun in a minute; `null` where there is no limit.
    pub requests_per_minute: Option<u32>,
}

/// Runs of a provider wait: it asked for money or for another key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderPause {
    /// `provider_quota` or `provider_unauthorized`.
    pub code: FailureCode,
    /// A sentence for people: what happened and what to do.
    pub detail: String,
    /// When a run met it.
    pub since: Timestamp,
}

impl ProviderPause {
    /// A pause with its sentence.
    #[must_use]
    pub fn new(provider: &str, code: FailureCode, since: Timestamp) -> Self {
        let detail = format!(
            "{} The provider “{provider}” is paused: mend it there, then resume the provider here.",
            code.meaning()
        );
        Self { code, detail, since }
    }
}

/// Why a run stays queued though there may be room for it, or rests while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingReason {
    /// The provider that is paused, or that the run waits for.
    pub provider: String,
    /// Why: `provider_quota` or `provider_unauthorized` of a paused one, `provider_rate_limited` of one that asks to
    /// slow down.
    pub code: FailureCode,
    /// A sentence for people: what happened and what to do.
    pub detail: String,
    /// When the run continues without anybody's help. Left out if that is not known: a paused provider waits for a
    /// person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl WaitingReason {
    /// A wait for a paused provider.
    #[must_use]
    pub fn paused(provider: String, pause: ProviderPause) -> Self {
        Self { provider, code: pause.code, detail: pause.detail, until: None }
    }

    /// A wait for a provider that asks to slow down.
    #[must_use]
    pub fn rate_limited(provider: String, until: Timestamp) -> Self {
        let detail = format!(
            "The provider “{provider}” asks to slow down. The run goes on by itself at {until}. To keep below the \
             provider's limit, set `requests_per_minute` of “{provider}” in the configuration.",
            until = until.0
        );
        Self { provider, code: FailureCode::ProviderRateLimited, detail, until: Some(until) }
    }
}
