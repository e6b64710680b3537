//! The outermost middleware: request ids, the log, metrics, headers of every reply, HEAD for each GET, and
//! panics turned into replies.

use crate::error::ApiError;
use crate::pace::{Farewell, hurry};
use crate::state::{Options, State};
use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::ConnectionType;
use actix_web::http::header::{self, AcceptEncoding, Encoding, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use bytes::Bytes;
use futures::FutureExt;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id in the log: the client's own, if it is valid.
#[derive(Clone)]
struct KnownAs(HeaderValue);

/// Returns the request's id.
pub(crate) fn request_id(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<KnownAs>().and_then(|KnownAs(id)| id.to_str().ok()).map(str::to_owned)
}

/// The span of a request. It holds no query, headers or bodies: they may hold secrets.
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let given = request.headers().get(&X_REQUEST_ID).filter(|value| is_sane(value)).cloned();
        let made = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        let id = given.or_else(|| HeaderValue::from_str(&made).ok());
        let id = id.unwrap_or_else(|| HeaderValue::from_static("unknown"));
        let span = tracing::info_span!(
            "request",
            request_id = id.to_str().unwrap_or_default(),
            method = request.method().as_str(),
            path = request.path(),
        );
        request.extensions_mut().insert(KnownAs(id));
        span
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}

/// Checks that an id is fit for log lines and headers: 1 to 128 letters, digits, `-`, `_`, `.`.
fn is_sane(id: &HeaderValue) -> bool {
    (1..=128).contains(&id.len())
        && id.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

/// The body of a reply: unchanged, the last on its connection, or without bytes.
pub(crate) type Answer<B> = EitherBody<EitherBody<B, Farewell>, NoBytes>;

/// Wraps a request as the module describes.
///
/// # Errors
/// [`ApiError::Panicked`]; errors that the inner layers did not answer.
pub(crate) async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Answer<B>>, Error> {
    let begun = Instant::now();
    let method = request.method().clone();
    let is_head = method == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    take_identity_at_least(&mut request);
    let options = request.app_data::<web::Data<State>>().map(|state| &state.options);
    let patience = options.map(|options| Duration::from_secs(u64::from(options.body_timeout_s.get())));
    let marks = Marks {
        known_as: request.extensions().get::<KnownAs>().cloned(),
        over_tls: options.is_some_and(Options::is_https),
    };
    let was_read = patience.map(|patience| hurry(&mut request, patience));
    let outcome = match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => Err(ApiError::Panicked.into()),
    };
    let elapsed = begun.elapsed();
    let mut response = match outcome {
        Ok(response) => response,
        Err(error) => {
            let mut response = error.error_response();
            record(&method, "unmatched", response.status(), elapsed);
            marks.finish(response.headers_mut());
            return Err(InternalError::from_response(error, response).into());
        }
    };
    let route = response.request().match_pattern();
    record(&method, route.as_deref().unwrap_or("unmatched"), response.status(), elapsed);
    marks.finish(response.headers_mut());
    let is_last = was_read.is_some_and(|was_read| !was_read());
    Ok(response.map_body(|head, body| {
        if is_head {
            return EitherBody::right(NoBytes(body.size()));
        }
        EitherBody::left(if is_last {
            head.set_connection_type(ConnectionType::Close);
            EitherBody::right(Farewell::after(body.boxed()))
        } else {
            EitherBody::left(body)
        })
    }))
}

/// What every reply takes from its request.
struct Marks {
    known_as: Option<KnownAs>,
    /// Whether browsers reach the server over TLS, and must never try without.
    over_tls: bool,
}

impl Marks {
    fn finish(self, headers: &mut HeaderMap) {
        if let Some(KnownAs(id)) = self.known_as {
            headers.insert(X_REQUEST_ID, id);
        }
        if self.over_tls {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        add_security_headers(headers);
    }
}

/// Drops an `Accept-Encoding` that refuses even the identity coding, as RFC 9110 (12.5.3) allows. The
/// compressing layer would answer 406, which helps nobody.
fn take_identity_at_least(request: &mut ServiceRequest) {
    let refuses = |value: &HeaderValue| value.as_bytes().windows(3).any(|w| w.eq_ignore_ascii_case(b"q=0"));
    if request.headers().get(header::ACCEPT_ENCODING).is_some_and(refuses) {
        let known = [Encoding::identity(), Encoding::brotli(), Encoding::gzip(), Encoding::deflate()];
        let accepted = request.get_header::<AcceptEncoding>();
        if accepted.is_some_and(|accepted| accepted.negotiate(known.iter()).is_none()) {
            request.headers_mut().remove(header::ACCEPT_ENCODING);
        }
    }
}

/// Counts and logs a reply: changes and failures at info level, other reads at debug level.
fn record(method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
    let (method, status) = (known_method(method), status.as_u16());
    let seconds = elapsed.as_secs_f64();
    metrics::counter!(
        "colophon_http_requests_total",
        "method" => method,
        "route" => route.to_owned(),
        "status" => status.to_string(),
    )
    .increment(1);
    metrics::histogram!("colophon_http_request_seconds", "method" => method, "route" => route.to_owned())
        .record(seconds);
    let milliseconds = elapsed.as_millis();
    if status >= 500 || !matches!(method, "GET" | "HEAD") {
        tracing::info!(route, status, milliseconds, "answered");
    } else {
        tracing::debug!(route, status, milliseconds, "answered");
    }
}

/// Returns the method's name for metrics. The client chooses the text, so all unknown methods count as one.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "PUT" => "PUT",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn add_security_headers(headers: &mut HeaderMap) {
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // For browsers without `frame-ancestors`.
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "same-origin");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    );
}

/// The body of a reply to HEAD: the size of the GET body, but no bytes. An endless body is thus not awaited.
pub(crate) struct NoBytes(BodySize);

impl MessageBody for NoBytes {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::App;
    use actix_web::body::to_bytes;
    use actix_web::dev::Service;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use tracing_actix_web::TracingLogger;

    #[actix_web::test]
    async fn a_panic_is_answered_and_the_next_request_too() {
        async fn panics() -> &'static str {
            panic!("at the disco")
        }
        let app = App::new()
            .route("/panics", web::get().to(panics))
            .route("/fine", web::get().to(|| async { "fine" }))
            .wrap(from_fn(observe))
            .wrap(TracingLogger::<RequestSpan>::new());
        let app = init_service(app).await;
        let call = |path: &str| app.call(TestRequest::get().uri(path).to_request());
        let Err(error) = call("/panics").await else { panic!("it is answered from the error") };
        let reply = error.error_response();
        assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(reply.headers().get(header::CONTENT_TYPE).expect("a type"), crate::PROBLEM_JSON);
        for name in [X_REQUEST_ID, header::CONTENT_SECURITY_POLICY, header::X_CONTENT_TYPE_OPTIONS] {
            assert!(reply.headers().contains_key(&name), "{name}");
        }
        let body = to_bytes(reply.into_body()).await.unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains("\"internal\"") && !body.contains("disco"), "{body}");
        assert_eq!(call("/fine").await.expect("an answer").status(), StatusCode::OK);
    }

    #[test]
    fn ids_of_clients_are_taken_when_they_are_sane() {
        let sane = |text: &'static str| is_sane(&HeaderValue::from_static(text));
        assert!(sane("req-1_a.b"));
        assert!(!sane("") && !sane("a b") && !sane("a\"b"));
        assert!(!is_sane(&HeaderValue::from_str(&"a".repeat(129)).expect("a value")));
    }
}
