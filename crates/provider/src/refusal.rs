//! What a provider's error says: status, headers and error object to a [`Fault`].

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::fault::{Fault, FaultKind, machine_code};

/// Nobody means a longer wait than this.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Codes that say that waiting does not help, only paying; and any that ends in `_spend_limit_exceeded`.
const BILLING: [&str; 6] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_usage_limit_exceeded",
    "spend_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
];
const RATE: [&str; 3] = ["rate_limit_exceeded", "slow_down", "rate_limit_error"];
const KEY: [&str; 3] = ["invalid_api_key", "authentication_error", "permission_denied"];
const CONTENT: [&str; 2] = ["content_filter", "content_policy_violation"];

/// What of a request may come back in an error, to be recognised there.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    /// Names of parameters: as the request had them, and as they were sent.
    pub(crate) parameters: &'a [(String, String)],
    /// What must never come out again.
    pub(crate) secrets: &'a [&'a str],
}

/// The fault of an answer whose status is no success.
pub(crate) fn of_status(status: u16, headers: &HeaderMap, body: &[u8], sent: Sent<'_>) -> Fault {
    let reply = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut fault = of_error(Some(status), &reply, sent, false).with_status(status);
    fault.retry_after = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| wait(value, SystemTime::now()));
    fault
}

/// The fault of an error object that came under a status of success.
pub(crate) fn in_stream(reply: &Value, sent: Sent<'_>) -> Fault {
    of_error(None, reply, sent, true)
}

fn of_error(status: Option<u16>, reply: &Value, sent: Sent<'_>, in_stream: bool) -> Fault {
    // OpenAI wraps the error; older vLLM and FastAPI servers send its fields at the top.
    let error = reply.get("error").filter(|error| !error.is_null()).unwrap_or(reply);
    let named = |field| {
        error.get(field).and_then(Value::as_str).and_then(|text: &str| machine_code(text, sent.secrets))
    };
    let (code, class) = (named("code"), named("type"));
    let number = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let parameter = find_parameter(error, sent.parameters);
    let names: Vec<&str> = [&code, &class].into_iter().flatten().map(String::as_str).collect();
    let kind = kind_of(status.or(number), &names, parameter.is_some(), in_stream);
    let mut fault = Fault::new(kind);
    fault.provider_code = code.or(class).or_else(|| number.map(|number| number.to_string()));
    fault.parameter = parameter.filter(|_| kind == FaultKind::ParameterRefused);
    fault
}

fn kind_of(status: Option<u16>, names: &[&str], names_parameter: bool, in_stream: bool) -> FaultKind {
    let any = |codes: &[&str]| names.iter().any(|name| codes.contains(name));
    let billing = any(&BILLING) || names.iter().any(|name| name.ends_with("_spend_limit_exceeded"));
    match status.unwrap_or_default() {
        _ if billing => FaultKind::Quota,
        402 => FaultKind::Quota,
        _ if any(&CONTENT) => FaultKind::ContentFiltered,
        429 => FaultKind::RateLimited,
        _ if any(&RATE) => FaultKind::RateLimited,
        401 | 403 => FaultKind::Unauthorized,
        _ if any(&KEY) => FaultKind::Unauthorized,
        _ if in_stream => FaultKind::StreamError,
        408 | 500.. => FaultKind::ServerError,
        400 | 422 if names_parameter => FaultKind::ParameterRefused,
        _ => FaultKind::Refused,
    }
}

/// Which of the parameters that were sent an error is about, under the request's own name for it. Only
/// names that were sent are ever found, so nothing else of the provider's words gets through.
fn find_parameter(error: &Value, parameters: &[(String, String)]) -> Option<String> {
    let own =
        |found: &str| parameters.iter().find(|(_, sent_as)| sent_as == found).map(|(name, _)| name.clone());
    let named = error.get("param").and_then(Value::as_str);
    let located = || error.get("detail")?.get(0)?.get("loc")?.as_array()?.last()?.as_str();
    if let Some(name) = named.or_else(located) {
        let top = name.split(['.', '[']).next().unwrap_or(name);
        if let Some(name) = own(name).or_else(|| own(top)) {
            return Some(name);
        }
    }
    let message = ["message", "detail"].into_iter().find_map(|field| error.get(field)?.as_str());
    let message = message.or(error.as_str())?;
    parameters
        .iter()
        .filter_map(|(name, sent_as)| {
            let quoted = ['\'', '"', '`'].map(|quote| message.find(&format!("{quote}{sent_as}{quote}")));
            quoted.into_iter().flatten().min().map(|place| (place, name))
        })
        .min()
        .map(|(_, name)| name.clone())
}

/// Reads `Retry-After`: seconds, or a date.
fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
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
        let sent = Sent { parameters: &parameters, secrets: &["sk-secret-key"] };
        of_status(status, &HeaderMap::new(), reply.to_string().as_bytes(), sent)
    }

    #[test]
    fn a_status_has_its_kind() {
        for (code, kind) in [
            (302, FaultKind::Refused),
            (400, FaultKind::Refused),
            (401, FaultKind::Unauthorized),
            (402, FaultKind::Quota),
            (403, FaultKind::Unauthorized),
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
    fn words_that_were_not_sent_do_not_come_out() {
        let reply = json!({"error": {
            "message": "key sk-secret-key is 'wrong'", "param": "sk-secret-key", "code": "bad_sk-secret-key",
            "type": "Some words",
        }});
        let fault = status(400, reply);
        assert_eq!((fault.kind, fault.parameter.as_deref()), (FaultKind::Refused, None));
        let shown = format!("{fault} {fault:?}");
        assert!(!shown.contains("secret") && !shown.contains("wrong") && !shown.contains("words"), "{shown}");
    }

    #[test]
    fn replies_that_are_no_json_are_judged_by_status() {
        for body in [b"".as_slice(), b"<html>", b"[1", b"\xff", b"null", b"3", b"[]"] {
            let sent = Sent { parameters: &[], secrets: &[] };
            assert_eq!(of_status(502, &HeaderMap::new(), body, sent).kind, FaultKind::ServerError);
        }
    }

    #[test]
    fn errors_in_a_stream_may_carry_a_status_as_their_code() {
        let kind = |reply| in_stream(&reply, Sent { parameters: &[], secrets: &[] }).kind;
        assert_eq!(kind(json!({"error": {"code": 502, "message": "x"}})), FaultKind::StreamError);
        assert_eq!(kind(json!({"error": {"code": 400, "message": "x"}})), FaultKind::StreamError);
        assert_eq!(kind(json!({"error": {"code": 402}})), FaultKind::Quota);
        assert_eq!(kind(json!({"error": {"code": 429}})), FaultKind::RateLimited);
        assert_eq!(kind(json!({"error": {"code": 401}})), FaultKind::Unauthorized);
        assert_eq!(kind(json!({"error": {"code": "server_error"}})), FaultKind::StreamError);
        assert_eq!(kind(json!({"error": "out of memory"})), FaultKind::StreamError);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 12:00:00 GMT").unwrap();
        assert_eq!(wait("7", now), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 22 Nov 2026 12:01:30 GMT", now), Some(Duration::from_secs(90)));
        assert_eq!(wait("Sun, 22 Nov 2026 11:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(wait("99999999999", now), Some(LONGEST_WAIT));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(wait(nonsense, now), None, "{nonsense}");
        }
    }
}
