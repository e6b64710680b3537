//! Verifying the history: of a prompt, and of a run.

use crate::admission::Kind;
use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::{TranslationPath, WorkPath};
use crate::openapi::problems;
use crate::state::State;
use actix_web::{HttpResponse, get, web};
use colophon_contract::{PromptVerification, TranslationVerification};
use colophon_domain::verify;

problems! {
    PromptProblems: WorkNotFound, PromptNotFound;
    TranslationProblems: TranslationNotFound;
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
    viewer: Viewer,
    path: WorkPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let db = state.db.clone();
    let verification = async move { verify::verify_prompt(&db, path.work_id).await };
    state.admission.reply(Kind::Verify, &viewer.actor, verification).await
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
    viewer: Viewer,
    path: TranslationPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let runner = state.runner.clone();
    let verification = async move { runner.verify(path.translation_id).await };
    state.admission.reply(Kind::Verify, &viewer.actor, verification).await
}
