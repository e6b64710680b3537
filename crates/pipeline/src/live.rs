//! What readers of a run's events share: the newest stored events and the text that is being written.
//!
//! Nothing is queued for a reader. Each keeps its own place and takes what came since, in one piece if it
//! was slow: it holds nobody back and takes no memory. The text exists once a run.

use crate::cursor::{Cursor, is_beside_the_text};
use colophon_contract::{EventId, RunEvent};
use colophon_domain::run::RecordedEvent;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::watch;

/// Events kept for readers who are nearly up to date; others read the database.
const RECENT: usize = 16;

/// A run as this process sees it.
pub(crate) struct Live {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    /// Whether this process works on the run, so that nothing happens to it unseen here.
    local: bool,
    /// The newest event's number; 0 while none was seen here.
    last_seq: i64,
    /// The newest events, without gaps, the last one of `last_seq`.
    recent: VecDeque<Arc<RecordedEvent>>,
    writing: Option<Writing>,
}

/// The attempt under way.
struct Writing {
    position: i32,
    attempt_id: i64,
    text: String,
}

impl Live {
    fn new() -> Self {
        Self { state: Mutex::default(), changed: watch::Sender::new(()) }
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

    /// The number of the last event seen here; 0 where none was.
    pub(crate) fn last_seq(&self) -> i64 {
        self.state().last_seq
    }

    /// What a reader has not seen yet, or `None` where only the database knows.
    pub(crate) fn take(&self, cursor: &mut Cursor) -> Option<Vec<(EventId, RunEvent)>> {
        let state = self.state();
        let first = state.last_seq + 1 - i64::try_from(state.recent.len()).unwrap_or(i64::MAX);
        let known = state.local && first <= cursor.seq() + 1 && cursor.seq() <= state.last_seq;
        if !known {
            return None;
        }
        let unseen = state.recent.iter().filter(|event| event.seq > cursor.seq());
        let unseen: Vec<_> = unseen.cloned().collect();
        let mut taken: Vec<_> = unseen.iter().map(|event| cursor.take_event(event)).collect();
        if let Some(Writing { position, attempt_id, text }) = &state.writing {
            taken.extend(cursor.take_text(*position, *attempt_id, text));
        }
        Some(taken)
    }
}

impl State {
    fn push(&mut self, event: RecordedEvent) {
        if event.seq <= self.last_seq {
            return;
        }
        // Somebody else's event was committed in between; the database has it.
        if event.seq != self.last_seq + 1 {
            self.recent.clear();
        }
        self.last_seq = event.seq;
        match &event.event {
            RunEvent::SegmentStart(start) => {
                self.writing = Some(Writing {
                    position: start.position,
                    attempt_id: start.attempt_id,
                    text: String::new(),
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
        *state = State::default();
        drop(state);
        self.0.changed.send_replace(());
    }
}
