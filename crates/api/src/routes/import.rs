//! `/works/import`: imports a file as a work with its chapters, all or nothing. A dry run returns a preview.

use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract::{FormBody, ImportForm, ImportQuery, ImportRequest, Query, Source};
use crate::idempotent::{IdempotencyKey, Key, Reply, idempotent};
use crate::import::{ReadBook, new_chapters, preview_of, read_book, warnings_of, work_of};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, post, web};
use colophon_contract::{Code, ImportPreview, ImportedWork, url};
use colophon_domain::{Actor, chapter};
use std::sync::Arc;

problems! {
    ImportProblems: MalformedMultipart, UploadGone, RequestTimeout, PayloadTooLarge, UnsupportedMediaType, ValidationFailed, ImportFailed;
}

/// Imports a `.txt`, `.md` or `.epub` file as a work, or previews the import.
///
/// A dry run stores nothing. The server keeps its file for a limited time: the import, or a dry run with
/// other options, can send `upload_id` instead of the file. An `Idempotency-Key` has no effect on a dry run.
#[utoipa::path(
    tag = "works",
    params(IdempotencyKey, ImportQuery),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses(
        (status = 200, body = ImportPreview, description = "What an import would make; only with `dry_run=true`."),
        (status = 201, body = ImportedWork, description = "The work.", headers(("Location" = String, description = "Its address."))),
        ImportProblems
    )
)]
#[post("/works/import")]
pub(crate) async fn import_work(
    operator: Operator,
    Query(query): Query<ImportQuery>,
    key: Key,
    request: HttpRequest,
    body: FormBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let form = body.read(&state.uploads, &operator.actor).await?;
    if query.dry_run.unwrap_or_default() {
        preview(&state, &operator.actor, form).await
    } else {
        store(&state, &request, &operator.actor, &key, form).await
    }
}

async fn preview(state: &State, actor: &Actor, form: ImportRequest) -> ApiResult<HttpResponse> {
    let ImportRequest { source, fields, options } = form;
    let (file, id) = match source {
        Source::File(file) => (Arc::new(file), None),
        Source::Kept(id) => (state.uploads.find(actor, &id).ok_or_else(gone)?, Some(id)),
    };
    let ReadBook { book, turn } = read_book(state, actor, &file, &options).await?;
    let id = match id {
        Some(id) => id,
        None => state.uploads.keep(file.clone())?,
    };
    let preview = preview_of(state, id, &file, &book, &fields).await?;
    drop((book, turn));
    reply::ok(&preview)
}

async fn store(
    state: &State,
    request: &HttpRequest,
    actor: &Actor,
    key: &Key,
    form: ImportRequest,
) -> ApiResult<HttpResponse> {
    let digest = form.digest();
    let ImportRequest { source, fields, options } = form;
    let (file, id) = match source {
        Source::File(file) => (Some(Arc::new(file)), None),
        Source::Kept(id) => (state.uploads.find(actor, &id), Some(id)),
    };
    let Some(file) = file else {
        // A repeated request gets its first answer, although the success of the first removed its upload.
        return idempotent(state, request, actor, key, &digest, async |_| Err(gone())).await;
    };
    let ReadBook { book, turn } = read_book(state, actor, &file, &options).await?;
    let new = work_of(&book, &fields, &state.options.target_language)?;
    let warnings =
        warnings_of(&state.db, &file, &book, Some(&new.source_language), &new.target_language).await?;
    let reply = idempotent(state, request, actor, key, &digest, async |txn| {
        let chapters = new_chapters(book.chapters);
        let work = chapter::import_book(txn, &new, &file.sha256, chapters).await?;
        Reply::created(url::work(work.id), &ImportedWork { chapter_count: work.chapters, work, warnings })
    });
    let reply = reply.await?;
    drop(turn);
    if let Some(id) = id {
        state.uploads.forget(actor, &id);
    }
    Ok(reply)
}

fn gone() -> ApiError {
    ApiError::new(Code::UploadGone, Code::UploadGone.meaning())
}
