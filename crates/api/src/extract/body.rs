//! Bodies: their media type, their size, then their JSON.

use super::json;
use crate::error::{ApiError, ApiResult};
use crate::pace::came_too_slowly;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use colophon_contract::{Code, FieldError};
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use validator::Validate;

/// The largest body, in bytes, apart from chapters and files.
pub(crate) const BODY_MAX: usize = 1024 * 1024;
/// The largest body that carries a chapter, in bytes: a million code points, each escaped at worst.
pub(crate) const CHAPTER_BODY_MAX: usize = 16 * 1024 * 1024;

/// A JSON body, read and checked; `LIMIT` is in bytes.
pub(crate) struct Body<T, const LIMIT: usize = BODY_MAX> {
    /// What it says.
    pub(crate) value: T,
    /// As it came: what a repeated request is compared by.
    pub(crate) bytes: Bytes,
}

impl<T, const LIMIT: usize> FromRequest for Body<T, LIMIT>
where
    T: DeserializeOwned + Validate + 'static,
{
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = is_json(request).and_then(|()| announced(request, LIMIT));
        let payload = payload.take();
        Box::pin(async move {
            checked?;
            let bytes = read_limited(payload, LIMIT).await?;
            let value = json::parse(&bytes)?;
            Ok(Self { value, bytes })
        })
    }
}

/// The body of a request that says all in its address: empty, or an empty JSON object.
pub(crate) struct NoBody;

impl FromRequest for NoBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let announced = is_plain(request).and_then(|()| announced(request, BODY_MAX));
        let payload = payload.take();
        Box::pin(async move {
            announced?;
            let bytes = read_limited(payload, BODY_MAX).await?;
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

/// Refuses a body that does not say it is plain JSON.
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

/// Refuses a body that is compressed: what it would expand to has no limit that its length tells.
pub(crate) fn is_plain(request: &HttpRequest) -> ApiResult<()> {
    let mut codings = request.headers().get_all(header::CONTENT_ENCODING);
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(ApiError::new(Code::UnsupportedMediaType, "Bodies are taken as they are, not compressed."))
}

/// Refuses a body that is announced as too large, before reading any of it.
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

/// Reads a body to its end, or to its limit, whatever it announced.
///
/// # Errors
/// `payload_too_large`; `malformed_json` for a body that breaks off.
pub(crate) async fn read_limited(mut payload: Payload, limit: usize) -> ApiResult<Bytes> {
    let mut read = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken(&error, limit))?;
        if read.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

/// What a body is refused with that came too slowly.
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
