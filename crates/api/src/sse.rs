//! Events as bytes of an event stream.

use crate::auth::Credential;
use crate::state::State;
use actix_web::web;
use bytes::Bytes;
use colophon_contract::{EventId, RunEvent, WorkEvent, WorkEventId};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;

/// Sends frames until the last one, the server's stop, or the end of what let the reader in. Comments in
/// between keep proxies from cutting an idle stream; that is also when the reader's permission is looked at anew.
pub(crate) fn frames(
    begin: Option<String>,
    mut frames: BoxStream<'static, Option<Bytes>>,
    credential: Option<Credential>,
    state: web::Data<State>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let every = Duration::from_secs(u64::from(state.options.heartbeat_s.get()));
    async_stream::stream! {
        // The browser waits this many milliseconds before it comes back.
        yield Ok(Bytes::from_static(b"retry: 2000\n\n"));
        if let Some(id) = begin {
            // Without data it is no event, but where the browser is.
            yield Ok(Bytes::from(format!("id: {id}\n\n")));
        }
        let mut beat = tokio::time::interval(every);
        beat.tick().await;
        loop {
            tokio::select! {
                frame = frames.next() => match frame.flatten() {
                    Some(frame) => yield Ok(frame),
                    None => return,
                },
                _ = beat.tick() => {
                    if !is_still_allowed(credential.as_ref(), &state).await {
                        return;
                    }
                    yield Ok(Bytes::from_static(b":\n\n"));
                },
                () = state.stopping.cancelled() => return,
            }
        }
    }
}

/// An event of a run.
pub(crate) fn frame(id: EventId, event: &RunEvent) -> Option<Bytes> {
    Some(framed(&id, event.name(), &event.data().ok()?))
}

/// An event of one of a work's runs.
pub(crate) fn work_frame(id: WorkEventId, event: &WorkEvent) -> Option<Bytes> {
    Some(framed(&id, &event.name, &serde_json::to_string(event).ok()?))
}

/// JSON has no raw line breaks, so each event is one line of data.
fn framed(id: &impl std::fmt::Display, name: &str, data: &str) -> Bytes {
    Bytes::from(format!("id: {id}\nevent: {name}\ndata: {data}\n\n"))
}

/// A session may have ended, a token may have been revoked. A database that does not answer ends nothing.
async fn is_still_allowed(credential: Option<&Credential>, state: &State) -> bool {
    match credential {
        None => false,
        Some(credential) => credential.find_actor(state).await.map_or(true, |actor| actor.is_some()),
    }
}
