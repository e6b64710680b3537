//! What servers share about providers: pauses, and on PostgreSQL limits.

use crate::fixture::{Fresh, claimant, new_attempt};
use colophon_contract::FailureCode;
use colophon_domain::{
    PageRequest,
    audit::{self, AuditFilter},
    provider::{self, Limits},
    run::{self, Claimant, Lease, Start},
};
use colophon_test_support::{Engine, on_both_engines};
use std::{num::NonZeroU32, time::Duration};

const HOUR: Duration = Duration::from_secs(3_600);

async fn pause(fresh: &Fresh, provider: &str, probe_after: Duration) {
    let code = FailureCode::ProviderQuota;
    crate::write!(fresh, |txn| provider::pause_provider(&txn, provider, code, probe_after).await)
        .expect("paused");
}

async fn run_of(fresh: &Fresh) -> i64 {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, "夜\n駅\n").await;
    fresh.queued(work_id, chapter_id).await.expect("a run")
}

async fn claim(fresh: &Fresh, run_id: i64, claimant: &Claimant) -> Option<run::Claimed> {
    crate::write!(fresh, |txn| run::claim_run(&txn, run_id, claimant).await).expect("no error")
}

async fn start(fresh: &Fresh, lease: &Lease, position: i32, limits: Limits) -> Start {
    crate::write!(fresh, |txn| run::start_attempt(&txn, lease, &new_attempt(position), limits).await)
        .expect("no error")
}

#[on_both_engines]
async fn runs_of_a_paused_provider_wait_and_say_why(fresh: Fresh) {
    let run_id = run_of(&fresh).await;
    pause(&fresh, "other", HOUR).await;
    assert_eq!(run::get_run(&fresh.db, run_id).await.expect("the run").waiting_reason, None);
    pause(&fresh, "demo", HOUR).await;
    let since = provider::list_pauses(&fresh.db).await.expect("reads")["demo"].since.clone();
    let reason = run::get_run(&fresh.db, run_id).await.expect("the run").waiting_reason.expect("a reason");
    assert_eq!((&*reason.provider, reason.code), ("demo", FailureCode::ProviderQuota));
    assert!(
        !run::has_claimable_run(&fresh.db, true, &[], &run::BusyProviders::default()).await.expect("reads")
    );
    assert_eq!(claim(&fresh, run_id, &claimant("x")).await, None);

    pause(&fresh, "demo", HOUR).await;
    let pauses = provider::list_pauses(&fresh.db).await.expect("reads");
    assert_eq!((pauses.len(), &pauses["demo"].since), (2, &since), "since the first time");
    let resumed =
        async || crate::write!(fresh, |txn| provider::resume_provider(&txn, "demo").await).expect("no error");
    assert!(resumed().await);
    assert!(!resumed().await, "it was not paused any more");
    assert_eq!(run::get_run(&fresh.db, run_id).await.expect("the run").waiting_reason, None);
    assert!(claim(&fresh, run_id, &claimant("x")).await.is_some_and(|claimed| !claimed.probe));
    let all = crate::write!(fresh, |txn| provider::resume_all_providers(&txn).await).expect("no error");
    assert_eq!(all, ["other"]);
}

#[on_both_engines]
async fn one_run_at_a_time_probes_a_paused_provider(fresh: Fresh) {
    let (first, second) = (run_of(&fresh).await, run_of(&fresh).await);
    pause(&fresh, "demo", Duration::ZERO).await;
    assert!(
        run::has_claimable_run(&fresh.db, true, &[], &run::BusyProviders::default()).await.expect("reads")
    );
    let probe =
        claim(&fresh, first, &Claimant { lease: Duration::ZERO, ..claimant("x") }).await.expect("claimed");
    assert!(probe.probe);
    assert_eq!(claim(&fresh, second, &claimant("y")).await, None, "the next one is let through in a while");
    let heir = claim(&fresh, first, &claimant("z")).await.expect("its server died");
    assert!(heir.probe && heir.taken_over);
    crate::write!(fresh, |txn| run::park_run(&txn, &heir.lease).await).expect("parked");
    assert_eq!(claim(&fresh, first, &claimant("z")).await, None);
}

#[on_both_engines]
async fn servers_on_postgres_share_a_limit_on_concurrency(fresh: Fresh) {
    let limits = Limits { max_concurrency: 2, requests_per_minute: None };
    let mut leases = Vec::new();
    for owner in ["a", "b", "c"] {
        leases.push(claim(&fresh, run_of(&fresh).await, &claimant(owner)).await.expect("claimed").lease);
    }
    let Start::Begun { attempt_id, .. } = start(&fresh, &leases[0], 1, limits).await else { panic!("free") };
    assert!(matches!(start(&fresh, &leases[1], 1, limits).await, Start::Begun { .. }));
    let third = start(&fresh, &leases[2], 1, limits).await;
    if fresh.place.engine() == Engine::Sqlite {
        assert!(matches!(third, Start::Begun { .. }), "its one server keeps to the limit by itself");
        return;
    }
    assert!(matches!(third, Start::Wait(_)), "{third:?}");
    fresh.finish(&leases[0], attempt_id, "Night").await.expect("finishes");
    assert!(
        matches!(start(&fresh, &leases[2], 1, limits).await, Start::Begun { .. }),
        "a slot is free again"
    );
    assert!(matches!(start(&fresh, &leases[0], 2, limits).await, Start::Wait(_)));
    // The server of the second one dies: its slot is free once its lease is over.
    let dead = Claimant { lease: Duration::ZERO, ..claimant("b") };
    crate::write!(fresh, |txn| run::renew_leases(&txn, &dead, &[leases[1].run_id]).await).expect("no error");
    assert!(matches!(start(&fresh, &leases[0], 2, limits).await, Start::Begun { .. }));
}

#[on_both_engines]
async fn servers_on_postgres_share_a_limit_on_requests_a_minute(fresh: Fresh) {
    let one = Limits { max_concurrency: 9, requests_per_minute: NonZeroU32::new(1) };
    let first = claim(&fresh, run_of(&fresh).await, &claimant("a")).await.expect("claimed").lease;
    let second = claim(&fresh, run_of(&fresh).await, &claimant("b")).await.expect("claimed").lease;
    assert!(matches!(start(&fresh, &first, 1, one).await, Start::Begun { .. }));
    if fresh.place.engine() == Engine::Postgres {
        let wait = start(&fresh, &second, 1, one).await;
        assert!(matches!(wait, Start::Wait(wait) if wait <= Duration::from_secs(60)), "{wait:?}");
    }
}

#[on_both_engines]
async fn each_change_of_the_configuration_is_written_down_once(fresh: Fresh) {
    let start = async |configured: &[(&str, &str)]| {
        let configured = configured.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned())).collect();
        crate::write!(fresh, |txn| provider::record_configuration(&txn, &configured).await)
            .expect("recorded");
    };
    start(&[("a", "http://a/"), ("b", "http://b/")]).await;
    start(&[("a", "http://a/"), ("b", "http://b/")]).await;
    start(&[("a", "http://elsewhere/")]).await;
    start(&[("a", "http://elsewhere/")]).await;
    start(&[("a", "http://elsewhere/"), ("b", "http://b/")]).await;
    let page =
        audit::list_audit(&fresh.db, &AuditFilter::default(), &PageRequest::default()).await.expect("reads");
    let mut told: Vec<_> = page
        .items
        .iter()
        .rev()
        .map(|entry| {
            (
                entry.action.as_str(),
                entry.subject.name.as_deref().unwrap_or_default(),
                entry.detail.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    told.retain(|(action, ..)| action.starts_with("provider"));
    assert_eq!(
        told,
        [
            ("provider_configured", "a", "http://a/"),
            ("provider_configured", "b", "http://b/"),
            ("provider_configured", "a", "http://elsewhere/"),
            ("provider_removed", "b", ""),
            ("provider_configured", "b", "http://b/"),
        ]
    );
}
