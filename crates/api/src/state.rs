//! What requests are answered with, made once by the server.

use crate::idempotent::InFlight;
use crate::sign_in::{PasswordGate, SetupToken, SignInLimit};
use colophon_domain::Db;
use colophon_pipeline::Runner;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What can be configured of the API.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Where browsers see the server, as in `https://colophon.example`; nothing for plain HTTP at the address
    /// asked for. With `https`, the session cookie is `Secure` and bound to the host.
    pub public_url: Option<String>,
    /// The target language of imported works that name none (RFC 5646).
    pub target_language: String,
    /// How many sign-ins an address may try at once.
    pub sign_in_burst: NonZeroU32,
    /// After that, one for each of these many seconds.
    pub sign_in_interval_s: NonZeroU32,
    /// Seconds between the comments that keep an event stream open.
    pub heartbeat_s: NonZeroU32,
}

impl Default for Options {
    fn default() -> Self {
        let seconds = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            public_url: None,
            target_language: "en".to_owned(),
            sign_in_burst: seconds(10),
            sign_in_interval_s: seconds(3),
            heartbeat_s: seconds(15),
        }
    }
}

impl Options {
    /// Whether browsers reach the server over TLS.
    #[must_use]
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// What requests are answered with. Migrations are done when it is made.
pub struct State {
    /// The database.
    pub db: Db,
    /// Works on runs; has the model catalogue.
    pub runner: Runner,
    /// What was configured.
    pub options: Options,
    /// Lets the first administrator in.
    pub setup: SetupToken,
    /// Cancelled when the server stops: event streams end, and it is no longer ready.
    pub stopping: CancellationToken,
    /// The recorder of metrics, where there is one.
    pub metrics: Option<PrometheusHandle>,
    pub(crate) passwords: PasswordGate,
    pub(crate) sign_ins: SignInLimit,
    pub(crate) in_flight: InFlight,
}

impl State {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Db, runner: Runner, options: Options, setup: SetupToken) -> Self {
        let sign_ins = SignInLimit::new(
            options.sign_in_burst,
            Duration::from_secs(u64::from(options.sign_in_interval_s.get())),
        );
        Self {
            db,
            runner,
            options,
            setup,
            stopping: CancellationToken::new(),
            metrics: None,
            passwords: PasswordGate::default(),
            sign_ins,
            in_flight: InFlight::default(),
        }
    }

    /// With the recorder of metrics.
    #[must_use]
    pub fn with_metrics(mut self, metrics: PrometheusHandle) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// With the token that is cancelled when the server stops.
    #[must_use]
    pub fn with_stopping(mut self, stopping: CancellationToken) -> Self {
        self.stopping = stopping;
        self
    }
}
