//! Reads `multipart/form-data` with a file, or with the id of an earlier upload, and the import's options.

use super::body::{is_plain, too_slow};
use super::json::{broken_rules, field_errors};
use crate::error::{ApiError, ApiResult, shortened};
use crate::pace::came_too_slowly;
use crate::state::State;
use crate::uploads::{ImportOptions, UploadedFile, Uploads};
use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use bytes::Bytes;
use colophon_contract::{Code, FieldError, ImportFields, NotesMode, RubyMode, SplitMode};
use colophon_domain::Actor;
use colophon_import::{ImportError, Notes, Options, Ruby, Split};
use futures::{Stream, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use std::future::{Ready, ready};
use utoipa::ToSchema;

/// Maximum size of a field other than the file, in bytes.
const FIELD_MAX: usize = 4 * 1024;
/// Maximum size of boundaries and headers, in bytes.
const FRAME_MAX: u64 = 64 * 1024;
/// Names of the fields other than `file`.
const NAMES: [&str; 10] = [
    "upload_id",
    "title",
    "author",
    "source_language",
    "target_language",
    "encoding",
    "split",
    "pattern",
    "ruby",
    "notes",
];

/// A file to import, or the id of an earlier upload, with the fields of the work and the options. If a field
/// is missing or empty, its value comes from the file, else from a guess, else from the default. A form field
/// cannot be null.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the form for the document; the form is read field by field")]
pub(crate) struct ImportForm {
    /// A `.txt`, `.md` or `.epub` file. Maximum size: 64 MB for a text, 128 MB for an EPUB, unless the server
    /// is configured otherwise. Either this or `upload_id` must be given.
    #[schema(content_media_type = "application/octet-stream", value_type = String, format = Binary, required = false)]
    file: Option<Vec<u8>>,
    /// The `upload_id` of an earlier dry run by the same user or token, instead of `file`.
    #[schema(nullable = false, max_length = 64, example = "")]
    upload_id: Option<String>,
    /// Title of the work: 1 to 255 code points.
    #[schema(
        nullable = false,
        max_length = 255,
        example = "銀河鉄道の夜",
        pattern = r"^$|^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    title: Option<String>,
    /// Author of the work: at most 255 code points. A blank value means that the work has no author, whatever
    /// the file says.
    #[schema(
        nullable = false,
        max_length = 255,
        example = "宮沢賢治",
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    author: Option<String>,
    /// Language of the file, as a language tag (RFC 5646).
    #[schema(
        nullable = false,
        max_length = 35,
        example = "ja",
        pattern = "^$|^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
    )]
    source_language: Option<String>,
    /// Language of the translation, as a language tag (RFC 5646).
    #[schema(
        nullable = false,
        max_length = 35,
        example = "en",
        pattern = "^$|^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
    )]
    target_language: Option<String>,
    /// Encoding of a text: a label of the WHATWG Encoding Standard, such as `shift_jis`. If missing, it is
    /// guessed.
    #[schema(nullable = false, max_length = 40, example = "shift_jis")]
    encoding: Option<String>,
    /// Where chapters begin: `auto`, `toc-1`, `toc-2` (levels of an EPUB's table of contents), `headings`,
    /// `none`, or `pattern`. The default is `pattern` if only a pattern is given, else `auto`.
    #[schema(nullable = false, example = "auto", pattern = "^(auto|toc-1|toc-2|headings|none|pattern)?$")]
    split: Option<String>,
    /// A regular expression (of the Rust crate `regex`). A chapter begins at each line that it matches. Only
    /// with `split=pattern`.
    #[schema(nullable = false, max_length = 1000, example = "")]
    pattern: Option<String>,
    /// Readings beside characters: `drop` (the default), or `keep` as in `夜渡り（ナイトウォーカー）`.
    #[schema(nullable = false, example = "drop", pattern = "^(drop|keep)?$")]
    ruby: Option<String>,
    /// Footnotes and endnotes: `keep` (the default) moves them to the end of their chapter, `drop` omits
    /// them.
    #[schema(nullable = false, example = "keep", pattern = "^(keep|drop)?$")]
    notes: Option<String>,
}

/// A form that is not read yet: its sender must be authenticated first.
pub(crate) struct FormBody {
    form: Multipart,
    limits: ImportOptions,
}

/// A form that was read and whose fields were checked.
pub(crate) struct ImportRequest {
    /// What to import.
    pub(crate) source: Source,
    /// The client's fields for the work, and its options as received.
    pub(crate) fields: ImportFields,
    /// The options in the importer's types.
    pub(crate) options: Options,
}

/// Source of the file's bytes.
pub(crate) enum Source {
    /// The file came with this form.
    File(UploadedFile),
    /// The id of a file that came with an earlier form; not looked up yet.
    Kept(String),
}

impl ImportRequest {
    /// Returns a digest that identifies the form whatever its boundary. Repeated requests are compared by it.
    pub(crate) fn digest(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        if let Source::File(file) = &self.source {
            add("file");
            add(file.name.as_deref().unwrap_or_default());
            add(&file.sha256);
        }
        for (name, value) in self.fields.pairs() {
            add(name);
            add(value);
        }
        hash.finalize().to_vec()
    }
}

impl FromRequest for FormBody {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<web::Data<State>>() else {
            return ready(Err(ApiError::Internal("there is no state".into())));
        };
        let limits = &state.options.import;
        let checked = is_form(request).and_then(|()| announced(request, limits));
        ready(checked.map(|()| Self {
            form: Multipart::new(request.headers(), limited(payload.take(), form_max(limits))),
            limits: limits.clone(),
        }))
    }
}

/// Returns the maximum size of a form, in bytes.
fn form_max(limits: &ImportOptions) -> u64 {
    limits.file_bytes() + (NAMES.len() * FIELD_MAX) as u64 + FRAME_MAX
}

/// Limits a form's bytes. Text before the first boundary, or in one line, would otherwise be buffered without
/// bound.
fn limited(payload: Payload, form_max: u64) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let mut left = form_max;
    payload.map(move |chunk| {
        let chunk = chunk?;
        left = left.checked_sub(chunk.len() as u64).ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    })
}

impl FormBody {
    /// Reads the form of `by` and stores its file in `uploads`.
    ///
    /// # Errors
    /// `malformed_multipart`, `payload_too_large`, `request_timeout`; `validation_failed` with every wrong
    /// field; errors of [`Uploads::begin`] and of writing the file.
    pub(crate) async fn read(mut self, uploads: &Uploads, by: &Actor) -> ApiResult<ImportRequest> {
        let mut file: Option<UploadedFile> = None;
        let mut texts: Vec<(&'static str, String)> = Vec::new();
        while let Some(mut field) = self.form.try_next().await.map_err(|error| broken(error, &self.limits))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                if file.is_some() {
                    return Err(refused("file", "duplicate_field", "must be given once"));
                }
                file = Some(read_file(&mut field, uploads, &self.limits, by).await?);
                continue;
            }
            let Some(known) = NAMES.into_iter().find(|known| *known == name) else {
                return Err(refused(&name, "unknown_field", "is not a field of this form"));
            };
            if texts.iter().any(|(name, _)| *name == known) {
                return Err(refused(known, "duplicate_field", "must be given once"));
            }
            texts.push((known, read_text(&mut field, known, &self.limits).await?));
        }
        // Browsers send an empty field for an input that was left empty.
        texts.retain(|(_, text)| !text.is_empty());
        let (fields, options) = check(texts)?;
        let source = match (file, &fields.upload_id) {
            (Some(file), None) => Source::File(file),
            (None, Some(id)) => Source::Kept(id.clone()),
            (None, None) => return Err(refused("file", "missing", "must be given")),
            (Some(_), Some(_)) => {
                return Err(refused("upload_id", "unexpected", "must not be given together with a file"));
            }
        };
        Ok(ImportRequest { source, fields, options })
    }
}

/// Checks the fields that are not empty.
fn check(texts: Vec<(&'static str, String)>) -> ApiResult<(ImportFields, Options)> {
    let mut fields = ImportFields::default();
    let mut errors = Vec::new();
    for (name, text) in texts {
        match name {
            "upload_id" => fields.upload_id = Some(text),
            "title" => fields.title = Some(text),
            // A blank author means no author.
            "author" => fields.author = Some(if text.trim().is_empty() { String::new() } else { text }),
            "source_language" => fields.source_language = Some(text),
            "target_language" => fields.target_language = Some(text),
            "encoding" => fields.encoding = Some(text),
            "pattern" => fields.pattern = Some(text),
            "split" => fields.split = word(name, &text, SplitMode::find, Split::NAMES, &mut errors),
            "ruby" => fields.ruby = word(name, &text, RubyMode::find, Ruby::NAMES, &mut errors),
            _ => fields.notes = word(name, &text, NotesMode::find, Notes::NAMES, &mut errors),
        }
    }
    if let Err(broken) = fields.check() {
        errors.extend(field_errors(&broken));
    }
    let options = options_of(&fields, &mut errors);
    if errors.is_empty() { Ok((fields, options)) } else { Err(broken_rules(errors)) }
}

/// Finds a word of a closed set. Any other text adds an error.
fn word<T>(
    name: &str,
    text: &str,
    find: fn(&str) -> Option<T>,
    all: &[&str],
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    let found = find(text);
    if found.is_none() {
        let detail = format!("must be one of {}", all.join(", "));
        errors.push(FieldError::at(format!("/{name}"), "option_invalid", detail));
    }
    found
}

/// Converts the options for the importer. A wrong value gives the default, and an error unless its field has
/// one already.
fn options_of(fields: &ImportFields, errors: &mut Vec<FieldError>) -> Options {
    let mut options = Options {
        language: fields.source_language.clone(),
        ruby: match fields.ruby.unwrap_or_default() {
            RubyMode::Drop => Ruby::Drop,
            RubyMode::Keep => Ruby::Keep,
        },
        notes: match fields.notes.unwrap_or_default() {
            NotesMode::Keep => Notes::Keep,
            NotesMode::Drop => Notes::Drop,
        },
        ..Options::default()
    };
    let has_error = |errors: &[FieldError], place: &str| {
        errors.iter().any(|error| error.pointer.as_deref().is_some_and(|pointer| pointer == place))
    };
    if let Some(label) = fields.encoding.as_deref().filter(|_| !has_error(errors, "/encoding")) {
        match label.parse() {
            Ok(encoding) => options.encoding = Some(encoding),
            Err(error) => errors.push(option_error(&error)),
        }
    }
    if !has_error(errors, "/pattern") && !has_error(errors, "/split") {
        let split = fields.split.map_or("", SplitMode::as_str);
        match Split::from_parts(split, fields.pattern.as_deref()) {
            Ok(split) => options.split = split,
            Err(error) => errors.push(option_error(&error)),
        }
    }
    options
}

/// Returns the error of an option, with the importer's text.
fn option_error(error: &ImportError) -> FieldError {
    let place = format!("/{}", error.of_option().unwrap_or_default());
    let detail = match error {
        ImportError::PatternInvalid { problem } => format!("cannot be used: {problem}"),
        ImportError::EncodingUnsupported { .. } => {
            "must be a label of the WHATWG Encoding Standard, such as utf-8, shift_jis or gb18030".to_owned()
        }
        error => error.detail(),
    };
    FieldError::at(place, error.code(), detail)
}

/// Reads the file to its end, or to the limit of its kind. Its first bytes show the kind.
async fn read_file(
    field: &mut Field,
    uploads: &Uploads,
    limits: &ImportOptions,
    by: &Actor,
) -> ApiResult<UploadedFile> {
    const MAGIC: &[u8] = b"PK";
    let mut incoming = uploads.begin(by).await?;
    let mut start = Vec::with_capacity(MAGIC.len());
    while let Some(chunk) = field.try_next().await.map_err(|error| broken(error, limits))? {
        start.extend(chunk.iter().take(MAGIC.len() - start.len()));
        let limit = if MAGIC.starts_with(&start) { limits.epub_bytes } else { limits.text_bytes };
        if incoming.len() + chunk.len() as u64 > limit {
            return Err(too_large("file", limit));
        }
        incoming.write(&chunk).await?;
    }
    let name = field.content_disposition().and_then(|disposition| disposition.get_filename());
    incoming.finish(name).await
}

async fn read_text(field: &mut Field, name: &str, limits: &ImportOptions) -> ApiResult<String> {
    let mut read = Vec::new();
    while let Some(chunk) = field.try_next().await.map_err(|error| broken(error, limits))? {
        if read.len() + chunk.len() > FIELD_MAX {
            return Err(too_large(name, FIELD_MAX as u64));
        }
        read.extend_from_slice(&chunk);
    }
    String::from_utf8(read).map_err(|_| refused(name, "encoding", "must be UTF-8"))
}

fn is_form(request: &HttpRequest) -> ApiResult<()> {
    let said = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = said.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return is_plain(request);
    }
    Err(ApiError::new(Code::UnsupportedMediaType, "This address takes `multipart/form-data`."))
}

/// Refuses a form whose declared length is too large, before reading it.
fn announced(request: &HttpRequest, limits: &ImportOptions) -> ApiResult<()> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|length| length > form_max(limits)) {
        return Err(too_large("file", limits.file_bytes()));
    }
    Ok(())
}

fn too_large(name: &str, limit: u64) -> ApiError {
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

fn broken(error: actix_multipart::MultipartError, limits: &ImportOptions) -> ApiError {
    match error {
        actix_multipart::MultipartError::Payload(PayloadError::Overflow) => {
            too_large("file", limits.file_bytes())
        }
        actix_multipart::MultipartError::Payload(error) if came_too_slowly(&error) => too_slow(),
        // actix's texts are fixed and say which part of the format is wrong.
        error => ApiError::new(
            Code::MalformedMultipart,
            format!("The form cannot be read: {}.", shortened(&error.to_string())),
        ),
    }
}
