//! Request bodies: checks the media type and the size, then reads the JSON.

use super::json;
use crate::admission::Held;
use crate::error::{ApiError, ApiResult};
use crate::limits::body_limit;
use crate::pace::came_too_slowly;
use crate::peer::Client;
use crate::state::State;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use colophon_contract::{Code, FieldError};
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use validator::Validate;

/// A body over this size, in bytes, is parsed on a thread that may block. Parsing and checking a chapter
/// takes longer than other requests should wait.
const PARSED_AT_ONCE_MAX: usize = 16 * 1024;
/// Memory for each byte of a body: the body itself, and the texts parsed from it.
const MEMORY_PER_BYTE: u64 = 2;

/// A JSON body, read and validated. The table in `limits` has the maximum size for each operation.
pub(crate) struct Body<T> {
    /// The parsed value.
    pub(crate) value: T,
    /// The bytes as received. Repeated requests are compared by them.
    pub(crate) bytes: Bytes,
    /// Its share of the memory budget.
    _held: Held,
}

impl<T> FromRequest for Body<T>
where
    T: DeserializeOwned + Validate + Send + 'static,
{
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = body_limit(request);
        let checked = is_json(request).and_then(|()| announced(request, limit));
        let reading = checked.and_then(|()| Reading::of(request, payload.take()));
        Box::pin(async move {
            let Reading { state, payload, mut held } = reading?;
            let bytes = read_limited(payload, limit, &mut held).await?;
            if bytes.len() <= PARSED_AT_ONCE_MAX {
                return Ok(Self { value: json::parse(&bytes)?, bytes, _held: held });
            }
            let parse = move || json::parse(&bytes).map(|value| Self { value, bytes, _held: held });
            state.admission.parse(parse).await?
        })
    }
}

/// What reading a body needs.
struct Reading {
    state: web::Data<State>,
    payload: Payload,
    /// Memory of the request's client.
    held: Held,
}

impl Reading {
    fn of(request: &HttpRequest, payload: Payload) -> ApiResult<Self> {
        let state = request.app_data::<web::Data<State>>();
        let state = state.ok_or_else(|| ApiError::Internal("there is no state".into()))?.clone();
        let held = state.admission.budget().hold_nothing(Client::of(request, &state));
        Ok(Self { state, payload, held })
    }
}

/// The body of a request that needs none: empty, or an empty JSON object.
pub(crate) struct NoBody;

impl FromRequest for NoBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = body_limit(request);
        let announced = is_plain(request).and_then(|()| announced(request, limit));
        let reading = announced.and_then(|()| Reading::of(request, payload.take()));
        Box::pin(async move {
            let Reading { payload, mut held, .. } = reading?;
            let bytes = read_limited(payload, limit, &mut held).await?;
            if bytes.is_empty() || bytes.trim_ascii() == b"{}" {
                return Ok(Self);
            }
            Err(ApiError::with_errors(
                Code::ValidationFailed,
                "This address takes no body.",
                vec![FieldError::at("", "unexpected_body", "must be empty, or an empty JSON object")],
            ))
        })
    }
}

/// Refuses a body whose headers do not declare uncompressed JSON in UTF-8.
fn is_json(request: &HttpRequest) -> ApiResult<()> {
    let said = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut parts = said.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        !name.trim().eq_ignore_ascii_case("charset")
            || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    if json && utf8 {
        return is_plain(request);
    }
    Err(ApiError::new(Code::UnsupportedMediaType, "This address takes `application/json` in UTF-8."))
}

/// Refuses a compressed body: its length does not bound its expanded size.
pub(crate) fn is_plain(request: &HttpRequest) -> ApiResult<()> {
    let mut codings = request.headers().get_all(header::CONTENT_ENCODING);
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(ApiError::new(Code::UnsupportedMediaType, "Bodies are taken as they are, not compressed."))
}

/// Refuses a body whose declared length is too large, before reading it.
fn announced(request: &HttpRequest, limit: usize) -> ApiResult<()> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit as u64) { Err(too_large(limit)) } else { Ok(()) }
}

fn too_large(limit: usize) -> ApiError {
    ApiError::new(Code::PayloadTooLarge, format!("The body is larger than {limit} bytes."))
}

/// Reads a body to its end or to its limit, whatever its declared length. `held` grows with the bytes read.
///
/// # Errors
/// `payload_too_large`; `busy` if the memory budget is used up; `request_timeout` for a body that comes too
/// slowly; `malformed_json` for a body that breaks off.
async fn read_limited(mut payload: Payload, limit: usize, held: &mut Held) -> ApiResult<Bytes> {
    let mut read = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken(&error, limit))?;
        let length = read.len() + chunk.len();
        if length > limit {
            return Err(too_large(limit));
        }
        held.grow_to(length as u64 * MEMORY_PER_BYTE)?;
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

/// Returns the error for a body that came too slowly.
pub(crate) fn too_slow() -> ApiError {
    ApiError::new(Code::RequestTimeout, Code::RequestTimeout.meaning())
}

fn broken(error: &PayloadError, limit: usize) -> ApiError {
    match error {
        PayloadError::Overflow => too_large(limit),
        error if came_too_slowly(error) => too_slow(),
        _ => ApiError::new(Code::MalformedJson, "The body broke off before its end."),
    }
}
