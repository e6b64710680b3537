//! `/works/import`: a file to a work with its chapters, all or nothing.

use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract::{ImportForm, Upload};
use crate::idempotent::{IdempotencyKey, Key, Reply, idempotent};
use crate::openapi::problems;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, post, web};
use colophon_contract::{Code, CreateWork, FieldError, ImportedWork, UpdateWork, Warning, url};
use colophon_domain::chapter::{self, NewChapter};
use colophon_import::{Book, Limits};

problems! {
    ImportProblems: MalformedMultipart, RequestTimeout, PayloadTooLarge, UnsupportedMediaType, ValidationFailed, ImportFailed;
}

/// Makes a work of a `.txt`, `.md` or `.epub` file.
#[utoipa::path(
    tag = "works",
    params(IdempotencyKey),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses(
        (status = 201, body = ImportedWork, description = "The work.", headers(("Location" = String, description = "Its address."))),
        ImportProblems
    )
)]
#[post("/works/import")]
pub(crate) async fn import_work(
    operator: Operator,
    key: Key,
    request: HttpRequest,
    upload: Upload,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let digest = upload.digest();
    let Upload { file_name, file, about } = upload;
    let book = web::block(move || colophon_import::import(file_name.as_deref(), &file, &Limits::default()));
    let book = book.await.map_err(ApiError::internal)??;
    let new = work_of(&book, about, &state.options.target_language)?;
    let chapters: Vec<_> = book
        .chapters
        .into_iter()
        .map(|chapter| NewChapter { title: chapter.title, source_text: chapter.source_text })
        .collect();
    let warnings: Vec<_> = book
        .warnings
        .into_iter()
        .map(|warning| Warning { code: warning.code.as_str().to_owned(), detail: warning.detail })
        .collect();
    idempotent(&state, &request, &operator.actor, &key, &digest, async |txn| {
        let work = chapter::import_book(txn, &new, &chapters).await?;
        let location = url::work(work.id);
        Reply::created(location, &ImportedWork { chapter_count: work.chapters, work, warnings })
    })
    .await
}

/// What the client says, else the file, else the configuration.
fn work_of(book: &Book, about: UpdateWork, target_language: &str) -> ApiResult<CreateWork> {
    let missing = |name: &str, detail: &str| {
        ApiError::with_errors(
            Code::ValidationFailed,
            format!("`/{name}` {detail}."),
            vec![FieldError::at(format!("/{name}"), "missing", detail)],
        )
    };
    Ok(CreateWork {
        title: about
            .title
            .or_else(|| book.title.clone())
            .ok_or_else(|| missing("title", "must be given: the file has none"))?,
        author: about.author.or_else(|| book.author.clone()).unwrap_or_default(),
        source_language: about
            .source_language
            .or_else(|| book.language.clone())
            .ok_or_else(|| missing("source_language", "must be given: it cannot be told from the text"))?,
        target_language: about.target_language.unwrap_or_else(|| target_language.to_owned()),
    })
}
