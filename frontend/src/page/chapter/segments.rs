//! A run's segments: loaded page by page, then kept up to date by events.

use super::segment_text::SegmentText;
use crate::api::{self, Error};
use colophon_contract::{MAX_LIMIT, RunEvent, Segment};
use gloo_timers::future::TimeoutFuture;
use js_sys::Date;
use leptos::{
    prelude::*,
    task::{spawn_local, tick},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// How many rows are made between two looks at the clock.
const ROWS_AT_ONCE: usize = 5;
/// For how long rows are made before the browser may draw and react, in milliseconds. It finishes a step first, and
/// with what it draws the whole stays below 50 ms.
const SLICE_MS: f64 = 15.0;

/// A segment's source and what became of it.
#[derive(Clone)]
pub struct Row {
    /// From 1, in reading order.
    pub position: i32,
    /// The slice of the chapter, white space included.
    pub source: Arc<str>,
    /// Changes while the run goes on.
    pub text: ArcRwSignal<SegmentText>,
    /// When the text changed last, by [`Segments::clock`].
    changed_at: Arc<AtomicU64>,
}

/// How far the loading is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// More is to come.
    Loading,
    /// All rows are there.
    Ready,
    /// The rest could not be loaded.
    Failed(Error),
}

/// The segments of one run. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Segments {
    run_id: i64,
    rows: RwSignal<Vec<Row>>,
    stage: RwSignal<Stage>,
    /// How many are being, or wait to be, translated again.
    again: RwSignal<u32>,
    on_again: Callback<String>,
    /// Counts the changes by events and replies. A page of segments is asked for at one time and arrives at another:
    /// what changed in between is newer than the page.
    clock: StoredValue<u64>,
}

impl Segments {
    /// Begins to load them. `on_again` hears how it ended that one was translated again, in words.
    pub fn load(run_id: i64, on_again: Callback<String>) -> Self {
        let stage = RwSignal::new(Stage::Loading);
        let again = RwSignal::new(0);
        let (rows, clock) = (RwSignal::new(Vec::new()), StoredValue::new(0));
        let segments = Self { run_id, rows, stage, again, on_again, clock };
        segments.fetch();
        segments
    }

    /// In reading order.
    pub fn rows(self) -> Signal<Vec<Row>> {
        self.rows.into()
    }

    /// How far the loading is.
    pub fn stage(self) -> Signal<Stage> {
        self.stage.into()
    }

    /// How many are being, or wait to be, translated again.
    pub fn again(self) -> Signal<u32> {
        self.again.into()
    }

    /// Whether there are any now. False once the reader has gone elsewhere.
    pub fn is_any_again(self) -> bool {
        self.again.try_get_untracked().is_some_and(|again| again > 0)
    }

    /// The row at `position`, where it is loaded.
    pub fn find(self, position: i32) -> Option<Row> {
        self.rows.try_with_untracked(|rows| {
            let index = rows.binary_search_by_key(&position, |row| row.position).ok()?;
            Some(rows[index].clone())
        })?
    }

    /// Takes a segment as the server has it now. False where the reader has gone elsewhere.
    pub fn put(self, segment: &Segment) -> bool {
        let Some(now) = self.tick() else { return false };
        self.take(std::slice::from_ref(segment), now)
    }

    /// Asks for one segment again: for what events do not tell, or after somebody else changed it.
    pub fn refresh(self, position: i32) {
        let Some(asked_at) = self.tick() else { return };
        spawn_local(async move {
            // What fails now is asked for again when the stream ends.
            if let Ok(segment) = api::segment::get(self.run_id, position).await {
                self.take(std::slice::from_ref(&segment), asked_at);
            }
        });
    }

    /// Loads again what could not be loaded, or is tried again.
    pub fn retry(self) {
        self.stage.set(Stage::Loading);
        self.fetch();
    }

    /// Asks for all of them again, after the run has ended; what has not changed stays as it is.
    pub fn fetch(self) {
        spawn_local(async move {
            let mut cursor = None;
            loop {
                let Some(asked_at) = self.tick() else { return };
                let result = api::run::list_segments(self.run_id, cursor, MAX_LIMIT).await;
                let stage = match result {
                    Ok(page) => {
                        let mut began = Date::now();
                        for part in page.items.chunks(ROWS_AT_ONCE) {
                            // The reader may have gone elsewhere by now.
                            if !self.take(part, asked_at) {
                                return;
                            }
                            // The rows are made by effects, which run now.
                            tick().await;
                            if Date::now() - began > SLICE_MS {
                                TimeoutFuture::new(0).await;
                                began = Date::now();
                            }
                        }
                        cursor = page.next_cursor;
                        if cursor.is_some() {
                            continue;
                        }
                        Stage::Ready
                    }
                    Err(error) => Stage::Failed(error),
                };
                self.stage.try_set(stage);
                return;
            }
        });
    }

    /// Takes an event of the run.
    pub fn apply(self, event: &RunEvent) {
        match event {
            RunEvent::SegmentStart(start) => self.change(start.position, |text| text.start(start.attempt_id)),
            RunEvent::SegmentDelta(delta) => self.change(delta.position, |text| text.delta(delta)),
            RunEvent::SegmentComplete(done) => self.change(done.position, |text| text.complete(done)),
            RunEvent::SegmentError(error) => self.change(error.position, |text| text.fail(error)),
            _ => {}
        }
        let ended = match event {
            RunEvent::SegmentComplete(done) => done.position,
            RunEvent::SegmentError(error) if !error.will_retry => error.position,
            _ => return,
        };
        // It may be an old event that is told again: the server knows.
        if self.find_again(ended).is_some() {
            self.refresh(ended);
        }
    }

    /// Takes segments as the server had them at `asked_at`. False where the reader has gone elsewhere.
    fn take(self, segments: &[Segment], asked_at: u64) -> bool {
        for segment in segments {
            if self.find(segment.position).is_some_and(|row| row.changed_at.load(Relaxed) > asked_at) {
                continue;
            }
            let is_open = segment.retranslation.is_some();
            let replaces = self.find_again(segment.position);
            if is_open && replaces.is_none() {
                self.again.try_update(|again| *again += 1);
            } else if let (Some(old), false) = (replaces, is_open) {
                self.again.try_update(|again| *again -= 1);
                let is_new = segment.attempt.as_ref().map(|attempt| attempt.id) != old;
                let what = if is_new { "has its new text" } else { "keeps the text it had" };
                self.on_again.run(format!("Segment {} {what}.", segment.position));
            }
        }
        self.rows
            .try_maybe_update(|rows| {
                let count = rows.len();
                take(rows, segments, asked_at);
                // The rows' own signals report what changed in them.
                (rows.len() != count, ())
            })
            .is_some()
    }

    /// The time of a change that happens now; `None` where the reader has gone elsewhere.
    fn tick(self) -> Option<u64> {
        self.clock.try_update_value(|clock| {
            *clock += 1;
            *clock
        })
    }

    /// The attempt that a segment showed when it was asked for again; `None` where it is not.
    fn find_again(self, position: i32) -> Option<Option<i64>> {
        self.find(position)?.text.with_untracked(|text| text.again.as_ref().map(|_| text.replaces))
    }

    fn change(self, position: i32, change: impl FnOnce(&mut SegmentText) -> bool) {
        let (Some(row), Some(now)) = (self.find(position), self.tick()) else { return };
        row.changed_at.store(now, Relaxed);
        row.text.maybe_update(change);
    }
}

fn take(rows: &mut Vec<Row>, segments: &[Segment], asked_at: u64) {
    for segment in segments {
        let text = SegmentText::from(segment);
        match rows.binary_search_by_key(&segment.position, |row| row.position) {
            Ok(index) if rows[index].changed_at.load(Relaxed) > asked_at => {}
            Ok(index) => {
                rows[index].changed_at.store(asked_at, Relaxed);
                let known = &rows[index].text;
                // While it is being written, what came of it by events is newer.
                let is_written = |known: &SegmentText| text.again.is_some() && known.again == text.again;
                if known.with_untracked(|known| *known != text && !is_written(known)) {
                    known.set(text);
                }
            }
            Err(index) => rows.insert(
                index,
                Row {
                    position: segment.position,
                    source: segment.source_text.as_str().into(),
                    text: ArcRwSignal::new(text),
                    changed_at: Arc::new(AtomicU64::new(asked_at)),
                },
            ),
        }
    }
}
