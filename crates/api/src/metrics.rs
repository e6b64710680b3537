//! `/metrics`: what Prometheus scrapes.

use crate::auth::find_actor;
use crate::error::{ApiError, ApiResult};
use crate::state::State;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use colophon_contract::Code;
use colophon_domain::password::computed;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// Bounds of the histograms of seconds.
const SECONDS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Makes Prometheus the recorder of this process; once, within a Tokio runtime.
///
/// # Errors
/// Where the process has a recorder already.
pub fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        // Samples pile up between scrapes unless somebody drains them.
        let mut every = tokio::time::interval(Duration::from_secs(10));
        loop {
            every.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// The metrics, for loopback peers and for who has a session or a token.
///
/// # Errors
/// `unauthenticated`, `forbidden` for a token of one work, `not_found` where nothing is recorded.
pub(crate) async fn show_metrics(request: HttpRequest, state: web::Data<State>) -> ApiResult<HttpResponse> {
    if !is_local(&request) {
        let Some(actor) = find_actor(&request, &state).await? else {
            return Err(ApiError::new(
                Code::Unauthenticated,
                "Metrics are for this machine, or with a token.",
            ));
        };
        if actor.bound_to().is_some() {
            return Err(ApiError::new(
                Code::Forbidden,
                "This token is for one work, and metrics are of all.",
            ));
        }
    }
    let Some(metrics) = &state.metrics else {
        return Err(ApiError::new(Code::NotFound, "This process records no metrics."));
    };
    ::metrics::counter!("colophon_passwords_checked_total").absolute(computed());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(metrics.render()))
}

/// Whether the request comes from this very machine, and not through a proxy on it.
fn is_local(request: &HttpRequest) -> bool {
    let proxied = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        && !proxied.iter().any(|name| request.headers().contains_key(*name))
}
