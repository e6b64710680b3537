use super::*;
use colophon_contract::{
    AttemptKind, FailureCode, Progress, RunStatus, SegmentComplete, SegmentError, SegmentStart, SegmentStatus,
};
use colophon_domain::run::RunningAttempt;

fn start(seq: i64, attempt_id: i64) -> RecordedEvent {
    RecordedEvent {
        seq,
        event: RunEvent::SegmentStart(SegmentStart { position: 1, attempt_id, made_with: None }),
    }
}

fn cancelled(seq: i64) -> RecordedEvent {
    let event = SegmentError {
        position: 1,
        attempt_id: Some(7),
        code: FailureCode::Cancelled,
        detail: String::new(),
        will_retry: false,
    };
    RecordedEvent { seq, event: RunEvent::SegmentError(event) }
}

fn edited(seq: i64) -> RecordedEvent {
    let event = SegmentComplete {
        position: 1,
        attempt_id: seq,
        kind: AttemptKind::Person,
        text: "by hand".into(),
        status: SegmentStatus::Completed,
        progress: Progress { done: 1, total: 1 },
        usage: None,
        cost_usd: None,
    };
    RecordedEvent { seq, event: RunEvent::SegmentComplete(event) }
}

/// Returns the state of the database at a moment.
fn replay(ended: bool, last_seq: i64, events: Vec<RecordedEvent>) -> Replay {
    Replay { status: RunStatus::Completed, ended, events, read_to: last_seq, last_seq, running: None }
}

fn writing(replay: Replay) -> Replay {
    Replay {
        running: Some(RunningAttempt { position: 1, attempt_id: 7, text: "dead".into(), is_replaced: false }),
        ..replay
    }
}

fn taken(live: &Live, seq: i64) -> (Vec<&'static str>, bool) {
    let mut cursor = Cursor::at(EventId { seq, offset: 0 });
    let (events, ended) = live.take(&mut cursor).expect("is known here");
    (events.iter().map(|(_, event)| event.name()).collect(), ended)
}

#[test]
fn what_was_read_before_an_attempts_end_does_not_bring_its_text_back() {
    let live = Live::new();
    assert!(live.wants_feed(2));
    let (said, seen) = live.before_a_look();
    assert_eq!(seen, 2);
    live.publish(vec![start(3, 7), cancelled(4)]);
    let late = live.mirror(said, writing(replay(false, 3, vec![start(3, 7)])));
    assert_eq!((late, taken(&live, 2)), (Mirrored::Behind, (vec!["segment-start", "segment-error"], false)));
    assert_eq!(taken(&live, 4), (vec![], false));
    let (said, _) = live.before_a_look();
    assert_eq!(live.mirror(said, replay(true, 4, Vec::new())), Mirrored::Ended);
}

#[test]
fn an_end_that_was_read_before_somebody_asked_for_more_ends_nobodys_stream() {
    let live = Live::new();
    assert!(live.wants_feed(2));
    let (said, _) = live.before_a_look();
    // A retranslation request records no event; its reader is there at once.
    assert!(!live.wants_feed(2));
    assert_eq!(live.mirror(said, replay(true, 2, Vec::new())), Mirrored::Behind);
    assert_eq!(taken(&live, 2), (vec![], false));
}

#[test]
fn what_is_told_during_a_look_is_looked_at() {
    let live = Live::new();
    live.state().local = true;
    live.publish(vec![start(1, 7)]);
    live.tell(2);
    let (said, _) = live.before_a_look();
    live.tell(3);
    assert_eq!(live.mirror(said, replay(false, 2, vec![edited(2)])), Mirrored::Present);
    assert!(live.is_behind(), "the third is not here");
    let (said, _) = live.before_a_look();
    live.mirror(said, replay(false, 3, vec![edited(3)]));
    assert!(!live.is_behind());
}

#[test]
fn many_events_are_mirrored_page_by_page() {
    let live = Live::new();
    assert!(live.wants_feed(0));
    let (said, _) = live.before_a_look();
    let page = Replay { read_to: 2, ..replay(false, 3, vec![start(1, 7), edited(2)]) };
    assert_eq!(live.mirror(said, page), Mirrored::Behind);
    assert_eq!(taken(&live, 0).0, ["segment-start", "segment-complete"]);
    let (said, seen) = live.before_a_look();
    assert_eq!(seen, 2);
    assert_eq!(live.mirror(said, writing(replay(false, 3, vec![edited(3)]))), Mirrored::Present);
    assert_eq!(taken(&live, 0).0, ["segment-start", "segment-complete", "segment-complete", "segment-delta"]);
}

#[test]
fn a_reader_who_is_behind_the_events_kept_is_sent_to_the_database() {
    let live = Live::new();
    live.state().local = true;
    let last = i64::try_from(RECENT).expect("small") + 3;
    live.publish((1..=last).map(edited).collect());
    let take = |seq| {
        let taken = live.take(&mut Cursor::at(EventId { seq, offset: 0 }));
        taken.map(|(events, _)| events.iter().map(|(id, _)| id.seq).collect::<Vec<_>>())
    };
    // Events 4 and later are kept.
    for seen in 0..=2 {
        assert_eq!(take(seen), None, "event {} is not here", seen + 1);
    }
    for seen in 3..=last {
        assert_eq!(take(seen), Some((seen + 1..=last).collect()));
    }
    assert_eq!(take(last + 1), None, "an event that is not here yet");
}
