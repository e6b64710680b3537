//! Answers of servers that people run themselves, and of proxies.

use super::{JSON, SSE};

/// Server, form, body, text.
pub(super) const ANSWERS: &[(&str, &str, &str, &str)] = &[
    (
        "LM Studio",
        SSE,
        r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"qwen3-8b","system_fingerprint":"qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"Hm."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"qwen3-8b","choices":[{"index":0,"delta":{"content":"The bell."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"qwen3-8b","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "LM Studio, its own reasons",
        SSE,
        r#"data: {"choices":[{"index":0,"delta":{"content":"The bell."},"finish_reason":"eosFound"}]}

"#,
        "The bell.",
    ),
    (
        "Ollama",
        SSE,
        r#"data: {"id":"chatcmpl-3","object":"chat.completion.chunk","model":"gemma3","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm."},"finish_reason":null}]}

data: {"id":"chatcmpl-3","object":"chat.completion.chunk","model":"gemma3","choices":[{"index":0,"delta":{"role":"assistant","content":"The bell."},"finish_reason":null}]}

data: {"id":"chatcmpl-3","object":"chat.completion.chunk","model":"gemma3","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "llama.cpp",
        SSE,
        r#"data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"id":"c","model":"m","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"The bell."}}],"created":1,"id":"c","model":"m","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1,"id":"c","model":"m","object":"chat.completion.chunk","usage":{"completion_tokens":3,"prompt_tokens":9,"total_tokens":12},"timings":{"prompt_n":9}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "llama.cpp, thinking in the content",
        SSE,
        r#"data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Okay, so"}}]}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" a bell.</th"}}]}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"ink>\n\nThe bell."}}]}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}]}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "vLLM",
        SSE,
        r#"data: {"id":"chatcmpl-5","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":null},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-5","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"The bell."},"logprobs":null,"finish_reason":"stop","stop_reason":151645,"token_ids":null}],"usage":null}

data: {"id":"chatcmpl-5","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3,"prompt_tokens_details":null}}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "SGLang",
        SSE,
        r#"data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"The bell.","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"","matched_stop":null}],"usage":null}

data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"role":null,"content":null},"logprobs":null,"finish_reason":"stop","matched_stop":151645}],"usage":null}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "SGLang, a reason that is an object",
        SSE,
        r#"data: {"choices":[{"index":0,"delta":{"content":"The bell."},"finish_reason":{"type":"stop","matched":151645}}]}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "LiteLLM",
        SSE,
        r#"data: {"id":"chatcmpl-8","created":1,"model":"claude","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"reasoning_content":"Hm.","thinking_blocks":[{"type":"thinking","thinking":"Hm.","signature":null}],"provider_specific_fields":{},"content":"","role":"assistant"}}]}

data: {"id":"chatcmpl-8","created":1,"model":"claude","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"The bell."}}]}

data: {"id":"chatcmpl-8","created":1,"model":"claude","object":"chat.completion.chunk","choices":[{"finish_reason":"stop","index":0,"delta":{}}]}

data: [DONE]

"#,
        "The bell.",
    ),
    (
        "text-generation-webui, message for delta",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"finish_reason\":null,\"message\":{\"role\":\"assistant\",\"content\":\"The \"}}]}\r\n\r\ndata: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"content\":\"bell.\"}}]}\r\n\r\n",
        "The bell.",
    ),
    (
        "a message beside an empty delta",
        SSE,
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"},\"message\":{\"content\":\"The \"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"message\":{\"content\":\"bell.\"},\"finish_reason\":\"stop\"}]}\n\n",
        "The bell.",
    ),
    (
        "a proxy without blank lines",
        SSE,
        "data: {\"choices\":[{\"delta\":{\"content\":\"The \"}}]}\ndata: {\"choices\":[{\"delta\":{\"content\":\"bell.\"},\"finish_reason\":\"stop\"}]}\ndata: [DONE]\n",
        "The bell.",
    ),
    (
        "a proxy with empty objects and nulls",
        SSE,
        "data: null\n\ndata: {}\n\ndata: {\"choices\":[null]}\n\ndata: {\"id\":1,\"choices\":[{\"index\":\"0\",\"delta\":{\"content\":\"The bell.\"},\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"delta\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":null}}\n\n",
        "The bell.",
    ),
    (
        "a gateway, not streamed, printed for people",
        "HTTP/1.1 200 OK\nContent-Type: application/json; charset=utf-8\n\n",
        "\u{feff}{\n  \"id\": \"x\",\n  \"choices\": [\n    {\n      \"index\": 0,\n\n      \"message\": {\n        \"role\": \"assistant\",\n        \"reasoning_content\": \"Hm.\",\n        \"content\": \"<think>\\n{ [ </think>\\n\\nThe bell.\"\n      },\n      \"finish_reason\": \"stop\"\n    }\n  ]\n}\n",
        "The bell.",
    ),
    (
        "a gateway, a stream as JSON",
        JSON,
        "data: {\"choices\":[{\"delta\":{\"content\":\"The bell.\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        "The bell.",
    ),
    (
        "a gateway, a stream as a web page",
        "HTTP/1.1 200 OK\nContent-Type: text/html; charset=UTF-8\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"The bell.\"},\"finish_reason\":\"stop\"}]}\n\n",
        "The bell.",
    ),
    (
        "a gateway, no content type",
        "HTTP/1.1 200 OK\nX-A: b\n\n",
        "{\"choices\":[{\"delta\":{\"content\":\"The \"}}]}\n{\"choices\":[{\"delta\":{\"content\":\"bell.\"},\"finish_reason\":\"end_turn\"}]}\n[DONE]\n",
        "The bell.",
    ),
    (
        "a gateway, a list of pieces",
        JSON,
        "[{\"choices\":[{\"delta\":{\"content\":\"The \"}}]},\n{\"choices\":[{\"delta\":{\"content\":\"bell.\"},\"finish_reason\":\"STOP\"}]}]",
        "The bell.",
    ),
    (
        "an old server",
        SSE,
        "data: {\"choices\":[{\"text\":\"The bell.\",\"index\":0,\"finish_reason\":\"stop\"}]}\n\n",
        "The bell.",
    ),
    (
        "gpt-oss without brackets",
        SSE,
        "data: {\"choices\":[{\"delta\":{\"content\":\"analysisWe need English.assis\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"tantfinalThe bell.\"},\"finish_reason\":\"stop\"}]}\n\n",
        "The bell.",
    ),
    (
        "Kimi-VL",
        SSE,
        "data: {\"choices\":[{\"delta\":{\"content\":\"◁think▷Hm.◁/thi\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"nk▷The bell.\"},\"finish_reason\":\"stop\"}]}\n\n",
        "The bell.",
    ),
    (
        "a slow server",
        SSE,
        ": wait\n\n@@sleep 0.6\n: wait\n\n@@sleep 0.6\ndata: {\"choices\":[{\"delta\":{\"content\":\"The bell.\"},\"finish_reason\":\"stop\"}]}\n\n",
        "The bell.",
    ),
];
