//! `/translations/{translation_id}/events` and `/works/{work_id}/events`: what happens, as a stream.

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
    /// The `id` of the last event seen: what came after it is sent.
    #[param(rename = "Last-Event-ID", pattern = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$", example = "12.345")]
    id: Option<String>,
}

/// The header `Last-Event-ID` of a work's stream.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "says what the header is; `After` reads it")]
struct LastWorkEventId {
    /// The `id` of the last event seen: what came after it is sent.
    #[param(
        rename = "Last-Event-ID",
        pattern = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$",
        example = "812.7.3"
    )]
    id: Option<String>,
}

/// Where the reader is.
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

/// Follows all runs of a work, from now on or from where the reader was: what is stored of their events, without
/// text. The name is in `event`, the schema of `data` is `WorkEvent`. Does not end with a run; with the work, at the next
/// heartbeat.
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
        // Compressed or buffered, an event would wait for the next one.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(frames)
}
