//! A client of the API that expects servers to be away, and nothing but documented answers from those that are not.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use colophon_contract::{Code, Problem, url};
use reqwest::{Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::server::Server;

/// Nothing takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(40);

pub(crate) struct Client {
    http: reqwest::Client,
    token: String,
    asked: AtomicUsize,
}

/// A request that can be made again.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    body: Option<Value>,
    key: Option<String>,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None, key: None }
    }

    pub(crate) fn post(path: impl Into<String>, body: impl Into<Option<Value>>) -> Self {
        Self { method: Method::POST, path: path.into(), body: body.into(), key: None }
    }

    /// With an `Idempotency-Key`.
    pub(crate) fn with_key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }
}

/// What a server answered: as documented, or the client panics.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Of a problem.
    pub(crate) code: Option<Code>,
    pub(crate) body: Value,
    pub(crate) replayed: bool,
}

impl Answer {
    async fn read(ask: &Ask, response: Response) -> reqwest::Result<Self> {
        let status = response.status().as_u16();
        let replayed = response.headers().contains_key("idempotent-replayed");
        let bytes = response.bytes().await?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status < 400 {
            return Ok(Self { status, code: None, body, replayed });
        }
        let problem: Problem = serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            panic!("{ask:?}: {status} and no problem ({error}): {}", String::from_utf8_lossy(&bytes))
        });
        assert_eq!((problem.status, problem.code.status()), (status, status), "{ask:?}: {problem:?}");
        assert_ne!(problem.code, Code::Internal, "{ask:?}");
        Ok(Self { status, code: Some(problem.code), body, replayed })
    }

    /// Whether the same may well be answered in a moment.
    fn passes(&self) -> bool {
        use Code::{Busy, DatabaseUnavailable, IdempotencyKeyInUse, ShuttingDown};
        matches!(self.code, Some(Busy | DatabaseUnavailable | ShuttingDown | IdempotencyKeyInUse))
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn into<T: DeserializeOwned>(self) -> T {
        serde_json::from_value(self.body).expect("a body of its type")
    }
}

impl Client {
    pub(crate) fn new(token: String) -> Self {
        // The client takes one from the process even for plain HTTP.
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, token, asked: AtomicUsize::new(0) }
    }

    /// How many requests were answered.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn request(&self, server: &Server, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, server.url(path)).bearer_auth(&self.token)
    }

    /// Asks a server, which may be gone or go meanwhile.
    pub(crate) async fn ask(&self, server: &Server, ask: &Ask) -> reqwest::Result<Answer> {
        let mut request = self.request(server, ask.method.clone(), &ask.path).timeout(PATIENCE);
        if let Some(body) = &ask.body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        if let Some(key) = &ask.key {
            request = request.header("idempotency-key", key);
        }
        let answer = Answer::read(ask, request.send().await?).await?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(answer)
    }

    /// Asks one server after the other until one answers for good.
    pub(crate) async fn insist(&self, servers: &[Server], ask: Ask) -> Answer {
        let insist = async {
            for server in servers.iter().cycle() {
                match self.ask(server, &ask).await {
                    Ok(answer) if !answer.passes() => return answer,
                    _ => tokio::time::sleep(PAUSE).await,
                }
            }
            unreachable!("there are servers");
        };
        tokio::time::timeout(PATIENCE, insist).await.unwrap_or_else(|_| panic!("no answer to {ask:?}"))
    }

    /// An event stream after a place; no server, or one that cannot, is an error too.
    pub(crate) async fn follow(
        &self,
        server: &Server,
        path: &str,
        last: Option<&str>,
    ) -> reqwest::Result<Response> {
        let mut request = self.request(server, Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        request.send().await?.error_for_status()
    }

    /// Signs in; answers with the cookie.
    pub(crate) async fn sign_in(&self, server: &Server, name: &str, password: &str) -> String {
        let body = serde_json::json!({"name": name, "password": password}).to_string();
        let request = self.http.post(server.url(&url::session())).header("content-type", "application/json");
        let answer = request.body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        let cookie = answer.headers()["set-cookie"].to_str().expect("text");
        cookie.split(';').next().expect("a cookie").to_owned()
    }

    /// A request without a body, as somebody signed in, which must succeed.
    pub(crate) async fn post_by_cookie(&self, server: &Server, cookie: &str, path: &str) {
        let answer =
            self.http.post(server.url(path)).header("cookie", cookie).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
    }

    /// A request's head, for sockets that are used by hand.
    pub(crate) fn head(&self, server: &Server, path: &str) -> String {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
            server.address(),
            self.token
        )
    }
}
