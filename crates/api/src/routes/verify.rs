//! Verifying the history: of a prompt, and of a run.

use crate::auth::Viewer;
use crate::error::{ApiError, ApiResult};
use crate::extract::{TranslationPath, WorkPath};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpResponse, get, web};
use colophon_contract::{PromptVerification, TranslationVerification};
use colophon_domain::prompt;
use tokio::sync::{Semaphore, SemaphorePermit};

problems! {
    PromptProblems: WorkNotFound, PromptNotFound;
    TranslationProblems: TranslationNotFound;
}

/// Each reads a whole history in one snapshot: more than a few at once would leave no connection for others.
static TURNS: Semaphore = Semaphore::const_new(2);

async fn turn() -> ApiResult<SemaphorePermit<'static>> {
    TURNS.acquire().await.map_err(ApiError::internal)
}

/// Recomputes the prompt's history from what is stored: numbers, content hashes and chain. A mismatch is an answer
/// too: `verified` is false, and `mismatch` names the first one.
#[utoipa::path(
    tag = "prompts",
    params(WorkPath),
    responses(
        (status = 200, body = PromptVerification, description = "What was found."),
        PromptProblems
    )
)]
#[get("/works/{work_id}/prompt/verify")]
pub(crate) async fn verify_prompt(
    _viewer: Viewer,
    path: WorkPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let _turn = turn().await?;
    reply::ok(&prompt::verify_prompt(&state.db, path.work_id).await?)
}

/// Recomputes a run from what is stored: its snapshots by its version, its segments by the hash of its source,
/// each attempt's messages and hashes by snapshots, instruction and preceding attempts, and what its events tell.
/// A mismatch is an answer too: `verified` is false, and `mismatch` names the first one.
#[utoipa::path(
    tag = "translations",
    params(TranslationPath),
    responses(
        (status = 200, body = TranslationVerification, description = "What was found."),
        TranslationProblems
    )
)]
#[get("/translations/{translation_id}/verify")]
pub(crate) async fn verify_translation(
    _viewer: Viewer,
    path: TranslationPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let _turn = turn().await?;
    reply::ok(&state.runner.verify(path.translation_id).await?)
}
