//! Answers that come through gateways, and the forms of reasoning that servers without a parser let through.

use colophon_provider::{FaultKind, Finish, Scope, fake::FakeProvider};
use serde_json::json;

use super::{SSE, played};

/// A stream of these pieces of content that ends with `reason`.
fn stream(pieces: &[&str], reason: &str) -> String {
    let mut body = SSE.to_owned();
    for piece in pieces {
        body += &format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": {"content": piece}}]}));
    }
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    body + &format!("data: {end}\n\ndata: [DONE]\n\n")
}

#[tokio::test]
async fn reasoning_in_the_content_is_removed_in_every_form() {
    let fake = FakeProvider::start();
    let forms: [(&str, &[&str]); 22] = [
        ("byte order mark before the tag", &["\u{feff}<think>Hm.</think>\n\nThe bell."]),
        ("zero-width space before the tag", &["\u{200b}", "\n <th", "ink>Hm.</think>The bell."]),
        ("byte order mark after the tag", &["<think>Hm.</think>\n\u{feff}The bell."]),
        (
            "white space and line ends before the tag",
            &[" \r\n\t", "<think>\r\nHm.\r\n</think>\r\n\r\nThe bell."],
        ),
        (
            "tag split into characters",
            &["<", "t", "h", "i", "n", "k", ">", "Hm.", "<", "/think", ">", "The bell."],
        ),
        ("tag with an attribute", &["<think type=\"deep\">Hm.</think>The bell."]),
        ("tag with a space", &["<thinking >Hm.</thinking>The bell."]),
        ("upper case", &["<THINK>Hm.</THINK>The bell."]),
        ("nested, of one kind", &["<think>Hm. <think>More.</think> And more.</think>The bell."]),
        ("nested, of two kinds", &["<think><reasoning>Hm.</reasoning> More.</think>The bell."]),
        ("nested, the outer one first closed", &["<reasoning><think>Hm.</reasoning>\n</think>The bell."]),
        ("two blocks", &["<think>Hm.</think>\n<think>Hm again.</think>\nThe bell."]),
        ("only the end", &["Hm. Let me see.\n</think>\n\nThe bell."]),
        ("only the end, twice", &["Hm.</think>More.</think>The bell."]),
        ("Kimi", &["◁think▷Hm.◁/think▷The bell."]),
        (
            "harmony",
            &[
                "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>The bell.",
            ],
        ),
        ("harmony with its end", &["<|channel|>final<|message|>The bell.<|return|>"]),
        ("harmony, a constraint", &["<|channel|>final <|constrain|>text<|message|>The bell."]),
        (
            "harmony, line ends between messages",
            &[
                "<|channel|>analysis<|message|>Hm.<|end|>\n<|start|>assistant\n<|channel|>final<|message|>The bell.",
            ],
        ),
        (
            "harmony, commentary first",
            &[
                "<|start|>assistant<|channel|>commentary<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>The bell.",
            ],
        ),
        ("harmony without brackets", &["analysisThe user wants", " English. Hm.assistantfinalThe bell."]),
        ("harmony without brackets, Chinese", &["analysis用户要英文。", "assistantfinal", "The bell."]),
    ];
    for (form, pieces) in forms {
        let (told, ending) = played(&fake, &stream(pieces, "stop")).await;
        let ending = ending.unwrap_or_else(|fault| panic!("{form}: {fault:?}"));
        assert_eq!((told.as_str(), ending.text.as_str()), ("The bell.", "The bell."), "{form}");
        let content = pieces.concat();
        let restored = colophon_provider::restore_content(&ending.text, &ending.removed);
        assert_eq!(restored.as_deref(), Some(content.as_str()), "{form}");
    }
}

#[tokio::test]
async fn text_that_only_looks_like_reasoning_stays() {
    let fake = FakeProvider::start();
    for text in [
        "She wrote <think> on the wall, and nothing else.",
        "“Now <think>aloud</think>,” he said.",
        "analysis of the bell's sound",
        "<thinker>Rodin</thinker>",
        "<think",
        "\u{3000}The bell.",
        "\u{feff}The bell.",
        "[THINKERS] The bell.",
    ] {
        let (told, ending) = played(&fake, &stream(&[text], "stop")).await;
        let ending = ending.unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!((told.as_str(), ending.text.as_str(), ending.removed.len()), (text, text, 0), "{text}");
    }
}

#[tokio::test]
async fn an_unclosed_thought_is_no_translation() {
    let fake = FakeProvider::start();
    for content in ["<think>Hm. The bell", "\u{feff}<think>Hm.", "<|channel|>analysis<|message|>Hm."] {
        let fault = played(&fake, &stream(&[content], "stop")).await.1.expect_err(content);
        assert_eq!(fault.kind, FaultKind::EmptyAnswer, "{content}");
        let fault = played(&fake, &stream(&[content], "length")).await.1.expect_err(content);
        assert_eq!(fault.kind, FaultKind::OutputTruncated, "{content}");
    }
}

#[tokio::test]
async fn finish_reasons_of_gateways_have_a_class() {
    let fake = FakeProvider::start();
    for reason in
        ["STOP_SEQUENCE", "endTurn", "FINISH_REASON_STOP", "eos_token_id", "<|im_end|>", "end_of_sequence"]
    {
        let ending = played(&fake, &stream(&["The bell."], reason)).await.1;
        assert_eq!(ending.expect(reason).finish, Some(Finish::Done), "{reason}");
    }
    for (reason, kind) in [
        ("maxTokens", FaultKind::OutputTruncated),
        ("FINISH_REASON_MAX_TOKENS", FaultKind::OutputTruncated),
        ("max_context_length", FaultKind::OutputTruncated),
        ("contentFilter", FaultKind::ContentFiltered),
        ("guardrail_blocked", FaultKind::ContentFiltered),
        ("FINISH_REASON_SPII", FaultKind::ContentFiltered),
        ("MODEL_ARMOR", FaultKind::ContentFiltered),
        ("upstream_timeout", FaultKind::StreamError),
        ("service_unavailable", FaultKind::StreamError),
        ("function_call", FaultKind::UnexpectedFinish),
        ("MALFORMED_FUNCTION_CALL", FaultKind::UnexpectedFinish),
    ] {
        let fault = played(&fake, &stream(&["The bell."], reason)).await.1.expect_err(reason);
        assert_eq!(fault.kind, kind, "{reason}");
    }
}

/// Status, body, kind, and what the fault concerns.
const ERRORS: &[(u16, &str, FaultKind, Scope)] = &[
    // LiteLLM: the upstream's error in words.
    (
        400,
        r#"{"error":{"message":"litellm.BadRequestError: OpenAIException - {\"error\":{\"message\":\"This model's maximum context length is 8192 tokens.\",\"code\":\"context_length_exceeded\"}}","type":null,"param":null,"code":"400"}}"#,
        FaultKind::Refused,
        Scope::Segment,
    ),
    (
        400,
        r#"{"error":{"message":"litellm.ContentPolicyViolationError: The response was filtered due to the prompt triggering Azure OpenAI's content management policy","type":null,"param":null,"code":"400"}}"#,
        FaultKind::ContentFiltered,
        Scope::Segment,
    ),
    (
        429,
        r#"{"error":{"message":"No deployments available for selected model, Try again in 5 seconds. Passed model=x.","type":"None","param":"None","code":"429"}}"#,
        FaultKind::RateLimited,
        Scope::Run,
    ),
    (
        400,
        r#"{"error":{"message":"Budget has been exceeded! Current cost: 10.2, Max budget: 10.0","type":"budget_exceeded","param":null,"code":"400"}}"#,
        FaultKind::Quota,
        Scope::Provider,
    ),
    // OneAPI and NewAPI.
    (
        403,
        r#"{"error":{"message":"用户额度不足, 剩余额度: ＄0.00 (request id: 2026)","type":"new_api_error","param":"","code":"insufficient_user_quota"}}"#,
        FaultKind::Quota,
        Scope::Provider,
    ),
    (
        503,
        r#"{"error":{"message":"当前分组 default 下对于模型 x 无可用渠道 (request id: 2026)","type":"new_api_error","param":"","code":"model_not_found"}}"#,
        FaultKind::ServerError,
        Scope::Segment,
    ),
    (
        401,
        r#"{"error":{"message":"无效的令牌 (request id: 2026)","type":"new_api_error"}}"#,
        FaultKind::Unauthorized,
        Scope::Provider,
    ),
    // Text Generation Inference.
    (
        422,
        r#"{"error":"Input validation error: `inputs` must have less than 4096 tokens. Given: 5000","error_type":"validation"}"#,
        FaultKind::Refused,
        Scope::Segment,
    ),
    (429, r#"{"error":"Model is overloaded","error_type":"overloaded"}"#, FaultKind::RateLimited, Scope::Run),
    // SGLang.
    (
        400,
        r#"{"object":"error","message":"The input (9000 tokens) is longer than the model's context length (8192 tokens).","type":"BadRequestError","param":null,"code":400}"#,
        FaultKind::Refused,
        Scope::Segment,
    ),
    // llama.cpp: the model is still being loaded.
    (
        503,
        r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
        FaultKind::ServerError,
        Scope::Segment,
    ),
    // LM Studio.
    (
        404,
        r#"{"error":{"message":"No models loaded. Please load a model in the developer page.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#,
        FaultKind::Refused,
        Scope::Run,
    ),
    // Bedrock, through its gateway.
    (
        400,
        r#"{"message":"The security token included in the request is invalid.","__type":"UnrecognizedClientException"}"#,
        FaultKind::Unauthorized,
        Scope::Provider,
    ),
    (
        429,
        r#"{"message":"Too many tokens, please wait before trying again.","__type":"ThrottlingException"}"#,
        FaultKind::RateLimited,
        Scope::Run,
    ),
    // Vertex.
    (
        403,
        r#"[{"error":{"code":403,"message":"Permission 'aiplatform.endpoints.predict' denied on resource.","status":"PERMISSION_DENIED"}}]"#,
        FaultKind::Unauthorized,
        Scope::Provider,
    ),
    // SiliconFlow, MiniMax, Perplexity, Cerebras, Mistral.
    (
        403,
        r#"{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}"#,
        FaultKind::Quota,
        Scope::Provider,
    ),
    (
        200,
        r#"{"base_resp":{"status_code":1027,"status_msg":"output new_sensitive"},"choices":null}"#,
        FaultKind::ContentFiltered,
        Scope::Segment,
    ),
    (
        401,
        r#"{"error":{"message":"Invalid API key provided.","type":"invalid_api_key","code":401}}"#,
        FaultKind::Unauthorized,
        Scope::Provider,
    ),
    (
        429,
        r#"{"message":"Tokens per day limit exceeded - too many tokens processed.","type":"too_many_tokens_error","param":"quota","code":"token_quota_exceeded"}"#,
        FaultKind::RateLimited,
        Scope::Run,
    ),
    // xAI: safety checks.
    (
        403,
        r#"{"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}"#,
        FaultKind::ContentFiltered,
        Scope::Segment,
    ),
];

#[tokio::test]
async fn errors_of_gateways_are_understood() {
    let fake = FakeProvider::start();
    let mut wrong = Vec::new();
    for (status, body, kind, scope) in ERRORS {
        let recording = format!("HTTP/1.1 {status} X\nContent-Type: application/json\n\n{body}");
        match played(&fake, &recording).await.1 {
            Err(fault) if (fault.kind, fault.scope) == (*kind, *scope) => {}
            other => wrong.push(format!("{body}\n  {:?}", other.map_err(|fault| (fault.kind, fault.scope)))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn errors_in_mid_stream_are_understood() {
    let fake = FakeProvider::start();
    let begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"}}]}\n\n";
    let cases = [
        (
            "data: {\"error\":{\"message\":\"CUDA out of memory\",\"type\":\"server_error\",\"code\":500}}\n\n",
            FaultKind::StreamError,
        ),
        (
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            FaultKind::StreamError,
        ),
        ("data: {\"error\":\"Response ended prematurely\"}\n\n", FaultKind::StreamError),
        (
            "data: {\"object\":\"error\",\"message\":\"EngineCore encountered an issue.\",\"type\":\"InternalServerError\",\"code\":500}\n\n",
            FaultKind::StreamError,
        ),
        (
            "data: {\"error\":{\"code\":\"data_inspection_failed\",\"message\":\"Output data may contain inappropriate content.\"}}\n\n",
            FaultKind::ContentFiltered,
        ),
        (
            "data: {\"error\":{\"code\":\"1301\",\"message\":\"系统检测到输入或生成内容可能包含不安全或敏感内容\"}}\n\n",
            FaultKind::ContentFiltered,
        ),
        (
            "data: {\"error\":{\"code\":429,\"message\":\"Rate limit reached\",\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n",
            FaultKind::RateLimited,
        ),
        (
            "{\"error\":{\"message\":\"upstream connect error or disconnect/reset before headers\"}}\n",
            FaultKind::StreamError,
        ),
    ];
    for (error, kind) in cases {
        let fault = played(&fake, &format!("{SSE}{begun}{error}")).await.1.expect_err(error);
        assert_eq!((fault.kind, fault.ending.text.as_str()), (kind, "The"), "{error}");
    }
}
