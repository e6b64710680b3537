//! The table of finish reasons: the providers' words and our class of each.
//!
//! Words are compared in lower case, without the prefix `finish_reason_`, and with `-` and spaces replaced by
//! `_`.

use crate::{ending::Finish, fault::FaultKind};

/// The meaning of a finish reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The class decides; [`Finish::Other`] ends the answer as unexpected.
    Is(Finish),
    /// The server gave up; a retry may succeed. The class is [`Finish::Other`].
    Retry,
}

impl Verdict {
    pub(crate) fn class(self) -> Finish {
        match self {
            Self::Is(class) => class,
            Self::Retry => Finish::Other,
        }
    }

    /// Returns the kind of fault that this reason causes; `None` if the model was done.
    pub(crate) fn fault(self) -> Option<FaultKind> {
        match self {
            Self::Is(Finish::Done) => None,
            Self::Is(Finish::Truncated) => Some(FaultKind::OutputTruncated),
            Self::Is(Finish::Filtered) => Some(FaultKind::ContentFiltered),
            Self::Is(Finish::Other) => Some(FaultKind::UnexpectedFinish),
            Self::Retry => Some(FaultKind::StreamError),
        }
    }
}

/// The model was done.
const DONE: &[&str] = &[
    // OpenAI, and with it nearly all: vLLM, SGLang, llama.cpp, Ollama, Groq, xAI, Fireworks. Gemini: `STOP`.
    "stop",
    // Together, Text Generation Inference, watsonx.
    "eos",
    "eos_token",
    "stop_sequence",
    // Anthropic, Bedrock, Snowflake.
    "end_turn",
    // Cohere (`COMPLETE`), Baidu (`normal`), AI21 (`endoftext`), SambaNova (`end_of_text`).
    "complete",
    "completed",
    "normal",
    "endoftext",
    "end_of_text",
    "end_of_turn",
    // LM Studio's own API and gateways that pass it on.
    "eosfound",
    "eos_found",
    "stopstringfound",
    "stop_string_found",
    // Gateways and smaller servers.
    "end",
    "done",
    "finish",
    "finished",
    "stopped",
    "success",
    "stop_token",
    "stop_sequences",
    "stopsequence",
    "endturn",
    "end_of_sequence",
    "eos_id",
    "eos_token_id",
    "<|im_end|>",
    "<|eot_id|>",
    "natural",
    "natural_stop",
    "stop_word",
    "word",
];

/// The answer was cut at a limit of tokens.
const TRUNCATED: &[&str] = &[
    // OpenAI and most others.
    "length",
    // Gemini (`MAX_TOKENS`), Anthropic, Bedrock, Cohere, watsonx.
    "max_tokens",
    // Mistral.
    "model_length",
    // Anthropic, Zhipu.
    "model_context_window_exceeded",
    // OpenAI's Responses API, through gateways.
    "max_output_tokens",
    "max_completion_tokens",
    // Cohere: the limit of the context.
    "error_limit",
    // watsonx, llama.cpp's own API, LM Studio's own API.
    "token_limit",
    "limit",
    "maxpredictedtokensreached",
    "max_predicted_tokens_reached",
    "contextlengthreached",
    "context_length_reached",
    // Gateways and smaller servers.
    "max_length",
    "maxtokens",
    "max_tokens_exceeded",
    "max_token_length",
    "max_context_length",
    "length_limit",
    "token_limit_reached",
    "max_new_tokens",
    "max_token",
    "context_length",
    "context_length_exceeded",
    "context_window_exceeded",
    "truncated",
];

/// A content filter stopped the answer.
const FILTERED: &[&str] = &[
    // OpenAI, Azure, DeepSeek, Moonshot, Volcengine, OpenRouter. Gemini's endpoint writes
    // `content_filter: SAFETY`.
    "content_filter",
    "content_filtered",
    // Gemini: https://ai.google.dev/api/generate-content#FinishReason
    "safety",
    "recitation",
    "language",
    "blocklist",
    "prohibited_content",
    "spii",
    "image_safety",
    "image_prohibited_content",
    "image_recitation",
    "model_armor",
    // Zhipu, Hunyuan.
    "sensitive",
    // Anthropic.
    "refusal",
    // Bedrock.
    "guardrail_intervened",
    "guardrails",
    // Cohere.
    "error_toxic",
    // Gateways and smaller servers.
    "content_policy",
    "contentfilter",
    "content_moderation",
    "safety_filter",
    "sensitive_content",
    "inappropriate",
    "data_inspection_failed",
    "guardrail",
    "guardrail_blocked",
    "content_policy_violation",
    "moderation",
    "moderated",
    "blocked",
    "flagged",
    "censored",
    "risk",
    "risk_control",
    "unsafe",
    "policy_violation",
];

/// The server gave up; a retry may succeed.
const RETRY: &[&str] = &[
    // vLLM, SGLang.
    "abort",
    "aborted",
    // Zhipu.
    "network_error",
    // OpenRouter, Mistral, Fireworks, Cohere.
    "error",
    // DeepSeek.
    "insufficient_system_resource",
    // Ollama, LM Studio's own API.
    "load",
    "unload",
    "modelunloaded",
    "model_unloaded",
    "userstopped",
    "user_stopped",
    "failed",
    // Cohere, watsonx.
    "user_cancel",
    "cancel",
    "cancelled",
    "canceled",
    "time_limit",
    "timeout",
    // Bedrock.
    "malformed_model_output",
    // Gateways and smaller servers.
    "server_error",
    "internal_error",
    "internal_server_error",
    "upstream_error",
    "upstream_timeout",
    "service_unavailable",
    "connection_error",
    "stream_error",
    "rate_limit",
    "unknown_error",
    "shutdown",
    "model_error",
    "overloaded",
    "interrupted",
    "disconnect",
    "disconnected",
    "preempted",
    "engine_error",
];

/// Words for the absence of a reason. Some servers write null as text.
const NONE: &[&str] = &["", "null", "none", "nil", "undefined", "not_finished", "unspecified"];

/// Returns the meaning of `word`; `None` if the word means that there is no reason.
pub(crate) fn judge(word: &str) -> Option<Verdict> {
    let plain = word.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    let plain = plain.strip_prefix("finish_reason_").unwrap_or(&plain);
    // Gemini's endpoint: `content_filter: RECITATION`.
    let head = plain.split(':').next().unwrap_or(plain).trim_end_matches('_');
    if NONE.contains(&plain) {
        return None;
    }
    let is_in = |table: &[&str]| table.contains(&plain) || table.contains(&head);
    Some(if is_in(DONE) {
        Verdict::Is(Finish::Done)
    } else if is_in(TRUNCATED) {
        Verdict::Is(Finish::Truncated)
    } else if is_in(FILTERED) {
        Verdict::Is(Finish::Filtered)
    } else if is_in(RETRY) {
        Verdict::Retry
    } else {
        Verdict::Is(Finish::Other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_in_one_table_only() {
        let all: Vec<&str> = [DONE, TRUNCATED, FILTERED, RETRY, NONE].concat();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|word| *word == word.to_ascii_lowercase() && !word.contains(['-', ' '])));
    }

    #[test]
    fn words_are_read_in_any_writing() {
        for (word, class) in [
            ("stop", Finish::Done),
            ("STOP", Finish::Done),
            ("FINISH_REASON_STOP", Finish::Done),
            ("end-turn", Finish::Done),
            ("MAX_TOKENS", Finish::Truncated),
            ("Model Length", Finish::Truncated),
            ("content_filter: SAFETY", Finish::Filtered),
            ("content_filter:", Finish::Filtered),
            ("PROHIBITED_CONTENT", Finish::Filtered),
            ("tool_calls", Finish::Other),
            ("OTHER", Finish::Other),
            ("stop_for_lunch", Finish::Other),
        ] {
            assert_eq!(judge(word), Some(Verdict::Is(class)), "{word}");
        }
        assert_eq!(judge("abort"), Some(Verdict::Retry));
        assert_eq!(Verdict::Retry.class(), Finish::Other);
        for word in ["", " ", "null", "None", "FINISH_REASON_UNSPECIFIED"] {
            assert_eq!(judge(word), None, "{word:?}");
        }
    }
}
