//! `/translations/{translation_id}/events`: a run's events as a stream.

use crate::auth::{Credential, Viewer};
use crate::error::{ApiError, ApiResult};
use crate::extract::TranslationPath;
use crate::openapi::problems;
use crate::sse;
use crate::state::State;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, web};
use colophon_contract::{Code, EventId, FieldError};
use colophon_pipeline::Subscription;
use std::future::{Ready, ready};
use utoipa::IntoParams;

problems! {
    EventProblems: MalformedHeader, TranslationNotFound;
}

const NAME: &str = "Last-Event-ID";

/// The header `Last-Event-ID`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "says what the header is; `After` reads it")]
struct LastEventId {
    /// The `id` of the last event seen: what came after it is sent.
    #[param(rename = "Last-Event-ID", pattern = r"^[0-9]+\.[0-9]+$", example = "12.345")]
    id: Option<String>,
}

/// Where the reader is.
pub(crate) struct After(Option<EventId>);

impl FromRequest for After {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(NAME) else { return ready(Ok(Self(None))) };
        let id = value.to_str().ok().and_then(|text| text.parse().ok());
        ready(id.map(|id| Self(Some(id))).ok_or_else(|| {
            ApiError::with_errors(
                Code::MalformedHeader,
                "The Last-Event-ID is not one that this stream gave.",
                vec![FieldError::in_parameter(NAME, "malformed", "must be as in `12.345`")],
            )
        }))
    }
}

/// Follows a run: what happened so far, then what happens, until its end. Events are those of the schema
/// `RunEvent`; the name is in `event`, the rest in `data`. With nothing left of an ended run: 204.
#[utoipa::path(
    tag = "translations",
    params(TranslationPath, LastEventId),
    responses(
        (
            status = 200,
            description = "The events.",
            content_type = "text/event-stream",
            body = String,
            example = "id: 3.0\nevent: segment-start\ndata: {\"position\":1,\"attempt_id\":7}\n\n"
        ),
        (status = 204, description = "The run has ended, and the reader has all its events."),
        EventProblems
    )
)]
#[get("/translations/{translation_id}/events")]
pub(crate) async fn stream_events(
    _viewer: Viewer,
    path: TranslationPath,
    After(after): After,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let events = match state.runner.subscribe(path.translation_id, after).await? {
        Subscription::Ended => return Ok(HttpResponse::NoContent().finish()),
        Subscription::Events(events) => events,
    };
    let credential = Credential::find(&request, &state)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compressed or buffered, an event would wait for the next one.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(sse::frames(events, credential, state)))
}
