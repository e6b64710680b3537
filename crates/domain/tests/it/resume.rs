//! Going on with runs that ended without all their text.

use crate::fixture::{Fresh, answer, models, next};
use colophon_contract::{FailureCode, Run, RunError, RunEvent, RunStatus, SegmentStatus};
use colophon_domain::{Error, Missing, Models, PageRequest, Result, chapter, run};
use colophon_test_support::on_both_engines;

const TEXT: &str = "夜\n駅\n";

async fn resume(fresh: &Fresh, run_id: i64) -> Result<(Run, Vec<run::RecordedEvent>)> {
    crate::write!(fresh, |txn| run::resume_run(&txn, run_id, &models()).await)
}

/// A run whose first segment has its text and whose second failed.
async fn failed(fresh: &Fresh) -> (i64, i64, i64) {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, TEXT).await;
    let lease = fresh.running(work_id, chapter_id).await;
    let first = fresh.start(&lease, 1).await.expect("starts");
    fresh.finish(&lease, first, "Night").await.expect("finishes");
    let second = fresh.start(&lease, 2).await.expect("starts");
    let error = RunError { code: FailureCode::OutputTruncated, detail: "cut".into() };
    crate::write!(fresh, |txn| run::fail_attempt(&txn, &lease, second, &answer("Sta"), &error, false).await)
        .expect("fails");
    assert_eq!(run::find_next_segment(&fresh.db, lease.run_id).await.expect("reads"), None, "not of itself");
    assert_eq!(
        run::list_failed_segments(&fresh.db, lease.run_id).await.expect("reads"),
        [(2, error.clone())]
    );
    crate::write!(fresh, |txn| run::fail_run(&txn, &lease, &error).await).expect("fails");
    (work_id, chapter_id, lease.run_id)
}

#[on_both_engines]
async fn only_what_is_missing_is_tried_under_the_same_version(fresh: Fresh) {
    let (work_id, _, run_id) = failed(&fresh).await;
    fresh.append(work_id, &next("other {source_text}", 1)).await.expect("appends");
    let before = run::get_context(&fresh.db, run_id).await.expect("the context");
    let (resumed, events) = resume(&fresh, run_id).await.expect("resumed");
    assert_eq!((resumed.status, resumed.error, resumed.finished_at), (RunStatus::Queued, None, None));
    assert_eq!((resumed.progress.done, resumed.prompt_version_number), (1, Some(1)));
    assert_eq!(resumed.latest_prompt_version_number, Some(2), "it stays, the prompt has moved on");
    assert!(matches!(&events[..], [run::RecordedEvent { event: RunEvent::TranslationStatus(status), .. }]
        if status.status == RunStatus::Queued));
    let context = run::get_context(&fresh.db, run_id).await.expect("the context");
    assert_eq!(context, run::RunContext { status: RunStatus::Queued, ..before });
    let next = run::find_next_segment(&fresh.db, run_id).await.expect("reads").expect("one");
    assert_eq!(next.position, 2);
    let segments = run::list_segments(&fresh.db, run_id, &PageRequest::default()).await.expect("reads").items;
    assert_eq!((segments[0].status, segments[0].text.as_deref()), (SegmentStatus::Completed, Some("Night")));
}

#[on_both_engines]
async fn a_cancelled_run_goes_on_as_well(fresh: Fresh) {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, TEXT).await;
    let run_id = fresh.queued(work_id, chapter_id).await.expect("a run");
    crate::write!(fresh, |txn| run::cancel_run(&txn, run_id).await).expect("cancelled");
    assert_eq!(resume(&fresh, run_id).await.expect("resumed").0.status, RunStatus::Queued);
}

#[on_both_engines]
async fn what_cannot_go_on_says_why(fresh: Fresh) {
    let (work_id, chapter_id, run_id) = failed(&fresh).await;
    let gone = crate::write!(fresh, |txn| run::resume_run(&txn, run_id, &Models::default()).await);
    assert!(matches!(gone, Err(Error::ModelUnknown { .. })), "{gone:?}");
    let other = fresh.queued(work_id, chapter_id).await.expect("another run");
    let refused = resume(&fresh, run_id).await;
    assert!(matches!(refused, Err(Error::TranslationInProgress)), "{refused:?}");
    let refused = resume(&fresh, other).await;
    assert!(matches!(refused, Err(Error::TranslationInProgress)), "it is active: {refused:?}");
    crate::write!(fresh, |txn| run::cancel_run(&txn, other).await).expect("cancelled");
    let none = resume(&fresh, 99).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Translation))), "{none:?}");

    resume(&fresh, run_id).await.expect("resumed");
    let lease =
        crate::write!(fresh, |txn| run::claim_run(&txn, run_id, &crate::fixture::claimant("x")).await);
    let lease = lease.expect("no error").expect("claimed").lease;
    let attempt = fresh.start(&lease, 2).await.expect("starts");
    fresh.finish(&lease, attempt, "Station").await.expect("finishes");
    crate::write!(fresh, |txn| run::complete_run(&txn, &lease).await).expect("completes");
    let refused = resume(&fresh, run_id).await;
    assert!(matches!(refused, Err(Error::TranslationCompleted)), "{refused:?}");

    crate::write!(fresh, |txn| chapter::delete_chapter(&txn, work_id, chapter_id).await).expect("deleted");
    let none = resume(&fresh, other).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Chapter))), "{none:?}");
}
