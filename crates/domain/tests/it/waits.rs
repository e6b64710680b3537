//! Rests of a run, and what an answer holds beside its text.

use crate::fixture::{Fresh, answer, claimant};
use colophon_contract::{FailureCode, Finish, Removed, RunError, RunEvent, RunStatus};
use colophon_domain::{
    Error, PageRequest,
    run::{self, Answer, Lease, Reasoning},
};
use colophon_test_support::on_both_engines;
use sha2::{Digest, Sha256};
use std::time::Duration;

async fn running(fresh: &Fresh) -> Lease {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, "夜\n駅\n").await;
    fresh.running(work_id, chapter_id).await
}

fn piece(offset: u64, text: &str) -> Removed {
    Removed { offset, text: text.into() }
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[on_both_engines]
async fn a_rest_is_told_and_the_next_attempt_ends_it(fresh: Fresh) {
    let lease = running(&fresh).await;
    let wait = Duration::from_secs(90);
    let events =
        crate::write!(fresh, |txn| run::begin_wait(&txn, &lease, "demo", wait).await).expect("rests");
    let [RunEvent::TranslationStatus(told)] =
        &events.iter().map(|told| told.event.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{events:?}")
    };
    let shown = run::get_run(&fresh.db, lease.run_id).await.expect("the run");
    assert_eq!((shown.status, &shown.waiting_reason), (RunStatus::Running, &told.waiting_reason));
    let reason = shown.waiting_reason.expect("a reason");
    assert_eq!((reason.code, &*reason.provider), (FailureCode::ProviderRateLimited, "demo"));
    fresh.start(&lease, 1).await.expect("starts");
    assert_eq!(run::get_run(&fresh.db, lease.run_id).await.expect("the run").waiting_reason, None);
    let events = run::get_replay(&fresh.db, lease.run_id, 0).await.expect("a replay").events;
    let names: Vec<_> = events.iter().map(|event| event.event.name()).collect();
    let status = "translation-status";
    assert_eq!(names, [status, status, status, status, "segment-start"]);
    let stranger = Lease { epoch: lease.epoch + 1, ..lease };
    let late = crate::write!(fresh, |txn| run::begin_wait(&txn, &stranger, "demo", wait).await);
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
}

#[on_both_engines]
async fn whatever_ends_a_run_ends_its_rest(fresh: Fresh) {
    let wait = Duration::from_secs(90);
    let error = RunError { code: FailureCode::ProviderError, detail: "x".into() };
    for end in ["fail", "park", "cancel"] {
        let lease = running(&fresh).await;
        crate::write!(fresh, |txn| run::begin_wait(&txn, &lease, "demo", wait).await).expect("rests");
        crate::write!(fresh, |txn| match end {
            "fail" => run::fail_run(&txn, &lease, &error).await,
            "park" => run::park_run(&txn, &lease).await,
            _ => run::cancel_run(&txn, lease.run_id).await.map(|(_, events)| events),
        })
        .expect("ends");
        let run = run::get_run(&fresh.db, lease.run_id).await.expect("the run");
        assert_eq!((run.waiting_reason, run.status == RunStatus::Running), (None, false), "{end}");
        if end == "park" {
            let again =
                crate::write!(fresh, |txn| run::claim_run(&txn, lease.run_id, &claimant("heir")).await);
            assert!(again.expect("no error").is_some());
        }
    }
}

#[on_both_engines]
async fn the_hash_is_that_of_the_content_as_received(fresh: Fresh) {
    let lease = running(&fresh).await;
    let first = fresh.start(&lease, 1).await.expect("starts");
    let removed = vec![piece(0, "<think>夜\u{fffd}</think>\n"), piece(5, " ")];
    let reasoning = Reasoning { text: "Hm".into(), bytes: 300_000, sha256: sha256("long") };
    let given = Answer {
        removed: removed.clone(),
        reasoning: Some(reasoning.clone()),
        reported_cost_nano_usd: Some(2_000),
        ..answer("Night")
    };
    crate::write!(fresh, |txn| run::finish_attempt(&txn, &lease, first, &given).await).expect("finishes");
    let attempts =
        run::list_attempts(&fresh.db, lease.run_id, 1, &PageRequest::default()).await.expect("reads");
    let attempt = &attempts.items[0];
    let content = "<think>夜\u{fffd}</think>\nNight ";
    assert_eq!(attempt.response_sha256, Some(sha256(content)));
    assert_eq!((attempt.removed_characters, attempt.reasoning_bytes), (19, Some(300_000)));
    assert_eq!(
        (attempt.finish, attempt.reported_cost_usd.as_deref()),
        (Some(Finish::Done), Some("0.000002"))
    );
    let place = (lease.run_id, 1, first);
    assert_eq!(run::get_removed(&fresh.db, place).await.expect("reads").removed, removed);
    let kept = run::get_reasoning(&fresh.db, place).await.expect("reads");
    assert_eq!(
        (kept.text, kept.bytes, kept.sha256),
        (Some("Hm".into()), Some(300_000), Some(reasoning.sha256))
    );

    // The provider's client hashes what it receives: its word wins, and a verification holds it.
    let second = fresh.start(&lease, 2).await.expect("starts");
    let given = Answer { content_sha256: Some(sha256("Station!")), ..answer("Station") };
    crate::write!(fresh, |txn| run::finish_attempt(&txn, &lease, second, &given).await).expect("finishes");
    let attempts =
        run::list_attempts(&fresh.db, lease.run_id, 2, &PageRequest::default()).await.expect("reads");
    assert_eq!(attempts.items[0].response_sha256, Some(sha256("Station!")));
    assert_eq!((attempts.items[0].removed_characters, attempts.items[0].reasoning_bytes), (0, None));
}

#[on_both_engines]
async fn text_that_replaces_other_text_is_marked_while_it_comes(fresh: Fresh) {
    let lease = running(&fresh).await;
    let attempt = fresh.start(&lease, 1).await.expect("starts");
    for (text, removed, is_replaced) in
        [("Hm, a", vec![], false), ("", vec![piece(0, "Hm, a")], true), ("Ni", vec![piece(0, "Hm, a")], true)]
    {
        let saved =
            crate::write!(fresh, |txn| run::checkpoint_attempt(&txn, &lease, attempt, text, &removed).await);
        saved.expect("kept");
        let replay = run::get_replay(&fresh.db, lease.run_id, 0).await.expect("a replay");
        let under_way = replay.running.expect("under way");
        assert_eq!((under_way.text.as_str(), under_way.is_replaced), (text, is_replaced));
    }
    // A server that dies leaves both.
    crate::write!(fresh, |txn| run::park_run(&txn, &lease).await).expect("parked");
    let kept = run::get_removed(&fresh.db, (lease.run_id, 1, attempt)).await.expect("reads").removed;
    assert_eq!(kept, [piece(0, "Hm, a")]);
}

#[on_both_engines]
async fn a_providers_message_is_bounded(fresh: Fresh) {
    let lease = running(&fresh).await;
    let attempt = fresh.start(&lease, 1).await.expect("starts");
    let error = RunError { code: FailureCode::ProviderRefused, detail: "refused".into() };
    let given = Answer { provider_message: Some("あ\0".repeat(3_000)), ..Answer::default() };
    crate::write!(fresh, |txn| run::fail_attempt(&txn, &lease, attempt, &given, &error, false).await)
        .expect("fails");
    let attempts =
        run::list_attempts(&fresh.db, lease.run_id, 1, &PageRequest::default()).await.expect("reads");
    assert_eq!(attempts.items[0].provider_message, Some("あ\u{fffd}".repeat(1_000)));
}
