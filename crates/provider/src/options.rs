use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use crate::price::Price;

/// A `[[providers]]` entry of the configuration: an OpenAI-compatible server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderOptions {
    /// What `[[models]]` call it: 1 to 64 of `a-z A-Z 0-9 . _ -`. `demo` is taken.
    pub name: String,
    /// Where its API begins: `https://api.example.org/v1`.
    pub base_url: String,
    /// The environment variable that holds its key; absent where it takes none.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// The header that carries the key as it is (`api-key` of Azure); absent: `Authorization: Bearer <key>`.
    #[serde(default)]
    pub api_key_header: Option<String>,
    /// How many requests may be under way at once.
    #[serde(default = "four")]
    pub max_concurrency: usize,
    /// How many requests may be begun in a minute; absent: any number.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
    /// Sent with each request. No secrets here: keys come from the environment alone.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Longest time for a connection to come about, in seconds.
    #[serde(default = "ten")]
    pub connect_timeout_s: u64,
    /// Longest silence within an answer, in seconds; absent: 60.
    #[serde(default)]
    pub idle_timeout_s: Option<u64>,
    /// Longest time from the request to the first byte of the answer, in seconds; absent: `idle_timeout_s` if that is
    /// set, else 300. A model that thinks before it streams needs long.
    #[serde(default)]
    pub first_byte_timeout_s: Option<u64>,
    /// Longest time for a whole answer, in seconds: comments that keep a connection open are not silence. Absent: half an
    /// hour, or the longest silence where that is longer.
    #[serde(default)]
    pub answer_timeout_s: Option<u64>,
    /// Whether an answer must say why it ends.
    #[serde(default)]
    pub finish_reason: FinishReason,
    /// Whether to ask for usage at the end of a stream, by `stream_options`. A provider that refuses the parameter is
    /// recognised and asked again without it, once in the life of a process.
    #[serde(default = "yes")]
    pub stream_usage: bool,
}

/// Whether an answer must say why it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FinishReason {
    /// An answer without a finish reason is incomplete: a dropped connection looks the same.
    #[default]
    Required,
    /// `[DONE]` is enough.
    Optional,
}

/// What becomes of reasoning in the content of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasoningOption {
    /// It is removed from the text.
    #[default]
    Split,
    /// It stays: the content is the text, as it comes.
    Keep,
}

impl fmt::Debug for ProviderOptions {
    /// Without what is not checked yet: a URL may have a password in it, a header a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderOptions").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A `[[models]]` entry of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelOptions {
    /// What a prompt version names. `demo` is taken.
    pub id: String,
    /// The `name` of its provider.
    pub provider: String,
    /// What the provider calls it; `id` where left out.
    #[serde(default)]
    pub upstream: Option<String>,
    /// For people; `id` where left out.
    #[serde(default)]
    pub name: Option<String>,
    /// In tokens.
    #[serde(default)]
    pub context_window: Option<u32>,
    /// What it takes beside the messages: `temperature`, `max_tokens`, `metadata` …
    #[serde(default)]
    pub parameters: Vec<String>,
    /// This model's own name for one of `parameters`.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// US dollars for a million tokens of the messages.
    #[serde(default)]
    pub input_price_per_mtok: Option<Price>,
    /// US dollars for a million tokens of the answer.
    #[serde(default)]
    pub output_price_per_mtok: Option<Price>,
    /// US dollars for a million tokens of the messages that the provider read from its cache; absent: as
    /// `input_price_per_mtok`.
    #[serde(default)]
    pub cached_input_price_per_mtok: Option<Price>,
    /// What becomes of reasoning in the content (`<think>…</think>` and its like).
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
