//! What gateways need: keys in other headers, queries, time to think, requests without `stream_options`.

use std::{sync::Arc, time::Duration};

use colophon_provider::{
    Catalogue, Client, Event, FaultKind, Keys, ModelOptions, ProviderOptions, Retry,
    fake::{FakeProvider, Script, Step, translation_of},
};
use futures::StreamExt as _;
use serde_json::json;

use super::{KEY, catalogue_with, chat, client, fault, whole, with_parameters};

fn read(toml: &str) -> Client {
    #[derive(serde::Deserialize)]
    struct Options {
        providers: Vec<ProviderOptions>,
        models: Vec<ModelOptions>,
    }
    let options: Options = toml::from_str(toml).expect("options");
    let catalogue = Catalogue::new(options.providers, options.models).expect("a catalogue");
    Client::new(catalogue.with_keys(Keys::fixed([("FAKE_KEY", KEY)])).into())
}

/// A provider at `base_url` with `lines` in its entry, and a model `fake/tiny` with `model` in its own.
fn gateway(base_url: &str, lines: &str, model: &str) -> Client {
    read(&format!(
        "[[providers]]\nname = 'fake'\nbase_url = '{base_url}'\napi_key_env = 'FAKE_KEY'\n{lines}\n\
         [[models]]\nid = 'fake/tiny'\nprovider = 'fake'\nupstream = 'tiny'\n{model}"
    ))
}

#[tokio::test]
async fn a_query_of_the_address_stays_behind_the_path_and_the_key_goes_where_it_is_wanted() {
    let fake = FakeProvider::start();
    let base_url = format!("{}/?api-version=2024-10-21&x=a%20b", fake.base_url());
    let client = gateway(&base_url, "api_key_header = 'api-key'", "");
    assert_eq!(whole(&client, chat("tiny", "a")).await.0, translation_of("tiny", "a"));
    let received = &fake.requests()[0];
    assert_eq!(received.target, "/v1/chat/completions?api-version=2024-10-21&x=a%20b");
    assert_eq!(received.headers["api-key"], KEY);
    assert_eq!(received.headers.get("authorization"), None);
    let provider = client.catalogue().find_provider("fake").unwrap();
    let whereabouts = provider.whereabouts().unwrap();
    assert!(whereabouts.contains("FAKE_KEY in api-key") && !whereabouts.contains("2024"), "{whereabouts}");
    assert!(!format!("{client:?}").contains("2024-10-21"), "a query may hold a secret");
}

#[tokio::test]
async fn the_first_byte_has_its_own_time() {
    let fake = FakeProvider::start();
    let patient = Client::new(Arc::new(catalogue_with(&fake.base_url(), "first_byte_timeout_s = 600")));
    let late = || Script::answer("tiny", "a").after(Duration::from_millis(1_500));
    fake.script(late());
    assert_eq!(whole(&patient, chat("tiny", "x")).await.0, "a");
    // The head is there at once, the first byte is late.
    let thinks = Script::stream([] as [&str; 0]).then(Step::Wait(Duration::from_millis(1_500)));
    fake.script(Script::answer("tiny", "a").steps_after(thinks));
    assert_eq!(whole(&patient, chat("tiny", "x")).await.0, "a");
    // Within an answer the other limit counts.
    fake.script(Script::deltas("tiny", "a", 1).then(Step::Hang));
    assert_eq!(fault(&patient, chat("tiny", "x")).await.1.kind, FaultKind::SilentInStream);
    // Where it is absent, `idle_timeout_s` counts for both.
    fake.script(late());
    assert_eq!(fault(&client(&fake), chat("tiny", "x")).await.1.kind, FaultKind::SilentAtStart);
}

#[tokio::test]
async fn a_provider_that_refuses_stream_options_is_asked_without_them_from_then_on() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let refused = json!({"error": {"message": "Unrecognized request argument supplied: stream_options"}});
    fake.script(Script::json(400, &refused));
    let before = client.prepare(chat("tiny", "a")).unwrap();
    assert!(!before.parameter_names().contains_key("stream_options"));
    let (_, refusal) = fault(&client, chat("tiny", "a")).await;
    assert_eq!((refusal.kind, refusal.retry), (FaultKind::ParameterRefused, Retry::Prepare));
    assert_eq!(refusal.parameter.as_deref(), Some("stream_options"));
    for client in [client.clone(), client] {
        let prepared = client.prepare(chat("tiny", "a")).unwrap();
        assert_eq!(prepared.parameter_names()["stream_options"], "");
        let (text, last) = whole(&client, chat("tiny", "a")).await;
        assert!(last.is_ok_and(|last| matches!(last, Event::Finished(ending) if ending.usage.is_none())));
        assert_eq!(text, translation_of("tiny", "a"));
    }
    let asked: Vec<bool> =
        fake.requests().iter().map(|it| it.json().get("stream_options").is_some()).collect();
    assert_eq!(asked, [true, false, false]);
}

#[tokio::test]
async fn usage_is_not_asked_for_where_that_is_configured() {
    let fake = FakeProvider::start();
    let client = gateway(&fake.base_url(), "stream_usage = false", "");
    assert!(whole(&client, chat("tiny", "a")).await.1.is_ok());
    assert_eq!(fake.requests()[0].json().get("stream_options"), None);
    // A refusal of something that was not sent is none of it.
    fake.script(Script::json(400, &json!({"error": {"message": "bad: stream_options"}})));
    assert_eq!(fault(&client, chat("tiny", "a")).await.1.retry, Retry::Never);
}

#[tokio::test]
async fn a_whole_answer_needs_no_reason_where_that_is_configured() {
    let fake = FakeProvider::start();
    let answer = json!({"object": "chat.completion", "choices": [{"message": {"content": "a"}}]});
    fake.script(Script::json(200, &answer));
    let (_, incomplete) = fault(&client(&fake), chat("tiny", "x")).await;
    assert_eq!(incomplete.kind, FaultKind::StreamIncomplete);
    assert!(incomplete.to_string().contains("finish_reason = \"optional\""), "{incomplete}");
    let optional = gateway(&fake.base_url(), "finish_reason = 'optional'", "");
    fake.script(Script::json(200, &answer));
    assert_eq!(whole(&optional, chat("tiny", "x")).await.0, "a");
}

#[tokio::test]
async fn reasoning_stays_where_that_is_configured() {
    let fake = FakeProvider::start();
    for (model, text) in
        [("", "Text"), ("reasoning = 'split'", "Text"), ("reasoning = 'keep'", "<think>a</think>Text")]
    {
        fake.script(Script::answer("tiny", "<think>a</think>Text"));
        let (told, last) = whole(&gateway(&fake.base_url(), "", model), chat("tiny", "x")).await;
        assert_eq!(told, text, "{model}");
        assert!(last.is_ok());
    }
}

#[tokio::test]
async fn readers_hold_nothing_of_reasoning_once_its_end_is_there() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    fake.script(Script::answer("tiny", "I think so.\n</think>\n\nText"));
    let events: Vec<_> = super::send(&client, chat("tiny", "x")).map(Result::unwrap).collect().await;
    let replaced =
        events.iter().position(|event| *event == Event::Replaced(String::new())).expect("replaced");
    let after: String = events[replaced..]
        .iter()
        .filter_map(|event| if let Event::Delta(text) = event { Some(text.as_str()) } else { None })
        .collect();
    assert_eq!(after, "Text");
}

#[tokio::test]
async fn waits_and_limits_come_through() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let limited = |message: &str| Script::json(429, &json!({"error": {"message": message}}));
    for (script, wait, is_long) in [
        (limited("slow").header("Retry-After", "1.5"), Some(1.5), false),
        (limited("slow").header("retry-after-ms", "250").header("Retry-After", "9"), Some(0.25), false),
        (limited("slow").header("x-ratelimit-reset-tokens", "6m0s"), Some(360.0), false),
        (limited("Please try again in 7.66s."), Some(7.66), false),
        (limited("Please try again in 2h30m."), Some(9_000.0), true),
        (limited("Rate limit exceeded: free-models-per-day"), None, true),
        (limited("slow"), None, false),
    ] {
        fake.script(script.clone());
        let (_, fault) = fault(&client, chat("tiny", "x")).await;
        assert_eq!(fault.kind, FaultKind::RateLimited);
        assert_eq!(fault.retry_after.map(|wait| wait.as_secs_f64()), wait, "{script:?}");
        assert_eq!(fault.is_long_wait, is_long, "{script:?}");
    }
}

#[tokio::test]
async fn a_parameter_is_recognised_without_quotes() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let message = "Unrecognized request arguments supplied: max_completion_tokens, top_k";
    fake.script(Script::json(400, &json!({"error": {"message": message, "param": null}})));
    let request = with_parameters(chat("tiny", "a"), json!({"temperature": 1, "max_tokens": 5}));
    let (_, fault) = fault(&client, request).await;
    assert_eq!((fault.kind, fault.parameter.as_deref()), (FaultKind::ParameterRefused, Some("max_tokens")));
    assert!(fault.to_string().contains(message));
}
