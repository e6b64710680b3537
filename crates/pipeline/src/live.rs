//! The state that readers of a run's events share: the newest stored events and the text that is being
//! written.
//!
//! If this process works on the run, the run's task updates both. If another process does, one [`feed`] for
//! all readers reads them from the database, as last checkpointed.
//!
//! [`feed`]: crate::feed::feed
//!
//! Nothing is queued for a reader. Each reader keeps its own cursor and takes all newer text as one piece. A
//! slow reader therefore blocks nobody and uses no memory. The text is stored once for each run.

use crate::cursor::{Cursor, is_beside_the_text};
use colophon_contract::{EventId, RunEvent};
use colophon_domain::run::{RecordedEvent, Replay};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{Notify, watch};

/// Events kept for readers that are nearly up to date; other readers read the database.
const RECENT: usize = 16;

/// The state of a run as this process knows it.
pub(crate) struct Live {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    /// Wakes the feed.
    poke: Arc<Notify>,
}

#[derive(Default)]
struct State {
    /// Whether this process works on the run: the run's task then supplies the text.
    local: bool,
    /// Whether a feed reads what other processes commit.
    fed: bool,
    /// Whether the run has ended, so that nothing follows the last event by itself.
    ended: bool,
    /// The highest event number that was announced; may be ahead of `last_seq`.
    told: i64,
    /// How often a change in the database was announced. A snapshot that was read before lacks the last
    /// change.
    said: u64,
    /// The newest event's number; 0 while no event was seen here.
    last_seq: i64,
    /// The newest events, without gaps. The last has the number `last_seq`.
    recent: VecDeque<Arc<RecordedEvent>>,
    writing: Option<Writing>,
}

/// The result of [`Live::mirror`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mirrored {
    /// The snapshot was out of date or incomplete: read again.
    Behind,
    /// All events of the snapshot are here.
    Present,
    /// As `Present`, and the run has ended: no feed is needed.
    Ended,
}

/// The attempt that is under way.
struct Writing {
    position: i32,
    attempt_id: i64,
    text: String,
    /// Whether `text` replaced earlier text, which turned out to be reasoning.
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

    /// Returns a receiver that is notified of every change from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Passes committed events on to readers, whatever their source.
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

    /// Records `seq` as the last event of a run that this process begins to work on.
    pub(crate) fn begin_after(&self, seq: i64) {
        let mut state = self.state();
        if seq > state.last_seq {
            state.recent.clear();
            state.last_seq = seq;
        }
    }

    /// Appends text of the attempt under way.
    pub(crate) fn write(&self, attempt_id: i64, text: &str) {
        if let Some(writing) = self.state().writing.as_mut().filter(|w| w.attempt_id == attempt_id) {
            writing.text.push_str(text);
        }
        self.changed.send_replace(());
    }

    /// Replaces all text of the attempt under way: the earlier text was not its answer.
    pub(crate) fn replace(&self, attempt_id: i64, text: &str) {
        if let Some(writing) = self.state().writing.as_mut().filter(|w| w.attempt_id == attempt_id) {
            text.clone_into(&mut writing.text);
            writing.is_replaced = true;
        }
        self.changed.send_replace(());
    }

    /// Returns the number of the last event seen here, or 0.
    pub(crate) fn last_seq(&self) -> i64 {
        self.state().last_seq
    }

    /// Returns whether this process works on the run.
    pub(crate) fn is_local(&self) -> bool {
        self.state().local
    }

    /// Returns whether changes of the run are announced here.
    pub(crate) fn is_known(&self) -> bool {
        self.state().is_known()
    }

    /// Returns whether the database may have events that are not here.
    pub(crate) fn is_behind(&self) -> bool {
        let state = self.state();
        !state.local || state.told > state.last_seq
    }

    /// Returns whether a feed is needed and missing; the caller must then start it. `seq` is the number of
    /// the last event in the database.
    pub(crate) fn wants_feed(&self, seq: i64) -> bool {
        let mut state = self.state();
        state.told = state.told.max(seq);
        // A read under way may have begun before the event that the reader waits for.
        state.said += 1;
        if state.fed {
            return false;
        }
        (state.fed, state.ended) = (true, false);
        // The readers already have the earlier events.
        if !state.local && seq > state.last_seq {
            state.recent.clear();
            state.last_seq = seq;
        }
        true
    }

    /// Records that the database has the event `seq`.
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

    /// Records that the database may have events that were not announced.
    pub(crate) fn doubt(&self) {
        let mut state = self.state();
        state.told = state.told.max(state.last_seq + 1);
        state.said += 1;
        drop(state);
        self.poke.notify_one();
    }

    /// Returns what wakes the feed.
    pub(crate) fn poke(&self) -> Arc<Notify> {
        self.poke.clone()
    }

    /// Returns, for [`Self::mirror`], the count of announcements and the number of the event to read after.
    pub(crate) fn before_a_look(&self) -> (u64, i64) {
        let state = self.state();
        (state.said, state.last_seq)
    }

    /// Takes over a database snapshot; `said` is the count of announcements before it was read. Text of a run
    /// that is worked on here, and events published here meanwhile, are newer and win: an attempt that has
    /// ended since is not restored.
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

    /// Returns what a reader has not seen yet and whether the run has ended; `None` if the reader must read
    /// the database.
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
        // Another writer committed an event in between; the database has it.
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

/// The state of all runs that are worked on or read in this process.
#[derive(Default)]
pub(crate) struct LiveRuns(Mutex<HashMap<i64, Weak<Live>>>);

impl LiveRuns {
    /// Returns the state of a run; creates it if needed.
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

    /// Returns the state of a run that is worked on or read here.
    pub(crate) fn find(&self, run_id: i64) -> Option<Arc<Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&run_id).and_then(Weak::upgrade)
    }

    /// Returns the states of all runs that are worked on or read here.
    pub(crate) fn list(&self) -> Vec<Arc<Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().filter_map(Weak::upgrade).collect()
    }

    /// Does what [`Self::of`] does, and marks the run as worked on here until the guard is dropped.
    pub(crate) fn work_on(&self, run_id: i64) -> WorkedOn {
        let live = self.of(run_id);
        live.state().local = true;
        WorkedOn(live)
    }
}

/// Marks a run as worked on in this process while it exists.
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
