//! Codes and messages of errors other than content filters: billing, rate, key, model, length.
//!
//! Codes are compared in the form of [`plain`](crate::filter::plain). Sources: the error pages of OpenAI
//! (platform.openai.com/docs/guides/error-codes), Anthropic, Google AI, DeepSeek, Moonshot, Zhipu
//! (docs.bigmodel.cn), DashScope (help.aliyun.com/model-studio/error-code), Volcengine
//! (volcengine.com/docs/82379/1299023), MiniMax, OpenRouter, Mistral, Groq, Together, Cohere.

/// Codes of missing credit or quota. Waiting does not help, only paying.
pub(super) const BILLING: &[&str] = &[
    "insufficientquota",
    "creditbalanceexhausted",
    "organizationusagelimitexceeded",
    "spendlimitexceeded",
    "billinghardlimitreached",
    "billingnotactive",
    "billingerror",
    "insufficientbalance",
    "insufficientcredits",
    "insufficientfunds",
    "paymentrequired",
    "accountoverdueerror",
    "accountoverdue",
    "exceededcurrentquotaerror",
    "arrearage",
    "allocationquotafreetieronly",
    "insufficientuserquota",
    // LiteLLM, Hugging Face.
    "budgetexceeded",
    "budgetexceedederror",
    "creditsexhausted",
    // Zhipu, MiniMax.
    "1113",
    "1008",
];
/// Words in messages of the same errors.
pub(super) const BILLING_WORDS: &[&str] = &[
    "insufficient balance",
    "insufficient credit",
    "insufficient funds",
    "insufficient quota",
    "balance is insufficient",
    "balance is not enough",
    "not enough balance",
    "budget has been exceeded",
    "exceeded your monthly included credits",
    "额度不足",
    "credit balance is too low",
    "out of credits",
    "requires more credits",
    "account is in arrears",
    "overdue",
    "billing hard limit",
    "余额不足",
    "欠费",
    "已用完",
];

/// Codes of a rate limit, under any status.
pub(super) const RATE: &[&str] = &[
    "ratelimitexceeded",
    "ratelimiterror",
    "ratelimited",
    "ratelimitreachederror",
    "ratelimitreached",
    "slowdown",
    "toomanyrequests",
    "resourceexhausted",
    "throttling",
    "throttled",
    "throttlingexception",
    "throttlingratequota",
    "throttlingallocationquota",
    "throttlinguser",
    "limitrequests",
    "requestsratelimitexceeded",
    "accountratelimitexceeded",
    "accountrpmratelimitexceeded",
    "modelaccountrpmratelimitexceeded",
    "modelaccounttpmratelimitexceeded",
    "tokensratelimitexceeded",
    // Zhipu, MiniMax.
    "1302",
    "1303",
    "1304",
    "1305",
    "1308",
    "1002",
    "1039",
];

/// Codes of a refused key or account.
pub(super) const KEY: &[&str] = &[
    "invalidapikey",
    "incorrectapikey",
    "incorrectapikeyerror",
    "apikeyinvalid",
    "apikeyexpired",
    "authenticationerror",
    "invalidauthenticationerror",
    "invalidauthentication",
    "unauthorized",
    "unauthenticated",
    "permissiondenied",
    "permissionerror",
    "permissiondeniederror",
    "accountdeactivated",
    "accountdisabled",
    "accountsuspended",
    "accountinactive",
    "accessterminatederror",
    "accessdenied",
    "accessdeniedexception",
    "accessdeniedunpurchased",
    "unrecognizedclientexception",
    "organizationrestricted",
    "invalidorganization",
    "ipnotauthorized",
    "unsupportedcountryregionterritory",
    "invalidaccesskeyid",
    "signaturedoesnotmatch",
    "missingapikey",
    // MiniMax, Zhipu.
    "1004",
    "1110",
    "1111",
    "1112",
];
/// Words in messages of the same errors, for statuses that allow this meaning.
pub(super) const KEY_WORDS: &[&str] = &[
    "api key",
    "api-key",
    "apikey",
    "api_key",
    "access token",
    "credential",
    "authenticat",
    "unauthorized",
    "not authorized",
    "permission",
    "account has been",
    "account is",
    "your account",
    "organization has been",
    "organization is",
    "subscription",
    "country, region",
    "not available in your",
    "ip address",
    "密钥",
    "账户",
    "账号",
    "认证",
    "无权",
];

/// Codes of a model that is not served, or not to this account.
pub(super) const MODEL: &[&str] = &[
    "modelnotfound",
    "modelnotfounderror",
    "modelnotexist",
    "modelnotavailable",
    "modelnotsupported",
    "unsupportedmodel",
    "invalidmodel",
    "modelnotopen",
    "modeldeprecated",
    "modeldecommissioned",
    "modelaccessdenied",
    "unknownmodel",
    "invalidendpointormodel",
    "invalidendpointormodelnotfound",
    "deploymentnotfound",
    "nosuchmodel",
    "nonexistingmodelerror",
    "notfounderror",
    "resourcenotfound",
    "resourcenotfounderror",
    // Zhipu.
    "1211",
    "1220",
];
/// Words that, together with "model" in a message, mean that the model is not served.
pub(super) const MODEL_WORDS: &[&str] = &[
    "not exist",
    "doesn't exist",
    "not found",
    "not a valid model",
    "invalid model",
    "is not available",
    "is not supported",
    "not have access",
    "no access to model",
    "unknown model",
    "no such model",
    "decommissioned",
    "deprecated",
    "no endpoints found",
    "try pulling it",
    "模型不存在",
];

/// Codes of a text that is too long for the model. Another text may fit.
pub(super) const LENGTH: &[&str] = &[
    "contextlengthexceeded",
    "stringabovemaxlength",
    "requesttoolarge",
    "inputtoolong",
    "prompttoolong",
    "tokenlimitexceeded",
    "contextwindowexceeded",
    "exceedcontextsizeerror",
    "rangeinputlength",
    // Zhipu.
    "1261",
];
/// Words in messages of the same errors.
pub(super) const LENGTH_WORDS: &[&str] = &[
    "maximum context length",
    "context length",
    "context window",
    "context size",
    "context_length",
    "too many tokens",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "input too long",
    "maximum input length",
    "input length",
    "max input",
    "exceeds the maximum number of tokens",
    "maximum number of tokens",
    "reduce the length",
    "request too large",
    "input token count",
];

/// Whether one of the codes is in `table`.
pub(super) fn any_code(codes: &[String], table: &[&str]) -> bool {
    codes.iter().any(|code| table.contains(&crate::filter::plain(code).as_str()))
}

/// Whether a lower-case message contains an entry of `table`.
pub(super) fn any_words(message: &str, table: &[&str]) -> bool {
    table.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_in_one_table_only_as_it_is_compared() {
        let all = [BILLING, RATE, KEY, MODEL, LENGTH].concat();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|code| crate::filter::plain(code) == **code && !crate::filter::is_code(code)));
        for words in [BILLING_WORDS, KEY_WORDS, MODEL_WORDS, LENGTH_WORDS].concat() {
            assert_eq!(words.to_lowercase(), words);
        }
    }
}
