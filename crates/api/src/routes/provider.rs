//! `/providers`: list, resume.

use crate::auth::{Admin, Reader};
use crate::error::ApiResult;
use crate::extract::{NoBody, ProviderPath};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpResponse, get, post, web};
use colophon_contract::Provider;

problems! {
    ResumeProblems: ProviderNotFound;
}

/// Lists the providers that serve models.
///
/// Shows their limits, whether the key is present, and why runs wait. Never contains an address, a header or
/// a key.
#[utoipa::path(
    tag = "providers",
    responses((status = 200, body = Vec<Provider>, description = "Every provider of the catalogue, by name."))
)]
#[get("/providers")]
pub(crate) async fn list_providers(_reader: Reader, state: web::Data<State>) -> ApiResult<HttpResponse> {
    reply::ok(&state.runner.list_providers().await?)
}

/// Ends a provider's pause, after its cause was corrected.
///
/// The runs that wait for the provider start. Does nothing if the provider is not paused.
#[utoipa::path(
    tag = "providers",
    params(ProviderPath),
    extensions(("x-role" = json!("admin"))),
    responses((status = 200, body = Provider, description = "The provider."), ResumeProblems)
)]
#[post("/providers/{name}/resume")]
pub(crate) async fn resume_provider(
    admin: Admin,
    path: ProviderPath,
    _body: NoBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::ok(&state.runner.resume_provider(&admin.actor, &path.name).await?)
}
