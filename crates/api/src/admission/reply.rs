//! Replies that are not yet sent: they count in the memory budget until they are.

use super::Held;
use crate::error::ApiError;
use crate::peer::Client;
use crate::state::State;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use bytes::Bytes;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A reply up to this size, in bytes, is sent at once and not counted: the connection's own buffers hold it.
/// A larger reply is sent in pieces of this size. Otherwise the connection would keep an uncounted copy of
/// the whole reply for a client that reads nothing.
const PIECE: usize = 32 * 1024;

/// Attaches memory that is already reserved to its reply.
pub(crate) fn with_held(mut response: HttpResponse, held: Held) -> HttpResponse {
    response.extensions_mut().insert(held);
    response
}

/// Counts each reply until its last piece is sent. This middleware is below the one that compresses.
///
/// # Errors
/// Errors of the inner layers. A read whose reply exceeds the budget gets `busy`. The reply to a change is
/// always sent, because the change is made.
pub(crate) async fn hold_reply<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let mut response = next.call(request).await?;
    let reserved = response.response_mut().extensions_mut().remove::<Held>();
    let BodySize::Sized(size) = response.response().body().size() else {
        return Ok(response.map_into_left_body());
    };
    if size <= PIECE as u64 {
        return Ok(response.map_into_left_body());
    }
    let held = match hold(&response, reserved, size) {
        Ok(held) => held,
        Err(error) => {
            let busy = actix_web::ResponseError::error_response(&error);
            return Ok(response.into_response(busy).map_into_right_body());
        }
    };
    Ok(response.map_body(|_, body| match body.try_into_bytes() {
        Ok(rest) => EitherBody::right(BoxBody::new(Pieces { rest, held })),
        Err(body) => EitherBody::left(body),
    }))
}

fn hold<B>(
    response: &ServiceResponse<B>,
    reserved: Option<Held>,
    size: u64,
) -> Result<Option<Held>, ApiError> {
    let request = response.request();
    if let Some(mut held) = reserved {
        held.set(size);
        return Ok(Some(held));
    }
    let Some(state) = request.app_data::<web::Data<State>>() else { return Ok(None) };
    let mut held = state.admission.budget().hold_nothing(Client::of(request, state));
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        held.grow_to(size)?;
    } else {
        held.set(size);
    }
    Ok(Some(held))
}

/// A reply that is sent in pieces.
struct Pieces {
    rest: Bytes,
    /// Released after the last piece.
    held: Option<Held>,
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            self.held = None;
            return Poll::Ready(None);
        }
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        // The whole reply would be held without being counted.
        Err(self)
    }
}
