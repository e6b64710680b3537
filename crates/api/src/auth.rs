//! Who asks, and what they may do. Permission is a handler's argument: [`Viewer`] or [`Operator`].

use crate::error::{ApiError, ApiResult};
use crate::fallback::refuse_unknown_query;
use crate::origin::refuse_foreign_origin;
use crate::state::State;
use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use colophon_contract::{Code, Role};
use colophon_domain::Actor;
use colophon_domain::session::{SESSION_LIFETIME, find_session};
use colophon_domain::token::{find_token, touch_token};
use std::future::{Ready, ready};

/// What every API token begins with.
const TOKEN_PREFIX: &str = "clp_";

/// What a request proves itself with.
#[derive(Clone)]
pub(crate) enum Credential {
    /// The session cookie's value.
    Session(String),
    /// A bearer token.
    Token(String),
}

impl Credential {
    /// That of a request: a bearer token, else the session cookie.
    ///
    /// # Errors
    /// `unauthenticated` for an `Authorization` that is not a bearer token of ours: it never falls back to the
    /// cookie, for who sends one means to be judged by it.
    pub(crate) fn find(request: &HttpRequest, state: &State) -> ApiResult<Option<Self>> {
        if let Some(value) = request.headers().get(header::AUTHORIZATION) {
            let token = value.to_str().ok().and_then(|text| {
                let (scheme, token) = text.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
            });
            return match token {
                Some(token) if token.starts_with(TOKEN_PREFIX) => Ok(Some(Self::Token(token.to_owned()))),
                _ => Err(unauthenticated()),
            };
        }
        Ok(session_token(request, state).map(Self::Session))
    }

    /// Who it belongs to at this moment, in one statement.
    ///
    /// # Errors
    /// Of the database only.
    pub(crate) async fn find_actor(&self, state: &State) -> ApiResult<Option<Actor>> {
        match self {
            Self::Session(token) => Ok(find_session(&state.db, token).await?),
            Self::Token(token) => {
                let Some(found) = find_token(&state.db, token).await? else { return Ok(None) };
                if found.touch_due {
                    let db = state.db.clone();
                    // Beside the request: its answer does not wait for it, nor depend on it.
                    actix_web::rt::spawn(async move {
                        if let Err(error) = touch_token(&db, found.token_id).await {
                            tracing::warn!(
                                error = &error as &dyn std::error::Error,
                                "a token's use was not noted"
                            );
                        }
                    });
                }
                Ok(Some(found.actor))
            }
        }
    }
}

fn unauthenticated() -> ApiError {
    ApiError::new(Code::Unauthenticated, "Sign in, or send `Authorization: Bearer clp_…`.")
}

/// The session cookie's value.
pub(crate) fn session_token(request: &HttpRequest, state: &State) -> Option<String> {
    request
        .cookie(cookie_name(state))
        .map(|cookie| cookie.value().to_owned())
        .filter(|token| !token.is_empty())
}

/// Who asks, if anybody.
///
/// # Errors
/// `unauthenticated` for a header that is not a token of ours, `cross_origin`; of the database.
pub(crate) async fn find_actor(request: &HttpRequest, state: &State) -> ApiResult<Option<Actor>> {
    let Some(credential) = Credential::find(request, state)? else { return Ok(None) };
    if matches!(credential, Credential::Session(_)) {
        refuse_foreign_origin(request, state)?;
    }
    credential.find_actor(state).await
}

/// Who asks, as found before the route: the extractors below are then ready at once and come first, so that
/// nobody learns from other refusals what they may not read, and no body is read for them.
struct Identity(ApiResult<Option<Actor>>);

/// The layer that finds out who asks.
///
/// # Errors
/// Those of the layers below: what it finds wrong is the route's to say, for some are open to all.
pub(crate) async fn identify<B: MessageBody>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let found = find_actor(request.request(), &state).await;
    request.extensions_mut().insert(Identity(found));
    next.call(request).await
}

fn get_actor(request: &HttpRequest, needed: Role) -> ApiResult<Actor> {
    let identity = request.extensions_mut().remove::<Identity>();
    let Identity(found) = identity.ok_or_else(|| ApiError::Internal("nobody was looked for".into()))?;
    let actor = found?.ok_or_else(unauthenticated)?;
    if actor.role < needed {
        return Err(ApiError::new(
            Code::Forbidden,
            format!("This takes the role `{}`; yours is `{}`.", needed.as_str(), actor.role.as_str()),
        ));
    }
    refuse_unknown_query(request)?;
    Ok(actor)
}

macro_rules! permissions {
    ($($(#[$about:meta])* $name:ident => $role:expr;)*) => {$(
        $(#[$about])*
        pub(crate) struct $name {
            /// Who asks.
            pub(crate) actor: Actor,
        }

        impl FromRequest for $name {
            type Error = ApiError;
            type Future = Ready<ApiResult<Self>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(get_actor(request, $role).map(|actor| Self { actor }))
            }
        }
    )*};
}

permissions! {
    /// Somebody who may read.
    Viewer => Role::Viewer;
    /// Somebody who may change works and prompts and run translations.
    Operator => Role::Operator;
}

/// `__Host-` binds a cookie to this very host and to TLS; browsers take it over TLS only.
fn cookie_name(state: &State) -> &'static str {
    if state.options.is_https() { "__Host-colophon_session" } else { "colophon_session" }
}

/// The cookie of a session that begins.
pub(crate) fn session_cookie(state: &State, token: String) -> Cookie<'static> {
    let lifetime = i64::try_from(SESSION_LIFETIME.as_secs()).unwrap_or(i64::MAX);
    Cookie::build(cookie_name(state), token)
        .path("/")
        .http_only(true)
        .secure(state.options.is_https())
        .same_site(SameSite::Lax)
        .max_age(CookieDuration::seconds(lifetime))
        .finish()
}

/// The cookie that takes the session cookie away.
pub(crate) fn no_session_cookie(state: &State) -> Cookie<'static> {
    let mut cookie = session_cookie(state, String::new());
    cookie.make_removal();
    cookie.set_path("/");
    cookie
}
