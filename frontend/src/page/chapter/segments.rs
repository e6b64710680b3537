//! A run's segments: loaded page by page, then kept up to date by events.

use super::segment_text::SegmentText;
use crate::api::{self, Error};
use colophon_contract::{MAX_LIMIT, RunEvent, Segment};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// A segment's source and what became of it.
#[derive(Clone)]
pub struct Row {
    /// From 1, in reading order.
    pub position: i32,
    /// The slice of the chapter, white space included.
    pub source: Arc<str>,
    /// Changes while the run goes on.
    pub text: ArcRwSignal<SegmentText>,
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
}

impl Segments {
    /// Begins to load them.
    pub fn load(run_id: i64) -> Self {
        let stage = RwSignal::new(Stage::Loading);
        let segments = Self { run_id, rows: RwSignal::new(Vec::new()), stage };
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
                let result = api::run::list_segments(self.run_id, cursor, MAX_LIMIT).await;
                let stage = match result {
                    Ok(page) => {
                        // The reader may have gone elsewhere by now.
                        if self.rows.try_update(|rows| take(rows, &page.items)).is_none() {
                            return;
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
    }

    fn change(self, position: i32, change: impl FnOnce(&mut SegmentText) -> bool) {
        self.rows.with_untracked(|rows| {
            if let Ok(index) = rows.binary_search_by_key(&position, |row| row.position) {
                rows[index].text.maybe_update(change);
            }
        });
    }
}

fn take(rows: &mut Vec<Row>, segments: &[Segment]) {
    for segment in segments {
        let text = SegmentText::from(segment);
        match rows.binary_search_by_key(&segment.position, |row| row.position) {
            Ok(index) => {
                let known = &rows[index].text;
                if known.with_untracked(|known| *known != text) {
                    known.set(text);
                }
            }
            Err(index) => rows.insert(
                index,
                Row {
                    position: segment.position,
                    source: segment.source_text.as_str().into(),
                    text: ArcRwSignal::new(text),
                },
            ),
        }
    }
}
