//! A segment's text as it grows, from loaded data and from events that may be repeated.

use colophon_contract::{
    Retranslation, RunError, Segment, SegmentComplete, SegmentDelta, SegmentError, SegmentStatus,
};

/// The known state of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentText {
    /// The status.
    pub status: SegmentStatus,
    /// The chosen attempt's text.
    pub text: Option<String>,
    /// The text of the running attempt so far.
    pub partial: String,
    /// Why the newest attempt failed.
    pub error: Option<RunError>,
    /// The chosen attempt, on which an edit is based.
    pub base: Option<i64>,
    /// The open retranslation request, or `None`. Only loaded data has it; events do not.
    pub again: Option<Retranslation>,
    /// The attempt that was shown when that was loaded.
    pub replaces: Option<i64>,
    /// The newest known attempt; ids only grow.
    attempt: i64,
    /// Whether that attempt has ended.
    has_ended: bool,
    /// The length of `partial` in code points.
    length: u64,
}

impl From<&Segment> for SegmentText {
    fn from(segment: &Segment) -> Self {
        Self {
            status: segment.status,
            text: segment.text.clone(),
            partial: String::new(),
            error: segment.error.clone(),
            base: segment.attempt.as_ref().map(|attempt| attempt.id),
            again: segment.retranslation.clone(),
            replaces: segment.attempt.as_ref().map(|attempt| attempt.id),
            attempt: segment.attempt.as_ref().map_or(0, |attempt| attempt.id),
            has_ended: true,
            length: 0,
        }
    }
}

impl SegmentText {
    /// Starts an attempt. Returns false if it was known.
    pub fn start(&mut self, attempt: i64) -> bool {
        if attempt <= self.attempt {
            return false;
        }
        self.attempt = attempt;
        self.has_ended = false;
        self.status = SegmentStatus::Running;
        self.error = None;
        self.drop_partial();
        true
    }

    /// Applies a piece of text. A piece at offset 0 is all of the attempt's text so far. It replaces the
    /// shown text, which may have turned out to be the model's reasoning.
    ///
    /// Returns false if nothing changed: the piece was known, or there is a gap before it.
    pub fn delta(&mut self, delta: &SegmentDelta) -> bool {
        self.start(delta.attempt_id);
        let is_running = delta.attempt_id == self.attempt && !self.has_ended;
        if is_running && delta.offset == 0 {
            let is_new = self.partial != delta.text;
            self.partial.clone_from(&delta.text);
            self.length = delta.text.chars().count() as u64;
            return is_new;
        }
        let Some(known) = self.length.checked_sub(delta.offset).filter(|_| is_running) else { return false };
        let new: String = delta.text.chars().skip(usize::try_from(known).unwrap_or(usize::MAX)).collect();
        self.length += new.chars().count() as u64;
        self.partial.push_str(&new);
        !new.is_empty()
    }

    /// Applies the complete text of an attempt. Returns false if it was known.
    pub fn complete(&mut self, complete: &SegmentComplete) -> bool {
        if self.is_past(complete.attempt_id) {
            return false;
        }
        self.attempt = complete.attempt_id;
        self.has_ended = true;
        self.status = complete.status;
        self.text = Some(complete.text.clone());
        self.base = Some(complete.attempt_id);
        self.error = None;
        self.drop_partial();
        true
    }

    /// Applies the failure of an attempt. Returns false if it was known.
    pub fn fail(&mut self, error: &SegmentError) -> bool {
        // An error without an attempt: nothing was sent, and an existing text stays.
        let is_past = error.attempt_id.map_or(self.text.is_some(), |attempt| self.is_past(attempt));
        if is_past {
            return false;
        }
        self.attempt = error.attempt_id.unwrap_or(self.attempt);
        self.has_ended = true;
        self.status = match (&self.text, error.will_retry) {
            (Some(_), _) => SegmentStatus::Completed,
            (None, true) => SegmentStatus::Pending,
            (None, false) => SegmentStatus::Failed,
        };
        self.error = Some(RunError { code: error.code, detail: error.detail.clone() });
        self.drop_partial();
        true
    }

    /// Returns the text to show: an old text stays until its replacement is complete.
    pub fn shown(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.partial)
    }

    /// Returns the newest known attempt once it has ended.
    pub fn ended_attempt(&self) -> Option<i64> {
        self.has_ended.then_some(self.attempt)
    }

    /// Whether a text is being written that is shown piece by piece.
    pub fn is_growing(&self) -> bool {
        self.status == SegmentStatus::Running && self.text.is_none()
    }

    fn is_past(&self, attempt: i64) -> bool {
        attempt < self.attempt || (attempt == self.attempt && self.has_ended)
    }

    fn drop_partial(&mut self) {
        self.partial.clear();
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{AttemptKind, FailureCode, Progress};

    fn pending() -> SegmentText {
        SegmentText::from(&Segment {
            position: 1,
            source_text: "夜".to_owned(),
            text: None,
            status: SegmentStatus::Pending,
            error: None,
            attempt: None,
            retranslation: None,
        })
    }

    fn delta(attempt_id: i64, offset: u64, text: &str) -> SegmentDelta {
        SegmentDelta { position: 1, attempt_id, offset, text: text.to_owned() }
    }

    fn complete(attempt_id: i64, text: &str) -> SegmentComplete {
        SegmentComplete {
            position: 1,
            attempt_id,
            kind: AttemptKind::Model,
            text: text.to_owned(),
            status: SegmentStatus::Completed,
            progress: Progress { done: 1, total: 1 },
            usage: None,
            cost_usd: None,
        }
    }

    fn failure(attempt_id: Option<i64>, will_retry: bool) -> SegmentError {
        SegmentError {
            position: 1,
            attempt_id,
            code: FailureCode::StreamIncomplete,
            detail: "It broke.".to_owned(),
            will_retry,
        }
    }

    #[test]
    fn text_grows_by_code_points_whatever_overlaps() {
        let mut segment = pending();
        assert!(segment.start(7));
        assert!(segment.delta(&delta(7, 0, "夜の")));
        assert!(!segment.delta(&delta(7, 0, "夜の")), "a known piece changes nothing");
        assert!(!segment.delta(&delta(7, 1, "の")), "a known piece changes nothing");
        assert!(segment.delta(&delta(7, 1, "の川")), "the overlap is left out");
        assert!(!segment.delta(&delta(7, 9, "!")), "a piece after a gap is not put in a wrong place");
        assert_eq!(segment.shown(), "夜の川");
        assert!(segment.is_growing());
    }

    #[test]
    fn a_piece_at_offset_0_replaces_the_text() {
        let mut segment = pending();
        segment.start(7);
        segment.delta(&delta(7, 0, "Let me think: 夜 is night."));
        assert!(segment.delta(&delta(7, 0, "Night")), "a shorter text replaces a longer one");
        assert_eq!(segment.shown(), "Night");
        assert!(segment.delta(&delta(7, 5, " falls.")), "the next piece continues the new text");
        assert_eq!(segment.shown(), "Night falls.");
        assert!(segment.delta(&delta(7, 0, "")), "all of it was reasoning");
        assert_eq!(segment.shown(), "");
        assert!(segment.is_growing());
        assert!(segment.delta(&delta(7, 0, "夜")), "offsets count from the start again");
        assert!(segment.delta(&delta(7, 1, "!")));
        assert_eq!(segment.shown(), "夜!");
    }

    #[test]
    fn a_piece_at_offset_0_of_an_older_or_ended_attempt_replaces_nothing() {
        let mut segment = pending();
        segment.delta(&delta(8, 0, "New"));
        assert!(!segment.delta(&delta(7, 0, "Old")));
        assert_eq!(segment.shown(), "New");
        segment.complete(&complete(8, "New text."));
        assert!(!segment.delta(&delta(8, 0, "Late")));
        assert_eq!((segment.shown(), segment.partial.as_str()), ("New text.", ""));
    }

    #[test]
    fn a_replaced_text_of_a_retranslation_leaves_the_old_text_in_place() {
        let mut segment = pending();
        segment.complete(&complete(7, "Old."));
        segment.delta(&delta(8, 0, "Reasoning about it"));
        segment.delta(&delta(8, 0, "Ne"));
        assert_eq!((segment.shown(), segment.partial.as_str()), ("Old.", "Ne"));
    }

    #[test]
    fn a_replay_changes_nothing() {
        let mut segment = pending();
        segment.start(7);
        segment.fail(&failure(Some(7), true));
        segment.start(8);
        segment.complete(&complete(8, "Night."));
        let known = segment.clone();
        assert!(!segment.start(7));
        assert!(!segment.fail(&failure(Some(7), true)));
        assert!(!segment.start(8));
        assert!(!segment.delta(&delta(8, 0, "Nig")));
        assert!(!segment.complete(&complete(8, "Night.")));
        assert!(!segment.fail(&failure(None, false)));
        assert_eq!(segment, known);
    }

    #[test]
    fn a_failed_attempts_text_is_dropped_and_the_next_one_begins_anew() {
        let mut segment = pending();
        segment.delta(&delta(7, 0, "Broken"));
        assert!(segment.fail(&failure(Some(7), true)));
        assert_eq!((segment.shown(), segment.status), ("", SegmentStatus::Pending));
        assert!(segment.error.is_some());
        assert!(segment.delta(&delta(8, 0, "Whole")));
        assert_eq!((segment.shown(), segment.error.clone()), ("Whole", None));
    }

    #[test]
    fn old_text_stays_until_its_replacement_is_complete() {
        let mut segment = pending();
        segment.complete(&complete(7, "Old."));
        segment.start(8);
        segment.delta(&delta(8, 0, "Ne"));
        assert_eq!((segment.shown(), segment.partial.as_str()), ("Old.", "Ne"));
        assert_eq!(segment.base, Some(7), "an edit is based on what is shown");
        segment.fail(&failure(Some(8), false));
        assert_eq!((segment.shown(), segment.status), ("Old.", SegmentStatus::Completed));
        segment.complete(&complete(9, "New."));
        assert_eq!((segment.shown(), segment.base), ("New.", Some(9)));
    }
}
