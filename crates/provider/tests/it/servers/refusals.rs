use std::time::Duration;

use colophon_provider::{FaultKind, Retry, Scope, fake::FakeProvider};

use super::{JSON, SSE, played};

/// Server, status or head, body, kind, and a part of what is shown.
const REFUSED: &[(&str, &str, &str, FaultKind, &str)] = &[
    // Content filters.
    (
        "OpenAI",
        "400",
        r#"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}"#,
        FaultKind::ContentFiltered,
        "invalid_prompt: Invalid prompt",
    ),
    (
        "OpenAI, its refusal",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"I'm sorry, I can't\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\" do that.\"},\"finish_reason\":\"stop\"}]}\n\n",
        FaultKind::ContentFiltered,
        "I'm sorry, I can't do that.",
    ),
    (
        "Azure",
        "400",
        r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"violence":{"filtered":true,"severity":"high"}}}}}"#,
        FaultKind::ContentFiltered,
        "HTTP 400, content_filter: The response was filtered",
    ),
    (
        "Azure, in the stream",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"content_filter\",\"content_filter_results\":{\"violence\":{\"filtered\":true}}}]}\n\ndata: [DONE]\n\n",
        FaultKind::ContentFiltered,
        "",
    ),
    (
        "OpenRouter",
        "403",
        r#"{"error":{"message":"Your chosen model requires moderation and your input was flagged for \"violence\". No credits were charged.","code":403,"metadata":{"reasons":["violence"],"flagged_input":"x","provider_name":"P"}},"user_id":"user_1"}"#,
        FaultKind::ContentFiltered,
        "HTTP 403: Your chosen model",
    ),
    (
        "OpenRouter, of its upstream",
        "400",
        r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"Content Exists Risk\",\"type\":\"invalid_request_error\"}}","provider_name":"DeepSeek"}}}"#,
        FaultKind::ContentFiltered,
        "Provider returned error; Content Exists Risk",
    ),
    (
        "OpenRouter, in the stream",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"}}]}\n\ndata: {\"id\":\"g\",\"error\":{\"code\":403,\"message\":\"Output was flagged by moderation\"},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
        FaultKind::ContentFiltered,
        "Output was flagged",
    ),
    (
        "Gemini, its own form",
        JSON,
        r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9}}"#,
        FaultKind::ContentFiltered,
        "",
    ),
    (
        "Gemini, RECITATION",
        SSE,
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"},\"finish_reason\":\"content_filter: RECITATION\",\"index\":0}]}\n\n",
        FaultKind::ContentFiltered,
        "",
    ),
    (
        "Gemini, blocked prompt in a whole answer",
        JSON,
        r#"{"choices":[],"created":1,"model":"gemini","object":"chat.completion","usage":{"completion_tokens":0,"prompt_tokens":9,"total_tokens":9}}"#,
        FaultKind::ContentFiltered,
        "the prompt was blocked",
    ),
    (
        "DashScope, its own form",
        "400",
        r#"{"code":"DataInspectionFailed","message":"Output data may contain inappropriate content.","request_id":"r-1"}"#,
        FaultKind::ContentFiltered,
        "HTTP 400, DataInspectionFailed: Output data",
    ),
    (
        "DashScope, in the stream",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"}}]}\n\ndata: {\"error\":{\"code\":\"data_inspection_failed\",\"param\":null,\"message\":\"Output data may contain inappropriate content.\",\"type\":\"data_inspection_failed\"},\"id\":\"c\"}\n\n",
        FaultKind::ContentFiltered,
        "data_inspection_failed: Output",
    ),
    (
        "Volcengine",
        "400",
        r#"{"error":{"code":"SensitiveContentDetected.Violence","message":"The request failed because the input text may contain violence information. Request id: 1","param":"","type":"BadRequest"}}"#,
        FaultKind::ContentFiltered,
        "SensitiveContentDetected.Violence",
    ),
    (
        "Volcengine, text risk",
        "400",
        r#"{"error":{"code":"InputTextRiskDetection","message":"The request could not be processed.","type":"BadRequest"}}"#,
        FaultKind::ContentFiltered,
        "",
    ),
    (
        "Zhipu",
        "400",
        r#"{"contentFilter":[{"level":1,"role":"user"}],"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。"}}"#,
        FaultKind::ContentFiltered,
        "HTTP 400, 1301: 系统检测到",
    ),
    (
        "Moonshot",
        "400",
        r#"{"error":{"message":"The request was rejected because it was considered high risk","type":"content_filter"}}"#,
        FaultKind::ContentFiltered,
        "HTTP 400, content_filter: The request",
    ),
    (
        "Mistral",
        "403",
        r#"{"object":"error","message":"Request blocked by guardrail: violence","type":"guardrail_violation","code":"1901"}"#,
        FaultKind::ContentFiltered,
        "Request blocked",
    ),
    (
        "MiniMax",
        JSON,
        r#"{"id":"x","choices":null,"base_resp":{"status_code":1026,"status_msg":"input new_sensitive"}}"#,
        FaultKind::ContentFiltered,
        "1026: input new_sensitive",
    ),
    (
        "Anthropic, through a gateway",
        "400",
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#,
        FaultKind::ContentFiltered,
        "HTTP 400, invalid_request_error: Output blocked",
    ),
    (
        "Bedrock, through a gateway",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"guardrail_intervened\"}]}\n\n",
        FaultKind::ContentFiltered,
        "",
    ),
    (
        "xAI",
        "403",
        r#"{"code":"The caller does not have permission","error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_VIOLENCE"}"#,
        FaultKind::ContentFiltered,
        "Content violates usage guidelines",
    ),
    (
        "one-api",
        "500",
        r#"{"error":{"message":"request id: 1: sensitive words detected","type":"new_api_error","code":"sensitive_words_detected"}}"#,
        FaultKind::ContentFiltered,
        "sensitive words",
    ),
    // Reasons.
    (
        "Zhipu, network",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"},\"finish_reason\":\"network_error\"}]}\n\n",
        FaultKind::StreamError,
        "Its reason: network_error.",
    ),
    (
        "DeepSeek, no room",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"},\"finish_reason\":\"insufficient_system_resource\"}]}\n\n",
        FaultKind::StreamError,
        "insufficient_system_resource",
    ),
    (
        "Anthropic, too long",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"},\"finish_reason\":\"model_context_window_exceeded\"}]}\n\n",
        FaultKind::OutputTruncated,
        "",
    ),
    (
        "Gemini, OTHER",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"},\"finish_reason\":\"OTHER\"}]}\n\n",
        FaultKind::UnexpectedFinish,
        "Its reason: OTHER.",
    ),
    (
        "OpenAI, hidden reasoning only",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":64,\"total_tokens\":73,\"completion_tokens_details\":{\"reasoning_tokens\":64}}}\n\n",
        FaultKind::EmptyAnswer,
        "reasoning only",
    ),
    // Errors in the stream.
    (
        "vLLM",
        SSE,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"}}]}\n\ndata: {\"error\":{\"object\":\"error\",\"message\":\"EngineCore encountered an issue.\",\"type\":\"InternalServerError\",\"param\":null,\"code\":500}}\n\ndata: [DONE]\n\n",
        FaultKind::StreamError,
        "EngineCore",
    ),
    (
        "older vLLM",
        SSE,
        "data: {\"object\":\"error\",\"message\":\"out of memory\",\"type\":\"InternalServerError\",\"code\":500}\n\n",
        FaultKind::StreamError,
        "out of memory",
    ),
    (
        "llama.cpp",
        SSE,
        "error: {\"code\":500,\"message\":\"context shift is disabled\",\"type\":\"server_error\"}\n\n",
        FaultKind::StreamError,
        "context shift",
    ),
    (
        "Anthropic, event",
        SSE,
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
        FaultKind::StreamError,
        "overloaded_error: Overloaded",
    ),
    (
        "a proxy, JSON in the stream",
        SSE,
        "data: {\"choices\":[{\"delta\":{\"content\":\"The\"}}]}\n\n{\"detail\":\"upstream closed\"}\n",
        FaultKind::StreamError,
        "upstream closed",
    ),
    (
        "Groq, rate in the stream",
        SSE,
        "data: {\"error\":{\"message\":\"Rate limit reached. Please try again in 7.66s.\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}\n\n",
        FaultKind::RateLimited,
        "7.66s",
    ),
    // Other refusals.
    (
        "OpenAI, length",
        "400",
        r#"{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
        FaultKind::Refused,
        "HTTP 400, context_length_exceeded: This model's maximum context length is 8192",
    ),
    (
        "vLLM, length",
        "400",
        r#"{"object":"error","message":"'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}"#,
        FaultKind::Refused,
        "maximum context length",
    ),
    (
        "DeepSeek, money",
        "402",
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
        FaultKind::Quota,
        "Insufficient Balance",
    ),
    (
        "Anthropic, money",
        "400",
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}"#,
        FaultKind::Quota,
        "credit balance",
    ),
    (
        "Moonshot, key",
        "401",
        r#"{"error":{"message":"Invalid Authentication","type":"invalid_authentication_error"}}"#,
        FaultKind::Unauthorized,
        "Invalid Authentication",
    ),
    (
        "DashScope, key",
        "401",
        r#"{"error":{"message":"Incorrect API key provided: sk-12ab****.","type":"invalid_request_error","code":"invalid_api_key"}}"#,
        FaultKind::Unauthorized,
        "Incorrect API key provided: [redacted]",
    ),
    (
        "Cloudflare",
        "403",
        "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Your IP address</body></html>",
        FaultKind::Html,
        "HTTP 403: Attention Required! | Cloudflare",
    ),
    (
        "nginx",
        "502",
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body></html>",
        FaultKind::ServerError,
        "HTTP 502: 502 Bad Gateway",
    ),
    (
        "a captive portal",
        "HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
        "\n<html><head><title>Welcome to Wi-Fi</title></head></html>",
        FaultKind::Html,
        "Welcome to Wi-Fi",
    ),
    (
        "Ollama, model",
        "404",
        r#"{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error","param":null,"code":null}}"#,
        FaultKind::Refused,
        "try pulling it",
    ),
];

#[tokio::test]
async fn refusals_are_understood() {
    let fake = FakeProvider::start();
    for (server, head, body, kind, says) in REFUSED {
        let head = match head.parse::<u16>() {
            Ok(status) => format!("HTTP/1.1 {status} X\nContent-Type: application/json\n\n"),
            Err(_) => (*head).to_owned(),
        };
        let (_, ending) = played(&fake, &format!("{head}{body}")).await;
        let fault = ending.expect_err(server);
        assert_eq!(fault.kind, *kind, "{server}: {fault}");
        assert!(fault.to_string().contains(says), "{server}: {fault}");
        let may_retry = matches!(
            kind,
            FaultKind::StreamError | FaultKind::RateLimited | FaultKind::ServerError | FaultKind::Html
        );
        let retry = match kind {
            FaultKind::EmptyAnswer => Retry::Once,
            _ if may_retry => Retry::Backoff,
            _ => Retry::Never,
        };
        assert_eq!(fault.retry, retry, "{server}: {fault}");
        let pauses = matches!(kind, FaultKind::Unauthorized | FaultKind::Quota);
        assert_eq!(fault.scope == Scope::Provider, pauses, "{server}: {fault}");
        if *kind == FaultKind::ContentFiltered {
            assert_eq!(fault.scope, Scope::Segment, "{server}");
        }
    }
}

#[tokio::test]
async fn waits_are_read_from_errors_in_a_stream_too() {
    let fake = FakeProvider::start();
    let body = "data: {\"error\":{\"code\":429,\"message\":\"slow\",\"metadata\":{\"headers\":{\"X-RateLimit-Reset\":\"9\"}}}}\n\n";
    let fault = played(&fake, &format!("{SSE}{body}")).await.1.unwrap_err();
    assert_eq!((fault.kind, fault.retry_after), (FaultKind::RateLimited, Some(Duration::from_secs(9))));
}
