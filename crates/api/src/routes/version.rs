//! `/works/{work_id}/prompt/versions`: list, append, get, restore.

use crate::auth::{Operator, Viewer};
use crate::error::ApiResult;
use crate::extract::{Body, IfNoneMatch, PageQuery, Query, VersionPath, WorkPath};
use crate::idempotent::{IdempotencyKey, Key, Reply, idempotent};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use colophon_contract::{
    AppendVersion, DEFAULT_VERSION_LIMIT, Page, PromptVersion, PromptVersionSummary, RestoreVersion, url,
};
use colophon_domain::{PageRequest, prompt};

problems! {
    ListProblems: WorkNotFound, PromptNotFound;
    AppendProblems: WorkNotFound, PromptNotFound, StaleBaseVersion, TemplateInvalid, VersionUnchanged,
        ModelUnknown, ParametersInvalid;
    GetProblems: WorkNotFound, PromptNotFound, VersionNotFound;
    RestoreProblems: WorkNotFound, PromptNotFound, VersionNotFound, StaleBaseVersion, TemplateInvalid,
        VersionUnchanged, ModelUnknown, ParametersInvalid;
}

/// The prompt's versions, newest first, without their templates.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath, PageQuery),
    responses((status = 200, body = Page<PromptVersionSummary>, description = "A page of versions."), ListProblems)
)]
#[get("/works/{work_id}/prompt/versions")]
pub(crate) async fn list_versions(
    _viewer: Viewer,
    path: WorkPath,
    Query(query): Query<PageQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let page = PageRequest { limit: query.limit.unwrap_or(DEFAULT_VERSION_LIMIT), cursor: query.cursor };
    reply::ok(&prompt::list_versions(&state.db, path.work_id, &page).await?)
}

/// Appends a version. `base_version` is the latest that its editor saw: a stale edit never wins.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath, IdempotencyKey),
    request_body = AppendVersion,
    extensions(("x-role" = json!("operator"))),
    responses(
        (status = 201, body = PromptVersion, description = "The version.", headers(("Location" = String, description = "Its address."))),
        AppendProblems
    )
)]
#[post("/works/{work_id}/prompt/versions")]
pub(crate) async fn append_version(
    operator: Operator,
    path: WorkPath,
    key: Key,
    request: HttpRequest,
    body: Body<AppendVersion>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let author = &operator.actor.author;
    idempotent(&state, &request, &operator.actor, &key, &body.bytes, async |txn| {
        let version =
            prompt::append_version(txn, author, path.work_id, &body.value, state.runner.models()).await?;
        Reply::created(url::version(path.work_id, version.number), &version)
    })
    .await
}

/// One version with its template.
#[utoipa::path(
    tag = "prompts",
    params(VersionPath),
    responses(
        (status = 200, body = PromptVersion, description = "The version.", headers(("ETag" = String, description = "For `If-None-Match`."))),
        GetProblems
    )
)]
#[get("/works/{work_id}/prompt/versions/{number}")]
pub(crate) async fn get_version(
    _viewer: Viewer,
    path: VersionPath,
    known: IfNoneMatch,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::tagged(&known, &prompt::get_version(&state.db, path.work_id, path.number).await?)
}

/// Brings a version's content back as a new version, checked against today's rules.
#[utoipa::path(
    tag = "prompts",
    params(VersionPath, IdempotencyKey),
    request_body = RestoreVersion,
    extensions(("x-role" = json!("operator"))),
    responses(
        (status = 201, body = PromptVersion, description = "The new version.", headers(("Location" = String, description = "Its address."))),
        RestoreProblems
    )
)]
#[post("/works/{work_id}/prompt/versions/{number}/restore")]
pub(crate) async fn restore_version(
    operator: Operator,
    path: VersionPath,
    key: Key,
    request: HttpRequest,
    body: Body<RestoreVersion>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (author, number) = (&operator.actor.author, path.number);
    idempotent(&state, &request, &operator.actor, &key, &body.bytes, async |txn| {
        let restored =
            prompt::restore_version(txn, author, path.work_id, number, &body.value, state.runner.models())
                .await?;
        Reply::created(url::version(path.work_id, restored.number), &restored)
    })
    .await
}
