//! The final state of a reader of a run's events.

use std::collections::BTreeMap;

use colophon_contract::RunEvent;

/// What a browser makes of events: the streamed text of each attempt, and the finished text of each segment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Streamed text by attempt id, without failed attempts.
    pub streamed: BTreeMap<i64, String>,
    /// Finished text by position.
    pub finished: BTreeMap<i32, String>,
    /// The name of the last event.
    pub last: Option<String>,
}

impl Page {
    /// Takes an event.
    ///
    /// # Panics
    /// If text is missing, comes twice, or differs from its streamed pieces.
    pub fn take(&mut self, event: &RunEvent) {
        self.last = Some(event.name().to_owned());
        match event {
            RunEvent::SegmentDelta(delta) => {
                let text = self.streamed.entry(delta.attempt_id).or_default();
                assert_eq!(text.chars().count() as u64, delta.offset, "a gap or a repetition");
                text.push_str(&delta.text);
            }
            RunEvent::SegmentComplete(done) => {
                let streamed = self.streamed.entry(done.attempt_id).or_default();
                assert!(done.text.starts_with(streamed.as_str()), "streamed other text than stored");
                let before = self.finished.insert(done.position, done.text.clone());
                assert_eq!(before, None, "told twice");
            }
            RunEvent::SegmentError(failed) => {
                if let Some(attempt_id) = failed.attempt_id {
                    self.streamed.remove(&attempt_id);
                }
            }
            _ => {}
        }
    }
}
