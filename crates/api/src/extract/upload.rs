//! `multipart/form-data` with one file and a few words about it.

use super::body::{is_plain, too_slow};
use crate::error::{ApiError, ApiResult, shortened};
use crate::pace::came_too_slowly;
use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use colophon_contract::rule::FILE_MAX_BYTES;
use colophon_contract::{Code, FieldError, UpdateWork};
use futures::future::LocalBoxFuture;
use futures::{Stream, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

/// The largest value of a field that is not the file, in bytes.
const FIELD_MAX: usize = 4 * 1024;
/// What boundaries and headers may add to a body, in bytes.
const FRAME_MAX: usize = 64 * 1024;
/// The largest form, in bytes.
const FORM_MAX: usize = FILE_MAX_BYTES + 4 * FIELD_MAX + FRAME_MAX;

/// A file to import. What is left out, or empty, is taken from the file, else guessed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "says what the form holds; it is read field by field")]
pub(crate) struct ImportForm {
    /// `.txt`, `.md` or `.epub`, at most 20 MB.
    #[schema(content_media_type = "application/octet-stream", value_type = String, format = Binary)]
    file: Vec<u8>,
    /// 1 to 255 code points.
    #[schema(
        max_length = 255,
        example = "銀河鉄道の夜",
        pattern = r"^$|^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    title: Option<String>,
    /// At most 255 code points.
    #[schema(max_length = 255, example = "宮沢賢治", pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    author: Option<String>,
    /// Language tag (RFC 5646).
    #[schema(max_length = 35, example = "ja", pattern = "^$|^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
    source_language: Option<String>,
    /// Language tag (RFC 5646).
    #[schema(max_length = 35, example = "en", pattern = "^$|^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
    target_language: Option<String>,
}

/// A form as it came, its fields checked.
pub(crate) struct Upload {
    /// The file's name, as the client says.
    pub(crate) file_name: Option<String>,
    /// The file.
    pub(crate) file: Bytes,
    /// What the client says of the work.
    pub(crate) about: UpdateWork,
}

impl Upload {
    /// What tells this form from every other: what a repeated request is compared by, whatever its boundary.
    pub(crate) fn digest(&self) -> Vec<u8> {
        let UpdateWork { title, author, source_language, target_language } = &self.about;
        let mut hash = Sha256::new();
        for text in [&self.file_name, title, author, source_language, target_language] {
            let text = text.as_deref().unwrap_or_default();
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.update(&self.file);
        hash.finalize().to_vec()
    }
}

impl FromRequest for Upload {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = is_form(request).and_then(|()| announced(request));
        let form = Multipart::new(request.headers(), limited(payload.take()));
        Box::pin(async move {
            checked?;
            read(form).await
        })
    }
}

/// A form as far as its limit: what stands before its first boundary, or in one line, would be kept to any length.
fn limited(payload: Payload) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let mut left = FORM_MAX;
    payload.map(move |chunk| {
        let chunk = chunk?;
        left = left.checked_sub(chunk.len()).ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    })
}

async fn read(mut form: Multipart) -> ApiResult<Upload> {
    let mut file: Option<(Option<String>, Bytes)> = None;
    let mut about = UpdateWork::default();
    while let Some(mut field) = form.try_next().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if file.is_some() {
                return Err(refused("file", "duplicate_field", "must be given once"));
            }
            let file_name = field.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
            file = Some((file_name, read_field(&mut field, "file", FILE_MAX_BYTES).await?));
            continue;
        }
        let slot = match name.as_str() {
            "title" => &mut about.title,
            "author" => &mut about.author,
            "source_language" => &mut about.source_language,
            "target_language" => &mut about.target_language,
            _ => return Err(refused(&name, "unknown_field", "is not a field of this form")),
        };
        if slot.is_some() {
            return Err(refused(&name, "duplicate_field", "must be given once"));
        }
        let bytes = read_field(&mut field, &name, FIELD_MAX).await?;
        let text =
            String::from_utf8(bytes.into()).map_err(|_| refused(&name, "encoding", "must be UTF-8"))?;
        *slot = Some(text);
    }
    let Some((file_name, file)) = file else { return Err(refused("file", "missing", "must be given")) };
    // Browsers send an empty field for a box that nobody filled in.
    for slot in [&mut about.title, &mut about.author, &mut about.source_language, &mut about.target_language]
    {
        slot.take_if(|text| text.is_empty());
    }
    about.validate().map_err(|errors| super::json::invalid(&errors))?;
    Ok(Upload { file_name, file, about })
}

async fn read_field(field: &mut Field, name: &str, limit: usize) -> ApiResult<Bytes> {
    let mut read = BytesMut::new();
    while let Some(chunk) = field.try_next().await.map_err(broken)? {
        if read.len() + chunk.len() > limit {
            return Err(too_large(name, limit));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

fn is_form(request: &HttpRequest) -> ApiResult<()> {
    let said = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = said.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return is_plain(request);
    }
    Err(ApiError::new(Code::UnsupportedMediaType, "This address takes `multipart/form-data`."))
}

fn announced(request: &HttpRequest) -> ApiResult<()> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|length| length > FORM_MAX as u64) {
        return Err(too_large("file", FILE_MAX_BYTES));
    }
    Ok(())
}

fn too_large(name: &str, limit: usize) -> ApiError {
    ApiError::with_errors(
        Code::PayloadTooLarge,
        format!("`{name}` is larger than {limit} bytes."),
        vec![FieldError::at(format!("/{name}"), "too_large", format!("must be at most {limit} bytes"))],
    )
}

fn refused(name: &str, code: &str, detail: &str) -> ApiError {
    let name = shortened(name);
    ApiError::with_errors(
        Code::MalformedMultipart,
        format!("The field `{name}` {detail}."),
        vec![FieldError::at(format!("/{}", name.replace('~', "~0").replace('/', "~1")), code, detail)],
    )
}

fn broken(error: actix_multipart::MultipartError) -> ApiError {
    match error {
        actix_multipart::MultipartError::Payload(PayloadError::Overflow) => too_large("file", FILE_MAX_BYTES),
        actix_multipart::MultipartError::Payload(error) if came_too_slowly(&error) => too_slow(),
        // Its texts are fixed and say which part of the format is wrong.
        error => ApiError::new(
            Code::MalformedMultipart,
            format!("The form cannot be read: {}.", shortened(&error.to_string())),
        ),
    }
}
