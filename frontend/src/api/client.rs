//! Sends requests and decodes their replies.

use super::Error;
use colophon_contract::{Code, Problem};
use gloo_net::http::{Request, RequestBuilder, Response};
use leptos::prelude::window;
use serde::{Serialize, de::DeserializeOwned};
use std::pin::Pin;

/// An `Idempotency-Key`: one for each action of a person; reused when the request is repeated because no
/// answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Returns a new random key. Does not use `crypto.randomUUID`, which browsers withhold from pages over
    /// plain HTTP.
    pub fn random() -> Self {
        let mut bytes = [0_u8; 16];
        if let Ok(crypto) = window().crypto() {
            let _ = crypto.get_random_values_with_u8_array(&mut bytes);
        }
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Returns the key as the header holds it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Pauses before the retries of a read that the server was too busy for, in milliseconds.
const BUSY_PAUSES: [u32; 3] = [500, 1_000, 2_000];

pub(super) async fn get<T: DeserializeOwned>(url: String) -> Result<T, Error> {
    for pause in BUSY_PAUSES {
        match send(Request::get(&url).build()).await {
            Err(error) if error.code() == Some(Code::Busy) => {
                gloo_timers::future::TimeoutFuture::new(pause).await
            }
            reply => return reply?.decode(),
        }
    }
    send(Request::get(&url).build()).await?.decode()
}

pub(super) async fn post<T: DeserializeOwned>(
    url: String,
    body: &impl Serialize,
    key: Option<&Key>,
) -> Result<T, Error> {
    send(with_key(Request::post(&url), key).json(body)).await?.decode()
}

/// Sends a request whose reply has no body.
pub(super) async fn post_for_nothing(url: String, body: &impl Serialize) -> Result<(), Error> {
    send(Request::post(&url).json(body)).await.map(drop)
}

pub(super) async fn patch<T: DeserializeOwned>(url: String, body: &impl Serialize) -> Result<T, Error> {
    send(Request::patch(&url).json(body)).await?.decode()
}

pub(super) async fn delete(url: String) -> Result<(), Error> {
    send(Request::delete(&url).build()).await.map(drop)
}

fn with_key(request: RequestBuilder, key: Option<&Key>) -> RequestBuilder {
    match key {
        Some(key) => request.header("Idempotency-Key", key.as_str()),
        None => request,
    }
}

/// A completely received reply.
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// The `X-Request-Id` header, by which an operator finds the request in the server's log.
    pub(super) request_id: Option<String>,
    /// The body.
    pub(super) text: String,
}

impl Reply {
    /// Decodes the body.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if the body is not a `T`.
    pub(super) fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_str(&self.text).map_err(|_| self.unexpected())
    }

    /// Returns the reply if its status means success.
    ///
    /// # Errors
    /// The problem in the body; [`Error::Network`] for status 0, [`Error::Unexpected`] for any other body.
    pub(super) fn success(self) -> Result<Self, Error> {
        match self.status {
            0 => Err(Error::Network),
            200..=299 => Ok(self),
            _ => Err(serde_json::from_str::<Problem>(&self.text)
                .map_or_else(|_| self.unexpected(), |problem| Error::Problem(Box::new(problem)))),
        }
    }

    fn unexpected(&self) -> Error {
        Error::Unexpected { status: self.status, request_id: self.request_id.clone() }
    }
}

type Exchange = Pin<Box<dyn Future<Output = Result<Reply, Error>>>>;

/// Sends a request. Boxed, so that it is compiled once and not within the future of each call.
fn send(request: Result<Request, gloo_net::Error>) -> Exchange {
    Box::pin(async move {
        let receive = async || -> Result<Reply, gloo_net::Error> {
            let response: Response = request?.send().await?;
            let request_id = response.headers().get("x-request-id");
            Ok(Reply { status: response.status(), request_id, text: response.text().await? })
        };
        receive().await.map_err(|_| Error::Network)?.success()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, text: &str) -> Reply {
        Reply { status, request_id: Some("r-1".to_owned()), text: text.to_owned() }
    }

    fn unexpected(status: u16) -> Error {
        Error::Unexpected { status, request_id: Some("r-1".to_owned()) }
    }

    #[test]
    fn a_success_is_decoded() {
        assert_eq!(reply(200, "[1, 2]").success().and_then(Reply::decode), Ok(vec![1, 2]));
        assert_eq!(reply(201, "<html>").success().and_then(Reply::decode::<i32>), Err(unexpected(201)));
    }

    #[test]
    fn a_failure_is_the_servers_problem_or_unexpected() {
        let problem = Problem::new(Code::ValidationFailed, "Wrong.");
        let text = serde_json::to_string(&problem).unwrap();
        let failure = |status, text: &str| reply(status, text).success().err();
        assert_eq!(failure(422, &text), Some(Error::Problem(Box::new(problem))));
        assert_eq!(failure(502, "<html>Bad gateway</html>"), Some(unexpected(502)));
        assert_eq!(failure(304, ""), Some(unexpected(304)));
        assert_eq!(failure(0, ""), Some(Error::Network));
    }
}
