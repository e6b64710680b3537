//! `/metrics`, which Prometheus scrapes.

use crate::auth::find_actor;
use crate::error::{ApiError, ApiResult};
use crate::state::State;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use colophon_contract::Code;
use colophon_domain::password::computed;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;
use url::{Host, Url};

/// Bucket bounds of the histograms, in seconds.
const SECONDS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Installs Prometheus as the recorder of this process. Call it once, within a Tokio runtime.
///
/// # Errors
/// Fails if the process has a recorder already.
pub fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        // Samples accumulate between scrapes unless they are drained.
        let mut every = tokio::time::interval(Duration::from_secs(10));
        loop {
            every.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// Returns the metrics, to local peers that request them by a loopback name, and to sessions and tokens.
///
/// # Errors
/// `unauthenticated`, `forbidden` for a token bound to one work, `not_found` if nothing is recorded.
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
    state.admission.record();
    state.passwords.record();
    ::metrics::counter!("colophon_passwords_checked_total").absolute(computed());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(metrics.render()))
}

/// Checks that the request comes directly from this machine, not through a proxy on it. It must not come from
/// a page in a local browser whose host name resolves to this machine (DNS rebinding): such a request names
/// the page's host.
fn is_local(request: &HttpRequest) -> bool {
    let proxied = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        && !proxied.iter().any(|name| request.headers().contains_key(*name))
        && asks_for_loopback(request)
}

/// Checks that each host that the request names is a loopback name.
fn asks_for_loopback(request: &HttpRequest) -> bool {
    let mut hosts =
        request.headers().get_all(header::HOST).map(|host| host.to_str().unwrap_or_default()).peekable();
    let target = request.uri().authority().map(|authority| authority.as_str());
    hosts.peek().is_some() && hosts.chain(target).all(is_loopback)
}

/// Checks that a host, with or without a port, is `localhost` or a loopback address.
fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    let is_host_alone = url.path() == "/" && url.username().is_empty() && url.password().is_none();
    is_host_alone
        && !host.contains(['/', '\\', '?', '#', '@'])
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name == "localhost.",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_are_told_from_others() {
        for host in
            ["localhost", "LocalHost:9090", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9", "[::1]", "[::1]:8080"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            ":8080",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "localhost@evil.example",
            "evil.example#localhost",
            "[::2]",
            "localhost/",
            "localhost evil",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
