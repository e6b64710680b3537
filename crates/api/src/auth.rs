//! Authentication and permissions. A permission is a handler's argument: [`Viewer`], [`Reader`],
//! [`Operator`], [`Translator`], [`Person`] or [`Admin`]. A documented route needs one of them, or
//! `security(())`, which means that it is open to all. A test enforces this.

use crate::error::{ApiError, ApiResult};
use crate::fallback::refuse_unknown_query;
use crate::observe::request_id;
use crate::origin::refuse_foreign_origin;
use crate::peer::client_address;
use crate::state::State;
use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use colophon_contract::{Code, Role, Scope, TOKEN_PREFIX, url};
use colophon_domain::hot::{self, Access, Asked, Brought, Credential};
use colophon_domain::session::SESSION_LIFETIME;
use colophon_domain::token::touch_token;
use colophon_domain::{Actor, Db, Error as DomainError, Missing, Origin};
use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Returns a request's credential: a bearer token, else the session cookie.
///
/// # Errors
/// `unauthenticated` for an `Authorization` header that is not a bearer token of ours, or for several
/// headers. The cookie is not used then: a client that sends the header intends to authenticate with it.
pub(crate) fn find_credential(request: &HttpRequest, state: &State) -> ApiResult<Option<Credential>> {
    let mut given = request.headers().get_all(header::AUTHORIZATION);
    if let Some(value) = given.next() {
        let alone = Some(value).filter(|_| given.next().is_none());
        let token = alone.and_then(|value| value.to_str().ok()).and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        return match token {
            Some(token) if token.starts_with(TOKEN_PREFIX) => Ok(Some(Credential::Token(token.to_owned()))),
            _ => Err(unauthenticated()),
        };
    }
    Ok(session_token(request, state).map(Credential::Session))
}

/// Tokens whose use is being recorded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touches(Arc<Mutex<HashSet<i64>>>);

impl Touches {
    /// Records a token's use in the background, if that is due. The answer neither waits for it nor depends
    /// on it. Only one of several concurrent requests records it.
    pub(crate) fn note_use(&self, db: &Db, access: &Access) {
        let Some(touch) = access.touch_due.and_then(|token_id| self.begin(token_id)) else { return };
        let db = db.clone();
        actix_web::rt::spawn(async move {
            if let Err(error) = touch_token(&db, touch.token_id).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a token's use was not noted");
            }
        });
    }

    /// Returns `None` if another request is recording it.
    fn begin(&self, token_id: i64) -> Option<Touch> {
        self.under_way().insert(token_id).then(|| Touch { of: self.clone(), token_id })
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token's use is being recorded until this is dropped.
struct Touch {
    of: Touches,
    token_id: i64,
}

impl Drop for Touch {
    fn drop(&mut self) {
        self.of.under_way().remove(&self.token_id);
    }
}

fn unauthenticated() -> ApiError {
    ApiError::new(Code::Unauthenticated, "Sign in, or send `Authorization: Bearer clp_…`.")
}

/// Returns the session cookie's value.
pub(crate) fn session_token(request: &HttpRequest, state: &State) -> Option<String> {
    request
        .cookie(cookie_name(state))
        .map(|cookie| cookie.value().to_owned())
        .filter(|token| !token.is_empty())
}

/// Returns the actor of a request, if any.
///
/// # Errors
/// `unauthenticated` for a header that is not a token of ours; `cross_origin`; database errors.
pub(crate) async fn find_actor(request: &HttpRequest, state: &State) -> ApiResult<Option<Actor>> {
    Ok(find_identity(request, state).await?.map(|identity| identity.actor))
}

async fn find_identity(request: &HttpRequest, state: &State) -> ApiResult<Option<Identity>> {
    let Some(credential) = find_credential(request, state)? else { return Ok(None) };
    if matches!(credential, Credential::Session(_)) {
        refuse_foreign_origin(request, state)?;
    }
    let Some(found) = hot::identify(&state.db, &credential, asked(request)).await? else { return Ok(None) };
    state.touches.note_use(&state.db, &found);
    let actor = found.actor.asking_from(origin(request, state));
    Ok(Some(Identity { actor, brought: found.brought }))
}

/// Returns what the identifying query may prefetch for this request.
fn asked(request: &HttpRequest) -> Asked {
    let path = request.path().strip_prefix(url::BASE);
    path.map_or(Asked::Other, |path| Asked::of(request.method().as_str(), path))
}

/// Returns a request's origin for the audit log.
pub(crate) fn origin(request: &HttpRequest, state: &State) -> Origin {
    Origin {
        address: client_address(request, state).map(|ip| ip.to_string()),
        request_id: request_id(request),
    }
}

/// The authenticated caller of a request.
struct Identity {
    actor: Actor,
    /// Data prefetched for the request, if any.
    brought: Brought,
}

/// The result of identifying the caller, computed before the route. The extractors below are then ready at
/// once and come first. No other refusal reveals what the caller may not read, and no body is read for it.
struct Found(ApiResult<Option<Identity>>);

/// Middleware that identifies the caller.
///
/// # Errors
/// Errors of the inner layers only. The route reports a failed identification, because some routes are open
/// to all.
pub(crate) async fn identify<B: MessageBody>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let found = Found(find_identity(request.request(), &state).await);
    request.extensions_mut().insert(found);
    next.call(request).await
}

/// What a handler requires of its caller.
struct Permission {
    role: Role,
    scope: Option<Scope>,
    /// Whether a token bound to one work may use the route although its path names no work or run.
    is_of_no_work: bool,
}

fn get_actor(request: &HttpRequest, needed: &Permission) -> ApiResult<Actor> {
    let found = request.extensions_mut().remove::<Found>();
    let Found(found) = found.ok_or_else(|| ApiError::Internal("nobody was looked for".into()))?;
    let Identity { actor, brought } = found?.ok_or_else(unauthenticated)?;
    match (needed.scope, &actor.token) {
        (None, Some(_)) => return Err(forbidden("This is for people: no token may do it.")),
        (Some(scope), Some(grant)) if !grant.scopes.contains(&scope) => {
            return Err(forbidden(format!("This takes a token with the scope `{}`.", scope.as_str())));
        }
        _ => {}
    }
    if actor.role < needed.role {
        let (needed, role) = (needed.role.as_str(), actor.role.as_str());
        let detail = match &actor.token {
            Some(_) => format!("This takes the role `{needed}`; that of the token's owner is `{role}`."),
            None => format!("This takes the role `{needed}`; yours is `{role}`."),
        };
        return Err(forbidden(detail));
    }
    if let Some(bound_to) = actor.bound_to() {
        refuse_other_works(request, bound_to, &brought, needed.is_of_no_work)?;
    }
    refuse_unknown_query(request)?;
    request.extensions_mut().insert(brought);
    Ok(actor)
}

/// Returns the data prefetched with the caller's identity, after the permission was checked.
pub(crate) fn take_brought(request: &HttpRequest) -> Brought {
    request.extensions_mut().remove().unwrap_or(Brought::Nothing)
}

fn forbidden(detail: impl Into<String>) -> ApiError {
    ApiError::new(Code::Forbidden, detail)
}

/// Refuses a token bound to one work access to other works: they are not found, as if they did not exist.
fn refuse_other_works(
    request: &HttpRequest,
    bound_to: i64,
    brought: &Brought,
    is_of_no_work: bool,
) -> ApiResult<()> {
    // The route refuses a value that is not a number.
    let number = |name: &str| request.match_info().get(name).map(|text| text.parse::<i64>().ok());
    match (number("work_id"), number("translation_id")) {
        (Some(Some(work)), _) if work != bound_to => Err(DomainError::NotFound(Missing::Work).into()),
        (None, Some(Some(_))) if *brought != Brought::WorkOfRun(bound_to) => {
            Err(DomainError::NotFound(Missing::Translation).into())
        }
        (None, None) if !is_of_no_work => Err(forbidden("This token is for one work, and this is for all.")),
        _ => Ok(()),
    }
}

macro_rules! permissions {
    ($($(#[$about:meta])* $name:ident $({ $actor:ident })? => $needed:expr;)*) => {$(
        $(#[$about])*
        pub(crate) struct $name {
            $(
                /// The caller.
                pub(crate) $actor: Actor,
            )?
        }

        impl FromRequest for $name {
            type Error = ApiError;
            type Future = Ready<ApiResult<Self>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(get_actor(request, &$needed).map(|_actor| Self { $($actor: _actor)? }))
            }
        }
    )*};
}

permissions! {
    /// May read data of works.
    Viewer { actor } => Permission { role: Role::Viewer, scope: Some(Scope::Read), is_of_no_work: false };
    /// May read data of no work, or the data of works that is visible to the caller.
    Reader { actor } => Permission { role: Role::Viewer, scope: Some(Scope::Read), is_of_no_work: true };
    /// May change works and prompts.
    Operator { actor } => Permission { role: Role::Operator, scope: Some(Scope::Write), is_of_no_work: false };
    /// May run translations.
    Translator { actor } => Permission { role: Role::Operator, scope: Some(Scope::Run), is_of_no_work: false };
    /// A person signed in.
    Person { actor } => Permission { role: Role::Viewer, scope: None, is_of_no_work: true };
    /// A signed-in person who manages users, tokens and providers.
    Admin { actor } => Permission { role: Role::Admin, scope: None, is_of_no_work: true };
}

/// Returns the session cookie's name. `__Host-` binds a cookie to this host; browsers accept it over TLS
/// only.
fn cookie_name(state: &State) -> &'static str {
    if state.options.is_https() { "__Host-colophon_session" } else { "colophon_session" }
}

/// Returns the cookie of a new session.
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

/// Returns the cookie that removes the session cookie.
pub(crate) fn no_session_cookie(state: &State) -> Cookie<'static> {
    let mut cookie = session_cookie(state, String::new());
    cookie.make_removal();
    cookie.set_path("/");
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_burst_one_request_notes_a_tokens_use() {
        let touches = Touches::default();
        let first = touches.begin(1);
        assert!(first.is_some() && touches.begin(1).is_none() && touches.begin(2).is_some());
        drop(first);
        assert!(touches.begin(1).is_some(), "the next one does, however the last one ended");
    }
}
