//! What readers of a run's events share: the newest stored events and the text that is being written.
//!
//! The run's task tells it both where this process works on the run. Where another does, one [`feed`] for all
//! readers takes them from the database, as last checkpointed.
//!
//! [`feed`]: crate::feed::feed
//!
//! Nothing is queued for a reader. Each keeps its own place and takes what came since, in one piece if it
//! was slow: it holds nobody back and takes no memory. The text exists once a run.

use crate::cursor::{Cursor, is_beside_the_text};
use colophon_contract::{EventId, RunEvent};
use colophon_domain::run::{RecordedEvent, Replay};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{Notify, watch};

/// Events kept for readers who are nearly up to date; others read the database.
const RECENT: usize = 16;

/// A run as this process sees it.
pub(crate) struct Live {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    /// Wakes the feed.
    poke: Arc<Notify>,
}

#[derive(Default)]
struct State {
    /// Whether this process works on the run: its task tells of its text.
    local: bool,
    /// Whether a feed tells of what others did.
    fed: bool,
    /// Whether nothing more happens of itself after the last event.
    ended: bool,
    /// The newest event that there is said to be; it may not be here yet.
    told: i64,
    /// How often it was said that the database has something new: what was read before does not have it.
    said: u64,
    /// The newest event's number; 0 while none was seen here.
    last_seq: i64,
    /// The newest events, without gaps, the last one of `last_seq`.
    recent: VecDeque<Arc<RecordedEvent>>,
    writing: Option<Writing>,
}

/// What came of a look into the database.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mirrored {
    /// It was out of date when it came, or there is more: look again.
    Behind,
    /// What it has is here.
    Present,
    /// So it is, and nothing more happens of itself: no feed is wanted.
    Ended,
}

/// The attempt under way.
struct Writing {
    position: i32,
    attempt_id: i64,
    text: String,
    /// Whether it replaced other text, which turned out to be reasoning.
    is_replaced: bool,
}

impl Live {
    fn new() -> Self {
        Self { state: Mutex::default(), changed: watch::Sender::new(()), poke: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of every change from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Passes on events that are committed, whoever made them.
    pub(crate) fn publish(&self, events: Vec<RecordedEvent>) {
        if events.is_empty() {
            return;
        }
        let mut state = self.state();
        for event in events {
            state.push(event);
        }
        drop(state);
        self.changed.send_replace(());
    }

    /// That a run is worked on here from now on whose last event is this one.
    pub(crate) fn begin_after(&self, seq: i64) {
        let mut state = self.state();
        if seq > state.last_seq {
            state.recent.clear();
            state.last_seq = seq;
        }
    }

    /// More text of the attempt under way.
    pub(crate) fn write(&self, attempt_id: i64, text: &str) {
        if let Some(writing) = self.state().writing.as_mut().filter(|w| w.attempt_id == attempt_id) {
            writing.text.push_str(text);
        }
        self.changed.send_replace(());
    }

    /// All of the text of the attempt under way so far was none: this one takes its place.
    pub(crate) fn replace(&self, attempt_id: i64, text: &str) {
        if let Some(writing) = self.state().writing.as_mut().filter(|w| w.attempt_id == attempt_id) {
            text.clone_into(&mut writing.text);
            writing.is_replaced = true;
        }
        self.changed.send_replace(());
    }

    /// The number of the last event seen here; 0 where none was.
    pub(crate) fn last_seq(&self) -> i64 {
        self.state().last_seq
    }

    /// Whether this process works on the run.
    pub(crate) fn is_local(&self) -> bool {
        self.state().local
    }

    /// Whether a change would be told of here.
    pub(crate) fn is_known(&self) -> bool {
        self.state().is_known()
    }

    /// Whether there is something that only the database knows.
    pub(crate) fn is_behind(&self) -> bool {
        let state = self.state();
        !state.local || state.told > state.last_seq
    }

    /// Whether a feed is wanted that is not there. Whoever is told so starts it; the database has the events up
    /// to `seq`.
    pub(crate) fn wants_feed(&self, seq: i64) -> bool {
        let mut state = self.state();
        state.told = state.told.max(seq);
        // A look under way may be from before what the reader waits for.
        state.said += 1;
        if state.fed {
            return false;
        }
        (state.fed, state.ended) = (true, false);
        // The readers have what was before.
        if !state.local && seq > state.last_seq {
            state.recent.clear();
            state.last_seq = seq;
        }
        true
    }

    /// That the database has an event.
    pub(crate) fn tell(&self, seq: i64) {
        let mut state = self.state();
        state.told = state.told.max(seq);
        let is_news = state.told > state.last_seq;
        state.said += u64::from(is_news);
        drop(state);
        if is_news {
            self.poke.notify_one();
        }
    }

    /// That the database may have more, of which nobody told.
    pub(crate) fn doubt(&self) {
        let mut state = self.state();
        state.told = state.told.max(state.last_seq + 1);
        state.said += 1;
        drop(state);
        self.poke.notify_one();
    }

    /// What wakes the feed.
    pub(crate) fn poke(&self) -> Arc<Notify> {
        self.poke.clone()
    }

    /// For [`Self::mirror`]: how much was said so far, and after which event to look.
    pub(crate) fn before_a_look(&self) -> (u64, i64) {
        let state = self.state();
        (state.said, state.last_seq)
    }

    /// What the database had, when so much had been said. The text of a run that is worked on here is known better,
    /// and so is all that was told here meanwhile: an attempt that has ended since is not put back.
    pub(crate) fn mirror(&self, said: u64, replay: Replay) -> Mirrored {
        let is_whole = replay.is_whole();
        let Replay { ended, events, read_to, last_seq, running, .. } = replay;
        let mut state = self.state();
        for event in events {
            state.push(event);
        }
        // Events that this version does not know have a number too.
        if !state.local && read_to > state.last_seq {
            state.recent.clear();
            state.last_seq = read_to;
        }
        let is_now = state.said == said;
        let mirrored = if !is_whole || (last_seq < state.last_seq && !state.local) {
            Mirrored::Behind
        } else {
            if is_now {
                state.told = state.last_seq;
            }
            if !state.local {
                state.writing = running.map(|running| Writing {
                    position: running.position,
                    attempt_id: running.attempt_id,
                    text: running.text,
                    is_replaced: running.is_replaced,
                });
            }
            match (ended && !state.local, is_now) {
                (false, _) => Mirrored::Present,
                (true, false) => Mirrored::Behind,
                (true, true) => {
                    (state.fed, state.ended) = (false, true);
                    Mirrored::Ended
                }
            }
        };
        drop(state);
        self.changed.send_replace(());
        mirrored
    }

    /// What a reader has not seen yet and whether that is all there will be, or `None` where only the database
    /// knows.
    pub(crate) fn take(&self, cursor: &mut Cursor) -> Option<(Vec<(EventId, RunEvent)>, bool)> {
        let state = self.state();
        let first = state.last_seq + 1 - i64::try_from(state.recent.len()).unwrap_or(i64::MAX);
        if !state.is_known() || first > cursor.seq() + 1 || cursor.seq() > state.last_seq {
            return None;
        }
        let unseen = state.recent.iter().filter(|event| event.seq > cursor.seq());
        let unseen: Vec<_> = unseen.cloned().collect();
        let mut taken: Vec<_> = unseen.iter().map(|event| cursor.take_event(event)).collect();
        if let Some(Writing { position, attempt_id, text, is_replaced }) = &state.writing {
            taken.extend(cursor.take_text(*position, *attempt_id, (text, *is_replaced)));
        }
        Some((taken, state.ended))
    }
}

impl State {
    fn is_known(&self) -> bool {
        self.local || self.fed || self.ended
    }

    fn push(&mut self, event: RecordedEvent) {
        if event.seq <= self.last_seq {
            return;
        }
        // Somebody else's event was committed in between; the database has it.
        if event.seq != self.last_seq + 1 {
            self.recent.clear();
        }
        self.last_seq = event.seq;
        self.ended = false;
        match &event.event {
            RunEvent::SegmentStart(start) => {
                self.writing = Some(Writing {
                    position: start.position,
                    attempt_id: start.attempt_id,
                    text: String::new(),
                    is_replaced: false,
                });
            }
            event if is_beside_the_text(event) => {}
            _ => self.writing = None,
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Arc::new(event));
    }
}

/// All runs that somebody in this process works on or reads.
#[derive(Default)]
pub(crate) struct LiveRuns(Mutex<HashMap<i64, Weak<Live>>>);

impl LiveRuns {
    /// The one for a run.
    pub(crate) fn of(&self, run_id: i64) -> Arc<Live> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = runs.get(&run_id).and_then(Weak::upgrade) {
            return live;
        }
        runs.retain(|_, live| live.strong_count() > 0);
        let live = Arc::new(Live::new());
        runs.insert(run_id, Arc::downgrade(&live));
        live
    }

    /// The one for a run that somebody works on or reads.
    pub(crate) fn find(&self, run_id: i64) -> Option<Arc<Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&run_id).and_then(Weak::upgrade)
    }

    /// All of them.
    pub(crate) fn list(&self) -> Vec<Arc<Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().filter_map(Weak::upgrade).collect()
    }

    /// As [`Self::of`], marked as worked on here until the guard is dropped.
    pub(crate) fn work_on(&self, run_id: i64) -> WorkedOn {
        let live = self.of(run_id);
        live.state().local = true;
        WorkedOn(live)
    }
}

/// Marks a run as worked on in this process.
pub(crate) struct WorkedOn(pub(crate) Arc<Live>);

impl Drop for WorkedOn {
    fn drop(&mut self) {
        let mut state = self.0.state();
        (state.local, state.writing) = (false, None);
        drop(state);
        self.0.changed.send_replace(());
        self.0.doubt();
    }
}

#[cfg(test)]
mod tests;
