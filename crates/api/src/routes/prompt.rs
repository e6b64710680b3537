//! `/works/{work_id}/prompt`: get, create, rename, diff, preview.

use crate::admission::Kind;
use crate::auth::{Operator, Viewer, take_brought};
use crate::error::ApiResult;
use crate::extract::{Body, DiffQuery, IfNoneMatch, Query, WorkPath};
use crate::idempotent::{IdempotencyKey, Key, Reply, idempotent_body};
use crate::openapi::problems;
use crate::state::State;
use crate::{diff, reply};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use colophon_contract::{
    CreatePrompt, Preview, PreviewPrompt, Prompt, PromptVersion, RenamePrompt, SavedPrompt, VersionDiff, url,
};
use colophon_domain::hot::{Brought, PromptTag, get_prompt_head, get_prompt_json};
use colophon_domain::prompt;
use colophon_domain::template;

problems! {
    GetProblems: WorkNotFound, PromptNotFound;
    CreateProblems: WorkNotFound, PromptExists, TemplateInvalid, ModelUnknown, ParametersInvalid;
    DiffProblems: WorkNotFound, PromptNotFound, VersionNotFound;
    PreviewProblems: WorkNotFound, ChapterNotFound, ParametersInvalid;
}

/// Version of the prompt's JSON format, including its cursors. Increment it when the format changes:
/// otherwise a browser with an older server's tag would get "not modified" for JSON that differs.
const FORM: &[u8] = &[2];

/// Returns the tag of a prompt, computed from values that change whenever its JSON changes.
fn tag(state: &PromptTag) -> String {
    reply::tag([
        FORM,
        state.id.to_le_bytes().as_slice(),
        state.name.as_bytes(),
        state.updated_at.0.as_bytes(),
        state.chain_hash.as_bytes(),
    ])
}

/// Returns the work's prompt: its latest version and the first page of its history.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath),
    responses(
        (status = 200, body = Prompt, description = "The prompt.", headers(("ETag" = String, description = "For `If-None-Match`."))),
        GetProblems
    )
)]
#[get("/works/{work_id}/prompt")]
pub(crate) async fn get_prompt(
    _viewer: Viewer,
    path: WorkPath,
    known: IfNoneMatch,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let head = match take_brought(&request) {
        Brought::Head(head) if head.work_id == path.work_id => head,
        _ => get_prompt_head(&state.db, path.work_id).await?,
    };
    let tag = tag(&head.tag);
    if known.holds(&tag) {
        return Ok(reply::unchanged(&tag));
    }
    Ok(reply::with_tag(&tag, get_prompt_json(&state.db, &head).await?))
}

/// Creates the work's prompt with version 1.
///
/// Line ends (CRLF, CR) in template, note and `variables` become LF.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath, IdempotencyKey),
    request_body = CreatePrompt,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses(
        (status = 201, body = SavedPrompt, description = "The prompt.", headers(("Location" = String, description = "Its address."))),
        CreateProblems
    )
)]
#[post("/works/{work_id}/prompt")]
pub(crate) async fn create_prompt(
    operator: Operator,
    path: WorkPath,
    key: Key,
    request: HttpRequest,
    body: Body<CreatePrompt>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (author, runner) = (operator.actor.author.clone(), state.runner.clone());
    idempotent_body(&state, &request, operator.actor, key, body, async move |txn, new| {
        let prompt = prompt::create_prompt(txn, &author, path.work_id, new, runner.models()).await?;
        let tag = tag(&PromptTag::of(&prompt));
        let PromptVersion { template, parameters, .. } = &prompt.latest_version;
        let warnings = template::list_saved_warnings(template, parameters);
        let saved = SavedPrompt { prompt, warnings };
        Ok(Reply::created(url::prompt(path.work_id), &saved)?.header("etag", tag))
    })
    .await
}

/// Renames the prompt. Creates no version.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath),
    request_body = RenamePrompt,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses((status = 200, body = Prompt, description = "The prompt as it is now."), GetProblems)
)]
#[patch("/works/{work_id}/prompt")]
pub(crate) async fn rename_prompt(
    operator: Operator,
    path: WorkPath,
    body: Body<RenamePrompt>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let prompt = reply::write(&state, &operator.actor, async |txn| {
        prompt::rename_prompt(txn, path.work_id, &body.value).await
    });
    reply::ok(&prompt.await?)
}

/// Compares two versions.
///
/// Returns hunks of lines with the changed words (in Chinese and Japanese: characters), and the changed
/// parameters by key.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath, DiffQuery),
    responses((status = 200, body = VersionDiff, description = "The differences."), DiffProblems)
)]
#[get("/works/{work_id}/prompt/diff")]
pub(crate) async fn diff_versions(
    viewer: Viewer,
    path: WorkPath,
    Query(query): Query<DiffQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let db = state.db.clone();
    let compare = async move {
        let from = prompt::get_version(&db, path.work_id, query.from).await?;
        let to = prompt::get_version(&db, path.work_id, query.to).await?;
        Ok(diff::versions(from, to))
    };
    state.admission.reply(Kind::Compare, &viewer.actor, compare).await
}

/// Renders what a template would send for a segment of a chapter.
///
/// Nothing is saved or sent, and the work needs no prompt. A text over 1,000,000 code points is cut there,
/// and `truncated` says so.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath),
    request_body = PreviewPrompt,
    responses((status = 200, body = Preview, description = "The rendered messages, or the problems."), PreviewProblems)
)]
#[post("/works/{work_id}/prompt/preview")]
pub(crate) async fn preview_prompt(
    viewer: Viewer,
    path: WorkPath,
    body: Body<PreviewPrompt>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (runner, request) = (state.runner.clone(), body.value);
    let preview = async move { runner.preview(path.work_id, &request).await };
    state.admission.reply(Kind::Preview, &viewer.actor, preview).await
}
