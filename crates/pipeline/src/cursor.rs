//! A reader's place in a run's events.

use colophon_contract::{AttemptKind, EventId, RunEvent, SegmentDelta};
use colophon_domain::run::RecordedEvent;

/// The last stored event that a reader has, and how much it has of the running attempt's text.
#[derive(Debug)]
pub(crate) struct Cursor {
    at: EventId,
    /// The place in the text of the attempt that was read last.
    reading: Option<Reading>,
}

/// A reader's place in the text of an attempt.
#[derive(Debug, Clone, Copy)]
struct Reading {
    attempt_id: i64,
    /// Whether the text that was read had replaced other text.
    is_replaced: bool,
    /// Where the unread text begins, in bytes. To find a code point's place again each time would take time
    /// linear in the text's length.
    from: usize,
}

impl Cursor {
    pub(crate) fn at(at: EventId) -> Self {
        Self { at, reading: None }
    }

    /// Returns the number of the last stored event.
    pub(crate) fn seq(&self) -> i64 {
        self.at.seq
    }

    /// Takes the next stored event. The beginning or the end of a model's attempt resets the text offset.
    pub(crate) fn take_event(&mut self, recorded: &RecordedEvent) -> (EventId, RunEvent) {
        let same_text = is_beside_the_text(&recorded.event);
        let offset = if same_text { self.at.offset } else { 0 };
        if !same_text {
            self.reading = None;
        }
        self.at = EventId { seq: recorded.seq, offset };
        (self.at, recorded.event.clone())
    }

    /// Passes over events that this version does not know, up to `seq`.
    pub(crate) fn pass(&mut self, seq: i64) {
        self.at.seq = self.at.seq.max(seq);
    }

    /// Takes the new text of the attempt under way as one delta; `None` if there is none. A reader that may
    /// have text that was replaced gets all of the text, from offset 0.
    pub(crate) fn take_text(
        &mut self,
        position: i32,
        attempt_id: i64,
        (text, is_replaced): (&str, bool),
    ) -> Option<(EventId, RunEvent)> {
        let known = self.reading.filter(|reading| reading.attempt_id == attempt_id);
        let may_hold_other = self.at.offset > 0 && !known.is_some_and(|reading| reading.is_replaced);
        if is_replaced && may_hold_other {
            self.at.offset = text.chars().count() as u64;
            self.reading = Some(Reading { attempt_id, is_replaced, from: text.len() });
            let delta = SegmentDelta { position, attempt_id, offset: 0, text: text.to_owned() };
            return Some((self.at, RunEvent::SegmentDelta(delta)));
        }
        let from = match known {
            Some(reading) => reading.from,
            None => {
                let offset = usize::try_from(self.at.offset).ok()?;
                // The reader has more text than is known here; the rest will come.
                let from = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(offset)?;
                self.reading = Some(Reading { attempt_id, is_replaced, from });
                from
            }
        };
        let new = text.get(from..).filter(|new| !new.is_empty())?;
        let offset = self.at.offset;
        self.at.offset += new.chars().count() as u64;
        self.reading = Some(Reading { attempt_id, is_replaced, from: text.len() });
        let delta = SegmentDelta { position, attempt_id, offset, text: new.to_owned() };
        Some((self.at, RunEvent::SegmentDelta(delta)))
    }
}

/// Returns whether an event does not concern the attempt under way, so that it may come in the middle of its
/// text. The end of the run is one of these events, because an attempt may be at a segment of an ended run.
/// Any other attempt ends before the run does, with an event of its own.
pub(crate) fn is_beside_the_text(event: &RunEvent) -> bool {
    match event {
        RunEvent::TranslationStatus(_)
        | RunEvent::TranslationComplete(_)
        | RunEvent::TranslationError(_)
        | RunEvent::SegmentDelta(_) => true,
        RunEvent::SegmentComplete(complete) => complete.kind == AttemptKind::Person,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{
        Progress, RunStatus, SegmentComplete, SegmentStart, SegmentStatus, TranslationComplete,
        TranslationStatus,
    };

    fn start(seq: i64, attempt_id: i64) -> RecordedEvent {
        RecordedEvent {
            seq,
            event: RunEvent::SegmentStart(SegmentStart { position: 1, attempt_id, made_with: None }),
        }
    }

    fn status(seq: i64) -> RecordedEvent {
        let progress = Progress { done: 0, total: 1 };
        let event =
            TranslationStatus { status: RunStatus::Running, progress, waiting_reason: None, made_with: None };
        RecordedEvent { seq, event: RunEvent::TranslationStatus(event) }
    }

    fn delta(event: Option<(EventId, RunEvent)>) -> (String, u64, String) {
        match event {
            Some((id, RunEvent::SegmentDelta(delta))) => (id.to_string(), delta.offset, delta.text),
            other => panic!("no delta: {other:?}"),
        }
    }

    #[test]
    fn text_is_counted_in_code_points_and_given_once() {
        let mut cursor = Cursor::at(EventId::default());
        assert_eq!(cursor.take_event(&start(1, 7)).0.to_string(), "1.0");
        assert_eq!(delta(cursor.take_text(1, 7, ("夜の", false))), ("1.2".into(), 0, "夜の".into()));
        assert!(cursor.take_text(1, 7, ("夜の", false)).is_none());
        assert_eq!(delta(cursor.take_text(1, 7, ("夜の川🚂", false))), ("1.4".into(), 2, "川🚂".into()));
    }

    #[test]
    fn a_reader_that_comes_back_gets_the_rest() {
        let mut cursor = Cursor::at("1.2".parse().expect("an id"));
        assert!(cursor.take_text(1, 7, ("夜", false)).is_none(), "known there, not yet here");
        assert!(cursor.take_text(1, 7, ("夜の", false)).is_none());
        assert_eq!(delta(cursor.take_text(1, 7, ("夜の川", false))), ("1.3".into(), 2, "川".into()));
    }

    #[test]
    fn text_that_is_replaced_comes_anew_once() {
        let mut cursor = Cursor::at(EventId::default());
        cursor.take_event(&start(1, 7));
        assert_eq!(delta(cursor.take_text(1, 7, ("hmm, a bell", false))).1, 0);
        assert_eq!(delta(cursor.take_text(1, 7, ("", true))), ("1.0".into(), 0, String::new()));
        assert!(cursor.take_text(1, 7, ("", true)).is_none());
        assert_eq!(delta(cursor.take_text(1, 7, ("The", true))), ("1.3".into(), 0, "The".into()));
        assert_eq!(delta(cursor.take_text(1, 7, ("The bell", true))), ("1.8".into(), 3, " bell".into()));
    }

    #[test]
    fn a_reader_that_comes_back_after_a_replacement_gets_all_of_the_text() {
        let mut cursor = Cursor::at("1.9".parse().expect("an id"));
        assert_eq!(delta(cursor.take_text(1, 7, ("The", true))), ("1.3".into(), 0, "The".into()));
        let mut fresh = Cursor::at("1.0".parse().expect("an id"));
        assert_eq!(delta(fresh.take_text(1, 7, ("The", true))), ("1.3".into(), 0, "The".into()));
        assert!(fresh.take_text(1, 7, ("The", true)).is_none());
    }

    #[test]
    fn a_status_in_between_keeps_the_place_and_an_attempt_begins_anew() {
        let mut cursor = Cursor::at("1.2".parse().expect("an id"));
        assert_eq!(cursor.take_event(&status(2)).0.to_string(), "2.2");
        assert_eq!(delta(cursor.take_text(1, 7, ("夜の川", false))), ("2.3".into(), 2, "川".into()));
        assert_eq!(cursor.take_event(&start(3, 8)).0.to_string(), "3.0");
        assert_eq!(delta(cursor.take_text(1, 8, ("星", false))), ("3.1".into(), 0, "星".into()));
    }

    #[test]
    fn a_persons_text_in_between_keeps_the_place() {
        let mut cursor = Cursor::at("1.2".parse().expect("an id"));
        let edited = RunEvent::SegmentComplete(SegmentComplete {
            position: 1,
            attempt_id: 9,
            kind: AttemptKind::Person,
            text: "by hand".into(),
            status: SegmentStatus::Completed,
            progress: Progress { done: 1, total: 2 },
            usage: None,
            cost_usd: None,
        });
        assert_eq!(cursor.take_event(&RecordedEvent { seq: 2, event: edited }).0.to_string(), "2.2");
        assert_eq!(delta(cursor.take_text(2, 7, ("夜の川", false))), ("2.3".into(), 2, "川".into()));
        // That was the last missing segment.
        let progress = Progress { done: 2, total: 2 };
        let completed = RunEvent::TranslationComplete(TranslationComplete { progress });
        assert_eq!(cursor.take_event(&RecordedEvent { seq: 3, event: completed }).0.to_string(), "3.3");
        assert_eq!(delta(cursor.take_text(2, 7, ("夜の川の", false))), ("3.4".into(), 3, "の".into()));
    }
}
