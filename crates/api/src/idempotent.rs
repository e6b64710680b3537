//! `Idempotency-Key`: a repeated POST is done once and gets the first answer again.

use crate::admission::{Kind, with_held};
use crate::error::{ApiError, ApiResult};
use crate::extract::Body;
use crate::reply::settle;
use crate::state::State;
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use colophon_contract::rule::IDEMPOTENCY_KEY_MAX;
use colophon_contract::{AuthorKind, Code, FieldError};
use colophon_domain::idempotency::{Begun, KeyedRequest, StoredReply, begin_keyed, store_reply};
use colophon_domain::{Actor, Txn};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::IntoParams;

const NAME: &str = "Idempotency-Key";

/// The header `Idempotency-Key`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IdempotencyKey {
    /// Key chosen by the client: 1 to 255 visible ASCII characters. For 24 hours, the same request with the
    /// same key gets the first answer again; a different request is refused.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$",
        example = "5e0f3b64"
    )]
    #[expect(dead_code, reason = "read by `find`")]
    key: Option<String>,
}

/// The key of a request, if it has one.
pub(crate) struct Key(Option<String>);

impl Key {
    /// Checks that the request has no key.
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl FromRequest for Key {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(NAME);
        let key = match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None)
                if (1..=IDEMPOTENCY_KEY_MAX).contains(&value.len())
                    && value.as_bytes().iter().all(u8::is_ascii_graphic) =>
            {
                Ok(Self(value.to_str().ok().map(str::to_owned)))
            }
            _ => Err(ApiError::with_errors(
                Code::MalformedHeader,
                "The Idempotency-Key cannot be read.",
                vec![FieldError::in_parameter(
                    NAME,
                    "malformed",
                    "must be given once, 1 to 255 visible ASCII characters",
                )],
            )),
        };
        ready(key)
    }
}

/// A handler's answer that can be stored and replayed.
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    /// Returns 201 for a new resource at `location`.
    ///
    /// # Errors
    /// None in practice: every reply serialises.
    pub(crate) fn created(location: String, body: &impl Serialize) -> ApiResult<Self> {
        Self::with(StatusCode::CREATED, location, body)
    }

    /// Returns 202 for work that continues at `location`.
    ///
    /// # Errors
    /// None in practice: every reply serialises.
    pub(crate) fn accepted(location: String, body: &impl Serialize) -> ApiResult<Self> {
        Self::with(StatusCode::ACCEPTED, location, body)
    }

    fn with(status: StatusCode, location: String, body: &impl Serialize) -> ApiResult<Self> {
        let body = serde_json::to_string(body).map_err(ApiError::internal)?;
        Ok(Self { status, headers: vec![("location".to_owned(), location)], body })
    }

    /// Adds a header; its name must be in lower case.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    /// Returns the response. A replayed one has the header `Idempotent-Replayed`.
    pub(crate) fn into_response(self, replayed: bool) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CONTENT_TYPE, "application/json"));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        for (name, value) in &self.headers {
            response.insert_header((name.as_str(), value.as_str()));
        }
        if replayed {
            response.insert_header(("idempotent-replayed", "true"));
        }
        response.body(self.body)
    }
}

impl From<StoredReply> for Reply {
    fn from(stored: StoredReply) -> Self {
        let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
        Self { status, headers: stored.headers, body: stored.body }
    }
}

/// Keys of requests that this process is answering.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<InFlightKey>>>);

/// Kind and id of the author, and the key.
type InFlightKey = (u8, Option<i64>, String);

/// Frees the key when the request ends, however it ends.
struct Flight(InFlight, InFlightKey);

impl InFlight {
    fn begin(&self, actor: &Actor, key: &str) -> Option<Flight> {
        let kind = match actor.author.kind {
            AuthorKind::User => 0,
            AuthorKind::Token => 1,
            AuthorKind::System => 2,
        };
        let key = (kind, actor.author.id, key.to_owned());
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        fresh.then(|| Flight(self.clone(), key))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// Does `work` in one write transaction and commits it, with its reply if the request has a key. Refusals are
/// not stored: the key may be used again after the cause is corrected.
///
/// # Errors
/// `idempotency_key_in_use`, `idempotency_key_reused`; errors of `work`, after a rollback.
pub(crate) async fn idempotent(
    state: &State,
    request: &HttpRequest,
    actor: &Actor,
    key: &Key,
    body: &[u8],
    work: impl AsyncFnOnce(&Txn) -> ApiResult<Reply>,
) -> ApiResult<HttpResponse> {
    let address = (request.method().as_str(), request.path());
    let (reply, replayed) = change(state, address, actor, key, body, work).await?;
    Ok(reply.into_response(replayed))
}

/// A body over this size, in bytes, is stored on a thread that may block. Hashing it, checking its template
/// and writing the reply take longer than other requests should wait.
pub(crate) const STORED_AT_ONCE_MAX: usize = 16 * 1024;

/// [`idempotent`] with a body, on a thread that may block if the body is large. `work` gets the parsed body.
///
/// # Errors
/// As [`idempotent`]; `busy`.
pub(crate) async fn idempotent_body<T: Send + 'static>(
    state: &web::Data<State>,
    request: &HttpRequest,
    actor: Actor,
    key: Key,
    body: Body<T>,
    work: impl AsyncFnOnce(&Txn, &T) -> ApiResult<Reply> + Send + 'static,
) -> ApiResult<HttpResponse> {
    if body.bytes.len() <= STORED_AT_ONCE_MAX {
        let work = async |txn: &Txn| work(txn, &body.value).await;
        return idempotent(state, request, &actor, &key, &body.bytes, work).await;
    }
    let by = actor.clone();
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let served = state.clone();
    let stored = state.admission.run_local(Kind::Write, &by, move || async move {
        let work = async |txn: &Txn| work(txn, &body.value).await;
        change(&served, (method.as_str(), path.as_str()), &actor, &key, &body.bytes, work).await
    });
    let ((reply, replayed), held) = stored.await?;
    Ok(with_held(reply.into_response(replayed), held))
}

/// [`idempotent`] that returns the reply and whether it is a replay. `address` is method and path.
///
/// # Errors
/// As [`idempotent`].
pub(crate) async fn change(
    state: &State,
    address: (&str, &str),
    actor: &Actor,
    key: &Key,
    body: &[u8],
    work: impl AsyncFnOnce(&Txn) -> ApiResult<Reply>,
) -> ApiResult<(Reply, bool)> {
    let Some(key) = &key.0 else {
        let txn = state.db.begin_write_by(actor.clone()).await?;
        let outcome = work(&txn).await;
        return Ok((settle(txn, outcome).await?, false));
    };
    let Some(_flight) = state.in_flight.begin(actor, key) else { return Err(in_use()) };
    let body_sha256 = hex::encode(Sha256::digest(body));
    let keyed = KeyedRequest {
        author: &actor.author,
        key,
        method: address.0,
        path: address.1,
        body_sha256: &body_sha256,
    };
    let txn = state.db.begin_write_by(actor.clone()).await?;
    let outcome = keyed_reply(&txn, keyed, work).await;
    settle(txn, outcome).await
}

async fn keyed_reply(
    txn: &Txn,
    keyed: KeyedRequest<'_>,
    work: impl AsyncFnOnce(&Txn) -> ApiResult<Reply>,
) -> ApiResult<(Reply, bool)> {
    match begin_keyed(txn, keyed).await? {
        Begun::Replay(stored) => Ok((stored.into(), true)),
        Begun::InUse => Err(in_use()),
        Begun::Reused => Err(ApiError::new(
            Code::IdempotencyKeyReused,
            "The key was used for another request. Choose a new one for each thing to do.",
        )),
        Begun::Fresh => {
            let reply = work(txn).await?;
            let stored = StoredReply {
                status: reply.status.as_u16(),
                headers: reply.headers.clone(),
                body: reply.body.clone(),
            };
            store_reply(txn, keyed, &stored).await?;
            Ok((reply, false))
        }
    }
}

fn in_use() -> ApiError {
    ApiError::new(Code::IdempotencyKeyInUse, Code::IdempotencyKeyInUse.meaning())
}
