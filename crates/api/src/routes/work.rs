//! `/works`: list, create, get, update, delete.

use crate::admission::Kind;
use crate::auth::{Operator, Reader, Viewer};
use crate::error::ApiResult;
use crate::extract::{Body, IfNoneMatch, Query, WorkPath, WorksQuery};
use crate::idempotent::{IdempotencyKey, Key, Reply, idempotent};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use colophon_contract::{CreateWork, DEFAULT_LIMIT, Page, UpdateWork, Work, url};
use colophon_domain::{PageRequest, work};

problems! {
    WorkProblems: WorkNotFound;
    DeleteProblems: WorkNotFound, TranslationInProgress;
}

/// Lists works, newest first.
///
/// A token of one work lists only that work.
#[utoipa::path(tag = "works", params(WorksQuery), responses((status = 200, body = Page<Work>, description = "A page of works.")))]
#[get("/works")]
pub(crate) async fn list_works(
    reader: Reader,
    Query(query): Query<WorksQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let page = PageRequest { limit: query.limit.unwrap_or(DEFAULT_LIMIT), cursor: query.cursor };
    let (db, bound_to) = (state.db.clone(), reader.actor.bound_to());
    let Some(sought) = query.query else {
        return reply::ok(&work::list_works(&db, None, bound_to, &page).await?);
    };
    // A search reads every work.
    let search = async move { work::list_works(&db, Some(&sought), bound_to, &page).await };
    state.admission.reply(Kind::Read, &reader.actor, search).await
}

/// Creates a work without chapters.
#[utoipa::path(
    tag = "works",
    params(IdempotencyKey),
    request_body = CreateWork,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses((status = 201, body = Work, description = "The work.", headers(("Location" = String, description = "Its address."))))
)]
#[post("/works")]
pub(crate) async fn create_work(
    operator: Operator,
    key: Key,
    request: HttpRequest,
    body: Body<CreateWork>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    idempotent(&state, &request, &operator.actor, &key, &body.bytes, async |txn| {
        let work = work::create_work(txn, &body.value).await?;
        Reply::created(url::work(work.id), &work)
    })
    .await
}

/// Returns a work.
#[utoipa::path(
    tag = "works",
    params(WorkPath),
    responses((status = 200, body = Work, description = "The work.", headers(("ETag" = String, description = "For `If-None-Match`."))), WorkProblems)
)]
#[get("/works/{work_id}")]
pub(crate) async fn get_work(
    _viewer: Viewer,
    path: WorkPath,
    known: IfNoneMatch,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::tagged(&known, &work::get_work(&state.db, path.work_id).await?)
}

/// Changes the given fields of a work and keeps the others.
#[utoipa::path(
    tag = "works",
    params(WorkPath),
    request_body = UpdateWork,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses((status = 200, body = Work, description = "The work as it is now."), WorkProblems)
)]
#[patch("/works/{work_id}")]
pub(crate) async fn update_work(
    operator: Operator,
    path: WorkPath,
    body: Body<UpdateWork>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let work = reply::write(&state, &operator.actor, async |txn| {
        work::update_work(txn, path.work_id, &body.value).await
    });
    reply::ok(&work.await?)
}

/// Deletes a work.
///
/// Afterwards the work is not found. Its history stays in the database.
#[utoipa::path(
    tag = "works",
    params(WorkPath),
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses((status = 204, description = "It is deleted."), DeleteProblems)
)]
#[delete("/works/{work_id}")]
pub(crate) async fn delete_work(
    operator: Operator,
    path: WorkPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::write(&state, &operator.actor, async |txn| work::delete_work(txn, path.work_id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
