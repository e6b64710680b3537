//! Reads how long a provider asks to wait.

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use regex::Regex;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// Maximum reported wait. Every limit is reset within a month.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(31 * 24 * 60 * 60);
/// A wait longer than this is a long wait.
pub(crate) const LONG_WAIT: Duration = Duration::from_secs(15 * 60);
/// Maximum depth of the search in an error.
const MAX_DEPTH: usize = 6;
/// Longest part of a message that is searched, in bytes.
const MAX_SEARCHED: usize = 2 << 10;
/// Larger numbers are times in seconds since 1970; from [`MILLISECONDS`] on, in milliseconds.
const MOMENT: f64 = 1e9;
const MILLISECONDS: f64 = 1e11;

/// `1m12.5s`, `2 minutes`, `7.66s`, `350ms`, `1 hour and 5 minutes`, `30秒`.
const DURATION: &str = r"(?:\d+(?:\.\d+)?\s*(?:[A-Za-z]+|毫秒|天|小时|分钟|分|秒)(?:\s*(?:,|and)?\s*))+";

static PARTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(\d+(?:\.\d+)?)\s*([a-z]+|毫秒|天|小时|分钟|分|秒)").ok());

/// Patterns of a wait in messages. The first group is the duration, or a number of seconds.
static SENTENCES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // `Please try again in 7.66s`, `retry after 20 seconds`, `Please wait for 2 minutes`,
        // `resets in 1h5m`.
        format!(
            r"(?i)(?:try(?:ing)?\s+again|retry(?:ing)?|wait(?:ing)?|available|resets?|reset\s+time)\b[^0-9]{{0,40}}?({DURATION})"
        ),
        // `after 59 seconds`.
        format!(r"(?i)\bafter\s+({DURATION})"),
        // `请在30秒后重试`.
        format!(r"({DURATION})\s*(?:之)?后"),
        // `retry_after: 20`, `retry after 20`.
        r"(?i)retry[\s_-]?after\D{0,5}(\d+(?:\.\d+)?)\b".to_owned(),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// The wait that a provider asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wait {
    /// The duration, at most [`LONGEST_WAIT`].
    pub(super) wait: Option<Duration>,
    /// The wait is longer than [`LONG_WAIT`], or the limit is per day or longer.
    pub(super) is_long: bool,
}

/// Reads the wait from headers, error and message. If `is_rate` is false (any error but a rate limit), only
/// `Retry-After` and `retry-after-ms` count.
pub(super) fn find(
    headers: &HeaderMap,
    error: &Value,
    message: &str,
    is_rate: bool,
    now: SystemTime,
) -> Wait {
    let mut wait = of_headers(headers, now);
    if !is_rate {
        return Wait { wait, is_long: wait.is_some_and(|wait| wait > LONG_WAIT) };
    }
    // A zero in a header does not say when the limit ends.
    if wait.is_none_or(|wait| wait.is_zero()) {
        let told = retry_info(error, MAX_DEPTH).or_else(|| of_message(message));
        let told = told.or_else(|| of_limits(headers, now)).or_else(|| of_embedded_headers(error, now));
        wait = told.or(wait);
    }
    let is_long = match wait {
        // Google sends a `retryDelay` of seconds even if the daily quota is used up.
        _ if names_daily_quota(error, MAX_DEPTH) => true,
        Some(wait) if !wait.is_zero() => wait > LONG_WAIT,
        _ => is_daily(message),
    };
    Wait { wait: wait.filter(|wait| !is_long || *wait > LONG_WAIT), is_long }
}

/// Reads `retry-after-ms` (OpenAI, Azure) or `Retry-After`: seconds with or without a fraction, or a date.
fn of_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let exact = text("retry-after-ms").and_then(|value| value.parse::<f64>().ok());
    if let Some(wait) = exact.and_then(|milliseconds| seconds(milliseconds / 1000.0)) {
        return Some(wait);
    }
    let value = text(RETRY_AFTER.as_str())?;
    match value.parse::<f64>() {
        Ok(number) => seconds(number),
        Err(_) => match httpdate::parse_http_date(value) {
            Ok(moment) => Some(moment.duration_since(now).unwrap_or_default().min(LONGEST_WAIT)),
            Err(_) => duration(value),
        },
    }
}

/// Reads `x-ratelimit-reset-requests`, `-tokens` and similar headers. Returns the longest wait of the
/// exhausted limits.
fn of_limits(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let mut used_up = None;
    let mut unknown = None;
    let mut tokens = None;
    for (name, value) in headers {
        let name = name.as_str();
        let Some(limit) =
            name.strip_prefix("x-ratelimit-reset").or_else(|| name.strip_prefix("ratelimit-reset"))
        else {
            continue;
        };
        let Some(wait) = value.to_str().ok().and_then(|value| reset(value, now)) else { continue };
        let remaining = headers.get(name.replace("reset", "remaining"));
        let remaining = remaining.and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
        let kept = match remaining {
            Some(remaining) if remaining <= 0.0 => &mut used_up,
            None => &mut unknown,
            // Too few tokens remain for this request.
            Some(_) if limit.contains("token") => &mut tokens,
            Some(_) => continue,
        };
        *kept = (*kept).max(Some(wait));
    }
    used_up.or(unknown).or(tokens)
}

/// Reads the headers that OpenRouter repeats in the error: `metadata.headers["X-RateLimit-Reset"]`.
fn of_embedded_headers(error: &Value, now: SystemTime) -> Option<Duration> {
    let error = error.get("error").unwrap_or(error);
    let headers = error.get("metadata")?.get("headers")?.as_object()?;
    let named = headers.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("x-ratelimit-reset"));
    let value = named?.1;
    reset(&value.as_str().map_or_else(|| value.to_string(), str::to_owned), now)
}

/// Reads the end of a limit: a duration, a number of seconds, or a time since 1970 in seconds or
/// milliseconds.
fn reset(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let Ok(number) = value.parse::<f64>() else { return duration(value) };
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    match number {
        number if number >= MILLISECONDS => seconds((number / 1000.0 - now).max(0.0)),
        number if number >= MOMENT => seconds((number - now).max(0.0)),
        number => seconds(number),
    }
}

/// Finds Google's `{"@type": "…/google.rpc.RetryInfo", "retryDelay": "41s"}` anywhere in an error.
fn retry_info(value: &Value, depth: usize) -> Option<Duration> {
    match value {
        _ if depth == 0 => None,
        Value::Array(values) => values.iter().find_map(|value| retry_info(value, depth - 1)),
        Value::Object(object) => {
            let named = ["retryDelay", "retry_delay", "retry_after", "retryAfter", "retry_after_seconds"];
            let told = named.iter().find_map(|name| match object.get(*name)? {
                Value::String(text) => duration(text).or_else(|| seconds(text.trim().parse().ok()?)),
                Value::Number(number) => seconds(number.as_f64()?),
                // The JSON form of protobuf: `{"seconds": 41}`.
                Value::Object(parts) => seconds(parts.get("seconds")?.as_f64()?),
                _ => None,
            });
            told.or_else(|| object.values().find_map(|value| retry_info(value, depth - 1)))
        }
        _ => None,
    }
}

fn of_message(message: &str) -> Option<Duration> {
    let message = &message[..message.floor_char_boundary(MAX_SEARCHED)];
    SENTENCES.iter().find_map(|sentence| {
        let told = &sentence.captures(message)?[1];
        duration(told).or_else(|| seconds(told.trim().parse().ok()?))
    })
}

/// Reads `1m12.5s` and similar durations; `None` if a unit is unknown.
fn duration(text: &str) -> Option<Duration> {
    let mut sum = None;
    for part in PARTS.as_ref()?.captures_iter(text) {
        let unit = match part[2].to_lowercase().as_str() {
            "ms" | "毫秒" => 0.001,
            unit if unit.starts_with("milli") => 0.001,
            "s" | "秒" => 1.0,
            unit if unit.starts_with("sec") => 1.0,
            "m" | "分" | "分钟" => 60.0,
            unit if unit.starts_with("min") => 60.0,
            "h" | "小时" => 3600.0,
            unit if unit.starts_with("hour") || unit.starts_with("hr") => 3600.0,
            "d" | "天" => 86400.0,
            unit if unit.starts_with("day") => 86400.0,
            _ => return None,
        };
        sum = Some(sum.unwrap_or(0.0) + part[1].parse::<f64>().ok()? * unit);
    }
    seconds(sum?)
}

fn seconds(seconds: f64) -> Option<Duration> {
    (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
}

/// Finds Google's `quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier"` anywhere in an error.
fn names_daily_quota(value: &Value, depth: usize) -> bool {
    match value {
        _ if depth == 0 => false,
        Value::Array(values) => values.iter().any(|value| names_daily_quota(value, depth - 1)),
        Value::Object(object) => object.iter().any(|(name, value)| match value {
            Value::String(text) if name.starts_with("quota") => {
                let text = text.to_ascii_lowercase().replace(['_', '-', ' '], "");
                text.contains("perday") || text.contains("permonth") || text.contains("perweek")
            }
            value => names_daily_quota(value, depth - 1),
        }),
        _ => false,
    }
}

/// Whether a message says that the limit is per day or longer.
fn is_daily(message: &str) -> bool {
    const WORDS: [&str; 22] = [
        "per day",
        "per-day",
        "per_day",
        "perday",
        "/day",
        "/ day",
        "daily",
        "a day",
        "per 24 hour",
        "24-hour",
        "per week",
        "weekly",
        "per month",
        "per-month",
        "monthly",
        "this month",
        "today",
        "(rpd)",
        "(tpd)",
        "每日",
        "每天",
        "今日",
    ];
    let message = message.to_lowercase();
    let is_word = |word: &str| message.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
    WORDS.iter().any(|word| message.contains(word)) || is_word("rpd") || is_word("tpd")
}

#[cfg(test)]
mod tests;
