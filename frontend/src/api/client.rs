//! Requests and replies, whatever they are about.

use super::{Error, json};
use colophon_contract::Problem;
use gloo_net::http::{Method, RequestBuilder};
use leptos::prelude::window;
use serde::{Serialize, de::DeserializeOwned};

/// An `Idempotency-Key`: one for each thing a person asks for, the same when it is asked for again
/// because no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A new random key. Not `crypto.randomUUID`, which browsers keep from pages over plain HTTP.
    pub fn random() -> Self {
        let mut bytes = [0_u8; 16];
        if let Ok(crypto) = window().crypto() {
            let _ = crypto.get_random_values_with_u8_array(&mut bytes);
        }
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

pub(super) async fn get<T: DeserializeOwned>(url: &str) -> Result<T, Error> {
    decode(&send(Method::GET, url, None, None).await?)
}

pub(super) async fn post<T: DeserializeOwned>(
    url: &str,
    body: &impl Serialize,
    key: Option<&Key>,
) -> Result<T, Error> {
    decode(&send(Method::POST, url, encode(body), key).await?)
}

pub(super) async fn patch<T: DeserializeOwned>(url: &str, body: &impl Serialize) -> Result<T, Error> {
    decode(&send(Method::PATCH, url, encode(body), None).await?)
}

pub(super) async fn delete(url: &str) -> Result<(), Error> {
    send(Method::DELETE, url, None, None).await.map(drop)
}

fn encode(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).ok()
}

pub(super) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    json::decode(text).map_err(|_| Error::Unexpected(200))
}

/// The error in a reply that is not a success.
pub(super) fn problem(status: u16, text: &str) -> Error {
    json::decode::<Problem>(text)
        .map_or(Error::Unexpected(status), |problem| Error::Problem(Box::new(problem)))
}

/// Not generic, so that it is compiled once: the reply's body as text.
pub(super) async fn send(
    method: Method,
    url: &str,
    body: Option<String>,
    key: Option<&Key>,
) -> Result<String, Error> {
    let mut request = RequestBuilder::new(url).method(method).header("Accept", "application/json");
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key.as_str());
    }
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    let response = request.map_err(|_| Error::Network)?.send().await.map_err(|_| Error::Network)?;
    let text = response.text().await.map_err(|_| Error::Network)?;
    if response.ok() { Ok(text) } else { Err(problem(response.status(), &text)) }
}

/// `url` with a query of those parameters that have a value, escaped.
pub(super) fn with_query(url: String, parameters: &[(&str, Option<String>)]) -> String {
    let mut whole = url;
    let mut mark = '?';
    for (name, value) in parameters {
        if let Some(value) = value {
            whole.push(mark);
            whole.push_str(name);
            whole.push('=');
            whole.push_str(&String::from(js_sys::encode_uri_component(value)));
            mark = '&';
        }
    }
    whole
}
