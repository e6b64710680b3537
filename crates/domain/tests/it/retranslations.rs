//! Segments that wait to be translated again: who may ask, and who may work on them.

use crate::fixture::{Fresh, author, claimant, models, new_attempt};
use colophon_contract::{
    FailureCode, RestoreAttempt, RetranslateSegment, Run, RunError, RunEvent, RunStatus, Segment,
    SegmentStatus, UpdateSegment,
};
use colophon_domain::{
    Error, Models, Result, chapter,
    run::{self, Claimed, NewAttempt},
    work,
};
use colophon_test_support::on_both_engines;

async fn ask(fresh: &Fresh, run_id: i64, base: Option<i64>) -> Result<Segment> {
    let request = RetranslateSegment { instruction: None, base_attempt_id: base, version: None };
    crate::write!(fresh, |txn| run::create_retranslation(&txn, &author(), (run_id, 1), &request, &models())
        .await)
}

async fn claim(fresh: &Fresh, owner: &str) -> Option<Claimed> {
    crate::write!(fresh, |txn| async {
        match run::find_claimable_run(&txn, true, &[], &run::BusyProviders::default()).await? {
            Some(run_id) => run::claim_run(&txn, run_id, &claimant(owner)).await,
            None => Ok(None),
        }
    }
    .await)
    .expect("looks")
}

/// The same, in patience: a transaction that was refused and dropped holds its row until it is undone, and rows
/// that are held are passed over.
async fn claim_soon(fresh: &Fresh, owner: &str) -> Claimed {
    for _ in 0..1_000 {
        if let Some(claimed) = claim(fresh, owner).await {
            return claimed;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nothing to claim");
}

/// A completed run of one segment, and its attempt.
async fn completed(fresh: &Fresh) -> (i64, i64) {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, "夜\n").await;
    let lease = fresh.running(work_id, chapter_id).await;
    let first = fresh.start(&lease, 1).await.expect("starts");
    fresh.finish(&lease, first, "Night").await.expect("finishes");
    crate::write!(fresh, |txn| run::complete_run(&txn, &lease).await).expect("completes");
    (lease.run_id, first)
}

#[on_both_engines]
async fn a_segment_is_one_piece_of_work_at_a_time(fresh: Fresh) {
    let (run_id, first) = completed(&fresh).await;
    assert!(claim(&fresh, "nobody").await.is_none());
    let stale = ask(&fresh, run_id, None).await;
    assert!(matches!(stale, Err(Error::StaleBaseAttempt(_))), "{stale:?}");
    let asked = ask(&fresh, run_id, Some(first)).await.expect("asked");
    assert_eq!(asked.retranslation.expect("open").author, author());
    let refused = [
        ask(&fresh, run_id, Some(first)).await.map(|_| ()),
        crate::write!(fresh, |txn| run::update_segment(
            &txn,
            &author(),
            run_id,
            1,
            &UpdateSegment { text: "Mine".into(), base_attempt_id: Some(first) }
        )
        .await)
        .map(|_| ()),
        crate::write!(fresh, |txn| run::restore_attempt(
            &txn,
            &author(),
            (run_id, 1, first),
            &RestoreAttempt { base_attempt_id: Some(first) }
        )
        .await)
        .map(|_| ()),
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::TranslationInProgress)), "{refused:?}");
    }
    assert!(!run::get_replay(&fresh.db, run_id, 0).await.expect("reads").ended, "something will happen");
    let Run { work_id, chapter_id, .. } = run::get_run(&fresh.db, run_id).await.expect("the run");
    let gone = crate::write!(fresh, |txn| chapter::delete_chapter(&txn, work_id, chapter_id).await);
    assert!(matches!(gone, Err(Error::TranslationInProgress)), "{gone:?}");
    let gone = crate::write!(fresh, |txn| work::delete_work(&txn, work_id).await);
    assert!(matches!(gone, Err(Error::TranslationInProgress)), "{gone:?}");

    let claimed = claim(&fresh, "one").await.expect("claimed");
    assert!(claim(&fresh, "two").await.is_none(), "it has its lease");
    let asked = claimed.retranslation.expect("a segment");
    assert_eq!((asked.position, asked.source_text.as_str(), asked.author.clone()), (1, "夜\n", author()));
    let attempt = NewAttempt { author: Some(asked.author), ..new_attempt(1) };
    let started = crate::write!(fresh, |txn| run::start_attempt(
        &txn,
        &claimed.lease,
        &attempt,
        crate::fixture::LIMITS
    )
    .await)
    .expect("starts");
    let run::Start::Begun { attempt_id, events } = started else { panic!("no turn") };
    assert_eq!(events[0].seq, claimed.last_seq + 1);
    let RunEvent::SegmentStart(begun) = &events[0].event else { panic!("{events:?}") };
    assert_eq!(begun.made_with.as_ref().map(|made_with| made_with.prompt_version_number), Some(1));
    assert_eq!(run::get_run(&fresh.db, run_id).await.expect("the run").status, RunStatus::Completed);
    fresh.finish(&claimed.lease, attempt_id, "By night").await.expect("finishes");
    let segment = run::get_segment(&fresh.db, run_id, 1).await.expect("reads");
    assert_eq!(
        (segment.text.as_deref(), segment.status, segment.retranslation),
        (Some("By night"), SegmentStatus::Completed, None)
    );
    assert!(run::get_replay(&fresh.db, run_id, 0).await.expect("reads").ended);
    let late = fresh.start(&claimed.lease, 1).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "the lease was given back: {late:?}");
}

#[on_both_engines]
async fn a_fault_that_is_retried_leaves_the_request_open(fresh: Fresh) {
    let (run_id, first) = completed(&fresh).await;
    ask(&fresh, run_id, Some(first)).await.expect("asked");
    let lease = claim(&fresh, "one").await.expect("claimed").lease;
    let why = RunError { code: FailureCode::ProviderError, detail: "busy".into() };
    for will_retry in [true, true, false] {
        let attempt = fresh.start(&lease, 1).await.expect("the lease holds until the last try");
        crate::write!(fresh, |txn| run::fail_attempt(
            &txn,
            &lease,
            attempt,
            &run::Answer::default(),
            &why,
            will_retry
        )
        .await)
        .expect("fails");
        let segment = run::get_segment(&fresh.db, run_id, 1).await.expect("reads");
        assert_eq!(segment.retranslation.is_some(), will_retry, "open as long as another try follows");
        assert_eq!((segment.text.as_deref(), segment.error), (Some("Night"), Some(why.clone())));
    }
    let late = fresh.start(&lease, 1).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "the lease was given back: {late:?}");
}

#[on_both_engines]
async fn a_stop_puts_it_back(fresh: Fresh) {
    let (run_id, first) = completed(&fresh).await;
    ask(&fresh, run_id, Some(first)).await.expect("asked");
    let claimed = claim(&fresh, "one").await.expect("claimed");
    let attempt = fresh.start(&claimed.lease, 1).await.expect("starts");
    crate::write!(fresh, |txn| run::park_run(&txn, &claimed.lease).await).expect("parked");
    let late = fresh.finish(&claimed.lease, attempt, "late").await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    let again = claim_soon(&fresh, "two").await;
    assert_eq!(again.retranslation, claimed.retranslation);
    assert_eq!(run::get_run(&fresh.db, run_id).await.expect("the run").status, RunStatus::Completed);
}

#[on_both_engines]
async fn only_segments_of_ended_runs_with_a_known_model(fresh: Fresh) {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, "夜\n駅\n").await;
    let lease = fresh.running(work_id, chapter_id).await;
    let first = fresh.start(&lease, 1).await.expect("starts");
    fresh.finish(&lease, first, "Night").await.expect("finishes");
    let refused = ask(&fresh, lease.run_id, Some(first)).await;
    assert!(matches!(refused, Err(Error::TranslationInProgress)), "the run is active: {refused:?}");
    crate::write!(fresh, |txn| run::cancel_run(&txn, lease.run_id).await).expect("cancelled");
    let request = RetranslateSegment { instruction: None, base_attempt_id: Some(first), version: None };
    let gone = crate::write!(fresh, |txn| run::create_retranslation(
        &txn,
        &author(),
        (lease.run_id, 1),
        &request,
        &Models::default()
    )
    .await);
    assert!(matches!(gone, Err(Error::ModelUnknown { .. })), "{gone:?}");
    ask(&fresh, lease.run_id, Some(first)).await.expect("asked");
    let refused = crate::write!(fresh, |txn| run::resume_run(&txn, lease.run_id, &models()).await);
    assert!(matches!(refused, Err(Error::TranslationInProgress)), "{refused:?}");
}
