//! Recorded answers: each file of `tests/cases/streams` with what must become of it.

use std::{path::PathBuf, time::Duration};

use colophon_provider::{Client, Ending, Event, Fault, FaultKind, Finish, Retry, Scope, fake::FakeProvider};

use super::{catalogue_of_models, chat, whole};

const GOOD: &str = "The harbour bell rang three times.\nMio shook her head.\n";
const SHORT: &str = "The harbour bell rang.";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/streams"))
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).expect("the folder of cases");
    let mut names: Vec<String> = files
        .filter_map(|file| file.ok()?.file_name().to_str()?.strip_suffix(".http").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// What becomes of a recording, at a provider with `more` in its entry.
async fn played(name: &str, more: &str) -> (String, Result<Ending, Fault>) {
    let fake = FakeProvider::start();
    fake.play_recordings(folder());
    let client = Client::new(catalogue_of_models(&fake.base_url(), &[name], more).into());
    let (text, last) = whole(&client, chat(name, "x")).await;
    let last = last.map(|event| match event {
        Event::Finished(ending) => *ending,
        other => panic!("{other:?}"),
    });
    (text, last)
}

#[tokio::test]
async fn answers_that_are_whole_are_taken() {
    for (name, text) in [
        ("azure-filter-first", GOOD),
        ("bare-json-lines", SHORT),
        ("channel-markers", GOOD),
        ("choices-null-keepalive", GOOD),
        ("content-is-a-list", "The harbour bell rang three times.\n"),
        ("control-good", GOOD),
        ("data-without-space-crlf", GOOD),
        ("finish-STOP", GOOD),
        ("finish-eos", GOOD),
        ("finish-null-string-then-stop", GOOD),
        ("finish-stop_sequence", GOOD),
        ("index-absent", GOOD),
        ("index-one-only", GOOD),
        ("reasoning-field-then-text", GOOD),
        ("stream-labelled-text", GOOD),
        ("think-inline", GOOD),
        ("think-inline-empty", GOOD),
        ("usage-nulls", GOOD),
    ] {
        let (told, ending) = played(name, "").await;
        let ending = ending.unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
        assert_eq!((told.as_str(), ending.finish), (text, Some(Finish::Done)), "{name}");
    }
    assert_eq!(played("finish-STOP", "").await.1.unwrap().finish_reason.as_deref(), Some("STOP"));
    let ending = played("usage-nulls", "").await.1.unwrap();
    let usage = ending.usage.expect("a usage");
    assert_eq!((usage.total_tokens, usage.cached_tokens), (70, None));
}

#[tokio::test]
async fn reasoning_is_kept_apart() {
    let ending = played("think-inline", "").await.1.unwrap();
    assert_eq!(ending.removed.len(), 1);
    assert!(ending.removed[0].text.starts_with("<think>\nThe user wants English."), "{:?}", ending.removed);
    assert!(ending.removed[0].text.ends_with("\n</think>\n\n") && ending.removed[0].offset == 0);
    assert_eq!(ending.reasoning, None);
    for (name, text) in
        [("reasoning-field-then-text", "Let me think."), ("content-is-a-list", "First the bell")]
    {
        let ending = played(name, "").await.1.unwrap();
        let reasoning = ending.reasoning.expect("reasoning");
        assert_eq!((reasoning.text.as_str(), reasoning.bytes), (text, text.len() as u64), "{name}");
        assert!(ending.removed.is_empty());
    }
}

#[tokio::test]
async fn answers_that_are_none_say_why() {
    for (name, kind, class, retry) in [
        ("think-only-length", FaultKind::OutputTruncated, Some(Finish::Truncated), Retry::Never),
        ("reasoning-only-stop", FaultKind::EmptyAnswer, Some(Finish::Done), Retry::Once),
        ("gemini-blocked-prompt", FaultKind::ContentFiltered, None, Retry::Never),
        ("gemini-content-filter-empty", FaultKind::ContentFiltered, Some(Finish::Filtered), Retry::Never),
        ("finish-PROHIBITED_CONTENT", FaultKind::ContentFiltered, Some(Finish::Filtered), Retry::Never),
        ("finish-sensitive", FaultKind::ContentFiltered, Some(Finish::Filtered), Retry::Never),
        ("finish-refusal", FaultKind::ContentFiltered, Some(Finish::Filtered), Retry::Never),
        ("finish-model_length", FaultKind::OutputTruncated, Some(Finish::Truncated), Retry::Never),
        ("finish-length-empty", FaultKind::OutputTruncated, Some(Finish::Truncated), Retry::Never),
        ("finish-abort", FaultKind::StreamError, Some(Finish::Other), Retry::Backoff),
        ("finish-tool_calls", FaultKind::UnexpectedFinish, Some(Finish::Other), Retry::Never),
        ("finish-missing-eof", FaultKind::StreamIncomplete, None, Retry::Backoff),
        ("finish-missing-done", FaultKind::StreamIncomplete, None, Retry::Backoff),
        ("finish-null", FaultKind::StreamIncomplete, None, Retry::Backoff),
    ] {
        let fault = played(name, "").await.1.expect_err(name);
        assert_eq!((fault.kind, fault.ending.finish, fault.retry), (kind, class, retry), "{name}: {fault}");
        assert_eq!(fault.scope, Scope::Segment, "{name}");
    }
    let unexpected = played("finish-tool_calls", "").await.1.unwrap_err();
    assert!(unexpected.to_string().contains("tool_calls"), "{unexpected}");
    let thought = played("think-only-length", "").await.1.unwrap_err();
    assert!(thought.ending.text.is_empty() && thought.ending.removed[0].text.starts_with("<think>"));
}

#[tokio::test]
async fn an_end_without_a_reason_is_enough_where_that_is_configured() {
    let fault = played("finish-missing-done", "").await.1.unwrap_err();
    assert!(fault.to_string().contains("finish_reason = \"optional\""), "{fault}");
    assert_eq!(played("finish-missing-eof", "").await.1.unwrap_err().hint, None);
    let optional = "finish_reason = 'optional'";
    let (text, ending) = played("finish-missing-done", optional).await;
    let ending = ending.expect("whole");
    assert_eq!((text.as_str(), ending.finish_reason, ending.finish), (GOOD, None, Some(Finish::Done)));
    assert!(played("finish-missing-eof", optional).await.1.is_err(), "the connection may have dropped");
    assert!(played("finish-tool_calls", optional).await.1.is_err());
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (name, kind, scope, says) in [
        ("openrouter-403-moderation", FaultKind::ContentFiltered, Scope::Segment, "this input was flagged"),
        ("deepseek-400-content-risk", FaultKind::ContentFiltered, Scope::Segment, "Content Exists Risk"),
        (
            "dashscope-400-inspection",
            FaultKind::ContentFiltered,
            Scope::Segment,
            "HTTP 400, data_inspection_failed: Input may hold improper content.",
        ),
        ("unquoted-parameter-400", FaultKind::ParameterRefused, Scope::Run, "supplied: max_tokens, top_k"),
    ] {
        let fault = played(name, "").await.1.expect_err(name);
        assert_eq!((fault.kind, fault.scope, fault.retry), (kind, scope, Retry::Never), "{name}: {fault}");
        assert!(fault.to_string().contains(says), "{name}: {fault}");
    }
    let limited = played("gemini-429-array", "").await.1.unwrap_err();
    assert_eq!((limited.kind, limited.retry_after), (FaultKind::RateLimited, Some(Duration::from_secs(41))));
    assert!(!limited.is_long_wait && limited.retryable());
}

#[tokio::test]
async fn answers_that_are_no_translations_complete() {
    for name in names().iter().filter(|name| name.starts_with("text-")) {
        let (text, ending) = played(name, "").await;
        assert!(ending.is_ok_and(|ending| ending.removed.is_empty()) && !text.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn one_model_answers_by_recording_where_the_mark_stands() {
    let fake = FakeProvider::start();
    fake.play_recordings(folder());
    let names = ["only-finish-abort", "refuses-stream-options"];
    let client = Client::new(catalogue_of_models(&fake.base_url(), &names, "").into());
    assert_eq!(whole(&client, chat("only-finish-abort", "港")).await.0, GOOD);
    let (_, last) = whole(&client, chat("only-finish-abort", "封鎖")).await;
    assert_eq!(last.unwrap_err().kind, FaultKind::StreamError);
}

#[test]
fn each_recording_is_tried() {
    let source = include_str!("cases.rs");
    let untried: Vec<_> = names()
        .into_iter()
        .filter(|name| !name.starts_with("text-") && !source.contains(&format!("\"{name}\"")))
        .collect();
    assert!(untried.is_empty(), "{untried:?}");
}
