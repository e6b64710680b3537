//! `/session`: sign in, get the session, change the password, sign out.

use crate::auth::{Person, Reader, no_session_cookie, origin, session_cookie, session_token};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, refuse_query};
use crate::openapi::problems;
use crate::origin::refuse_foreign_origin;
use crate::password_gate::Standing;
use crate::refusals::refuse;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use colophon_contract::{ChangePassword, Code, CreateSession, Session};
use colophon_domain::password::hash_password;
use colophon_domain::user::{self, actor_of};
use colophon_domain::{Error, Missing, session};

problems! {
    SignInProblems: SignInFailed, CrossOrigin, TooManyRequests;
    PasswordProblems: PasswordWrong, Forbidden, TooManyRequests;
}

/// Signs in and sets the session cookie.
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
    let client = state.sign_ins.check(&request, &state)?;
    let CreateSession { name, password } = body.value;
    let standing = state.sign_ins.check_name(&request, &state, client, &name).await?;
    let from = origin(&request, &state);
    let credentials = user::get_credentials(&state.db, &name).await?;
    let owner = credentials.owner().cloned();
    let verified = state.passwords.run(client, standing, move || credentials.verify(&password)).await?;
    let Some(verified) = verified else {
        refuse(&state, &from, None, owner.as_ref(), "name and password");
        return Err(sign_in_failed());
    };
    let before = session_token(&request, &state);
    let by = actor_of(verified.user()).asking_from(from);
    let token = reply::write(&state, &by, async |txn| {
        let token = session::sign_in(txn, &verified).await?;
        // End the browser's previous session: a token from before a sign-in is never valid after it.
        if let Some(before) = &before {
            session::delete_session(txn, before).await?;
        }
        Ok(token)
    });
    let token = match token.await {
        // The user was disabled, or the password was changed, in between.
        Err(ApiError::Domain(Error::NotFound(Missing::User))) => return Err(sign_in_failed()),
        token => token?,
    };
    state.sign_ins.remember(client, &name);
    let mut response = reply::json(HttpResponse::Created(), &Session::from(actor_of(verified.user())))?;
    response.add_cookie(&session_cookie(&state, token)).map_err(ApiError::internal)?;
    Ok(response)
}

fn sign_in_failed() -> ApiError {
    ApiError::new(Code::SignInFailed, Code::SignInFailed.meaning())
}

/// Returns the user or the API token that sends the request, and its role.
#[utoipa::path(tag = "session", responses((status = 200, body = Session, description = "Who you are.")))]
#[get("/session")]
pub(crate) async fn get_session(reader: Reader) -> ApiResult<HttpResponse> {
    reply::ok(&Session::from(reader.actor))
}

/// Signs out: ends the session on every server.
///
/// An API token has no session to end.
#[utoipa::path(tag = "session", responses((status = 204, description = "You are signed out.")))]
#[delete("/session")]
pub(crate) async fn delete_session(
    reader: Reader,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    if let Some(token) = session_token(&request, &state) {
        reply::write(&state, &reader.actor, async |txn| session::delete_session(txn, &token).await).await?;
    }
    let mut response = HttpResponse::NoContent().finish();
    response.add_cookie(&no_session_cookie(&state)).map_err(ApiError::internal)?;
    Ok(response)
}

/// Changes the signed-in user's own password.
///
/// All sessions of the user end, on every server. This browser gets a new session.
#[utoipa::path(
    tag = "session",
    request_body = ChangePassword,
    extensions(("x-role" = json!("viewer"))),
    responses(
        (status = 204, description = "It is changed.", headers(("Set-Cookie" = String, description = "The new session."))),
        PasswordProblems
    )
)]
#[post("/session/password")]
pub(crate) async fn change_password(
    person: Person,
    request: HttpRequest,
    body: Body<ChangePassword>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let client = state.sign_ins.check(&request, &state)?;
    let user_id = person.actor.author.id.unwrap_or_default();
    state.sign_ins.check_own(client, user_id, &person.actor.author.name)?;
    let ChangePassword { current_password, password } = body.value;
    let credentials = user::get_own_credentials(&state.db, user_id).await?;
    let owner = credentials.owner().cloned();
    let hash = state.passwords.run(client, Standing::Known, move || {
        let verified = credentials.verify(&current_password);
        verified.map(|verified| hash_password(&password).map(|hash| (verified, hash))).transpose()
    });
    let Some((verified, hash)) = hash.await?? else {
        let (from, by) = (&person.actor.from, &person.actor.author);
        refuse(&state, from, Some(by), owner.as_ref(), "the present password, to change it");
        return Err(ApiError::new(Code::PasswordWrong, Code::PasswordWrong.meaning()));
    };
    let change = async |txn: &_| user::change_password(txn, &verified, &hash).await;
    let token = match reply::write(&state, &person.actor, change).await {
        // The password was changed in between.
        Err(ApiError::Domain(Error::NotFound(Missing::User))) => {
            return Err(ApiError::new(Code::PasswordWrong, Code::PasswordWrong.meaning()));
        }
        token => token?,
    };
    let mut response = HttpResponse::NoContent().finish();
    response.add_cookie(&session_cookie(&state, token)).map_err(ApiError::internal)?;
    Ok(response)
}
