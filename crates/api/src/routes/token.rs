//! `/tokens`: list, create, revoke.

use crate::auth::Admin;
use crate::error::ApiResult;
use crate::extract::{Body, PageQuery, Query, TokenPath};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpResponse, delete, get, post, web};
use colophon_contract::{ApiToken, CreateToken, CreatedToken, Page};
use colophon_domain::token;

problems! {
    CreateProblems: WorkNotFound;
    DeleteProblems: TokenNotFound;
}

/// Lists all API tokens, newest first, including tokens that are no longer valid.
///
/// Secrets are never included.
#[utoipa::path(
    tag = "tokens",
    params(PageQuery),
    extensions(("x-role" = json!("admin"))),
    responses((status = 200, body = Page<ApiToken>, description = "A page of tokens."))
)]
#[get("/tokens")]
pub(crate) async fn list_tokens(
    _admin: Admin,
    Query(query): Query<PageQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::ok(&token::list_tokens(&state.db, &query.page()).await?)
}

/// Creates an API token that belongs to the user who creates it.
///
/// The token never has more permissions than that user. Only this answer contains its secret.
#[utoipa::path(
    tag = "tokens",
    request_body = CreateToken,
    extensions(("x-role" = json!("admin"))),
    responses((status = 201, body = CreatedToken, description = "The token and its secret."), CreateProblems)
)]
#[post("/tokens")]
pub(crate) async fn create_token(
    admin: Admin,
    body: Body<CreateToken>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let create = async |txn: &_| token::create_token(txn, admin.actor.author.id, &body.value).await;
    let created: CreatedToken = reply::write(&state, &admin.actor, create).await?;
    reply::json(HttpResponse::Created(), &created)
}

/// Revokes an API token.
///
/// It is refused from the next request on, on every server.
#[utoipa::path(
    tag = "tokens",
    params(TokenPath),
    extensions(("x-role" = json!("admin"))),
    responses((status = 204, description = "It is revoked."), DeleteProblems)
)]
#[delete("/tokens/{token_id}")]
pub(crate) async fn revoke_token(
    admin: Admin,
    path: TokenPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::write(&state, &admin.actor, async |txn| token::revoke_token(txn, path.token_id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
