//! `/works/{work_id}/prompt/versions`: list, append, get, restore.

use crate::admission::Kind;
use crate::auth::{Operator, Viewer, take_brought};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, IfNoneMatch, PageQuery, Query, VersionPath, WorkPath};
use crate::idempotent::{IdempotencyKey, Key, Reply, STORED_AT_ONCE_MAX, idempotent};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use colophon_contract::{
    AppendVersion, DEFAULT_VERSION_LIMIT, Page, PromptVersion, PromptVersionSummary, RestoreVersion,
    SavedVersion, url,
};
use colophon_domain::hot::Brought;
use colophon_domain::prompt::{self, Draft};
use colophon_domain::{Error, PageRequest, template};

problems! {
    ListProblems: WorkNotFound, PromptNotFound;
    AppendProblems: WorkNotFound, PromptNotFound, StaleBaseVersion, TemplateInvalid, VersionUnchanged,
        ModelUnknown, ParametersInvalid;
    GetProblems: WorkNotFound, PromptNotFound, VersionNotFound;
    RestoreProblems: WorkNotFound, PromptNotFound, VersionNotFound, StaleBaseVersion, TemplateInvalid,
        VersionUnchanged, ModelUnknown, ParametersInvalid;
}

/// Lists the prompt's versions, newest first, without their templates.
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

/// Appends a version to the prompt.
///
/// `base_version` is the latest version that the editor saw; if a newer version exists, the request is
/// refused. Line ends (CRLF, CR) in template, note and `variables` become LF. If nothing else differs from
/// the latest version, the answer is `version_unchanged`.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath, IdempotencyKey),
    request_body = AppendVersion,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses(
        (status = 201, body = SavedVersion, description = "The version.", headers(("Location" = String, description = "Its address."))),
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
    let draft = async || {
        let brought = match take_brought(&request) {
            Brought::Base(base) => Some(*base),
            _ => None,
        };
        let (author, work_id, new) = (&operator.actor.author, path.work_id, &body.value);
        if body.bytes.len() <= STORED_AT_ONCE_MAX {
            let models = state.runner.models();
            return Ok(prompt::draft_version(&state.db, author, work_id, new, brought, models).await?);
        }
        let (db, runner, author, new) = (state.db.clone(), state.runner.clone(), author.clone(), new.clone());
        let draft =
            async move { prompt::draft_version(&db, &author, work_id, &new, brought, runner.models()).await };
        Ok(state.admission.run(Kind::Check, &operator.actor, draft).await?.0)
    };
    append(&state, &request, &operator, &key, &body.bytes, path.work_id, draft).await
}

/// Returns a version with its template.
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

/// Restores an earlier version: creates a new version with its content, byte for byte.
///
/// The content must satisfy the rules that apply to new versions today. Line ends are not converted.
#[utoipa::path(
    tag = "prompts",
    params(VersionPath, IdempotencyKey),
    request_body = RestoreVersion,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses(
        (status = 201, body = SavedVersion, description = "The new version.", headers(("Location" = String, description = "Its address."))),
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
    let draft = async || {
        let (db, runner, author) = (state.db.clone(), state.runner.clone(), operator.actor.author.clone());
        let (VersionPath { work_id, number }, request) = (path, body.value.clone());
        let draft = async move {
            prompt::draft_restored_version(&db, &author, work_id, number, &request, runner.models()).await
        };
        Ok(state.admission.run(Kind::Check, &operator.actor, draft).await?.0)
    };
    append(&state, &request, &operator, &key, &body.bytes, path.work_id, draft).await
}

/// Stores the result of `draft`. If another version was appended meanwhile, drafts again: the second draft's
/// error contains that version.
async fn append(
    state: &State,
    request: &HttpRequest,
    operator: &Operator,
    key: &Key,
    body: &[u8],
    work_id: i64,
    draft: impl AsyncFn() -> ApiResult<Draft>,
) -> ApiResult<HttpResponse> {
    let attempt = async || {
        // Do not return the draft's error yet: a key that was used before gets the first answer again,
        // whatever is true now.
        let drafted = draft().await;
        if key.is_none() {
            let version = prompt::store_version(&state.db, &operator.actor, drafted?).await?;
            return Ok(saved(work_id, version)?.into_response(false));
        }
        idempotent(state, request, &operator.actor, key, body, async |txn| {
            saved(work_id, prompt::append_version(txn, drafted?).await?)
        })
        .await
    };
    match attempt().await {
        Err(ApiError::Domain(Error::BaseMoved)) => attempt().await,
        settled => settled,
    }
}

fn saved(work_id: i64, version: PromptVersion) -> ApiResult<Reply> {
    let location = url::version(work_id, version.number);
    let warnings = template::list_saved_warnings(&version.template, &version.parameters);
    Reply::created(location, &SavedVersion { version, warnings })
}
