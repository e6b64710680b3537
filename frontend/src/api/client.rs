//! Requests and replies, whatever they are about.

use super::{Error, json};
use colophon_contract::Problem;
use js_sys::{Function, Promise};
use leptos::prelude::window;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, XmlHttpRequest};

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
}

/// The answer to a request, which is sent once somebody waits for it. The one future of the API's calls: an `async fn`
/// each would bring a state machine each.
#[must_use]
pub struct Reply<T> {
    text: Text,
    kind: PhantomData<fn() -> T>,
}

/// A reply's body.
pub type Text = Pin<Box<dyn Future<Output = Result<String, Error>>>>;

impl<T: DeserializeOwned> Future for Reply<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        self.text.as_mut().poll(context).map(|text| decode(&text?))
    }
}

pub(super) fn get<T>(url: String) -> Reply<T> {
    ask("GET", url, Body::None, None)
}

pub(super) fn post<T>(url: String, body: &impl Serialize, key: Option<&Key>) -> Reply<T> {
    ask("POST", url, encode(body), key)
}

/// For answers without a body.
pub(super) fn post_for_nothing(url: String, body: &impl Serialize) -> Text {
    send("POST", url, encode(body), None, None)
}

pub(super) fn patch<T>(url: String, body: &impl Serialize) -> Reply<T> {
    ask("PATCH", url, encode(body), None)
}

pub(super) async fn delete(url: String) -> Result<(), Error> {
    send("DELETE", url, Body::None, None, None).await.map(drop)
}

fn ask<T>(method: &'static str, url: String, body: Body, key: Option<&Key>) -> Reply<T> {
    Reply { text: send(method, url, body, key.cloned(), None), kind: PhantomData }
}

/// What is sent.
pub(super) enum Body {
    None,
    Json(String),
    Form(FormData),
}

fn encode(body: &impl Serialize) -> Body {
    serde_json::to_string(body).map_or(Body::None, Body::Json)
}

pub(super) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    json::decode(text).map_err(|_| Error::Unexpected(200))
}

/// The error in a reply that is not a success.
fn problem(status: u16, text: &str) -> Error {
    json::decode::<Problem>(text)
        .map_or(Error::Unexpected(status), |problem| Error::Problem(Box::new(problem)))
}

/// The reply's body as text. By `XMLHttpRequest`, for `fetch` does not tell how far an upload came; `on_progress`
/// hears of that.
pub(super) fn send(
    method: &'static str,
    url: String,
    body: Body,
    key: Option<Key>,
    on_progress: Option<Function>,
) -> Text {
    Box::pin(async move {
        let request = exchange(method, &url, body, key, on_progress).await.map_err(|_| Error::Network)?;
        let text = request.response_text().ok().flatten().unwrap_or_default();
        match request.status().unwrap_or(0) {
            0 => Err(Error::Network),
            200..=299 => Ok(text),
            status => Err(problem(status, &text)),
        }
    })
}

async fn exchange(
    method: &str,
    url: &str,
    body: Body,
    key: Option<Key>,
    on_progress: Option<Function>,
) -> Result<XmlHttpRequest, JsValue> {
    let request = XmlHttpRequest::new()?;
    request.open(method, url)?;
    request.set_request_header("Accept", "application/json")?;
    if let Some(key) = key {
        request.set_request_header("Idempotency-Key", &key.0)?;
    }
    if on_progress.is_some() {
        request.upload()?.set_onprogress(on_progress.as_ref());
    }
    // `loadend` comes after success, failure and abort alike.
    let done = Promise::new(&mut |resolve: Function, _| request.set_onloadend(Some(&resolve)));
    match body {
        Body::None => request.send()?,
        Body::Json(text) => {
            request.set_request_header("Content-Type", "application/json")?;
            request.send_with_opt_str(Some(&text))?;
        }
        Body::Form(form) => request.send_with_opt_form_data(Some(&form))?,
    }
    JsFuture::from(done).await?;
    Ok(request)
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
