//! The client against the scripted fake, over real HTTP.

mod answers;
mod cases;
mod catalogue;
mod faults;
mod gateways;
mod limits;
mod requests;
mod servers;

use std::{sync::Arc, time::Duration};

use colophon_provider::{
    Catalogue, ChatRequest, Client, Event, Fault, JsonObject, Keys, Message, ModelOptions, ProviderOptions,
    Role, fake::FakeProvider, restore_content,
};
use futures::{Stream, StreamExt};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const KEY: &str = "sk-Test-Key-0123456789";

/// A provider `fake` at `base_url`, with a key, a concurrency of 2 and silence of at most a second, and its
/// models.
fn catalogue(base_url: &str) -> Catalogue {
    catalogue_with(base_url, "")
}

/// The same with more said of the provider.
fn catalogue_with(base_url: &str, more: &str) -> Catalogue {
    let models = [
        "tiny",
        "fail-length",
        "fail-content-filter",
        "fail-empty",
        "fail-incomplete",
        "fail-drop",
        "fail-stall",
        "fail-mid-stream",
        "fail-sse",
        "fail-html",
        "fail-hang",
        "fail-400",
        "fail-401",
        "fail-429",
        "fail-quota",
        "fail-500",
        "fail-503",
        "slow",
        "no-usage",
    ];
    catalogue_of_models(base_url, &models, more)
}

/// The same with these models, each of which takes `temperature`, `max_tokens` and `metadata`.
fn catalogue_of_models(base_url: &str, models: &[&str], more: &str) -> Catalogue {
    #[derive(serde::Deserialize)]
    struct Options {
        providers: Vec<ProviderOptions>,
        models: Vec<ModelOptions>,
    }
    let models: Vec<String> = models.iter()
    .map(|model| {
        format!(
            "[[models]]\nid = 'fake/{model}'\nprovider = 'fake'\nupstream = '{model}'\n\
             parameters = ['temperature', 'max_tokens', 'metadata']\nrename = {{ max_tokens = 'max_completion_tokens' }}\n"
        )
    }).collect();
    let options: Options = toml::from_str(&format!(
        "[[providers]]\nname = 'fake'\nbase_url = '{base_url}'\napi_key_env = 'FAKE_KEY'\nmax_concurrency = 2\n\
         idle_timeout_s = 1\nheaders = {{ X-Title = 'Test' }}\n{more}\n{}",
        models.concat()
    ))
    .expect("the options are read");
    Catalogue::new(options.providers, options.models)
        .expect("a good catalogue")
        .with_keys(Keys::fixed([("FAKE_KEY", KEY)]))
}

fn client_at(base_url: &str) -> Client {
    Client::new(Arc::new(catalogue(base_url))).with_demo_delay(Duration::ZERO)
}

fn client(fake: &FakeProvider) -> Client {
    client_at(&fake.base_url())
}

fn chat(model: &str, text: &str) -> ChatRequest {
    ChatRequest {
        model: format!("fake/{model}"),
        messages: vec![Message { role: Role::User, content: text.to_owned() }],
        parameters: JsonObject::new(),
        subject: None,
    }
}

fn with_parameters(mut request: ChatRequest, parameters: Value) -> ChatRequest {
    request.parameters = parameters.as_object().expect("an object").clone();
    request
}

fn send(client: &Client, request: ChatRequest) -> impl Stream<Item = Result<Event, Fault>> + use<> {
    client.stream(client.prepare(request).expect("a good request"))
}

/// All events, the text of the deltas joined, and the last event or fault.
async fn whole(client: &Client, request: ChatRequest) -> (String, Result<Event, Fault>) {
    let events: Vec<_> = send(client, request).collect().await;
    let last = events.last().cloned().expect("a stream has an end");
    let ends = |event: &Result<Event, Fault>| matches!(event, Ok(Event::Finished(_)) | Err(_));
    assert_eq!(events.iter().filter(|event| ends(event)).count(), 1, "one end: {events:?}");
    let starts = events.iter().filter(|event| matches!(event, Ok(Event::Started { .. }))).count();
    assert!(starts <= 1 && (starts == 0 || matches!(events[0], Ok(Event::Started { .. }))), "{events:?}");
    let mut text = String::new();
    for event in &events {
        match event {
            Ok(Event::Delta(more)) => {
                assert!(!more.is_empty());
                text.push_str(more);
            }
            Ok(Event::Replaced(instead)) => text.clone_from(instead),
            _ => {}
        }
    }
    let ending = match &last {
        Ok(Event::Finished(ending)) => ending,
        Err(fault) => &fault.ending,
        other => panic!("{other:?}"),
    };
    if let Some(sha256) = &ending.content_sha256 {
        assert_eq!(text, ending.text);
        let content = restore_content(&ending.text, &ending.removed).expect("places in the text");
        assert_eq!(*sha256, hex::encode(Sha256::digest(content)));
    }
    (text, last)
}

async fn fault(client: &Client, request: ChatRequest) -> (String, Fault) {
    let (text, last) = whole(client, request).await;
    (text, last.expect_err("a fault was scripted"))
}
