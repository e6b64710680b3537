use serde_json::json;

use super::*;

fn now() -> SystemTime {
    httpdate::parse_http_date("Sun, 22 Nov 2026 12:00:00 GMT").unwrap()
}

fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
    all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn found(all: &[(&'static str, &str)], error: Value, message: &str) -> Option<f64> {
    find(&headers(all), &error, message, true, now()).wait.map(|wait| wait.as_secs_f64())
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    for (value, wait) in [
        ("7", Some(7.0)),
        ("1.5", Some(1.5)),
        (" 0.25 ", Some(0.25)),
        ("20s", Some(20.0)),
        ("Sun, 22 Nov 2026 12:01:30 GMT", Some(90.0)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", Some(0.0)),
        ("0", Some(0.0)),
        ("99999999999", Some(LONGEST_WAIT.as_secs_f64())),
        ("1e999", Some(LONGEST_WAIT.as_secs_f64())),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("NaN", None),
    ] {
        assert_eq!(found(&[("retry-after", value)], Value::Null, ""), wait, "{value}");
    }
    assert_eq!(found(&[("retry-after", "2"), ("retry-after-ms", "1250")], Value::Null, ""), Some(1.25));
}

#[test]
fn limits_say_when_they_end() {
    let used_up = ("x-ratelimit-remaining-requests", "0");
    for (all, wait) in [
        (vec![("x-ratelimit-reset-requests", "1s"), used_up, ("x-ratelimit-reset-tokens", "6m0s")], 1.0),
        (vec![("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-reset-tokens", "6m0s")], 360.0),
        (vec![("x-ratelimit-reset-tokens", "7.66s"), ("x-ratelimit-remaining-tokens", "12")], 7.66),
        (vec![("x-ratelimit-reset-requests", "120ms")], 0.12),
        (vec![("x-ratelimit-reset", "1795348830")], 30.0),
        (vec![("x-ratelimit-reset", "1795348830000")], 30.0),
        (vec![("x-ratelimit-reset", "12")], 12.0),
        (vec![("x-ratelimit-reset-tokens-minute", "3")], 3.0),
    ] {
        assert_eq!(found(&all, Value::Null, ""), Some(wait), "{all:?}");
    }
    let plenty = [("x-ratelimit-reset-requests", "1h"), ("x-ratelimit-remaining-requests", "99")];
    assert_eq!(found(&plenty, Value::Null, ""), None);
    // Only a rate limit uses these headers: other errors have them as well.
    let other = find(&headers(&[("x-ratelimit-reset-requests", "9s")]), &Value::Null, "", false, now());
    assert_eq!(other, Wait::default());
}

#[test]
fn google_s_retry_info_is_found_in_objects_and_lists() {
    let info = |delay: Value| {
        json!({"error": {"code": 429, "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure"},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
        ]}})
    };
    assert_eq!(found(&[], info(json!("41s")), ""), Some(41.0));
    assert_eq!(found(&[], json!([info(json!("3.5s"))]), ""), Some(3.5));
    assert_eq!(found(&[], info(json!({"seconds": 8})), ""), Some(8.0));
    assert_eq!(found(&[], json!({"error": {"retry_after": 4}}), ""), Some(4.0));
    assert_eq!(found(&[("retry-after", "0")], info(json!("41s")), ""), Some(41.0));
    let daily = json!({"error": {"details": [
        {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "250"}]},
        {"retryDelay": "20s"},
    ]}});
    assert_eq!(find(&HeaderMap::new(), &daily, "", true, now()), Wait { wait: None, is_long: true });
}

#[test]
fn openrouter_repeats_its_headers_in_the_error() {
    let error =
        json!({"error": {"code": 429, "metadata": {"headers": {"X-RateLimit-Reset": "1795348830000"}}}});
    assert_eq!(found(&[], error, ""), Some(30.0));
}

#[test]
fn messages_say_it_in_words() {
    for (message, wait) in [
        ("Rate limit reached. Please try again in 7.66s. Visit …", Some(7.66)),
        ("Please try again in 6m0s.", Some(360.0)),
        ("Please try again in 350ms.", Some(0.35)),
        ("Please retry in 41.2s.", Some(41.2)),
        ("Please retry after 20 seconds.", Some(20.0)),
        ("Try again in 2 minutes", Some(120.0)),
        ("Please wait for 1 minute and 5 seconds before", Some(65.0)),
        ("Too many requests, please wait 30 sec", Some(30.0)),
        ("The limit resets in 1h5m", Some(3900.0)),
        ("Requests will be available again in 2 days", Some(172_800.0)),
        ("retry_after: 15", Some(15.0)),
        ("您的请求过于频繁，请在30秒后重试", Some(30.0)),
        ("请2分钟后再试", Some(120.0)),
        ("Limit 30000, Used 29000, Requested 5000.", None),
        ("Please try again later.", None),
        ("Please try again in 5 bananas.", None),
    ] {
        assert_eq!(found(&[], Value::Null, message), wait, "{message}");
    }
}

#[test]
fn a_limit_of_a_day_is_long_unless_a_short_wait_is_known() {
    let long = |message: &str| find(&HeaderMap::new(), &Value::Null, message, true, now());
    for message in [
        "Rate limit exceeded: free-models-per-day. Add 10 credits",
        "You have reached your daily limit",
        "on requests per day (RPD): Limit 200, Used 200",
        "Limit: 200 / day",
        "已达到今日调用上限",
    ] {
        assert_eq!(long(message), Wait { wait: None, is_long: true }, "{message}");
    }
    // A rolling window of one day; a part of it becomes free soon.
    let rolling = long("tokens per day (TPD): Limit 100000. Please try again in 7m12s.");
    assert_eq!(rolling, Wait { wait: Some(Duration::from_secs(432)), is_long: false });
    let later = long("requests per day (RPD). Please try again in 3h12m.");
    assert_eq!(later, Wait { wait: Some(Duration::from_secs(11_520)), is_long: true });
    assert!(!long("requests per minute").is_long && !long("").is_long);
}
