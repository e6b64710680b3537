//! A run's events as bytes of an event stream.

use crate::auth::Credential;
use crate::state::State;
use actix_web::web;
use bytes::Bytes;
use colophon_contract::{EventId, RunEvent};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;

/// Frames events until the last one, the server's stop, or the end of what let the reader in. Comments in
/// between keep proxies from cutting an idle stream; that is also when the reader's permission is looked at anew.
pub(crate) fn frames(
    mut events: BoxStream<'static, (EventId, RunEvent)>,
    credential: Option<Credential>,
    state: web::Data<State>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let every = Duration::from_secs(u64::from(state.options.heartbeat_s.get()));
    async_stream::stream! {
        // The browser waits this many milliseconds before it comes back.
        yield Ok(Bytes::from_static(b"retry: 2000\n\n"));
        let mut beat = tokio::time::interval(every);
        beat.tick().await;
        loop {
            tokio::select! {
                event = events.next() => match event.and_then(|(id, event)| frame(id, &event)) {
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

/// JSON has no raw line breaks, so each event is one line of data.
fn frame(id: EventId, event: &RunEvent) -> Option<Bytes> {
    let data = event.data().ok()?;
    Some(Bytes::from(format!("id: {id}\nevent: {}\ndata: {data}\n\n", event.name())))
}

/// A session may have ended, a token may have been revoked. A database that does not answer ends nothing.
async fn is_still_allowed(credential: Option<&Credential>, state: &State) -> bool {
    match credential {
        None => false,
        Some(credential) => credential.find_actor(state).await.map_or(true, |actor| actor.is_some()),
    }
}
