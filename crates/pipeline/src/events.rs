//! A run's events for a reader: the stored events, then new events, each once and in order.
//!
//! A reader's place is an [`EventId`]: the last stored event it has, and how many code points of the running
//! attempt's text. Newer events come from the run's [`Live`] state, which all its readers share. A reader
//! that is too far behind for that reads the database. Both sources give the same events for the same place,
//! so either may answer at any time.

use crate::cursor::Cursor;
use crate::feed::feed;
use crate::live::{Live, LiveRuns};
use colophon_contract::{EventId, RunEvent};
use colophon_domain::run::{Replay, get_replay};
use colophon_domain::{Db, Result};
use futures::stream::{BoxStream, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often a reader polls the database itself although changes are announced.
const OWN_LOOK: Duration = Duration::from_secs(15);

/// What a reader of a run gets.
pub enum Subscription {
    /// Events with their ids. Ends when the run has ended and nothing more follows by itself, or when the
    /// server stops.
    Events(BoxStream<'static, (EventId, RunEvent)>),
    /// The run has ended, and the reader has all its events.
    Ended,
}

/// Where events come from.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) db: Db,
    pub(crate) live: Arc<LiveRuns>,
    pub(crate) poll: Duration,
    pub(crate) stop: CancellationToken,
}

impl Source {
    /// Returns all events after a place; from the beginning if it is `None` or does not exist.
    pub(crate) async fn subscribe(&self, run_id: i64, after: Option<EventId>) -> Result<Subscription> {
        let live = self.live.of(run_id);
        // Subscribed before the first read, so that no later change is missed.
        let changed = live.watch();
        let mut cursor = Cursor::at(after.unwrap_or_default());
        let mut replay = get_replay(&self.db, run_id, cursor.seq()).await?;
        if cursor.seq() > replay.last_seq {
            cursor = Cursor::at(EventId::default());
            replay = get_replay(&self.db, run_id, 0).await?;
        }
        if replay.ended && replay.events.is_empty() {
            return Ok(Subscription::Ended);
        }
        self.follow_up(run_id, &live, &replay);
        Ok(Subscription::Events(self.clone().follow(run_id, live, changed, cursor, replay).boxed()))
    }

    /// Makes sure that changes after a replay are announced: starts a feed if one is needed.
    fn follow_up(&self, run_id: i64, live: &Arc<Live>, replay: &Replay) {
        if !replay.ended && live.wants_feed(replay.last_seq) {
            let Self { db, poll, stop, .. } = self.clone();
            tokio::spawn(feed(db, run_id, Arc::downgrade(live), poll, stop));
        }
    }

    fn follow(
        self,
        run_id: i64,
        live: Arc<Live>,
        mut changed: watch::Receiver<()>,
        mut cursor: Cursor,
        replay: Replay,
    ) -> impl futures::Stream<Item = (EventId, RunEvent)> {
        async_stream::stream! {
            let mut next = Step::of_replay(&mut cursor, &replay);
            drop(replay);
            loop {
                for event in next.events {
                    yield event;
                }
                if next.ended {
                    return;
                }
                let wait = if live.is_known() { OWN_LOOK } else { self.poll };
                let look = tokio::select! {
                    () = self.stop.cancelled() => return,
                    result = changed.changed(), if next.caught_up => result.is_err(),
                    () = tokio::time::sleep(wait), if next.caught_up => true,
                    () = std::future::ready(()), if !next.caught_up => false,
                };
                next = match Step::of_live(&mut cursor, &live) {
                    Some(step) if !look => step,
                    _ => self.read(run_id, &live, &mut cursor).await,
                };
            }
        }
    }

    /// Reads new events from the database. Returns none while it cannot be read, so that the reader waits.
    async fn read(&self, run_id: i64, live: &Arc<Live>, cursor: &mut Cursor) -> Step {
        match get_replay(&self.db, run_id, cursor.seq()).await {
            Ok(replay) => {
                self.follow_up(run_id, live, &replay);
                Step::of_replay(cursor, &replay)
            }
            Err(error) => {
                tracing::warn!(run_id, %error, "events cannot be read");
                Step { events: Vec::new(), ended: false, caught_up: true }
            }
        }
    }
}

/// What a reader gets next.
struct Step {
    events: Vec<(EventId, RunEvent)>,
    /// Whether nothing will follow.
    ended: bool,
    /// Whether nothing more comes before something changes.
    caught_up: bool,
}

impl Step {
    fn of_replay(cursor: &mut Cursor, replay: &Replay) -> Self {
        let mut events: Vec<_> = replay.events.iter().map(|event| cursor.take_event(event)).collect();
        cursor.pass(replay.read_to);
        if let Some(running) = &replay.running {
            events.extend(cursor.take_text(
                running.position,
                running.attempt_id,
                (&running.text, running.is_replaced),
            ));
        }
        let caught_up = events.is_empty() && replay.is_whole();
        Self { events, ended: replay.ended, caught_up }
    }

    fn of_live(cursor: &mut Cursor, live: &Live) -> Option<Self> {
        let (events, ended) = live.take(cursor)?;
        Some(Self { events, ended, caught_up: true })
    }
}
