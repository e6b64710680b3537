use std::{sync::Arc, time::Duration};

use colophon_provider::{
    Client, FaultKind, MAX_ANSWER_BYTES, Scope,
    fake::{FakeProvider, Script, Step},
};
use serde_json::json;

use super::{KEY, catalogue_with, chat, client, client_at, fault, whole, with_parameters};

#[tokio::test]
async fn each_way_to_fail_has_its_kind() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    for (model, kind, status) in [
        ("fail-length", FaultKind::OutputTruncated, None),
        ("fail-content-filter", FaultKind::ContentFiltered, None),
        ("fail-empty", FaultKind::EmptyAnswer, None),
        ("fail-incomplete", FaultKind::StreamIncomplete, None),
        ("fail-drop", FaultKind::StreamIncomplete, None),
        ("fail-stall", FaultKind::SilentInStream, None),
        ("fail-mid-stream", FaultKind::StreamError, None),
        ("fail-sse", FaultKind::InvalidResponse, None),
        ("fail-html", FaultKind::Html, Some(200)),
        ("fail-hang", FaultKind::SilentAtStart, None),
        ("fail-401", FaultKind::Unauthorized, Some(401)),
        ("fail-429", FaultKind::RateLimited, Some(429)),
        ("fail-quota", FaultKind::Quota, Some(429)),
        ("fail-500", FaultKind::ServerError, Some(500)),
        ("fail-503", FaultKind::ServerError, Some(503)),
    ] {
        let (_, fault) = fault(&client, chat(model, "some text that is long enough")).await;
        assert_eq!((fault.kind, fault.status), (kind, status), "{model}");
    }
}

#[tokio::test]
async fn a_truncated_answer_tells_what_it_cost() {
    let fake = FakeProvider::start();
    let (text, fault) = fault(&client(&fake), chat("fail-length", "0123456789")).await;
    assert!(!text.is_empty());
    assert_eq!(fault.ending.finish_reason.as_deref(), Some("length"));
    assert_eq!(fault.ending.usage.unwrap().completion_tokens, text.chars().count() as u64);
    assert_eq!(fault.ending.reported_model.as_deref(), Some("fail-length"));
}

#[tokio::test]
async fn a_refused_parameter_is_named() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let request = with_parameters(chat("fail-400", "a"), json!({"temperature": 2, "max_tokens": 5}));
    let (_, fault_) = fault(&client, request.clone()).await;
    assert_eq!(
        (fault_.kind, fault_.parameter.as_deref()),
        (FaultKind::ParameterRefused, Some("temperature"))
    );
    let message = json!({"error": {"message": "Unknown: 'max_completion_tokens'."}});
    fake.script(Script::json(400, &message));
    assert_eq!(fault(&client, request).await.1.parameter.as_deref(), Some("max_tokens"));
}

#[tokio::test]
async fn retry_after_comes_through_as_seconds_or_date() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    fake.script(Script::status(503).header("Retry-After", "17"));
    assert_eq!(fault(&client, chat("tiny", "a")).await.1.retry_after, Some(Duration::from_secs(17)));
    let asked_at = std::time::SystemTime::now();
    let date = httpdate::fmt_http_date(asked_at + Duration::from_secs(600));
    fake.script(Script::status(429).header("Retry-After", &date));
    let wait = fault(&client, chat("tiny", "a")).await.1.retry_after.unwrap();
    // A date has no fractions of a second, and some of the wait is over.
    let over = asked_at.elapsed().unwrap() + Duration::from_secs(1);
    assert!(wait <= Duration::from_secs(600) && wait + over >= Duration::from_secs(600), "{wait:?}");
}

#[tokio::test]
async fn a_provider_s_words_are_shown_without_secrets() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let words = format!("Incorrect key {KEY}: see the secret plan");
    let error = json!({"error": {"message": words, "code": words, "param": words, "type": KEY}});
    let in_stream = format!("data: {error}\n\n");
    for script in [
        Script::json(400, &error),
        Script::json(401, &error),
        Script::json(500, &error),
        Script::json(200, &error),
        Script::status(502).then_send(words.clone()),
        Script::stream([in_stream.clone()]),
        Script::stream([in_stream.replace("data:", "error:")]),
        Script::stream([format!("{words}\n\n")]),
        Script::stream([format!("data: {words}\n\n")]),
        Script::html().then_send(words.clone()),
        Script::status(200).header("Content-Type", "application/json").then_send(words.clone()),
    ] {
        fake.script(script.clone());
        let (_, fault) = fault(&client, chat("tiny", "a")).await;
        let shown = format!("{fault} {fault:?} {}", fault.code()).to_lowercase();
        let words = fault.message.as_deref().unwrap_or("see the secret plan");
        assert!(words.contains("see the secret plan") || words == "Welcome", "{script:?}: {words}");
        for leak in [KEY, "sk-test"] {
            assert!(!shown.contains(&leak.to_lowercase()), "{script:?} leaks {leak}: {shown}");
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (fake, other) = (FakeProvider::start(), FakeProvider::start());
    let to = format!("{}/chat/completions", other.base_url());
    for status in [301, 302, 307, 308] {
        fake.script(Script::status(status).header("Location", &to));
        let (_, fault) = fault(&client(&fake), chat("tiny", "a")).await;
        assert_eq!((fault.kind, fault.status, fault.scope), (FaultKind::Refused, Some(status), Scope::Run));
        assert!(fault.to_string().contains(&to), "{fault}");
    }
    assert_eq!(other.total(), 0);
}

/// In a process of its own, for a process has one environment.
#[tokio::test]
async fn a_key_is_not_sent_in_the_clear_to_a_proxy_of_the_environment() {
    const AT: &str = "COLOPHON_TEST_PROVIDER_AT";
    if let Ok(base_url) = std::env::var(AT) {
        whole(&client_at(&base_url), chat("tiny", "a")).await.1.expect("an answer");
        return;
    }
    let (fake, proxy) = (FakeProvider::start(), FakeProvider::start());
    let proxy_url = proxy.base_url().replace("/v1", "");
    let name = "faults::a_key_is_not_sent_in_the_clear_to_a_proxy_of_the_environment";
    let mut child = std::process::Command::new(std::env::current_exe().expect("this binary"));
    child.args(["--exact", name]).env(AT, fake.base_url()).env_remove("NO_PROXY").env_remove("no_proxy");
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(variable, &proxy_url);
    }
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!((fake.total(), proxy.total()), (1, 0));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_unreachable() {
    let fake = FakeProvider::start();
    let base_url = fake.base_url();
    drop(fake);
    let (_, fault) = fault(&client_at(&base_url), chat("tiny", "a")).await;
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.retryable());
}

#[tokio::test]
async fn bodies_that_are_no_event_stream_are_told_apart() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let answer = r#"{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}"#;
    let good = r#"data: {"choices":[{"delta":{"content":"a"}}]}"#;
    for (script, kind) in [
        (
            Script::status(200).header("Content-Type", "application/json").then_send("[1, 2]\n"),
            FaultKind::InvalidResponse,
        ),
        (
            Script::status(200).header("Content-Type", "application/json").then_send(&answer[..40]),
            FaultKind::StreamIncomplete,
        ),
        (Script::stream(["<!DOCTYPE html>\n<p>hi</p>\n"]), FaultKind::Html),
        (Script::stream(["<html><body>no line end"]), FaultKind::Html),
        (Script::stream([answer.replace(':', " ") + "\n"]), FaultKind::InvalidResponse),
        (Script::stream([] as [&str; 0]), FaultKind::StreamIncomplete),
        (Script::status(204), FaultKind::StreamIncomplete),
        (Script::stream([format!("{good}\n\ndata: {{\"choi")]), FaultKind::StreamIncomplete),
        (Script::stream([format!("{good}\n\ndata: {{\"choi\n\n")]), FaultKind::InvalidResponse),
        (Script::stream([format!("{good}\n\ndata: [1, 2]\n\n")]), FaultKind::InvalidResponse),
        (Script::stream([b"data: \xff\xfe\n\n".to_vec()]), FaultKind::InvalidResponse),
        (Script::stream([format!("{good}\n\ngarbled\n\n")]), FaultKind::InvalidResponse),
        (
            Script::stream([format!("{good}\n\nevent: error\ndata: {{\"message\":\"x\"}}\n\n")]),
            FaultKind::StreamError,
        ),
        (Script::stream([format!("{good}\n\nerror: {{\"code\":500}}\n\n")]), FaultKind::StreamError),
        (
            Script::deltas("tiny", "a", 4).then_finish("tiny", "tool_calls").then_done(),
            FaultKind::UnexpectedFinish,
        ),
        (Script::deltas("tiny", "a", 4).then_finish("tiny", "error").then_done(), FaultKind::StreamError),
        (Script::deltas("tiny", " \n　", 4).then_finish("tiny", "stop").then_done(), FaultKind::EmptyAnswer),
        (Script::deltas("tiny", "a", 4).then_done(), FaultKind::StreamIncomplete),
        (
            Script::deltas("tiny", "a", 4).then_finish("tiny", "stop").then(Step::Drop),
            FaultKind::StreamIncomplete,
        ),
    ] {
        fake.script(script.clone());
        let (_, fault) = fault(&client, chat("tiny", "x")).await;
        assert_eq!(fault.kind, kind, "{script:?}");
    }
}

#[tokio::test]
async fn silence_ends_after_the_limit_and_comments_are_not_silence() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let late = Script::answer("tiny", "a").after(Duration::from_secs(5));
    let quiet = Script::deltas("tiny", "a", 1).then(Step::Wait(Duration::from_secs(5)));
    for (script, kind) in [
        (late, FaultKind::SilentAtStart),
        (Script::stream([] as [&str; 0]).then(Step::Hang), FaultKind::SilentAtStart),
        (quiet, FaultKind::SilentInStream),
    ] {
        fake.script(script);
        // Without the limit, the first and the last would end otherwise, and the second would not end.
        assert_eq!(fault(&client, chat("tiny", "x")).await.1.kind, kind);
    }
    let comments = Script::stream([": working\n\n"; 5]).paced(Duration::from_millis(400));
    let answer = Script::answer("tiny", "a");
    let patient = answer.steps_after(comments);
    fake.script(patient);
    assert_eq!(whole(&client, chat("tiny", "x")).await.0, "a");
}

#[tokio::test]
async fn what_never_ends_is_ended() {
    let fake = FakeProvider::start();
    let options = "answer_timeout_s = 2";
    let client = Client::new(Arc::new(catalogue_with(&fake.base_url(), options)));
    let comments = Script::stream([": working\n\n"; 200]).paced(Duration::from_millis(100));
    let drops = Script::deltas("tiny", &"a".repeat(200), 1).paced(Duration::from_millis(100));
    for (script, has_text) in [(comments, false), (drops, true)] {
        fake.script(script);
        let (text, fault) = fault(&client, chat("tiny", "x")).await;
        assert_eq!((fault.kind, fault.retryable(), !text.is_empty()), (FaultKind::TooSlow, false, has_text));
    }
}

#[tokio::test]
async fn a_hostile_provider_cannot_fill_the_memory() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let megabyte = "x".repeat(1 << 20);
    let endless_line = Script::stream(vec![megabyte.clone(); 9]);
    let half = &megabyte[..500_000];
    let endless_answer = Script::deltas("tiny", "", 1);
    let chunk = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{half}\"}}}}]}}\n\n");
    let endless_answer = (0..20).fold(endless_answer, |script, _| script.then_send(chunk.clone()));
    let endless_comments = Script::stream(vec![format!(":{}\n", &megabyte[..1_000_000]); 70]);
    for script in [endless_line, endless_answer, endless_comments] {
        fake.script(script);
        let (text, fault) = fault(&client, chat("tiny", "x")).await;
        assert_eq!(fault.kind, FaultKind::AnswerTooLarge);
        assert!(text.len() <= MAX_ANSWER_BYTES);
    }
    let big_error = Script::status(400).header("Content-Type", "application/json");
    fake.script((0..50).fold(big_error, |script, _| script.then_send(megabyte.clone())));
    assert_eq!(fault(&client, chat("tiny", "x")).await.1.kind, FaultKind::Refused);
}

#[tokio::test]
async fn of_an_errors_body_only_the_beginning_is_read() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let padded = |bytes: usize| {
        let error = json!({"error": {"a_message": "x".repeat(bytes), "code": "insufficient_quota"}});
        Script::json(400, &error)
    };
    fake.script(padded(30_000));
    assert_eq!(fault(&client, chat("tiny", "x")).await.1.kind, FaultKind::Quota, "its end is read");
    fake.script(padded(8_000_000));
    assert_eq!(fault(&client, chat("tiny", "x")).await.1.kind, FaultKind::Refused, "its end is not read");
}
