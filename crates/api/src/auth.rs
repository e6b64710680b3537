//! Who asks, and what they may do. Permission is a handler's argument: [`Viewer`], [`Reader`], [`Operator`],
//! [`Translator`], [`Person`] or [`Admin`]. A route of the document without one, and without `security(())`, which
//! says that it is open to all, fails a test.

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

/// What a request proves itself with: a bearer token, else the session cookie.
///
/// # Errors
/// `unauthenticated` for an `Authorization` that is not a bearer token of ours, or more than one: it never falls
/// back to the cookie, for who sends one means to be judged by it.
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

/// Tokens whose use is being noted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touches(Arc<Mutex<HashSet<i64>>>);

impl Touches {
    /// Notes that a token is used, where that is due. Beside the request: its answer does not wait for it, nor depend on
    /// it; and of a burst of requests one does it.
    pub(crate) fn note_use(&self, db: &Db, access: &Access) {
        let Some(touch) = access.touch_due.and_then(|token_id| self.begin(token_id)) else { return };
        let db = db.clone();
        actix_web::rt::spawn(async move {
            if let Err(error) = touch_token(&db, touch.token_id).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a token's use was not noted");
            }
        });
    }

    /// `None` where another is at it.
    fn begin(&self, token_id: i64) -> Option<Touch> {
        self.under_way().insert(token_id).then(|| Touch { of: self.clone(), token_id })
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That a token's use is being noted; over when it is dropped.
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

/// What the statement that asks who asks may bring along.
fn asked(request: &HttpRequest) -> Asked {
    let path = request.path().strip_prefix(url::BASE);
    path.map_or(Asked::Other, |path| Asked::of(request.method().as_str(), path))
}

/// Where a request comes from, as the audit log has it.
pub(crate) fn origin(request: &HttpRequest, state: &State) -> Origin {
    Origin {
        address: client_address(request, state).map(|ip| ip.to_string()),
        request_id: request_id(request),
    }
}

/// Who asks.
struct Identity {
    actor: Actor,
    /// What they ask for, if that came along.
    brought: Brought,
}

/// The same as found before the route: the extractors below are then ready at once and come first, so that nobody
/// learns from other refusals what they may not read, and no body is read for them.
struct Found(ApiResult<Option<Identity>>);

/// The layer that finds out who asks.
///
/// # Errors
/// Those of the layers below: what it finds wrong is the route's to say, for some are open to all.
pub(crate) async fn identify<B: MessageBody>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let found = Found(find_identity(request.request(), &state).await);
    request.extensions_mut().insert(found);
    next.call(request).await
}

/// What a handler takes to be let in by.
struct Permission {
    role: Role,
    scope: Option<Scope>,
    /// Whether there is nothing of any work in it, so that tokens of one work may have it too.
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

/// What came along with who asks, once they were let in.
pub(crate) fn take_brought(request: &HttpRequest) -> Brought {
    request.extensions_mut().remove().unwrap_or(Brought::Nothing)
}

fn forbidden(detail: impl Into<String>) -> ApiError {
    ApiError::new(Code::Forbidden, detail)
}

/// Keeps a token of one work out of the others: what is theirs is not found, as if it were not there.
fn refuse_other_works(
    request: &HttpRequest,
    bound_to: i64,
    brought: &Brought,
    is_of_no_work: bool,
) -> ApiResult<()> {
    // What is no number is for the route to refuse.
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
                /// Who asks.
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
    /// Somebody who may read what belongs to works.
    Viewer { actor } => Permission { role: Role::Viewer, scope: Some(Scope::Read), is_of_no_work: false };
    /// Somebody who may read what belongs to no work, or of works what is shown to them.
    Reader { actor } => Permission { role: Role::Viewer, scope: Some(Scope::Read), is_of_no_work: true };
    /// Somebody who may change works and prompts.
    Operator { actor } => Permission { role: Role::Operator, scope: Some(Scope::Write), is_of_no_work: false };
    /// Somebody who may run translations.
    Translator { actor } => Permission { role: Role::Operator, scope: Some(Scope::Run), is_of_no_work: false };
    /// A person signed in.
    Person { actor } => Permission { role: Role::Viewer, scope: None, is_of_no_work: true };
    /// A person who manages users, tokens and providers.
    Admin { actor } => Permission { role: Role::Admin, scope: None, is_of_no_work: true };
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
