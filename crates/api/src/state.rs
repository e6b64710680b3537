//! Options of the API, and the state that all requests share.

use crate::admission::{Admission, AdmissionOptions};
use crate::auth::Touches;
use crate::idempotent::InFlight;
use crate::password_gate::PasswordGate;
use crate::peer::TrustedProxies;
use crate::refusals::Refusals;
use crate::sign_in::{SetupToken, SignInLimit};
use crate::uploads::{ImportOptions, Uploads};
use colophon_contract::rule::UPLOAD_KEPT_S;
use colophon_domain::Db;
use colophon_pipeline::Runner;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Options of the API.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Origin at which browsers reach the server, for example `https://colophon.example`; none for plain HTTP
    /// at the requested address. With `https`, the session cookie is `Secure` and bound to the host. A
    /// configured value is checked and normalised to the form in which browsers write an origin.
    #[serde(deserialize_with = "origin")]
    pub public_url: Option<String>,
    /// Proxies that are trusted to name the client's address and the host it requested.
    pub trusted_proxies: TrustedProxies,
    /// Target language (RFC 5646) of imported works that name none.
    pub target_language: String,
    /// How many sign-ins an address may try at once.
    pub sign_in_burst: NonZeroU32,
    /// Seconds for each further sign-in after that.
    pub sign_in_interval_s: NonZeroU32,
    /// How many seconds a body may fall behind the minimum rate of 16 KiB a second. A body that stops is
    /// given up this long after its last byte.
    pub body_timeout_s: NonZeroU32,
    /// How many seconds a client may read nothing of what is sent to it.
    pub stall_timeout_s: NonZeroU32,
    /// Maximum number of connections.
    pub connections: NonZeroU32,
    /// Maximum number of connections of one address, unless it is a trusted proxy's.
    pub connections_of_address: NonZeroU32,
    /// Seconds between the comments that keep an event stream open.
    pub heartbeat_s: NonZeroU32,
    /// Limits of imports.
    pub import: ImportOptions,
    /// Limits of expensive requests and of memory.
    pub admission: AdmissionOptions,
}

impl Default for Options {
    fn default() -> Self {
        let seconds = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            public_url: None,
            trusted_proxies: TrustedProxies::default(),
            target_language: "en".to_owned(),
            sign_in_burst: seconds(10),
            sign_in_interval_s: seconds(3),
            body_timeout_s: seconds(10),
            stall_timeout_s: seconds(60),
            connections: seconds(2048),
            connections_of_address: seconds(1024),
            heartbeat_s: seconds(15),
            import: ImportOptions::default(),
            admission: AdmissionOptions::default(),
        }
    }
}

/// Reads an origin as browsers write it: scheme, host, and the port if it is not the scheme's default.
fn origin<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    let url = Url::parse(&text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            // `Url` silently drops these.
            && !text.contains(['\\', '@'])
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    });
    let example = "public_url must be as in https://colophon.example: scheme, host and port, nothing else";
    url.map(|url| Some(url.origin().ascii_serialization())).ok_or_else(|| D::Error::custom(example))
}

impl Options {
    /// Checks whether browsers reach the server over TLS.
    #[must_use]
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// State that all requests share. Migrations are done before it is made.
pub struct State {
    /// The database.
    pub db: Db,
    /// Runs translations; has the model catalogue.
    pub runner: Runner,
    /// The configured options.
    pub options: Options,
    /// The secret that lets the first administrator in.
    pub setup: SetupToken,
    /// Cancelled when the server stops: event streams end, and the server is no longer ready.
    pub stopping: CancellationToken,
    /// The metrics recorder, if there is one.
    pub metrics: Option<PrometheusHandle>,
    pub(crate) passwords: PasswordGate,
    pub(crate) sign_ins: SignInLimit,
    pub(crate) refusals: Refusals,
    pub(crate) admission: Admission,
    pub(crate) uploads: Uploads,
    /// Held by the request that checks whether the database can be read.
    pub(crate) readiness: tokio::sync::Mutex<()>,
    pub(crate) in_flight: InFlight,
    pub(crate) touches: Touches,
}

impl State {
    /// Returns the state of a new server.
    #[must_use]
    pub fn new(db: Db, runner: Runner, options: Options, setup: SetupToken) -> Self {
        let sign_ins = SignInLimit::new(
            options.sign_in_burst,
            Duration::from_secs(u64::from(options.sign_in_interval_s.get())),
        );
        let admission = Admission::new(&options.admission);
        let uploads = Uploads::new(&options.import, Duration::from_secs(UPLOAD_KEPT_S));
        Self {
            db,
            runner,
            options,
            setup,
            stopping: CancellationToken::new(),
            metrics: None,
            passwords: PasswordGate::new(admission.budget().clone()),
            sign_ins,
            refusals: Refusals::default(),
            admission,
            uploads,
            readiness: tokio::sync::Mutex::default(),
            in_flight: InFlight::default(),
            touches: Touches::default(),
        }
    }

    /// Waits until the refused sign-ins so far, which are recorded in the background, are in the database.
    pub async fn settle(&self) {
        self.refusals.settle().await;
    }

    /// Adds the metrics recorder.
    #[must_use]
    pub fn with_metrics(mut self, metrics: PrometheusHandle) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Sets the token that is cancelled when the server stops.
    #[must_use]
    pub fn with_stopping(mut self, stopping: CancellationToken) -> Self {
        self.stopping = stopping;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_public_url_is_an_origin_or_nothing() {
        let read = |text: &str| serde_json::from_value::<Options>(json!({ "public_url": text }));
        for (text, origin) in [
            ("https://colophon.example", "https://colophon.example"),
            ("https://Colophon.example:443/", "https://colophon.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("https://蔵書.example", "https://xn--rovz68d.example"),
        ] {
            assert_eq!(read(text).expect("an origin").public_url.as_deref(), Some(origin), "{text}");
        }
        for text in [
            "",
            "colophon.example",
            "colophon.example:443",
            "ftp://colophon.example",
            "javascript:alert(1)",
            "https://",
            "https://user@colophon.example",
            "https://@colophon.example",
            "https://user:secret@colophon.example",
            "https://colophon.example/app",
            "https://colophon.example//",
            "https://colophon.example?a",
            "https://colophon.example#a",
            "https://colophon.example\\",
            " https://colophon.example",
            "https://colophon.example\r\nX: y",
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains("public_url must be") && !error.contains("secret"), "{error}");
        }
        assert_eq!(serde_json::from_value::<Options>(json!({})).expect("defaults").public_url, None);
    }
}
