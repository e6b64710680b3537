//! The HTTP API: routes, extractors, sign-in, event streams, OpenAPI, static assets.
//!
//! All requests follow one path. A route reads the request with the extractors of `extract`, makes one call
//! to `colophon-domain` (a translation: to `colophon-pipeline`, which calls it), and answers. The caller's
//! permission is an argument of the route (`auth`). A failure is an [`ApiError`]; only this type knows HTTP
//! statuses. The server makes a [`State`] and passes it to [`build_app`].

mod admission;
mod app;
mod auth;
mod diff;
mod error;
mod example;
mod extract;
mod fallback;
mod health;
mod idempotent;
mod import;
mod limits;
mod metrics;
mod observe;
mod openapi;
mod origin;
mod pace;
mod password_gate;
mod peer;
mod problem_page;
mod refusals;
mod reply;
mod routes;
mod sign_in;
mod sse;
mod state;
mod swagger_ui;
mod tally;
mod uploads;
mod web_app;

pub use admission::AdmissionOptions;
pub use app::{build_app, with_layers};
pub use error::{ApiError, ApiResult, PROBLEM_JSON};
pub use metrics::install_recorder;
pub use openapi::openapi;
pub use pace::Connections;
pub use peer::TrustedProxies;
pub use refusals::write_left_out;
pub use sign_in::SetupToken;
pub use state::{Options, State};
pub use uploads::ImportOptions;
