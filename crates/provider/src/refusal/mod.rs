//! Turns a provider's error (status, headers and error object) into a [`Fault`].
//!
//! The tables are in `filter.rs` (content filters) and `codes.rs` (everything else).

mod codes;
mod facts;
mod page;
mod parameter;
mod redact;
mod wait;

use std::time::SystemTime;

use reqwest::header::{HeaderMap, LOCATION};
use serde_json::Value;

use crate::{
    fault::{Fault, FaultKind, Retry, Scope, machine_code},
    filter,
    request::STREAM_OPTIONS,
};
use codes::{any_code, any_words};
use facts::Facts;
pub(crate) use redact::redact;

/// The hint for errors that a wrong address may have caused.
const CHECK_ADDRESS: &str = "Check the provider's base_url and the model's upstream name.";

/// The parts of a request that an error may quote.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    /// Names of parameters: pairs of the request's name and the sent name.
    pub(crate) parameters: &'a [(String, String)],
    /// Secrets that must not appear in a fault.
    pub(crate) secrets: &'a [&'a str],
    /// Whether `stream_options` was sent.
    pub(crate) asks_for_usage: bool,
}

/// Returns the fault of an answer with an error status.
pub(crate) fn of_status(status: u16, headers: &HeaderMap, body: &[u8], sent: Sent<'_>) -> Fault {
    if (300..400).contains(&status) {
        return of_redirect(status, headers, sent);
    }
    if page::is_page(body) {
        return page::of_status(Some(status), headers, body, sent);
    }
    let (facts, reply) = Facts::of_body(body);
    of_facts(Some(status), headers, &facts, &reply, sent, false).with_status(status)
}

/// Returns the fault of an error object under a success status.
pub(crate) fn in_stream(reply: &Value, sent: Sent<'_>) -> Fault {
    of_facts(None, &HeaderMap::new(), &Facts::of_value(reply), reply, sent, true)
}

/// Returns the fault of a web page under a success status.
pub(crate) fn of_page(body: &[u8], sent: Sent<'_>) -> Fault {
    page::of_status(None, &HeaderMap::new(), body, sent)
}

fn of_redirect(status: u16, headers: &HeaderMap, sent: Sent<'_>) -> Fault {
    let mut fault = Fault::new(FaultKind::Refused).with_status(status);
    fault.scope = Scope::Run;
    let target = headers.get(LOCATION).map(|target| String::from_utf8_lossy(target.as_bytes()));
    let target = target.and_then(|target| redact::redact_url(&target, sent.secrets));
    fault.message = Some(match target {
        Some(target) => format!("The address redirects to {target}"),
        None => "The address redirects, without saying where to.".to_owned(),
    });
    fault.hint =
        Some("Redirects are not followed, for they would hand over the key: set base_url to the target.");
    fault
}

fn of_facts(
    status: Option<u16>,
    headers: &HeaderMap,
    facts: &Facts,
    reply: &Value,
    sent: Sent<'_>,
    in_stream: bool,
) -> Fault {
    let parameter = parameter::find(reply, &facts.message, sent);
    let is_about_parameters = parameter.is_some() || parameter::lists_names(&facts.message);
    let status = status.or(facts.status);
    let (kind, scope) = judge(status, facts, is_about_parameters, in_stream);
    let mut fault = Fault::new(kind);
    fault.scope = scope;
    fault.parameter = parameter.filter(|_| kind == FaultKind::ParameterRefused);
    let name = |name: &Option<String>| name.as_ref().and_then(|name| machine_code(name, sent.secrets));
    fault.provider_code = name(&facts.code);
    fault.provider_type = name(&facts.class);
    fault.message = redact(&facts.message, sent.secrets);
    let is_rate = kind == FaultKind::RateLimited;
    let wait = wait::find(headers, reply, &facts.message, is_rate, SystemTime::now());
    (fault.retry_after, fault.is_long_wait) = (wait.wait, wait.is_long);
    if kind == FaultKind::Refused && scope == Scope::Run {
        fault.hint = Some(CHECK_ADDRESS);
    }
    let may_be_options = matches!(
        kind,
        FaultKind::Refused | FaultKind::ParameterRefused | FaultKind::ServerError | FaultKind::StreamError
    );
    let names_options = [STREAM_OPTIONS, "include_usage"].iter().any(|name| facts.message.contains(name))
        || reply
            .pointer("/error/param")
            .and_then(Value::as_str)
            .is_some_and(|it| it.starts_with(STREAM_OPTIONS));
    if may_be_options && names_options && sent.asks_for_usage {
        fault.kind = FaultKind::ParameterRefused;
        fault.scope = Scope::Run;
        fault.retry = Retry::Prepare;
        fault.parameter = Some(STREAM_OPTIONS.to_owned());
        fault.hint = None;
    }
    fault
}

/// Returns kind and scope of an error. The order of the rules matters, because an error often matches
/// several.
fn judge(
    status: Option<u16>,
    facts: &Facts,
    is_about_parameters: bool,
    in_stream: bool,
) -> (FaultKind, Scope) {
    let lower = facts.message.to_lowercase();
    let is = |table: &[&str]| any_code(&facts.codes, table);
    let says = |table: &[&str]| any_words(&lower, table);
    let of = |kind: FaultKind| (kind, kind.scope());
    let status = status.unwrap_or_default();
    let is_refusal = matches!(status, 0 | 200..=299 | 400 | 403 | 404 | 409 | 413 | 422 | 451);
    let is_filtered = facts.codes.iter().any(|code| filter::is_code(code))
        || (!matches!(status, 401 | 402 | 407 | 429) && filter::is_message(&lower));
    let spends = facts.codes.iter().any(|code| code.to_ascii_lowercase().ends_with("_spend_limit_exceeded"));
    let is_billing =
        spends || is(codes::BILLING) || ((is_refusal || status == 429) && says(codes::BILLING_WORDS));
    let is_too_long = is(codes::LENGTH) || (is_refusal && says(codes::LENGTH_WORDS));
    let bad_key = ["api key not valid", "invalid api key", "incorrect api key", "api key is invalid"];
    let is_model = is_refusal
        && (is(codes::MODEL)
            || (lower.contains("model") || lower.contains("模型")) && says(codes::MODEL_WORDS));
    match status {
        401 => of(FaultKind::Unauthorized),
        402 => of(FaultKind::Quota),
        _ if is_filtered => of(FaultKind::ContentFiltered),
        _ if is_billing => of(FaultKind::Quota),
        413 => (FaultKind::Refused, Scope::Segment),
        429 => of(FaultKind::RateLimited),
        _ if is(codes::RATE) => of(FaultKind::RateLimited),
        _ if is(codes::KEY) || (is_refusal && says(&bad_key)) => of(FaultKind::Unauthorized),
        _ if is_too_long && !in_stream => (FaultKind::Refused, Scope::Segment),
        400 | 422 if is_about_parameters && !is_too_long => of(FaultKind::ParameterRefused),
        _ if is_model => (FaultKind::Refused, Scope::Run),
        403 if says(codes::KEY_WORDS) => of(FaultKind::Unauthorized),
        _ if in_stream => of(FaultKind::StreamError),
        408 | 425 | 500.. => of(FaultKind::ServerError),
        400 | 403 | 409 | 422 | 451 => (FaultKind::Refused, Scope::Segment),
        _ => (FaultKind::Refused, Scope::Run),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(status: u16, reply: Value) -> Fault {
        let parameters = [
            ("temperature".to_owned(), "temperature".to_owned()),
            ("max_tokens".to_owned(), "max_completion_tokens".to_owned()),
        ];
        let sent = Sent { parameters: &parameters, secrets: &["sk-secret-key"], asks_for_usage: true };
        of_status(status, &HeaderMap::new(), reply.to_string().as_bytes(), sent)
    }

    #[test]
    fn a_status_has_its_kind() {
        for (code, kind) in [
            (302, FaultKind::Refused),
            (400, FaultKind::Refused),
            (401, FaultKind::Unauthorized),
            (402, FaultKind::Quota),
            (403, FaultKind::Refused),
            (404, FaultKind::Refused),
            (408, FaultKind::ServerError),
            (413, FaultKind::Refused),
            (422, FaultKind::Refused),
            (429, FaultKind::RateLimited),
            (500, FaultKind::ServerError),
            (503, FaultKind::ServerError),
            (529, FaultKind::ServerError),
        ] {
            let fault = status(code, json!({"error": {"message": "no"}}));
            assert_eq!((fault.kind, fault.status), (kind, Some(code)));
        }
    }

    #[test]
    fn a_code_tells_rate_from_billing() {
        for code in [
            "insufficient_quota",
            "credit_balance_exhausted",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
        ] {
            let fault = status(429, json!({"error": {"code": code}}));
            assert_eq!((fault.kind, fault.provider_code.as_deref()), (FaultKind::Quota, Some(code)));
        }
        assert_eq!(status(429, json!({"error": {"type": "insufficient_quota"}})).kind, FaultKind::Quota);
        assert_eq!(status(503, json!({"error": {"code": "slow_down"}})).kind, FaultKind::RateLimited);
        assert_eq!(status(400, json!({"error": {"code": "invalid_api_key"}})).kind, FaultKind::Unauthorized);
        assert_eq!(
            status(400, json!({"error": {"code": "content_filter"}})).kind,
            FaultKind::ContentFiltered
        );
    }

    #[test]
    fn a_refused_parameter_is_named_as_the_request_named_it() {
        for reply in [
            json!({"error": {"code": "unsupported_value", "param": "max_completion_tokens"}}),
            json!({"error": {"message": "Unsupported: 'max_completion_tokens', not `temperature`."}}),
            json!({"error": "bad \"max_completion_tokens\""}),
            json!({"object": "error", "message": "x", "param": "max_completion_tokens[0]"}),
            json!({"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "no"}]}),
            json!({"detail": "extra field `max_completion_tokens`"}),
        ] {
            let fault = status(400, reply.clone());
            assert_eq!(fault.kind, FaultKind::ParameterRefused, "{reply}");
            assert_eq!(fault.parameter.as_deref(), Some("max_tokens"), "{reply}");
        }
    }

    #[test]
    fn a_key_does_not_come_out_again() {
        let reply = json!({"error": {
            "message": "key sk-secret-key is 'wrong'", "param": "sk-secret-key", "code": "bad_sk-secret-key",
            "type": "Some words",
        }});
        let fault = status(400, reply);
        assert_eq!((fault.kind, fault.parameter.as_deref()), (FaultKind::Refused, None));
        assert_eq!(fault.message.as_deref(), Some("key [redacted] is 'wrong'"));
        assert_eq!((&fault.provider_code, &fault.provider_type), (&None, &None));
        let shown = format!("{fault} {fault:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_message_is_told_with_status_and_code() {
        let long = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.";
        let reply = json!({"error": {"message": long, "type": "invalid_request_error", "code": "context_length_exceeded"}});
        let fault = status(400, reply);
        assert_eq!((fault.kind, fault.scope), (FaultKind::Refused, Scope::Segment));
        let said = format!("HTTP 400, context_length_exceeded: {long}");
        assert_eq!(fault.provider_says(), Some(said.clone()));
        assert!(fault.to_string().ends_with(&said));
        let google = json!([{"error": {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT"}}]);
        assert_eq!(status(400, google).provider_says().as_deref(), Some("HTTP 400, invalid_argument: No."));
        assert_eq!(status(503, json!({})).provider_says().as_deref(), Some("HTTP 503"));
    }

    #[test]
    fn an_error_concerns_a_segment_a_run_or_the_provider() {
        let error = |message: &str| json!({"error": {"message": message}});
        let (refused, key) = (FaultKind::Refused, FaultKind::Unauthorized);
        for (code, reply, kind, scope) in [
            (400, error("Bad request"), refused, Scope::Segment),
            (403, error("No."), refused, Scope::Segment),
            (422, error("Unprocessable"), refused, Scope::Segment),
            (413, error("Request too large for model, code rate_limit_exceeded"), refused, Scope::Segment),
            (404, error("Not Found"), refused, Scope::Run),
            (405, error("Method Not Allowed"), refused, Scope::Run),
            (
                404,
                error("The model `x` does not exist or you do not have access to it."),
                refused,
                Scope::Run,
            ),
            (400, error("Model Not Exist"), refused, Scope::Run),
            (400, error("tiny is not a valid model ID"), refused, Scope::Run),
            (403, json!({"error": {"code": "model_not_found", "message": "no access"}}), refused, Scope::Run),
            (401, error("No auth credentials found"), key, Scope::Provider),
            (403, error("Your API key has no permission"), key, Scope::Provider),
            (
                403,
                json!({"error": {"type": "access_terminated_error", "message": "Access terminated."}}),
                key,
                Scope::Provider,
            ),
            (
                400,
                json!([{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}]),
                key,
                Scope::Provider,
            ),
            (402, error("Insufficient Balance"), FaultKind::Quota, Scope::Provider),
            (
                400,
                json!({"code": "Arrearage", "message": "Access denied"}),
                FaultKind::Quota,
                Scope::Provider,
            ),
            (
                429,
                json!({"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}),
                FaultKind::Quota,
                Scope::Provider,
            ),
            (
                429,
                error("You exceeded your current quota, please check your plan and billing details."),
                FaultKind::RateLimited,
                Scope::Run,
            ),
            (
                400,
                json!({"code": "Throttling.RateQuota", "message": "slow"}),
                FaultKind::RateLimited,
                Scope::Run,
            ),
            (
                400,
                error("Unrecognized request argument supplied: parallel_tool_calls"),
                FaultKind::ParameterRefused,
                Scope::Run,
            ),
        ] {
            let fault = status(code, reply.clone());
            assert_eq!((fault.kind, fault.scope), (kind, scope), "{code} {reply}");
        }
    }

    #[test]
    fn stream_options_that_are_refused_are_left_out_once() {
        for reply in [
            json!({"object": "error", "message": {"detail": [{"type": "extra_forbidden",
                "loc": ["body", "stream_options", "include_usage"], "msg": "Extra inputs are not permitted"}]}}),
            json!({"error": {"message": "Unrecognized request argument supplied: stream_options"}}),
            json!({"error": {"message": "no", "param": "stream_options"}}),
            json!({"detail": [{"loc": ["body", "stream_options"], "msg": "extra fields not permitted"}]}),
        ] {
            let fault = status(422, reply.clone());
            assert_eq!((fault.kind, fault.retry), (FaultKind::ParameterRefused, Retry::Prepare), "{reply}");
            assert_eq!(fault.parameter.as_deref(), Some("stream_options"));
            let sent = Sent { parameters: &[], secrets: &[], asks_for_usage: false };
            let without = of_status(422, &HeaderMap::new(), reply.to_string().as_bytes(), sent);
            assert_eq!(without.retry, Retry::Never, "it was not sent: {reply}");
        }
    }

    #[test]
    fn replies_that_are_no_json_are_judged_by_status() {
        for body in [b"".as_slice(), b"<html>", b"[1", b"\xff", b"null", b"3", b"[]"] {
            let sent = Sent { parameters: &[], secrets: &[], asks_for_usage: false };
            assert_eq!(of_status(502, &HeaderMap::new(), body, sent).kind, FaultKind::ServerError);
        }
    }

    #[test]
    fn errors_in_a_stream_may_carry_a_status_as_their_code() {
        let kind =
            |reply| in_stream(&reply, Sent { parameters: &[], secrets: &[], asks_for_usage: false }).kind;
        assert_eq!(kind(json!({"error": {"code": 502, "message": "x"}})), FaultKind::StreamError);
        assert_eq!(kind(json!({"error": {"code": 400, "message": "x"}})), FaultKind::StreamError);
        assert_eq!(kind(json!({"error": {"code": 402}})), FaultKind::Quota);
        assert_eq!(kind(json!({"error": {"code": 429}})), FaultKind::RateLimited);
        assert_eq!(kind(json!({"error": {"code": 401}})), FaultKind::Unauthorized);
        assert_eq!(kind(json!({"error": {"code": "server_error"}})), FaultKind::StreamError);
        assert_eq!(kind(json!({"error": "out of memory"})), FaultKind::StreamError);
    }
}
