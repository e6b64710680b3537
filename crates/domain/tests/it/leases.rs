//! Who may work on a run, by the database's clock.

use crate::fixture::{Fresh, answer, author, claimant};
use colophon_contract::{FailureCode, RunError, RunEvent, RunStatus, SegmentStatus};
use colophon_domain::{
    Error, ModelEntry, Models, PageRequest,
    run::{self, Claimant, Claimed},
};
use colophon_test_support::{Engine, on_both_engines};
use std::time::Duration;

/// Whose lease is over as soon as it begins.
fn forgetful(owner: &str) -> Claimant {
    Claimant { lease: Duration::ZERO, ..claimant(owner) }
}

async fn claim(fresh: &Fresh, run_id: i64, claimant: &Claimant) -> Option<Claimed> {
    crate::write!(fresh, |txn| run::claim_run(&txn, run_id, claimant).await).expect("no error")
}

async fn scene(fresh: &Fresh) -> i64 {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, "夜\n駅\n").await;
    fresh.queued(work_id, chapter_id).await.expect("a run")
}

#[on_both_engines]
async fn runs_of_busy_providers_are_passed_over(fresh: Fresh) {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let mut runs = Vec::new();
    for provider in ["a_b", "aXb"] {
        let chapter_id = fresh.chapter(work_id, "夜\n").await;
        let entry = ModelEntry { id: "demo".into(), provider: provider.into(), parameters: Vec::new() };
        let models = Models::new([entry]);
        let (run, _) = crate::write!(fresh, |txn| run::create_run(
            &txn,
            &author(),
            work_id,
            chapter_id,
            &models,
            |text| vec![text]
        )
        .await)
        .expect("a run");
        runs.push(run.id);
    }
    let find = async |names: &[&str]| {
        let runs = names.iter().map(ToString::to_string).collect();
        let busy = run::BusyProviders { runs, ..run::BusyProviders::default() };
        let txn = fresh.db.begin_write().await.expect("begins");
        let found = run::find_claimable_run(&txn, true, &[], &busy).await.expect("reads");
        txn.rollback().await.expect("undone");
        assert_eq!(
            run::has_claimable_run(&fresh.db, true, &[], &busy).await.expect("reads"),
            found.is_some()
        );
        found
    };
    assert_eq!(find(&[]).await, Some(runs[0]));
    assert_eq!(find(&["a_b", "zz"]).await, Some(runs[1]), "a name is no pattern");
    assert_eq!(find(&["axb", "aXb"]).await, Some(runs[0]), "and has its case");
    assert_eq!(find(&["a_b", "aXb"]).await, None);
    assert_eq!(find(&["a", "b", "_"]).await, Some(runs[0]));
}

#[on_both_engines]
async fn a_lease_that_is_over_is_taken_and_what_was_under_way_is_interrupted(fresh: Fresh) {
    let run_id = scene(&fresh).await;
    let dead = claim(&fresh, run_id, &forgetful("dead")).await.expect("claimed").lease;
    let first = fresh.start(&dead, 1).await.expect("starts");
    fresh.finish(&dead, first, "Night").await.expect("nobody else has claimed it yet");
    let second = fresh.start(&dead, 2).await.expect("starts");
    crate::write!(fresh, |txn| run::checkpoint_attempt(&txn, &dead, second, "Sta", &[]).await).expect("kept");

    assert!(
        !run::has_claimable_run(&fresh.db, false, &[], &run::BusyProviders::default()).await.expect("reads"),
        "not while it may live"
    );
    assert!(
        !run::has_claimable_run(&fresh.db, true, &[run_id], &run::BusyProviders::default())
            .await
            .expect("reads"),
        "its own"
    );
    assert!(
        run::has_claimable_run(&fresh.db, true, &[run_id + 1], &run::BusyProviders::default())
            .await
            .expect("reads")
    );
    let taken = claim(&fresh, run_id, &claimant("heir")).await.expect("claimed");
    assert!(taken.taken_over && !taken.probe && taken.lease.epoch == dead.epoch + 1);
    let [RunEvent::SegmentError(error), RunEvent::TranslationStatus(status)] =
        &taken.events.iter().map(|recorded| recorded.event.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", taken.events)
    };
    assert_eq!(
        (error.attempt_id, error.code, error.will_retry),
        (Some(second), FailureCode::Interrupted, true)
    );
    assert_eq!((status.status, status.progress.done), (RunStatus::Running, 1));

    let segments = run::list_segments(&fresh.db, run_id, &PageRequest::default()).await.expect("reads").items;
    assert_eq!((segments[0].text.as_deref(), &segments[1].text), (Some("Night"), &None));
    assert_eq!(segments[1].status, SegmentStatus::Pending);
    let late = fresh.finish(&dead, second, "Station").await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    let none = claim(&fresh, run_id, &claimant("third")).await;
    assert_eq!(none, None, "it is held");
    let third = fresh.start(&taken.lease, 2).await.expect("starts");
    fresh.finish(&taken.lease, third, "Station").await.expect("finishes");
    crate::write!(fresh, |txn| run::complete_run(&txn, &taken.lease).await).expect("completes");
}

#[on_both_engines]
async fn an_older_lease_of_the_same_owner_writes_nothing(fresh: Fresh) {
    let run_id = scene(&fresh).await;
    let old = claim(&fresh, run_id, &forgetful("server")).await.expect("claimed").lease;
    // The lease expired, and the same server claims the run again.
    let new = claim(&fresh, run_id, &claimant("server")).await.expect("claimed").lease;
    assert_eq!((&new.owner, new.epoch), (&old.owner, old.epoch + 1));
    let attempt = fresh.start(&new, 1).await.expect("starts");
    let before = run::get_replay(&fresh.db, run_id, 0).await.expect("reads");
    let why = RunError { code: FailureCode::ProviderError, detail: "late".into() };
    let second = Duration::from_secs(1);
    let results = [
        fresh.start(&old, 2).await.map(|_| ()),
        fresh.finish(&old, attempt, "late").await,
        crate::write!(fresh, |txn| run::checkpoint_attempt(&txn, &old, attempt, "late", &[]).await),
        crate::write!(fresh, |txn| run::fail_attempt(&txn, &old, attempt, &answer("late"), &why, true).await)
            .map(|_| ()),
        crate::write!(fresh, |txn| run::begin_wait(&txn, &old, "demo", second).await).map(|_| ()),
        crate::write!(fresh, |txn| run::fail_segment(&txn, &old, 2, &why).await).map(|_| ()),
        crate::write!(fresh, |txn| run::complete_run(&txn, &old).await).map(|_| ()),
        crate::write!(fresh, |txn| run::fail_run(&txn, &old, &why).await).map(|_| ()),
        crate::write!(fresh, |txn| run::park_run(&txn, &old).await).map(|_| ()),
    ];
    for result in results {
        assert!(matches!(result, Err(Error::LeaseLost)), "{result:?}");
    }
    let after = run::get_replay(&fresh.db, run_id, 0).await.expect("reads");
    assert_eq!((after.events, after.running), (before.events, before.running));
    fresh.finish(&new, attempt, "Night").await.expect("the newer lease holds");
}

#[on_both_engines]
async fn servers_that_look_at_once_get_different_runs(fresh: Fresh) {
    let first = scene(&fresh).await;
    let second = scene(&fresh).await;
    let one = fresh.db.begin_write().await.expect("begins");
    assert_eq!(
        run::find_claimable_run(&one, true, &[], &run::BusyProviders::default()).await.expect("reads"),
        Some(first)
    );
    if fresh.place.engine() == Engine::Postgres {
        let other = fresh.db.begin_write().await.expect("begins");
        assert_eq!(
            run::find_claimable_run(&other, true, &[], &run::BusyProviders::default()).await.expect("reads"),
            Some(second)
        );
        other.rollback().await.expect("undone");
    }
    run::claim_run(&one, first, &claimant("one")).await.expect("no error").expect("claimed");
    one.commit().await.expect("commits");
    let other = fresh.db.begin_write().await.expect("begins");
    assert_eq!(
        run::find_claimable_run(&other, true, &[], &run::BusyProviders::default()).await.expect("reads"),
        Some(second)
    );
    assert_eq!(
        run::find_claimable_run(&other, true, &[second], &run::BusyProviders::default())
            .await
            .expect("reads"),
        None
    );
}

#[on_both_engines]
async fn a_start_on_the_same_file_need_not_wait(fresh: Fresh) {
    let run_id = scene(&fresh).await;
    claim(&fresh, run_id, &claimant("dead")).await.expect("claimed");
    let lock = fresh.db.lock_for_serving().expect("nobody serves");
    crate::write!(fresh, |txn| run::expire_leases_of_dead_server(&txn, &lock).await).expect("done");
    let free =
        run::has_claimable_run(&fresh.db, true, &[], &run::BusyProviders::default()).await.expect("reads");
    assert_eq!(free, fresh.place.engine() == Engine::Sqlite, "on PostgreSQL the holder may live elsewhere");
}
