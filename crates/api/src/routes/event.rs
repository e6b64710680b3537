//! `/translations/{translation_id}/events` and `/works/{work_id}/events`: event streams.

use crate::auth::{Viewer, find_credential};
use crate::error::{ApiError, ApiResult};
use crate::extract::{TranslationPath, WorkPath};
use crate::openapi::problems;
use crate::sse;
use crate::state::State;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, web};
use bytes::Bytes;
use colophon_contract::{Code, EventId, FieldError, WorkEventId};
use colophon_pipeline::Subscription;
use futures::{Stream, StreamExt as _};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::str::FromStr;
use utoipa::IntoParams;

problems! {
    EventProblems: MalformedHeader, TranslationNotFound;
    WorkEventProblems: MalformedHeader, WorkNotFound;
}

const NAME: &str = "Last-Event-ID";

/// The header `Last-Event-ID`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "says what the header is; `After` reads it")]
struct LastEventId {
    /// The `id` of the last event received. The stream continues after it.
    #[param(rename = "Last-Event-ID", pattern = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$", example = "12.345")]
    id: Option<String>,
}

/// The header `Last-Event-ID` of a work's event stream.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "says what the header is; `After` reads it")]
struct LastWorkEventId {
    /// The `id` of the last event received. The stream continues after it.
    #[param(
        rename = "Last-Event-ID",
        pattern = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$",
        example = "812.7.3"
    )]
    id: Option<String>,
}

/// The reader's position: the id of the last event received, if any.
pub(crate) struct After<Id>(Option<Id>);

impl<Id: FromStr> FromRequest for After<Id> {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(NAME) else { return ready(Ok(Self(None))) };
        let id = value.to_str().ok().and_then(|text| text.parse().ok());
        ready(id.map(|id| Self(Some(id))).ok_or_else(|| {
            ApiError::with_errors(
                Code::MalformedHeader,
                "The Last-Event-ID is not one that this stream gave.",
                vec![FieldError::in_parameter(
                    NAME,
                    "malformed",
                    "must be the `id` of an event of this stream",
                )],
            )
        }))
    }
}

/// Streams the events of a run until its end.
///
/// Past events come first, then new ones. An event has the schema `RunEvent`: its name is in `event`, its
/// other fields are in `data`. The status is 204 if the run has ended and the reader has all its events.
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
    After(after): After<EventId>,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let events = match state.runner.subscribe(path.translation_id, after).await? {
        Subscription::Ended => return Ok(HttpResponse::NoContent().finish()),
        Subscription::Events(events) => events,
    };
    let permission = sse::Permission { credential: find_credential(&request, &state)?, work_id: None };
    let frames = events.map(|(id, event)| sse::frame(id, &event)).boxed();
    Ok(stream(sse::frames(None, frames, permission, state)))
}

/// Streams the stored events of all runs of a work, without text.
///
/// The stream starts after `Last-Event-ID`, or with the next new event if there is no such header. The name
/// is in `event`; the schema of `data` is `WorkEvent`. The end of a run does not end the stream. If the work
/// is deleted, the stream ends at the next heartbeat.
#[utoipa::path(
    tag = "works",
    params(WorkPath, LastWorkEventId),
    responses(
        (
            status = 200,
            description = "The events.",
            content_type = "text/event-stream",
            body = String,
            example = "id: 812.7.3\nevent: segment-start\ndata: {\"run_id\":7,\"chapter_id\":2,\"position\":1,\"attempt_id\":7}\n\n"
        ),
        WorkEventProblems
    )
)]
#[get("/works/{work_id}/events")]
pub(crate) async fn stream_work_events(
    _viewer: Viewer,
    path: WorkPath,
    After(after): After<WorkEventId>,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (at, events) = state.runner.follow_work(path.work_id, after).await?;
    let credential = find_credential(&request, &state)?;
    let permission = sse::Permission { credential, work_id: Some(path.work_id) };
    let frames = events.map(|(id, event)| sse::work_frame(id, event.as_ref())).boxed();
    Ok(stream(sse::frames(Some(at.to_string()), frames, permission, state)))
}

fn stream(frames: impl Stream<Item = Result<Bytes, Infallible>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compression or buffering would delay an event until the next one.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(frames)
}
