//! Events as bytes of an event stream.

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

/// What `heartbeat_s` counts as, if it is more.
const HEARTBEAT_MAX_S: u64 = 60;

/// What is sent.
pub(crate) enum Frame {
    /// An event.
    Event(Bytes),
    /// Where the reader is by now without one: told with the next comment, for when it comes back.
    Place(String),
}

/// What lets a reader in.
pub(crate) struct Permission {
    /// What it proves itself with.
    pub(crate) credential: Option<Credential>,
    /// The work that it follows, if it is not a run.
    pub(crate) work_id: Option<i64>,
}

impl Permission {
    /// Whether it does still: a session may have ended, a token been revoked, the work been deleted. A database that
    /// does not answer ends nothing.
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

/// Sends frames until the last one, the server's stop, or the end of what let the reader in. Comments in
/// between keep proxies from cutting an idle stream; that is also when the reader's permission is looked at anew.
pub(crate) fn frames(
    begin: Option<String>,
    mut frames: BoxStream<'static, Option<Frame>>,
    permission: Permission,
    state: web::Data<State>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    // That is also how long a reader whose permission was taken away goes on at most.
    let every = Duration::from_secs(u64::from(state.options.heartbeat_s.get()).min(HEARTBEAT_MAX_S));
    async_stream::stream! {
        // The browser waits this many milliseconds before it comes back.
        yield Ok(Bytes::from_static(b"retry: 2000\n\n"));
        if let Some(id) = begin {
            // Without data it is no event, but where the browser is.
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
                    // Without data it is no event.
                    let id = place.take().map(|id| format!("id: {id}\n")).unwrap_or_default();
                    yield Ok(Bytes::from(format!(":\n{id}\n")));
                },
                () = state.stopping.cancelled() => return,
            }
        }
    }
}

/// An event of a run.
pub(crate) fn frame(id: EventId, event: &RunEvent) -> Option<Frame> {
    Some(framed(&id, event.name(), &event.data().ok()?))
}

/// An event of one of a work's runs, or a place between them.
pub(crate) fn work_frame(id: WorkEventId, event: Option<&WorkEvent>) -> Option<Frame> {
    let Some(event) = event else { return Some(Frame::Place(id.to_string())) };
    Some(framed(&id, &event.name, &serde_json::to_string(event).ok()?))
}

/// JSON has no raw line breaks, so each event is one line of data.
fn framed(id: &impl std::fmt::Display, name: &str, data: &str) -> Frame {
    Frame::Event(Bytes::from(format!("id: {id}\nevent: {name}\ndata: {data}\n\n")))
}
