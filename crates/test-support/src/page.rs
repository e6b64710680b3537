//! What a reader of a run's events has in the end.

use std::collections::BTreeMap;

use colophon_contract::RunEvent;

/// What a browser makes of events: the text of each attempt, and the text that it is told is whole.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// By attempt, as far as it came in pieces; without those that failed.
    pub streamed: BTreeMap<i64, String>,
    /// By position.
    pub finished: BTreeMap<i32, String>,
    /// The name of the last event.
    pub last: Option<String>,
}

impl Page {
    /// Takes an event.
    ///
    /// # Panics
    /// Where text is missing, comes twice, or is not what came in pieces.
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
