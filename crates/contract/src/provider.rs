//! Providers, which serve models.

use crate::{FailureCode, Timestamp};
use serde::{Deserialize, Serialize};

/// A provider of the catalogue. Its address, headers and key stay in the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Provider {
    /// The name that models refer to.
    pub name: String,
    /// The ids of its models, in the order of the catalogue.
    pub models: Vec<String>,
    /// The limits for all servers together.
    pub limits: ProviderLimits,
    /// Whether requests can be sent: the provider takes no key, or its key is in the environment.
    pub available: bool,
    /// The environment variable to set, if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_env: Option<String>,
    /// Why no run of its models begins; `null` if runs begin.
    pub paused: Option<ProviderPause>,
}

/// The limits of a provider, for all servers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderLimits {
    /// Maximum number of concurrent requests.
    pub max_concurrency: u32,
    /// Maximum number of requests begun in a minute; `null` for no limit.
    pub requests_per_minute: Option<u32>,
}

/// A pause: runs wait, because the provider asked for money or for another key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderPause {
    /// `provider_quota` or `provider_unauthorized`.
    pub code: FailureCode,
    /// A sentence for people: what happened and what to do.
    pub detail: String,
    /// When a run encountered the refusal.
    pub since: Timestamp,
}

impl ProviderPause {
    /// Returns a pause with its sentence for people.
    #[must_use]
    pub fn new(provider: &str, code: FailureCode, since: Timestamp) -> Self {
        let detail = format!(
            "{} The provider “{provider}” is paused: mend it there, then resume the provider here.",
            code.meaning()
        );
        Self { code, detail, since }
    }
}

/// Why a run stays queued although there may be capacity, or waits while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingReason {
    /// The provider that is paused, or that the run waits for.
    pub provider: String,
    /// `provider_quota` or `provider_unauthorized` if the provider is paused; `provider_rate_limited` if it
    /// asks to slow down.
    pub code: FailureCode,
    /// A sentence for people: what happened and what to do.
    pub detail: String,
    /// When the run continues automatically. Left out if unknown: a paused provider waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl WaitingReason {
    /// Returns the waiting reason for a paused provider.
    #[must_use]
    pub fn paused(provider: String, pause: ProviderPause) -> Self {
        Self { provider, code: pause.code, detail: pause.detail, until: None }
    }

    /// Returns the waiting reason for a provider that asks to slow down.
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
