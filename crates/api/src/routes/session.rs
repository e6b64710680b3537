//! `/session`: sign in, who am I, sign out.

use crate::auth::{Viewer, no_session_cookie, session_cookie, session_token};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, refuse_query};
use crate::openapi::problems;
use crate::origin::refuse_foreign_origin;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use colophon_contract::{Code, CreateSession, Session};
use colophon_domain::{Error, Missing, session, user};

problems! {
    SignInProblems: SignInFailed, CrossOrigin, TooManyRequests;
}

/// Signs in: sets the session cookie.
#[utoipa::path(
    tag = "session",
    security(()),
    request_body = CreateSession,
    responses(
        (status = 201, body = Session, description = "Who you are now.", headers(("Set-Cookie" = String, description = "The session."))),
        SignInProblems
    )
)]
#[post("/session")]
pub(crate) async fn create_session(
    request: HttpRequest,
    body: Body<CreateSession>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    refuse_query(&request)?;
    refuse_foreign_origin(&request, &state)?;
    state.sign_ins.check(&request, &state)?;
    let CreateSession { name, password } = body.value;
    let credentials = user::get_credentials(&state.db, &name).await?;
    let user = state.passwords.run(move || credentials.verify(&password)).await?;
    let Some(user) = user else { return Err(sign_in_failed()) };
    let before = session_token(&request, &state);
    let token = reply::write(&state, async |txn| {
        // What the browser had ends here: a token from before a sign-in is never one after it.
        if let Some(before) = &before {
            session::delete_session(txn, before).await?;
        }
        session::create_session(txn, user.id).await
    });
    let token = match token.await {
        // Disabled in between.
        Err(ApiError::Domain(Error::NotFound(Missing::User))) => return Err(sign_in_failed()),
        token => token?,
    };
    let mut response = reply::json(HttpResponse::Created(), &Session::from(user.actor()))?;
    response.add_cookie(&session_cookie(&state, token)).map_err(ApiError::internal)?;
    Ok(response)
}

fn sign_in_failed() -> ApiError {
    ApiError::new(Code::SignInFailed, Code::SignInFailed.meaning())
}

/// Who is signed in, or whose token it is.
#[utoipa::path(tag = "session", responses((status = 200, body = Session, description = "Who you are.")))]
#[get("/session")]
pub(crate) async fn get_session(viewer: Viewer) -> ApiResult<HttpResponse> {
    reply::ok(&Session::from(viewer.actor))
}

/// Signs out: the session ends, on every server. A token has none to end.
#[utoipa::path(tag = "session", responses((status = 204, description = "You are signed out.")))]
#[delete("/session")]
pub(crate) async fn delete_session(
    _viewer: Viewer,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    if let Some(token) = session_token(&request, &state) {
        reply::write(&state, async |txn| session::delete_session(txn, &token).await).await?;
    }
    let mut response = HttpResponse::NoContent().finish();
    response.add_cookie(&no_session_cookie(&state)).map_err(ApiError::internal)?;
    Ok(response)
}
