//! Answers of hosted providers.

use super::{JSON, SSE};

/// Server, form, body, text.
pub(super) const ANSWERS: &[(&str, &str, &str, &str)] = &[
    (
        "OpenRouter",
        SSE,
        r#": OPENROUTER PROCESSING

data: {"id":"gen-1","provider":"P","model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm.","format":"unknown","index":0}]},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}

: OPENROUTER PROCESSING

data: {"id":"gen-1","provider":"P","model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"The bell."},"finish_reason":"stop","native_finish_reason":"end_turn","logprobs":null}]}

data: {"id":"gen-1","provider":"P","model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"cost":0.00014,"is_byok":false,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Azure",
        SSE,
        r#"data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}

data: {"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":"The bell.","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"created":1,"id":"c","model":"gpt-4o","object":"chat.completion.chunk","obfuscation":"x"}

data: {"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],"id":"c","model":"gpt-4o","object":"chat.completion.chunk"}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Azure, asynchronous filter",
        SSE,
        r#"data: {"id":"c","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_offsets":{"check_offset":44}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"content":"The bell."},"finish_reason":"stop"}]}

data: {"id":"c","choices":[{"index":0,"finish_reason":null,"content_filter_results":{}}]}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Gemini's OpenAI endpoint",
        SSE,
        r#"data: {"choices":[{"delta":{"content":"<thought>Hm.","extra_content":{"google":{"thought":true}},"role":"assistant"},"index":0}],"created":1,"id":"g","model":"gemini-2.5-flash","object":"chat.completion.chunk"}

data: {"choices":[{"delta":{"content":"</thought>The bell.","role":"assistant"},"index":0}],"id":"g","model":"gemini-2.5-flash","object":"chat.completion.chunk"}

data: {"choices":[{"delta":{"role":"assistant"},"finish_reason":"stop","index":0}],"id":"g","model":"gemini-2.5-flash","object":"chat.completion.chunk","usage":{"completion_tokens":3,"prompt_tokens":9,"total_tokens":12}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "DeepSeek",
        SSE,
        r#": keep-alive

: keep-alive

data: {"id":"d","object":"chat.completion.chunk","model":"deepseek-reasoner","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"Hm."},"logprobs":null,"finish_reason":null}]}

data: {"id":"d","object":"chat.completion.chunk","model":"deepseek-reasoner","choices":[{"index":0,"delta":{"content":"The bell.","reasoning_content":null},"logprobs":null,"finish_reason":null}]}

data: {"id":"d","object":"chat.completion.chunk","model":"deepseek-reasoner","choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1},"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Moonshot, usage in the choice",
        SSE,
        r#"data: {"id":"k","object":"chat.completion.chunk","model":"kimi-k2","choices":[{"index":0,"delta":{"role":"assistant","content":"The bell."},"finish_reason":null}]}

data: {"id":"k","object":"chat.completion.chunk","model":"kimi-k2","choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"cached_tokens":4}}]}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Zhipu",
        SSE,
        r#"data: {"id":"z","created":1,"model":"glm-4.6","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"\nHm."}}]}

data: {"id":"z","created":1,"model":"glm-4.6","choices":[{"index":0,"delta":{"role":"assistant","content":"The bell."}}]}

data: {"id":"z","created":1,"model":"glm-4.6","choices":[{"index":0,"finish_reason":"stop","delta":{"role":"assistant","content":""}}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "DashScope",
        SSE,
        r#"data: {"choices":[{"delta":{"content":null,"role":"assistant","reasoning_content":""},"index":0,"logprobs":null,"finish_reason":null}],"object":"chat.completion.chunk","usage":null,"created":1,"system_fingerprint":null,"model":"qwen-plus","id":"q"}

data: {"choices":[{"delta":{"content":"The bell.","reasoning_content":null},"finish_reason":null,"index":0,"logprobs":null}],"object":"chat.completion.chunk","usage":null,"model":"qwen-plus","id":"q"}

data: {"choices":[{"finish_reason":"stop","delta":{"content":"","reasoning_content":null},"index":0,"logprobs":null}],"object":"chat.completion.chunk","usage":null,"model":"qwen-plus","id":"q"}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Volcengine",
        SSE,
        r#"data: {"choices":[{"delta":{"content":"The bell.","role":"assistant"},"index":0}],"created":1,"id":"v","model":"doubao","service_tier":"default","object":"chat.completion.chunk","usage":null}

data: {"choices":[{"delta":{"content":"","role":"assistant"},"finish_reason":"stop","index":0}],"created":1,"id":"v","model":"doubao","object":"chat.completion.chunk","usage":null}

data: {"choices":[],"created":1,"id":"v","model":"doubao","usage":{"completion_tokens":3,"prompt_tokens":9,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0}}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Mistral, Magistral",
        SSE,
        r#"data: {"id":"m","object":"chat.completion.chunk","created":1,"model":"magistral","choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}],"closed":false}]},"finish_reason":null}]}

data: {"id":"m","object":"chat.completion.chunk","created":1,"model":"magistral","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"The "},{"type":"text","text":"bell."}]},"finish_reason":null}]}

data: {"id":"m","object":"chat.completion.chunk","created":1,"model":"magistral","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Groq",
        SSE,
        r#"data: {"id":"r","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"x_groq":{"id":"req_1"}}

data: {"id":"r","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"The bell."},"logprobs":null,"finish_reason":null}]}

data: {"id":"r","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"queue_time":0.1,"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Together",
        SSE,
        r#"data: {"id":"t","object":"chat.completion.chunk","created":1,"choices":[{"index":0,"text":"The bell.","logprobs":null,"finish_reason":null,"seed":null,"delta":{"token_id":1,"role":"assistant","content":"The bell.","tool_calls":null}}],"model":"m","usage":null}

data: {"id":"t","object":"chat.completion.chunk","created":1,"choices":[{"index":0,"text":"","finish_reason":"eos","seed":17,"delta":{"token_id":2,"role":"assistant","content":""}}],"model":"m","usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Fireworks",
        SSE,
        r#"data: {"id":"f","object":"chat.completion.chunk","created":1,"model":"accounts/x","choices":[{"index":0,"delta":{"content":"<think>Hm."},"finish_reason":null}],"usage":null}

data: {"id":"f","object":"chat.completion.chunk","created":1,"model":"accounts/x","choices":[{"index":0,"delta":{"content":"</think>The bell."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "xAI",
        SSE,
        r#"data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"grok-3-mini","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"Hm."}}]}

data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"grok-3-mini","choices":[{"index":0,"delta":{"content":"The bell."},"finish_reason":"stop"}]}

data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"grok-3-mini","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":1}}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Cohere",
        SSE,
        r#"data: {"id":"c","choices":[{"index":0,"finish_reason":null,"delta":{"content":"","role":"assistant"}}],"created":1,"model":"command-a","object":"chat.completion.chunk"}

data: {"id":"c","choices":[{"index":0,"finish_reason":null,"delta":{"content":"<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>The bell.<|END_RESPONSE|>"}}],"model":"command-a","object":"chat.completion.chunk"}

data: {"id":"c","choices":[{"index":0,"finish_reason":"COMPLETE","delta":{}}],"model":"command-a","object":"chat.completion.chunk"}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "Perplexity, the whole message beside each delta",
        SSE,
        r#"data: {"id":"p","model":"sonar","choices":[{"index":0,"message":{"role":"assistant","content":"The"},"delta":{"role":"assistant","content":"The"},"finish_reason":null}]}

data: {"id":"p","model":"sonar","usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"cost":{"total_cost":0.006}},"choices":[{"index":0,"message":{"role":"assistant","content":"The bell."},"delta":{"content":" bell."},"finish_reason":"stop"}]}

"#,
        "The bell.",
    ),
    (
        "OpenAI, not streamed",
        JSON,
        r#"{"id":"chatcmpl-9","object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"The bell.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#,
        "The bell.",
    ),
];
