//! Verification of the history of a prompt and of a run.

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

/// Verifies the history of a prompt.
///
/// Recomputes version numbers, content hashes and the hash chain from the stored data. A mismatch is not an
/// error: `verified` is false, and `mismatch` names the first one.
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

/// Verifies a run against the stored data.
///
/// Recomputes its snapshots from its version, its segments from the hash of its source, and the messages and
/// hashes of each attempt from snapshots, instruction and preceding attempts. Compares the run and its
/// attempts with its events. A mismatch is not an error: `verified` is false, and `mismatch` names the first
/// one.
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
