//! A request of a test, and its answer.

use colophon_contract::Code;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

pub(crate) struct Call(pub(crate) RequestBuilder);

impl Call {
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.header("content-type", "application/json").body(body.to_string()))
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    pub(crate) fn form(self, form: reqwest::multipart::Form) -> Self {
        Self(self.0.multipart(form))
    }

    pub(crate) async fn open(self) -> reqwest::Response {
        self.0.send().await.expect("an answer")
    }

    pub(crate) async fn send(self) -> Answer {
        let answer = self.open().await;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.expect("a whole body").to_vec();
        Answer { status, headers, body }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    #[track_caller]
    pub(crate) fn id(&self) -> i64 {
        self.json()["id"].as_i64().expect("an id")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The session cookie that it sets, as a browser would send it.
    #[track_caller]
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().expect("a cookie").to_owned()
    }

    /// That it is the problem of `code`, whole; answers with its first error's place and code.
    #[track_caller]
    pub(crate) fn refuses(&self, code: Code) -> (String, String) {
        assert_eq!(self.status, code.status(), "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code.as_str(), "{problem}");
        assert_eq!(problem["type"], format!("/problems/{}", code.as_str()));
        assert_eq!(problem["status"], code.status());
        assert_eq!(problem["title"], code.title());
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        let error = &problem["errors"][0];
        let place = error["pointer"].as_str().or(error["parameter"].as_str());
        (place.unwrap_or_default().to_owned(), error["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// A place and a code, as [`Answer::refuses`] answers.
pub(crate) fn at(place: &str, code: &str) -> (String, String) {
    (place.to_owned(), code.to_owned())
}
