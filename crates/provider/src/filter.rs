//! How providers report that a content filter refused a request or stopped an answer.
//!
//! Finish reasons with this meaning are in `finish.rs`. Codes are compared in the form of [`plain`]. A code
//! that begins with a listed code counts too (`SensitiveContentDetected.Violence`). Messages are searched in
//! lower case.

use serde_json::Value;

/// Codes, types and statuses of errors, in the form of `plain`.
const CODES: &[&str] = &[
    // OpenAI: https://platform.openai.com/docs/guides/error-codes, and Moonshot (`type: content_filter`):
    // https://platform.moonshot.ai/docs/api/chat#error-description
    "contentfilter",
    "contentpolicyviolation",
    "moderationblocked",
    "invalidprompt",
    // Azure: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter (`innererror.code`)
    "responsibleaipolicyviolation",
    // Gemini: https://ai.google.dev/api/generate-content#BlockReason
    "safety",
    "prohibitedcontent",
    "blocklist",
    "recitation",
    "spii",
    "imagesafety",
    // DashScope: https://www.alibabacloud.com/help/en/model-studio/error-code
    "datainspectionfailed",
    "datainspection",
    // Volcengine: https://www.volcengine.com/docs/82379/1299023
    "sensitivecontentdetected",
    "inputtextsensitivecontentdetected",
    "outputtextsensitivecontentdetected",
    "inputtextriskdetection",
    "outputtextriskdetection",
    "riskdetection",
    // Zhipu: https://docs.bigmodel.cn/cn/api/api-code
    "1301",
    // MiniMax: https://platform.minimaxi.com/document/error-code
    "1026",
    "1027",
    // Baidu: https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh
    "336104",
    "contentreview",
    // Mistral, and gateways with guardrails: LiteLLM, Portkey, Bedrock, Cloudflare.
    "contentmoderation",
    "moderationerror",
    "guardrailviolation",
    "guardrailintervened",
    "guardrailraisedexception",
    "contentblocked",
    "contentpolicy",
    "contentviolation",
    "contentsafety",
    "policyviolation",
    "promptblocked",
    "inputblocked",
    "unsafecontent",
    "sensitivecontent",
    "sensitivewords",
    "sensitivewordsdetected",
    "promptsensitive",
];

/// Parts of messages. One of them is enough.
const MESSAGES: &[&str] = &[
    // OpenAI and Azure.
    "content management policy",
    "content policy",
    "content filter",
    "rejected as a result of our safety system",
    "flagged as potentially violating",
    "invalid prompt: your prompt was flagged",
    "violating our usage policy",
    "violation of our usage polic",
    // OpenRouter: `… requires moderation …, your input was flagged for "violence"`.
    "input was flagged",
    "prompt was flagged",
    "output was flagged",
    "content was flagged",
    "request was flagged",
    "flagged by moderation",
    // DeepSeek.
    "content exists risk",
    // DashScope.
    "inappropriate content",
    "improper content",
    "data inspection",
    "datainspectionfailed",
    // Volcengine.
    "may contain sensitive information",
    "contain sensitive content",
    "includes sensitive content",
    // Moonshot.
    "considered high risk",
    // Zhipu, Hunyuan, Baidu, Qwen, and gateways in Chinese.
    "敏感内容",
    "不安全或敏感",
    "内容安全",
    "内容违规",
    "违规内容",
    "敏感信息",
    "敏感词",
    "风险内容",
    // Gemini.
    "prohibited_content",
    "blocked by safety",
    "blocked due to safety",
    "blocked by gemini",
    "blockreason",
    "blocked due to prohibited",
    "prompt was blocked",
    "response was blocked",
    "content was blocked",
    // xAI: `Content violates usage guidelines`.
    "violates usage guidelines",
    "violates our usage",
    "violates our content",
    "safety check",
    // Anthropic: `Output blocked by content filtering policy`.
    "content filtering policy",
    "blocked by content",
    // Mistral and gateways with guardrails.
    "content moderation",
    "guardrail",
    "moderation policy",
    "violates the content",
    "unsafe content",
    "sensitive words",
    "sensitive content",
    "responsible ai",
];

/// Normalises a code: its ASCII letters and digits, in lower case.
pub(crate) fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a code names a content filter.
pub(crate) fn is_code(code: &str) -> bool {
    let code = plain(code);
    // A number must match as a whole.
    let is_number = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit());
    CODES
        .iter()
        .any(|listed| code == *listed || (!is_number(listed) && listed.len() > 8 && code.starts_with(listed)))
}

/// Whether a message names a content filter.
pub(crate) fn is_message(message: &str) -> bool {
    let message = message.to_lowercase();
    MESSAGES.iter().any(|part| message.contains(part))
}

/// Returns why Gemini blocked a prompt: `promptFeedback: {"blockReason": "SAFETY"}`.
pub(crate) fn block_reason(prompt_feedback: &Value) -> Option<&str> {
    let reason = prompt_feedback.get("blockReason").or_else(|| prompt_feedback.get("block_reason"));
    reason.and_then(Value::as_str).filter(|reason| !reason.ends_with("UNSPECIFIED") && !reason.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_as_they_are_compared() {
        let distinct: std::collections::BTreeSet<_> = CODES.iter().collect();
        assert_eq!(distinct.len(), CODES.len());
        assert!(CODES.iter().all(|code| plain(code) == **code));
        assert!(MESSAGES.iter().all(|part| part.to_lowercase() == **part));
    }

    #[test]
    fn codes_are_read_in_any_writing() {
        for code in [
            "content_filter",
            "ContentFilter",
            "data_inspection_failed",
            "DataInspectionFailed",
            "SensitiveContentDetected.SevereViolation",
            "ResponsibleAIPolicyViolation",
            "PROHIBITED_CONTENT",
            "1301",
        ] {
            assert!(is_code(code), "{code}");
        }
        for code in
            ["13010", "400", "invalid_request_error", "rate_limit_exceeded", "safety_first_rate_limit", ""]
        {
            assert!(!is_code(code), "{code}");
        }
    }
}
