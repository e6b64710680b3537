//! `/users`: list, invite, change, and the one-time links for setting a password.

use crate::auth::{Admin, origin, session_cookie, session_token};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, NoBody, PageQuery, Query, UserPath, refuse_query};
use crate::openapi::problems;
use crate::origin::refuse_foreign_origin;
use crate::password_gate::Standing;
use crate::refusals::refuse;
use crate::reply;
use crate::state::State;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use colophon_contract::{
    CreateUser, InvitedUser, Page, PasswordLink, Session, SetPassword, UpdateUser, User, url,
};
use colophon_domain::password::hash_password;
use colophon_domain::user::{self, Link, actor_of};
use colophon_domain::{Error, session};

problems! {
    GetProblems: UserNotFound;
    CreateProblems: UserExists;
    UpdateProblems: UserNotFound, LastAdmin;
    LinkProblems: UserNotFound, UserDisabled;
    PasswordProblems: LinkInvalid, CrossOrigin, TooManyRequests;
}

/// Lists all users, in the order in which they were added.
#[utoipa::path(
    tag = "users",
    params(PageQuery),
    extensions(("x-role" = json!("admin"))),
    responses((status = 200, body = Page<User>, description = "A page of users."))
)]
#[get("/users")]
pub(crate) async fn list_users(
    _admin: Admin,
    Query(query): Query<PageQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::ok(&user::list_users(&state.db, &query.page()).await?)
}

/// Invites a user.
///
/// The user sets a password through a one-time link. Only this answer contains the link.
#[utoipa::path(
    tag = "users",
    request_body = CreateUser,
    extensions(("x-role" = json!("admin"))),
    responses(
        (status = 201, body = InvitedUser, description = "The user and their link.", headers(("Location" = String, description = "Their address."))),
        CreateProblems
    )
)]
#[post("/users")]
pub(crate) async fn create_user(
    admin: Admin,
    body: Body<CreateUser>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let CreateUser { name, role } = &body.value;
    let (user, link) =
        reply::write(&state, &admin.actor, async |txn| user::invite_user(txn, name, *role).await).await?;
    let location = url::user(user.id);
    let invited = InvitedUser { user, link: password_link(&state, link) };
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    reply::json(response, &invited)
}

/// Returns a user.
#[utoipa::path(
    tag = "users",
    params(UserPath),
    extensions(("x-role" = json!("admin"))),
    responses((status = 200, body = User, description = "The user."), GetProblems)
)]
#[get("/users/{user_id}")]
pub(crate) async fn get_user(
    _admin: Admin,
    path: UserPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::ok(&user::get_user(&state.db, path.user_id).await?)
}

/// Changes a user's role, or whether the user may sign in.
///
/// The change applies from the user's next request on, on every server.
#[utoipa::path(
    tag = "users",
    params(UserPath),
    request_body = UpdateUser,
    extensions(("x-role" = json!("admin"))),
    responses((status = 200, body = User, description = "The user as they are now."), UpdateProblems)
)]
#[patch("/users/{user_id}")]
pub(crate) async fn update_user(
    admin: Admin,
    path: UserPath,
    body: Body<UpdateUser>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let update = async |txn: &_| user::update_user(txn, path.user_id, &body.value).await;
    reply::ok(&reply::write(&state, &admin.actor, update).await?)
}

/// Creates a one-time link for a user to set a new password.
///
/// An earlier link can no longer be used. The current password, if any, stays until then.
#[utoipa::path(
    tag = "users",
    params(UserPath),
    extensions(("x-role" = json!("admin"))),
    responses((status = 201, body = PasswordLink, description = "The link, in this answer alone."), LinkProblems)
)]
#[post("/users/{user_id}/link")]
pub(crate) async fn create_link(
    admin: Admin,
    path: UserPath,
    _body: NoBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let create = async |txn: &_| user::create_link(txn, path.user_id).await;
    let (_, link) = reply::write(&state, &admin.actor, create).await?;
    reply::json(HttpResponse::Created(), &password_link(&state, link))
}

/// Sets a password through a one-time link, and signs in.
///
/// The user's earlier sessions end.
#[utoipa::path(
    tag = "session",
    security(()),
    request_body = SetPassword,
    responses(
        (status = 201, body = Session, description = "Who you are now.", headers(("Set-Cookie" = String, description = "The session."))),
        PasswordProblems
    )
)]
#[post("/password")]
pub(crate) async fn set_password(
    request: HttpRequest,
    body: Body<SetPassword>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    refuse_query(&request)?;
    refuse_foreign_origin(&request, &state)?;
    let client = state.sign_ins.check(&request, &state)?;
    let SetPassword { token: secret, password } = body.value;
    let from = origin(&request, &state);
    let Some(user) = user::find_link(&state.db, &secret).await? else {
        refuse(&state, &from, None, None, "a one-time link");
        return Err(Error::LinkInvalid.into());
    };
    let hash = state.passwords.run(client, Standing::Known, move || hash_password(&password)).await??;
    let by = actor_of(&user).asking_from(from);
    let before = session_token(&request, &state);
    let set = async |txn: &_| {
        let set = user::set_password_by_link(txn, &secret, &hash).await?;
        // As at any sign-in, end the browser's previous session.
        if let Some(before) = &before {
            session::delete_session(txn, before).await?;
        }
        Ok(set)
    };
    let (user, token) = match reply::write(&state, &by, set).await {
        Err(ApiError::Domain(Error::LinkInvalid)) => {
            let what = "a one-time link, which was used or replaced at that moment";
            refuse(&state, &by.from, None, Some(&user), what);
            return Err(Error::LinkInvalid.into());
        }
        set => set?,
    };
    state.sign_ins.remember(client, &user.name);
    let mut response = reply::json(HttpResponse::Created(), &Session::from(actor_of(&user)))?;
    response.add_cookie(&session_cookie(&state, token)).map_err(ApiError::internal)?;
    Ok(response)
}

/// Returns the web app's address for a link: a full URL if `public_url` is configured, else only its path.
fn password_link(state: &State, link: Link) -> PasswordLink {
    let base = state.options.public_url.as_deref().unwrap_or_default().trim_end_matches('/').to_owned();
    PasswordLink { url: format!("{base}/password#token={}", link.secret), expires_at: link.expires_at }
}
