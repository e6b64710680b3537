//! `/templates`: check, variables.

use crate::admission::Kind;
use crate::auth::Reader;
use crate::error::ApiResult;
use crate::extract::Body;
use crate::reply;
use crate::state::State;
use actix_web::{HttpResponse, get, post, web};
use colophon_contract::{CheckTemplate, TemplateCheck, TemplateVariable};
use colophon_domain::template;

/// Checks a template, without saving it.
///
/// Returns its problems and the variables that it uses.
#[utoipa::path(
    tag = "templates",
    request_body = CheckTemplate,
    responses((status = 200, body = TemplateCheck, description = "All that is to be said of it."))
)]
#[post("/templates/check")]
pub(crate) async fn check_template(
    reader: Reader,
    body: Body<CheckTemplate>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let CheckTemplate { template, parameters } = body.value;
    // The dry run of the template may write wide fields.
    let check = async move { Ok(template::check_template(&template, &parameters)) };
    state.admission.reply(Kind::Check, &reader.actor, check).await
}

/// Lists the built-in variables of templates.
#[utoipa::path(
    tag = "templates",
    responses((status = 200, body = Vec<TemplateVariable>, description = "Every built-in variable."))
)]
#[get("/templates/variables")]
pub(crate) async fn list_template_variables(_reader: Reader) -> ApiResult<HttpResponse> {
    reply::ok(&template::list_variables())
}
