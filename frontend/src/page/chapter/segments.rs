//! A run's segments: loaded page by page, then kept up to date by events.

use super::segment_text::SegmentText;
use crate::api::{self, Error};
use colophon_contract::{MAX_LIMIT, RunEvent, Segment};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// How many rows are created in one task after the first rows: with more, the browser blocks for too long.
const ROWS_AT_ONCE: usize = 10;
/// Rows up to this position are created without a pause: a reader sees them first, and most chapters have no
/// more.
const FIRST_ROWS: i32 = 40;

/// A segment's source and its translation.
#[derive(Clone)]
pub struct Row {
    /// From 1, in reading order.
    pub position: i32,
    /// The slice of the chapter, white space included.
    pub source: Arc<str>,
    /// The translation; changes while the run goes on.
    pub text: ArcRwSignal<SegmentText>,
    /// When the text last changed, by [`Segments::clock`].
    changed_at: Arc<AtomicU64>,
}

/// The state of loading.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// More rows will follow.
    Loading,
    /// All rows are loaded.
    Ready,
    /// The remaining rows could not be loaded.
    Failed(Error),
}

/// The segments of one run. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Segments {
    run_id: i64,
    rows: RwSignal<Vec<Row>>,
    stage: RwSignal<Stage>,
    /// The number of segments with an open retranslation.
    again: RwSignal<u32>,
    on_again: Callback<String>,
    /// Counts the changes by events and replies. A change between the request for a page of segments and its
    /// arrival is newer than that page.
    clock: StoredValue<u64>,
}

impl Segments {
    /// Starts loading the segments. `on_again` gets a sentence about the result of each retranslation.
    pub fn load(run_id: i64, on_again: Callback<String>) -> Self {
        let stage = RwSignal::new(Stage::Loading);
        let again = RwSignal::new(0);
        let (rows, clock) = (RwSignal::new(Vec::new()), StoredValue::new(0));
        let segments = Self { run_id, rows, stage, again, on_again, clock };
        segments.fetch();
        segments
    }

    /// Returns the rows in reading order.
    pub fn rows(self) -> Signal<Vec<Row>> {
        self.rows.into()
    }

    /// Returns the state of loading.
    pub fn stage(self) -> Signal<Stage> {
        self.stage.into()
    }

    /// Returns the number of segments with an open retranslation.
    pub fn again(self) -> Signal<u32> {
        self.again.into()
    }

    /// Whether a retranslation is open now. False after the reader has left the page.
    pub fn is_any_again(self) -> bool {
        self.again.try_get_untracked().is_some_and(|again| again > 0)
    }

    /// Returns the row at `position` if it is loaded.
    pub fn find(self, position: i32) -> Option<Row> {
        self.rows.try_with_untracked(|rows| {
            let index = rows.binary_search_by_key(&position, |row| row.position).ok()?;
            Some(rows[index].clone())
        })?
    }

    /// Stores a segment as the server has it now. Returns false if the reader has left the page.
    pub fn put(self, segment: &Segment) -> bool {
        let Some(now) = self.tick() else { return false };
        self.take(std::slice::from_ref(segment), now)
    }

    /// Requests one segment again: for changes that events do not report, or after somebody else changed it.
    pub fn refresh(self, position: i32) {
        let Some(asked_at) = self.tick() else { return };
        spawn_local(async move {
            // After a failure the segment is requested again when the stream ends.
            if let Ok(segment) = api::segment::get(self.run_id, position).await {
                self.take(std::slice::from_ref(&segment), asked_at);
            }
        });
    }

    /// Requests all segments again after a failure or a resume, and shows that they are being loaded.
    pub fn retry(self) {
        self.stage.set(Stage::Loading);
        self.fetch();
    }

    /// Requests all segments. Rows without changes stay as they are.
    pub fn fetch(self) {
        spawn_local(async move {
            let mut cursor = None;
            loop {
                let Some(asked_at) = self.tick() else { return };
                let result = api::run::list_segments(self.run_id, cursor, MAX_LIMIT).await;
                let stage = match result {
                    Ok(page) => {
                        for part in page.items.chunks(ROWS_AT_ONCE) {
                            // The reader may have left the page by now.
                            if !self.take(part, asked_at) {
                                return;
                            }
                            if part.last().is_some_and(|segment| segment.position > FIRST_ROWS) {
                                TimeoutFuture::new(0).await;
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

    /// Applies an event of the run.
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
        // The event may be a repetition of an old one: ask the server.
        if self.find_again(ended).is_some() {
            self.refresh(ended);
        }
    }

    /// Stores segments as the server had them at `asked_at`. Returns false if the reader has left the page.
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
                // The rows' own signals report changes within rows.
                (rows.len() != count, ())
            })
            .is_some()
    }

    /// Returns the time of a change that happens now; `None` if the reader has left the page.
    fn tick(self) -> Option<u64> {
        self.clock.try_update_value(|clock| {
            *clock += 1;
            *clock
        })
    }

    /// Returns the attempt that a segment showed when its retranslation was requested; the outer `None` means
    /// that no retranslation is open.
    fn find_again(self, position: i32) -> Option<Option<i64>> {
        self.find(position)?.text.with_untracked(|text| text.again.as_ref().map(|_| text.replaces))
    }

    fn change(self, position: i32, change: impl FnOnce(&mut SegmentText) -> bool) {
        let (Some(row), Some(now)) = (self.find(position), self.tick()) else { return };
        row.changed_at.store(now, Relaxed);
        row.text.maybe_update(change);
    }
}

/// Stores `segments`, as the server had them at `asked_at`, in `rows`. Skips rows that changed later.
pub(super) fn take(rows: &mut Vec<Row>, segments: &[Segment], asked_at: u64) {
    for segment in segments {
        let text = SegmentText::from(segment);
        match rows.binary_search_by_key(&segment.position, |row| row.position) {
            Ok(index) if rows[index].changed_at.load(Relaxed) > asked_at => {}
            Ok(index) => {
                rows[index].changed_at.store(asked_at, Relaxed);
                let known = &rows[index].text;
                // During a retranslation the state from events is newer.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{
        fixture::{author, moment, segment},
        with_signals,
    };
    use colophon_contract::{Retranslation, SegmentDelta};
    use std::sync::Mutex;

    fn shown(rows: &[Row]) -> Vec<(i32, String)> {
        rows.iter()
            .map(|row| (row.position, row.text.with_untracked(|text| text.shown().to_owned())))
            .collect()
    }

    fn again(segment: Segment) -> Segment {
        let retranslation = Retranslation {
            prompt_version_number: 3,
            instruction: None,
            author: author(),
            created_at: moment("15:43:48"),
            waiting_reason: None,
        };
        Segment { retranslation: Some(retranslation), ..segment }
    }

    /// Returns segments that request nothing, and the messages that `on_again` got.
    fn segments() -> (Segments, Arc<Mutex<Vec<String>>>) {
        let messages = Arc::new(Mutex::new(Vec::new()));
        let sink = messages.clone();
        let on_again = Callback::new(move |text| sink.lock().unwrap().push(text));
        let segments = Segments {
            run_id: 1,
            rows: RwSignal::new(Vec::new()),
            stage: RwSignal::new(Stage::Loading),
            again: RwSignal::new(0),
            on_again,
            clock: StoredValue::new(0),
        };
        (segments, messages)
    }

    #[test]
    fn rows_are_sorted_by_position_in_any_order_of_arrival() {
        let mut rows = Vec::new();
        take(&mut rows, &[segment(3, "c", None), segment(4, "d", None)], 1);
        take(&mut rows, &[segment(1, "a", Some((1, "A"))), segment(2, "b", None)], 2);
        let expected = [(1, "A"), (2, ""), (3, ""), (4, "")];
        assert_eq!(shown(&rows), expected.map(|(position, text)| (position, text.to_owned())));
    }

    #[test]
    fn an_older_page_does_not_overwrite_a_newer_change() {
        let mut rows = Vec::new();
        take(&mut rows, &[segment(1, "a", Some((5, "New"))), segment(2, "b", None)], 4);
        take(&mut rows, &[segment(1, "a", Some((3, "Old"))), segment(2, "b", Some((2, "B")))], 3);
        assert_eq!(shown(&rows), [(1, "New".to_owned()), (2, String::new())]);
        take(&mut rows, &[segment(1, "a", Some((6, "Newer")))], 4);
        assert_eq!(
            shown(&rows)[0],
            (1, "Newer".to_owned()),
            "a page that was requested at the time of the change is as new as the change"
        );
    }

    #[test]
    fn a_reload_keeps_the_partial_text_of_a_retranslation() {
        with_signals(|| {
            let (segments, _) = segments();
            let asked = again(segment(1, "a", Some((1, "Old"))));
            segments.put(&asked);
            let delta = SegmentDelta { position: 1, attempt_id: 2, offset: 0, text: "Ne".to_owned() };
            segments.apply(&RunEvent::SegmentDelta(delta));
            segments.put(&asked);
            let row = segments.find(1).unwrap();
            assert_eq!(row.text.with_untracked(|text| text.partial.clone()), "Ne");
        });
    }

    #[test]
    fn an_older_page_does_not_overwrite_an_event() {
        with_signals(|| {
            let (segments, _) = segments();
            segments.put(&segment(1, "a", None));
            let asked_at = segments.tick().unwrap();
            let delta = SegmentDelta { position: 1, attempt_id: 2, offset: 0, text: "Ne".to_owned() };
            segments.apply(&RunEvent::SegmentDelta(delta));
            segments.take(&[segment(1, "a", None)], asked_at);
            assert_eq!(shown(&segments.rows.get_untracked()), [(1, "Ne".to_owned())]);
        });
    }

    #[test]
    fn the_end_of_a_retranslation_is_reported_once() {
        with_signals(|| {
            let (segments, messages) = segments();
            segments.put(&again(segment(1, "a", Some((1, "Old")))));
            segments.put(&again(segment(2, "b", Some((2, "Old")))));
            assert_eq!(segments.again.get_untracked(), 2);
            segments.put(&segment(1, "a", Some((3, "New"))));
            segments.put(&segment(1, "a", Some((3, "New"))));
            segments.put(&segment(2, "b", Some((2, "Old"))));
            assert!(!segments.is_any_again());
            assert_eq!(
                *messages.lock().unwrap(),
                ["Segment 1 has its new text.", "Segment 2 keeps the text it had."]
            );
        });
    }

    #[test]
    fn rows_are_found_by_position() {
        with_signals(|| {
            let (segments, _) = segments();
            segments.put(&segment(2, "b", None));
            assert_eq!(segments.find(2).map(|row| row.position), Some(2));
            assert!(segments.find(1).is_none());
        });
    }
}
