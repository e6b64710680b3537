//! `/setup`: creates the first administrator, through the one-time link.

use crate::auth::{origin, session_cookie};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, refuse_query};
use crate::openapi::problems;
use crate::origin::refuse_foreign_origin;
use crate::password_gate::Standing;
use crate::refusals::refuse;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, post, web};
use colophon_contract::{Code, Session, SetUp};
use colophon_domain::password::hash_password;
use colophon_domain::user::{self, actor_of};
use colophon_domain::{Actor, Error, session};

problems! {
    SetUpProblems: SetupTokenInvalid, CrossOrigin, SetupDone, TooManyRequests;
}

/// Creates the first administrator and signs them in.
#[utoipa::path(
    tag = "session",
    security(()),
    request_body = SetUp,
    responses(
        (status = 201, body = Session, description = "Who you are now.", headers(("Set-Cookie" = String, description = "The session."))),
        SetUpProblems
    )
)]
#[post("/setup")]
pub(crate) async fn set_up(
    request: HttpRequest,
    body: Body<SetUp>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    refuse_query(&request)?;
    refuse_foreign_origin(&request, &state)?;
    let client = state.sign_ins.check(&request, &state)?;
    let SetUp { token, name, password } = body.value;
    let from = origin(&request, &state);
    if user::has_users(&state.db).await? {
        if state.setup.is(&token) {
            refuse(&state, &from, None, None, "the set-up link, which was used before");
        }
        return Err(Error::SetupDone.into());
    }
    if !state.setup.is(&token) {
        refuse(&state, &from, None, None, "the set-up link");
        return Err(ApiError::new(Code::SetupTokenInvalid, Code::SetupTokenInvalid.meaning()));
    }
    let hash = state.passwords.run(client, Standing::Known, move || hash_password(&password)).await??;
    let by = Actor::system("set-up").asking_from(from.clone());
    let made = reply::write(&state, &by, async |txn| {
        let user = user::set_up_first_admin(txn, &name, &hash).await?;
        let token = session::create_session(txn, user.id).await?;
        Ok((user, token))
    });
    let (user, token) = match made.await {
        Err(ApiError::Domain(Error::SetupDone)) => {
            refuse(&state, &from, None, None, "the set-up link, which another used at that moment");
            return Err(Error::SetupDone.into());
        }
        made => made?,
    };
    state.sign_ins.remember(client, &user.name);
    let mut response = reply::json(HttpResponse::Created(), &Session::from(actor_of(&user)))?;
    response.add_cookie(&session_cookie(&state, token)).map_err(ApiError::internal)?;
    Ok(response)
}
