use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use crate::price::Price;

/// A `[[providers]]` entry of the configuration: an OpenAI-compatible server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderOptions {
    /// The name that `[[models]]` refer to: 1 to 64 of `a-z A-Z 0-9 . _ -`. `demo` is taken.
    pub name: String,
    /// The base URL of the API: `https://api.example.org/v1`.
    pub base_url: String,
    /// The environment variable with the key; absent if the provider takes none.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// The header that carries the bare key (`api-key` of Azure); absent: `Authorization: Bearer <key>`.
    #[serde(default)]
    pub api_key_header: Option<String>,
    /// Maximum number of concurrent requests.
    #[serde(default = "four")]
    pub max_concurrency: usize,
    /// Maximum number of requests started per minute; absent: unlimited.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
    /// Headers of each request. They must not hold secrets: keys come only from the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Maximum time to connect, in seconds.
    #[serde(default = "ten")]
    pub connect_timeout_s: u64,
    /// Maximum silence within an answer, in seconds; absent: 60.
    #[serde(default)]
    pub idle_timeout_s: Option<u64>,
    /// Maximum time from the request to the first byte of the answer, in seconds. Absent: `idle_timeout_s` if
    /// set, else 300. A model that reasons before it streams needs long.
    #[serde(default)]
    pub first_byte_timeout_s: Option<u64>,
    /// Maximum time for a whole answer, in seconds. The idle timeout does not bound it, because comments keep
    /// a connection alive. Absent: 30 minutes, or the longest silence if that is longer.
    #[serde(default)]
    pub answer_timeout_s: Option<u64>,
    /// Whether an answer must have a finish reason.
    #[serde(default)]
    pub finish_reason: FinishReason,
    /// Whether to ask for usage at the end of a stream, with `stream_options`. If a provider refuses the
    /// parameter, the request is sent again without it, once per process.
    #[serde(default = "yes")]
    pub stream_usage: bool,
}

/// Whether an answer must have a finish reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FinishReason {
    /// An answer without a finish reason is incomplete, because a dropped connection looks the same.
    #[default]
    Required,
    /// `[DONE]` is sufficient.
    Optional,
}

/// How to treat reasoning in the content of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasoningOption {
    /// Remove it from the text.
    #[default]
    Split,
    /// Keep it: the text is the content as received.
    Keep,
}

impl fmt::Debug for ProviderOptions {
    /// Omits unchecked values: a URL may hold a password, a header a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderOptions").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A `[[models]]` entry of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelOptions {
    /// The id that prompt versions name. `demo` is taken.
    pub id: String,
    /// The `name` of the provider.
    pub provider: String,
    /// The provider's name for the model; absent: `id`.
    #[serde(default)]
    pub upstream: Option<String>,
    /// The name for people; absent: `id`.
    #[serde(default)]
    pub name: Option<String>,
    /// The context window in tokens.
    #[serde(default)]
    pub context_window: Option<u32>,
    /// Accepted parameters beside the messages: `temperature`, `max_tokens`, `metadata` …
    #[serde(default)]
    pub parameters: Vec<String>,
    /// The model's own names for some of `parameters`.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// US dollars per million input tokens.
    #[serde(default)]
    pub input_price_per_mtok: Option<Price>,
    /// US dollars per million output tokens.
    #[serde(default)]
    pub output_price_per_mtok: Option<Price>,
    /// US dollars per million input tokens read from the provider's cache. Absent: `input_price_per_mtok`.
    #[serde(default)]
    pub cached_input_price_per_mtok: Option<Price>,
    /// How to treat reasoning in the content (`<think>…</think>` and similar tags).
    #[serde(default)]
    pub reasoning: ReasoningOption,
}

fn four() -> usize {
    4
}

fn ten() -> u64 {
    10
}

fn yes() -> bool {
    true
}
