//! Segments by hand: writing their text, bringing an attempt back, and all attempts.

use crate::fixture::{Fresh, answer, author};
use colophon_contract::{
    AttemptKind, AttemptStatus, FailureCode, MadeBy, RestoreAttempt, RunError, RunEvent, RunStatus, Segment,
    SegmentStatus, UpdateSegment,
};
use colophon_domain::{
    Error, Missing, PageRequest, Result, chapter,
    run::{self, Lease, RecordedEvent},
};
use colophon_test_support::on_both_engines;

/// Three segments, the second of them blank.
const TEXT: &str = "夜\n\u{3000}\n駅\n";

type Edited = Result<(Segment, Vec<RecordedEvent>)>;

async fn edit(fresh: &Fresh, run_id: i64, position: i32, text: &str, base: Option<i64>) -> Edited {
    let update = UpdateSegment { text: text.into(), base_attempt_id: base };
    crate::write!(fresh, |txn| run::update_segment(&txn, &author(), run_id, position, &update).await)
}

async fn restore(fresh: &Fresh, run_id: i64, position: i32, attempt: i64, base: Option<i64>) -> Edited {
    let restore = RestoreAttempt { base_attempt_id: base };
    let place = (run_id, position, attempt);
    crate::write!(fresh, |txn| run::restore_attempt(&txn, &author(), place, &restore).await)
}

fn names(events: &[RecordedEvent]) -> Vec<&'static str> {
    events.iter().map(|recorded| recorded.event.name()).collect()
}

/// A run that is at work, whose first segment has its text: by which attempt.
async fn at_work(fresh: &Fresh) -> (i64, i64, Lease, i64) {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, TEXT).await;
    let lease = fresh.running(work_id, chapter_id).await;
    let first = fresh.start(&lease, 1).await.expect("starts");
    fresh.finish(&lease, first, "Night").await.expect("finishes");
    (work_id, chapter_id, lease, first)
}

/// The same, ended since its third segment failed: the run, the first attempt and the failed one.
async fn failed(fresh: &Fresh) -> (i64, i64, i64) {
    let (_, _, lease, first) = at_work(fresh).await;
    let third = fresh.start(&lease, 3).await.expect("starts");
    let error = RunError { code: FailureCode::OutputTruncated, detail: "cut".into() };
    crate::write!(fresh, |txn| run::fail_attempt(&txn, &lease, third, &answer("Sta"), &error, false).await)
        .expect("fails");
    crate::write!(fresh, |txn| run::fail_run(&txn, &lease, &error).await).expect("fails");
    (lease.run_id, first, third)
}

#[on_both_engines]
async fn a_persons_text_is_an_attempt_with_its_author(fresh: Fresh) {
    let (run_id, first, _) = failed(&fresh).await;
    let (segment, events) = edit(&fresh, run_id, 1, "By night", Some(first)).await.expect("edited");
    let attempt = segment.attempt.clone().expect("an attempt");
    assert_eq!((segment.text.as_deref(), attempt.kind), (Some("By night"), AttemptKind::Person));
    assert_eq!(
        (attempt.author, attempt.prompt_version_number, attempt.restored_from),
        (Some(author()), None, None)
    );
    assert!(matches!(&events[..], [RecordedEvent { event: RunEvent::SegmentComplete(event), .. }]
        if event.kind == AttemptKind::Person && event.text == "By night" && event.progress.done == 2));
    assert_eq!(run::get_segment(&fresh.db, run_id, 1).await.expect("reads"), segment);
    let run = run::get_run(&fresh.db, run_id).await.expect("the run");
    assert_eq!((run.status, run.progress.done), (RunStatus::Failed, 2), "one still lacks its text");
    let (same, events) = edit(&fresh, run_id, 1, "By night", Some(attempt.id)).await.expect("nothing to do");
    assert_eq!((same, events), (segment, vec![]), "what changes nothing is no attempt");
}

#[on_both_engines]
async fn a_stale_edit_never_wins_and_is_shown_the_present_text(fresh: Fresh) {
    let (run_id, first, third) = failed(&fresh).await;
    let (segment, _) = edit(&fresh, run_id, 1, "By night", Some(first)).await.expect("edited");
    let present = segment.attempt.expect("an attempt").id;
    for base in [Some(first), None, Some(99)] {
        let refused = edit(&fresh, run_id, 1, "Late", base).await;
        let Err(Error::StaleBaseAttempt(now)) = refused else { panic!("{refused:?}") };
        let id = now.attempt.map(|attempt| attempt.id);
        assert_eq!((id, now.text.as_deref()), (Some(present), Some("By night")));
        let refused = restore(&fresh, run_id, 1, first, base).await;
        assert!(matches!(refused, Err(Error::StaleBaseAttempt(_))), "{refused:?}");
    }
    let refused = edit(&fresh, run_id, 3, "Station", Some(third)).await;
    assert!(matches!(refused, Err(Error::StaleBaseAttempt(now)) if now.text.is_none()));
    assert_eq!(
        run::get_segment(&fresh.db, run_id, 1).await.expect("reads").text.as_deref(),
        Some("By night")
    );
}

#[on_both_engines]
async fn the_last_missing_text_completes_a_run_that_had_ended(fresh: Fresh) {
    let (run_id, ..) = failed(&fresh).await;
    let (segment, events) = edit(&fresh, run_id, 3, "Station", None).await.expect("edited");
    assert_eq!((segment.status, segment.error), (SegmentStatus::Completed, None));
    assert_eq!(names(&events), ["segment-complete", "translation-complete"]);
    let run = run::get_run(&fresh.db, run_id).await.expect("the run");
    assert_eq!((run.status, run.progress.done, run.error), (RunStatus::Completed, 3, None));
    let refused = crate::write!(fresh, |txn| run::cancel_run(&txn, run_id).await);
    assert!(matches!(refused, Err(Error::TranslationEnded)), "{refused:?}");
}

#[on_both_engines]
async fn while_a_run_is_active_only_what_has_its_text_is_edited(fresh: Fresh) {
    let (_, _, lease, first) = at_work(&fresh).await;
    let third = fresh.start(&lease, 3).await.expect("starts");
    let refused = edit(&fresh, lease.run_id, 3, "Station", None).await;
    assert!(matches!(refused, Err(Error::TranslationInProgress)), "{refused:?}");
    let (_, events) = edit(&fresh, lease.run_id, 1, "By night", Some(first)).await.expect("edited");
    assert_eq!(names(&events), ["segment-complete"]);
    fresh.finish(&lease, third, "Station").await.expect("the run is not disturbed");
    crate::write!(fresh, |txn| run::complete_run(&txn, &lease).await).expect("completes");
    let first = run::get_segment(&fresh.db, lease.run_id, 1).await.expect("reads");
    assert_eq!(first.text.as_deref(), Some("By night"));
    let run = run::get_run(&fresh.db, lease.run_id).await.expect("the run");
    assert_eq!(run.usage.map(|usage| usage.total_tokens), Some(14), "people use no tokens");
    assert!(run.cost_usd.is_some(), "and cost nothing");
}

#[on_both_engines]
async fn all_attempts_are_kept_with_what_was_sent(fresh: Fresh) {
    let (run_id, first, third) = failed(&fresh).await;
    edit(&fresh, run_id, 3, "Station", None).await.expect("edited");
    let all = run::list_attempts(&fresh.db, run_id, 3, &PageRequest::default()).await.expect("reads").items;
    let [by_hand, by_model] = &all[..] else { panic!("{all:?}") };
    assert_eq!(
        (by_hand.kind, by_hand.current, by_hand.author.clone()),
        (AttemptKind::Person, true, Some(author()))
    );
    assert!(!by_hand.has_messages && by_hand.response_sha256.is_some());
    assert_eq!((by_model.id, by_model.status, by_model.current), (third, AttemptStatus::Failed, false));
    assert_eq!(by_model.text.as_deref(), Some("Sta"), "what came of it");
    assert_eq!(by_model.error.as_ref().map(|error| error.code), Some(FailureCode::OutputTruncated));
    assert_eq!((by_model.prompt_version_number, by_model.model.as_deref()), (Some(1), Some("demo")));
    assert_eq!(by_model.parameters, Some(crate::fixture::object(r#"{"temperature": 0.3}"#)));
    assert!(by_model.has_messages);
    let sent = run::get_messages(&fresh.db, (run_id, 3, by_model.id)).await.expect("messages").messages;
    assert_eq!(sent.as_ref().map(|sent| sent[0].content.as_str()), Some("銀河"));
    assert_eq!(by_model.request_sha256, Some("0".repeat(64)));
    assert_eq!(by_model.usage.map(|usage| usage.total_tokens), Some(7));

    let one = PageRequest { limit: 1, cursor: None };
    let page = run::list_attempts(&fresh.db, run_id, 3, &one).await.expect("reads");
    let rest = PageRequest { limit: 1, cursor: page.next_cursor };
    let rest = run::list_attempts(&fresh.db, run_id, 3, &rest).await.expect("reads");
    assert_eq!((&page.items[0], &rest.items[0], rest.next_cursor), (by_hand, by_model, None));
    assert_eq!(run::list_attempts(&fresh.db, run_id, 1, &one).await.expect("reads").items[0].id, first);
    assert_eq!(run::list_attempts(&fresh.db, run_id, 2, &one).await.expect("reads").items, [], "blank");
}

#[on_both_engines]
async fn an_attempt_is_brought_back_as_a_new_one(fresh: Fresh) {
    let (run_id, first, third) = failed(&fresh).await;
    let (segment, _) = edit(&fresh, run_id, 1, "By night", Some(first)).await.expect("edited");
    let by_hand = segment.attempt.expect("an attempt").id;
    let (segment, events) = restore(&fresh, run_id, 1, first, Some(by_hand)).await.expect("restored");
    let attempt = segment.attempt.expect("an attempt");
    assert_eq!((segment.text.as_deref(), attempt.restored_from), (Some("Night"), Some(first)));
    assert_eq!(
        (attempt.kind, attempt.author, attempt.prompt_version_number),
        (AttemptKind::Person, Some(author()), Some(1))
    );
    assert_eq!(names(&events), ["segment-complete"]);

    let (segment, _) = restore(&fresh, run_id, 1, by_hand, Some(attempt.id)).await.expect("restored");
    let again = segment.attempt.expect("an attempt");
    assert_eq!((again.restored_from, again.prompt_version_number), (Some(by_hand), None));
    let (segment, _) = restore(&fresh, run_id, 1, attempt.id, Some(again.id)).await.expect("restored");
    assert_eq!(segment.attempt.expect("an attempt").restored_from, Some(first), "the one that made the text");

    let refused = restore(&fresh, run_id, 3, third, None).await;
    assert!(matches!(refused, Err(Error::AttemptWithoutText)), "{refused:?}");
    let none = restore(&fresh, run_id, 3, first, None).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Attempt))), "of another segment: {none:?}");
}

#[on_both_engines]
async fn a_models_text_with_other_line_ends_is_not_edited_by_giving_it_back(fresh: Fresh) {
    let (_, _, lease, _) = at_work(&fresh).await;
    let third = fresh.start(&lease, 3).await.expect("starts");
    fresh.finish(&lease, third, "Sta\r\ntion\r\n").await.expect("finishes");
    let (segment, events) =
        edit(&fresh, lease.run_id, 3, "Sta\ntion\n", Some(third)).await.expect("nothing to do");
    assert_eq!((segment.text.as_deref(), events.len()), (Some("Sta\r\ntion\r\n"), 0), "as the model sent it");
    let (segment, events) =
        edit(&fresh, lease.run_id, 3, "Sta\n\ntion\n", Some(third)).await.expect("edited");
    assert_eq!((segment.text.as_deref(), events.len()), (Some("Sta\n\ntion\n"), 1));
}

#[on_both_engines]
async fn what_cannot_be_edited_says_why(fresh: Fresh) {
    let (work_id, chapter_id, lease, first) = at_work(&fresh).await;
    let run_id = lease.run_id;
    let refused = edit(&fresh, run_id, 2, "nothing", None).await;
    assert!(matches!(refused, Err(Error::SegmentBlank)), "{refused:?}");
    let refused = edit(&fresh, run_id, 1, "a\0b", Some(first)).await;
    assert!(matches!(refused, Err(Error::ValidationFailed(_))), "{refused:?}");
    let none = edit(&fresh, run_id, 4, "nowhere", None).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Segment))), "{none:?}");
    let none = edit(&fresh, 99, 1, "nowhere", None).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Translation))), "{none:?}");
    let none = run::list_attempts(&fresh.db, run_id, 4, &PageRequest::default()).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Segment))), "{none:?}");
    crate::write!(fresh, |txn| run::cancel_run(&txn, run_id).await).expect("cancelled");
    crate::write!(fresh, |txn| chapter::delete_chapter(&txn, work_id, chapter_id).await).expect("deleted");
    let none = edit(&fresh, run_id, 1, "gone", Some(first)).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Chapter))), "{none:?}");
    run::list_attempts(&fresh.db, run_id, 1, &PageRequest::default()).await.expect("the history stays");
}

#[on_both_engines]
async fn a_run_says_whose_texts_it_shows(fresh: Fresh) {
    let (work_id, chapter_id, lease, first) = at_work(&fresh).await;
    let third = fresh.start(&lease, 3).await.expect("starts");
    fresh.finish(&lease, third, "Station").await.expect("finishes");
    crate::write!(fresh, |txn| run::complete_run(&txn, &lease).await).expect("completes");
    let run_id = lease.run_id;
    let made_by = async || run::get_run(&fresh.db, run_id).await.expect("the run").made_by;
    let by = |kind, prompt_version_number, segments| MadeBy { kind, prompt_version_number, segments };
    assert_eq!(made_by().await, [by(AttemptKind::Model, Some(1), 2)]);
    let (segment, _) = edit(&fresh, run_id, 1, "By night", Some(first)).await.expect("edited");
    let mixed = [by(AttemptKind::Model, Some(1), 1), by(AttemptKind::Person, None, 1)];
    assert_eq!(made_by().await, mixed);
    let other = fresh.queued(work_id, chapter_id).await.expect("another run");
    let listed =
        run::list_runs(&fresh.db, work_id, chapter_id, &PageRequest::default()).await.expect("reads").items;
    let listed: Vec<_> = listed.into_iter().map(|run| (run.id, run.made_by)).collect();
    assert_eq!(listed, [(other, vec![]), (run_id, mixed.to_vec())]);
    let base = segment.attempt.map(|attempt| attempt.id);
    restore(&fresh, run_id, 1, first, base).await.expect("restored");
    assert_eq!(made_by().await, [by(AttemptKind::Model, Some(1), 2)], "who made it, not who brought it back");
}
