//! Writes events as the bytes of an event stream.

use crate::state::State;
use actix_web::web;
use bytes::Bytes;
use colophon_contract::{EventId, RunEvent, WorkEvent, WorkEventId};
use colophon_domain::hot::{Asked, Credential, identify};
use colophon_domain::work;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;

/// Maximum of `heartbeat_s`; larger values count as this.
const HEARTBEAT_MAX_S: u64 = 60;

/// A part of the stream.
pub(crate) enum Frame {
    /// An event.
    Event(Bytes),
    /// A new position of the reader without an event. The next comment sends it, for reconnecting.
    Place(String),
}

/// What a reader needs to follow the stream.
pub(crate) struct Permission {
    /// Its credential.
    pub(crate) credential: Option<Credential>,
    /// The work that it follows; `None` for a run.
    pub(crate) work_id: Option<i64>,
}

impl Permission {
    /// Checks that the session has not ended, the token is not revoked and the work is not deleted. If the
    /// database does not answer, the permission still holds.
    async fn holds(&self, state: &State) -> bool {
        let Some(credential) = &self.credential else { return false };
        match identify(&state.db, credential, Asked::Other).await {
            Ok(None) => return false,
            Ok(Some(access)) => state.touches.note_use(&state.db, &access),
            Err(_) => {}
        }
        match self.work_id {
            None => true,
            Some(id) => work::exists(&state.db, id).await.unwrap_or(true),
        }
    }
}

/// Sends frames until the last one, the server's stop, or the end of the reader's permission. Comments in
/// between keep proxies from cutting an idle stream. With each comment the permission is checked again.
pub(crate) fn frames(
    begin: Option<String>,
    mut frames: BoxStream<'static, Option<Frame>>,
    permission: Permission,
    state: web::Data<State>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    // This also bounds how long a reader continues after losing its permission.
    let every = Duration::from_secs(u64::from(state.options.heartbeat_s.get()).min(HEARTBEAT_MAX_S));
    async_stream::stream! {
        // The browser waits this many milliseconds before it reconnects.
        yield Ok(Bytes::from_static(b"retry: 2000\n\n"));
        if let Some(id) = begin {
            // Without data this is not an event; it only sets the browser's position.
            yield Ok(Bytes::from(format!("id: {id}\n\n")));
        }
        let mut beat = tokio::time::interval(every);
        beat.tick().await;
        let mut place = None;
        loop {
            tokio::select! {
                frame = frames.next() => match frame.flatten() {
                    Some(Frame::Event(frame)) => {
                        place = None;
                        yield Ok(frame);
                    }
                    Some(Frame::Place(id)) => place = Some(id),
                    None => return,
                },
                _ = beat.tick() => {
                    if !permission.holds(&state).await {
                        return;
                    }
                    // Without data this is not an event.
                    let id = place.take().map(|id| format!("id: {id}\n")).unwrap_or_default();
                    yield Ok(Bytes::from(format!(":\n{id}\n")));
                },
                () = state.stopping.cancelled() => return,
            }
        }
    }
}

/// Returns the frame for an event of a run.
pub(crate) fn frame(id: EventId, event: &RunEvent) -> Option<Frame> {
    Some(framed(&id, event.name(), &event.data().ok()?))
}

/// Returns the frame for an event of a work's run, or for a position between events.
pub(crate) fn work_frame(id: WorkEventId, event: Option<&WorkEvent>) -> Option<Frame> {
    let Some(event) = event else { return Some(Frame::Place(id.to_string())) };
    Some(framed(&id, &event.name, &serde_json::to_string(event).ok()?))
}

/// Returns an event's frame. JSON has no raw line breaks, so each event is one line of data.
fn framed(id: &impl std::fmt::Display, name: &str, data: &str) -> Frame {
    Frame::Event(Bytes::from(format!("id: {id}\nevent: {name}\ndata: {data}\n\n")))
}
