use colophon_provider::{
    Catalogue, Client, FaultKind, Keys, Message, Role,
    fake::{FakeProvider, translation_of},
};
use serde_json::json;

use super::{KEY, catalogue, chat, client, fault, send, whole, with_parameters};

#[tokio::test]
async fn what_was_prepared_is_what_is_sent() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let mut request = chat("tiny", "銀河 {braces} \"quotes\"");
    request.messages.insert(0, Message { role: Role::System, content: String::new() });
    let parameters = json!({
        "temperature": 0.3, "max_tokens": 512, "metadata": {"team": "east"}, "variables": {"tone": "dry"},
    });
    let prepared = client.prepare(with_parameters(request, parameters)).unwrap();
    assert_eq!((prepared.provider.as_str(), prepared.upstream.as_str()), ("fake", "tiny"));
    let body = prepared.body().clone();
    futures::StreamExt::collect::<Vec<_>>(client.stream(prepared)).await;

    let received = fake.requests();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].body, body);
    assert_eq!(
        received[0].json(),
        json!({
            "model": "tiny",
            "messages": [
                {"role": "system", "content": ""},
                {"role": "user", "content": "銀河 {braces} \"quotes\""},
            ],
            "temperature": 0.3,
            "max_completion_tokens": 512,
            "metadata": {"team": "east"},
            "stream": true,
            "stream_options": {"include_usage": true},
        })
    );
    let headers = &received[0].headers;
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!((headers["x-title"].as_str(), headers["content-type"].as_str()), ("Test", "application/json"));
    assert_eq!(headers["accept"], "text/event-stream");
}

#[test]
fn the_bytes_are_the_same_each_time_with_sorted_keys() {
    let text = r#"{"messages":[{"content":"a","role":"user"}],"metadata":{"a":1,"b":2},"model":"tiny","stream":true,"stream_options":{"include_usage":true},"temperature":1}"#;
    for parameters in
        [r#"{"temperature":1,"metadata":{"a":1,"b":2}}"#, r#"{"metadata":{"b":2,"a":1},"temperature":1}"#]
    {
        // Another client has other tables of its own.
        let client = super::client_at("http://127.0.0.1:9/v1");
        let parameters: serde_json::Value = serde_json::from_str(parameters).unwrap();
        for _ in 0..2 {
            let request = with_parameters(chat("tiny", "a"), parameters.clone());
            assert_eq!(client.prepare(request).unwrap().body(), text);
        }
    }
}

#[test]
fn a_parameter_that_is_not_listed_is_refused_before_anything_is_sent() {
    let client = super::client_at("http://127.0.0.1:9/v1");
    let fault = client.prepare(with_parameters(chat("tiny", "a"), json!({"seed": 1}))).unwrap_err();
    assert_eq!((fault.kind, fault.parameter.as_deref()), (FaultKind::ParameterRefused, Some("seed")));
    let unlisted = client.prepare(chat("gone", "a")).unwrap_err();
    assert_eq!(unlisted.kind, FaultKind::ModelUnknown);
}

#[tokio::test]
async fn metadata_that_is_not_listed_stays_here() {
    let fake = FakeProvider::start();
    let toml = format!(
        "[[providers]]\nname = 'open'\nbase_url = '{}/'\n[[models]]\nid = 'm'\nprovider = 'open'",
        fake.base_url()
    );
    #[derive(serde::Deserialize)]
    struct Options {
        providers: Vec<colophon_provider::ProviderOptions>,
        models: Vec<colophon_provider::ModelOptions>,
    }
    let options: Options = toml::from_str(&toml).unwrap();
    let client = Client::new(Catalogue::new(options.providers, options.models).unwrap().into());
    let mut request = with_parameters(chat("", "a"), json!({"metadata": {"k": 1}, "variables": {}}));
    request.model = "m".to_owned();
    assert_eq!(whole(&client, request).await.0, translation_of("m", "a"));
    let received = &fake.requests()[0];
    assert_eq!(received.json().get("metadata"), None);
    assert_eq!(received.json().get("variables"), None);
    assert_eq!(received.headers.get("authorization"), None, "this provider takes no key");
}

#[tokio::test]
async fn without_its_key_nothing_is_sent_and_the_variable_is_named() {
    let fake = FakeProvider::start();
    let catalogue = catalogue(&fake.base_url()).with_keys(Keys::fixed([("FAKE_KEY", "")]));
    let (_, fault) = fault(&Client::new(catalogue.into()), chat("tiny", "a")).await;
    assert_eq!((fault.kind, fault.missing_env.as_deref()), (FaultKind::KeyMissing, Some("FAKE_KEY")));
    assert!(fault.to_string().contains("FAKE_KEY") && !fault.retryable());
    assert_eq!(fake.total(), 0);
}

#[tokio::test]
async fn the_key_is_in_no_debug_output() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let prepared = client.prepare(chat("tiny", "a")).unwrap();
    let stream = send(&client, chat("fail-401", "a"));
    let events: Vec<_> = futures::StreamExt::collect(stream).await;
    let shown = format!("{client:?} {prepared:?} {events:?}");
    assert!(!shown.contains(KEY) && !shown.contains("sk-"), "{shown}");
}
