//! `/models`: list.

use crate::auth::Reader;
use crate::error::ApiResult;
use crate::reply;
use crate::state::State;
use actix_web::{HttpResponse, get, web};
use colophon_contract::Model;

/// Lists the models of the catalogue.
#[utoipa::path(
    tag = "models",
    responses((status = 200, body = Vec<Model>, description = "Every model that a version may name."))
)]
#[get("/models")]
pub(crate) async fn list_models(_reader: Reader, state: web::Data<State>) -> ApiResult<HttpResponse> {
    reply::ok(&state.runner.list_models())
}
