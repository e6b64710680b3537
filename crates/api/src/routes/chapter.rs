//! `/works/{work_id}/chapters`: list, create, get, update, delete.

use crate::admission::{Kind, with_held};
use crate::auth::{Operator, Viewer};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, ChapterPath, IfNoneMatch, PageQuery, Query, WorkPath};
use crate::idempotent::{IdempotencyKey, Key, Reply, idempotent_body};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use colophon_contract::{Chapter, ChapterSummary, CreateChapter, Page, UpdateChapter, url};
use colophon_domain::chapter;

problems! {
    ListProblems: WorkNotFound;
    CreateProblems: WorkNotFound, ChapterNumberTaken;
    GetProblems: WorkNotFound, ChapterNotFound;
    UpdateProblems: WorkNotFound, ChapterNotFound, ChapterNumberTaken;
    DeleteProblems: WorkNotFound, ChapterNotFound, TranslationInProgress;
}

/// Lists a work's chapters by number, without their texts, each with its newest run.
#[utoipa::path(
    tag = "chapters",
    params(WorkPath, PageQuery),
    responses((status = 200, body = Page<ChapterSummary>, description = "A page of chapters."), ListProblems)
)]
#[get("/works/{work_id}/chapters")]
pub(crate) async fn list_chapters(
    _viewer: Viewer,
    path: WorkPath,
    Query(query): Query<PageQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::ok(&chapter::list_chapters(&state.db, path.work_id, &query.page()).await?)
}

/// Adds a chapter.
#[utoipa::path(
    tag = "chapters",
    params(WorkPath, IdempotencyKey),
    request_body = CreateChapter,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses(
        (status = 201, body = Chapter, description = "The chapter.", headers(("Location" = String, description = "Its address."))),
        CreateProblems
    )
)]
#[post("/works/{work_id}/chapters")]
pub(crate) async fn create_chapter(
    operator: Operator,
    path: WorkPath,
    key: Key,
    request: HttpRequest,
    body: Body<CreateChapter>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    idempotent_body(&state, &request, operator.actor, key, body, async move |txn, new| {
        let chapter = chapter::create_chapter(txn, path.work_id, new).await?;
        Reply::created(url::chapter(chapter.work_id, chapter.id), &chapter)
    })
    .await
}

/// Returns a chapter with its text.
#[utoipa::path(
    tag = "chapters",
    params(ChapterPath),
    responses(
        (status = 200, body = Chapter, description = "The chapter.", headers(("ETag" = String, description = "For `If-None-Match`."))),
        GetProblems
    )
)]
#[get("/works/{work_id}/chapters/{chapter_id}")]
pub(crate) async fn get_chapter(
    viewer: Viewer,
    path: ChapterPath,
    known: IfNoneMatch,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let db = state.db.clone();
    // The text may be a million code points long: making its JSON and tag takes longer than other requests
    // should wait.
    let chapter = async move { chapter::get_chapter(&db, path.work_id, path.chapter_id).await };
    state.admission.tagged(Kind::Read, &viewer.actor, &known, chapter).await
}

/// Changes the given fields of a chapter and keeps the others.
///
/// Runs keep their own copy of the text.
#[utoipa::path(
    tag = "chapters",
    params(ChapterPath),
    request_body = UpdateChapter,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses((status = 200, body = Chapter, description = "The chapter as it is now."), UpdateProblems)
)]
#[patch("/works/{work_id}/chapters/{chapter_id}")]
pub(crate) async fn update_chapter(
    operator: Operator,
    path: ChapterPath,
    body: Body<UpdateChapter>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    // Runs apart from other requests: the old and the new text may each be a million code points long.
    let (by, served) = (operator.actor.clone(), state.clone());
    let update = move || async move {
        let chapter = reply::write(&served, &operator.actor, async |txn| {
            chapter::update_chapter(txn, path.work_id, path.chapter_id, &body.value).await
        });
        serde_json::to_vec(&chapter.await?).map_err(ApiError::internal)
    };
    let (chapter, held) = state.admission.run_local(Kind::Write, &by, update).await?;
    Ok(with_held(reply::json_ok(chapter), held))
}

/// Deletes a chapter.
///
/// Afterwards the chapter is not found, and its number is free. Its history stays in the database.
#[utoipa::path(
    tag = "chapters",
    params(ChapterPath),
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses((status = 204, description = "It is deleted."), DeleteProblems)
)]
#[delete("/works/{work_id}/chapters/{chapter_id}")]
pub(crate) async fn delete_chapter(
    operator: Operator,
    path: ChapterPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let deleted = reply::write(&state, &operator.actor, async |txn| {
        chapter::delete_chapter(txn, path.work_id, path.chapter_id).await
    });
    deleted.await?;
    Ok(HttpResponse::NoContent().finish())
}
