//! Runs, their segments, attempts and events.

use crate::fixture::{Fresh, LIMITS, answer, author, claimant, models, new_attempt, next};
use colophon_contract::{
    AttemptStatus, FailureCode, Finish, Run, RunError, RunEvent, RunStatus, SegmentStatus, UpdateChapter,
    UpdateWork, Usage,
};
use colophon_domain::{
    Error, Missing, Models, PageRequest, chapter, prompt,
    run::{self, Answer, Lease},
    work,
};
use colophon_test_support::on_both_engines;

const TEXT: &str = "夜\n\u{3000}\n駅\n";

fn error(code: FailureCode) -> RunError {
    RunError { code, detail: "what happened".into() }
}

async fn events(fresh: &Fresh, run_id: i64) -> Vec<&'static str> {
    let replay = run::get_replay(&fresh.db, run_id, 0).await.expect("reads");
    let seqs: Vec<_> = replay.events.iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=replay.last_seq).collect::<Vec<_>>());
    replay.events.iter().map(|e| e.event.name()).collect()
}

async fn statuses(fresh: &Fresh, run_id: i64) -> Vec<SegmentStatus> {
    let list = run::list_segments(&fresh.db, run_id, &PageRequest::default()).await.expect("reads");
    list.items.iter().map(|segment| segment.status).collect()
}

impl Fresh {
    /// A work with a prompt and a chapter of three segments, the second of them blank.
    async fn ready(&self) -> (i64, i64) {
        let work_id = self.work().await;
        self.prompt(work_id).await;
        (work_id, self.chapter(work_id, TEXT).await)
    }

    async fn status(&self, run_id: i64) -> RunStatus {
        run::get_run(&self.db, run_id).await.expect("the run").status
    }
}

#[on_both_engines]
async fn a_run_needs_a_prompt_with_a_model_that_is_there(fresh: Fresh) {
    let work_id = fresh.work().await;
    let chapter_id = fresh.chapter(work_id, TEXT).await;
    let none = fresh.queued(work_id, chapter_id).await;
    assert!(matches!(none, Err(Error::PromptMissing)), "{none:?}");
    let none = fresh.queued(work_id, 99).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Chapter))), "{none:?}");
    fresh.prompt(work_id).await;
    let gone = crate::write!(fresh, |txn| run::create_run(
        &txn,
        &author(),
        work_id,
        chapter_id,
        &Models::default(),
        |text| vec![text]
    )
    .await);
    assert!(matches!(gone, Err(Error::ModelUnknown { .. })), "{gone:?}");
    let lossy = crate::write!(fresh, |txn| run::create_run(
        &txn,
        &author(),
        work_id,
        chapter_id,
        &models(),
        |text| vec![&text[3..]]
    )
    .await);
    assert!(matches!(lossy, Err(Error::Internal(_))), "{lossy:?}");
    assert!(
        !run::has_claimable_run(&fresh.db, true, &[], &run::BusyProviders::default()).await.expect("reads")
    );
}

#[on_both_engines]
async fn a_run_keeps_its_snapshots_whatever_happens_to_the_prompt(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let id = fresh.queued(work_id, chapter_id).await.expect("a run");
    let before = run::get_run(&fresh.db, id).await.expect("the run");
    let context = run::get_context(&fresh.db, id).await.expect("the context");
    let version = prompt::get_version(&fresh.db, work_id, 1).await.expect("the version");
    assert_eq!((before.prompt_version_id, before.prompt_version_number), (Some(version.id), Some(1)));
    assert_eq!(
        (&before.model_snapshot, &before.template_snapshot, &before.parameters_snapshot),
        (&version.model, &version.template, &version.parameters)
    );
    assert_eq!((before.status, before.created_by.clone()), (RunStatus::Queued, author()));
    assert_eq!((before.progress.done, before.progress.total), (1, 3));
    assert_eq!((before.usage, &before.cost_usd, &before.error), (None, &None, &None));

    fresh.append(work_id, &next("other {source_text}", 1)).await.expect("appends");
    let change = UpdateWork { title: Some("別".into()), ..UpdateWork::default() };
    crate::write!(fresh, |txn| work::update_work(&txn, work_id, &change).await).expect("changed");
    let change = UpdateChapter { source_text: Some("別の\n".into()), ..UpdateChapter::default() };
    crate::write!(fresh, |txn| chapter::update_chapter(&txn, work_id, chapter_id, &change).await)
        .expect("changed");

    let after = run::get_run(&fresh.db, id).await.expect("the run");
    assert_eq!((before.latest_prompt_version_number, after.latest_prompt_version_number), (Some(1), Some(2)));
    assert_eq!(Run { latest_prompt_version_number: Some(1), ..after }, before);
    assert_eq!(run::get_context(&fresh.db, id).await.expect("the context"), context);
    assert_eq!(context.work_title, "銀河鉄道の夜");
    let segments = run::list_segments(&fresh.db, id, &PageRequest::default()).await.expect("reads").items;
    let joined: String = segments.iter().map(|segment| &*segment.source_text).collect();
    assert_eq!(joined, TEXT);
}

#[on_both_engines]
async fn a_run_goes_from_queue_to_completion(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let lease = fresh.running(work_id, chapter_id).await;
    let run_id = lease.run_id;
    let early = crate::write!(fresh, |txn| run::complete_run(&txn, &lease).await);
    assert!(matches!(early, Err(Error::Internal(_))), "{early:?}");

    for (position, text) in [(1, "Night"), (3, "Station\0")] {
        let pending = run::find_next_segment(&fresh.db, run_id).await.expect("reads").expect("one");
        assert_eq!(pending.position, position);
        let attempt = fresh.start(&lease, position).await.expect("starts");
        crate::write!(fresh, |txn| run::checkpoint_attempt(&txn, &lease, attempt, "Ni", &[]).await)
            .expect("kept");
        let replay = run::get_replay(&fresh.db, run_id, 0).await.expect("reads");
        let running = replay.running.expect("an attempt");
        assert_eq!((running.position, running.attempt_id, &*running.text), (position, attempt, "Ni"));
        fresh.finish(&lease, attempt, text).await.expect("finishes");
    }
    assert_eq!(run::find_next_segment(&fresh.db, run_id).await.expect("reads"), None);
    let pairs = run::list_preceding(&fresh.db, run_id, 4, 3).await.expect("reads");
    let pairs: Vec<_> = pairs.iter().map(|p| (&*p.source, &*p.translation)).collect();
    assert_eq!(pairs, [("夜\n", "Night"), ("駅\n", "Station\u{fffd}")]);

    crate::write!(fresh, |txn| run::complete_run(&txn, &lease).await).expect("completes");
    let done = run::get_run(&fresh.db, run_id).await.expect("the run");
    assert_eq!((done.status, done.progress.done, done.error), (RunStatus::Completed, 3, None));
    assert!(done.started_at.is_some() && done.finished_at.is_some());
    assert_eq!(
        done.usage,
        Some(Usage { prompt_tokens: 6, completion_tokens: 8, total_tokens: 14, ..Usage::default() })
    );
    assert_eq!(done.cost_usd.as_deref(), Some("0.000003"));
    let segments = run::list_segments(&fresh.db, run_id, &PageRequest::default()).await.expect("reads").items;
    let attempt = segments[0].attempt.as_ref().expect("an attempt");
    assert_eq!((attempt.prompt_version_number, attempt.cost_usd.as_deref()), (Some(1), Some("0.0000015")));
    assert_eq!((segments[1].status, &segments[1].text), (SegmentStatus::Blank, &None));
    assert_eq!(
        events(&fresh, run_id).await,
        [
            "translation-status",
            "translation-status",
            "segment-start",
            "segment-complete",
            "segment-start",
            "segment-complete",
            "translation-complete",
        ]
    );
    let late = run::get_replay(&fresh.db, run_id, 6).await.expect("reads");
    assert!(matches!(
        late.events[..],
        [run::RecordedEvent { seq: 7, event: RunEvent::TranslationComplete(_) }]
    ));
    assert!(late.running.is_none());
    let ended = crate::write!(fresh, |txn| run::cancel_run(&txn, run_id).await);
    assert!(matches!(ended, Err(Error::TranslationEnded)), "{ended:?}");
}

#[on_both_engines]
async fn pages_of_segments_go_by_position(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let id = fresh.queued(work_id, chapter_id).await.expect("a run");
    let first = PageRequest { limit: 2, cursor: None };
    let first = run::list_segments(&fresh.db, id, &first).await.expect("reads");
    let rest = PageRequest { limit: 2, cursor: first.next_cursor };
    let rest = run::list_segments(&fresh.db, id, &rest).await.expect("reads");
    let positions: Vec<_> = first.items.iter().chain(&rest.items).map(|s| s.position).collect();
    assert_eq!((positions, rest.next_cursor), (vec![1, 2, 3], None));
    let none = run::list_segments(&fresh.db, 99, &PageRequest::default()).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Translation))), "{none:?}");
}

#[on_both_engines]
async fn a_failed_attempt_keeps_what_came_and_says_why(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let lease = fresh.running(work_id, chapter_id).await;
    let partial = Answer { text: "Ni".into(), ..Answer::default() };
    for will_retry in [true, false] {
        let attempt = fresh.start(&lease, 1).await.expect("starts");
        let why = error(FailureCode::StreamIncomplete);
        let recorded =
            crate::write!(fresh, |txn| run::fail_attempt(&txn, &lease, attempt, &partial, &why, will_retry)
                .await)
            .expect("fails");
        let RunEvent::SegmentError(event) = &recorded[0].event else { panic!("{recorded:?}") };
        assert_eq!((event.attempt_id, event.will_retry), (Some(attempt), will_retry));
        let expected = if will_retry { SegmentStatus::Pending } else { SegmentStatus::Failed };
        assert_eq!(statuses(&fresh, lease.run_id).await[0], expected);
        let again = fresh.finish(&lease, attempt, "late").await;
        assert!(matches!(again, Err(Error::LeaseLost)), "{again:?}");
    }
    crate::write!(fresh, |txn| run::fail_run(&txn, &lease, &error(FailureCode::StreamIncomplete)).await)
        .expect("fails");
    let failed = run::get_run(&fresh.db, lease.run_id).await.expect("the run");
    assert_eq!(
        (failed.status, failed.error),
        (RunStatus::Failed, Some(error(FailureCode::StreamIncomplete)))
    );
    let segments = run::list_segments(&fresh.db, lease.run_id, &PageRequest::default()).await.expect("reads");
    assert_eq!(segments.items[0].error, Some(error(FailureCode::StreamIncomplete)));
    assert_eq!((&segments.items[0].text, &segments.items[0].attempt), (&None, &None));
}

#[on_both_engines]
async fn a_failed_attempt_keeps_what_the_provider_said_of_its_answer(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let lease = fresh.running(work_id, chapter_id).await;
    let attempt = fresh.start(&lease, 1).await.expect("starts");
    let cut = Answer {
        finish_reason: Some("length".into()),
        finish: Some(Finish::Truncated),
        reported_cost_nano_usd: Some(2_000),
        provider_message: Some("HTTP 200, too long".into()),
        ..answer("Ni")
    };
    let why = error(FailureCode::OutputTruncated);
    crate::write!(fresh, |txn| run::fail_attempt(&txn, &lease, attempt, &cut, &why, false).await)
        .expect("fails");
    let page = PageRequest::default();
    let attempts = run::list_attempts(&fresh.db, lease.run_id, 1, &page).await.expect("reads");
    let [failed] = <[_; 1]>::try_from(attempts.items).expect("one attempt");
    assert_eq!((failed.status, failed.text.as_deref()), (AttemptStatus::Failed, Some("Ni")));
    assert_eq!(failed.usage, cut.usage);
    assert_eq!(failed.cost_usd.as_deref(), Some("0.0000015"));
    assert_eq!(failed.reported_cost_usd.as_deref(), Some("0.000002"));
    assert_eq!((failed.finish_reason.as_deref(), failed.finish), (Some("length"), Some(Finish::Truncated)));
    assert_eq!((failed.model_reported, failed.response_id), (cut.model_reported, cut.response_id));
    assert_eq!(failed.provider_message, cut.provider_message);
    let run = run::get_run(&fresh.db, lease.run_id).await.expect("the run");
    assert_eq!((run.usage, run.cost_usd.as_deref()), (cut.usage, Some("0.0000015")), "it was paid for");
}

#[on_both_engines]
async fn an_answer_that_is_no_success_is_not_taken_for_one(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let lease = fresh.running(work_id, chapter_id).await;
    let attempt = fresh.start(&lease, 1).await.expect("starts");
    for bad in [
        answer(" \n"),
        Answer { finish: Some(colophon_contract::Finish::Truncated), ..answer("Night") },
        Answer { finish: None, ..answer("Night") },
    ] {
        let refused = crate::write!(fresh, |txn| run::finish_attempt(&txn, &lease, attempt, &bad).await);
        assert!(matches!(refused, Err(Error::Internal(_))), "{refused:?}");
    }
    let unknown = Answer { usage: None, cost_nano_usd: None, ..answer("Night") };
    crate::write!(fresh, |txn| run::finish_attempt(&txn, &lease, attempt, &unknown).await).expect("finishes");
    let second = fresh.start(&lease, 3).await.expect("starts");
    fresh.finish(&lease, second, "Station").await.expect("finishes");
    let run = run::get_run(&fresh.db, lease.run_id).await.expect("the run");
    assert_eq!(run.cost_usd, None, "the cost of the first is not known");
    assert_eq!(run.usage.map(|usage| usage.total_tokens), Some(7));
}

#[on_both_engines]
async fn no_sum_of_what_providers_report_can_fail(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let lease = fresh.running(work_id, chapter_id).await;
    let most = Usage {
        prompt_tokens: i64::MAX,
        completion_tokens: i64::MAX,
        total_tokens: i64::MAX,
        cached_tokens: Some(i64::MAX),
        reasoning_tokens: Some(i64::MAX),
    };
    let cost = Some(i64::MAX);
    let huge =
        Answer { usage: Some(most), cost_nano_usd: cost, reported_cost_nano_usd: cost, ..answer("Ni") };
    let why = error(FailureCode::StreamIncomplete);
    for _ in 0..3 {
        let attempt = fresh.start(&lease, 1).await.expect("starts");
        crate::write!(fresh, |txn| run::fail_attempt(&txn, &lease, attempt, &huge, &why, true).await)
            .expect("fails");
    }
    let run = run::get_run(&fresh.db, lease.run_id).await.expect("the run");
    assert_eq!(run.usage, Some(most), "the largest there is");
    assert_eq!(run.cost_usd.as_deref(), Some("27670116110.564327421"));
    assert_eq!(run.reported_cost_usd, run.cost_usd);
    let runs = run::list_runs(&fresh.db, work_id, chapter_id, &PageRequest::default()).await.expect("reads");
    assert_eq!(runs.items, [run]);
    let (cancelled, _) =
        crate::write!(fresh, |txn| run::cancel_run(&txn, lease.run_id).await).expect("cancelled");
    assert_eq!(cancelled.status, RunStatus::Cancelled);
}

#[on_both_engines]
async fn a_segment_fails_before_anything_is_sent(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let lease = fresh.running(work_id, chapter_id).await;
    let why = error(FailureCode::TemplateRenderFailed);
    crate::write!(fresh, |txn| run::fail_segment(&txn, &lease, 1, &why).await).expect("fails");
    assert_eq!(
        statuses(&fresh, lease.run_id).await,
        [SegmentStatus::Failed, SegmentStatus::Blank, SegmentStatus::Pending]
    );
    let blank = crate::write!(fresh, |txn| run::start_attempt(&txn, &lease, &new_attempt(2), LIMITS).await);
    assert!(matches!(blank, Err(Error::Internal(_))), "{blank:?}");
}

#[on_both_engines]
async fn whoever_lost_the_lease_writes_nothing(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let old = fresh.running(work_id, chapter_id).await;
    let attempt = fresh.start(&old, 1).await.expect("starts");
    crate::write!(fresh, |txn| run::park_run(&txn, &old).await).expect("parked");
    assert_eq!(fresh.status(old.run_id).await, RunStatus::Queued);
    assert_eq!(statuses(&fresh, old.run_id).await[0], SegmentStatus::Pending);
    let claimed = crate::write!(fresh, |txn| run::claim_run(&txn, old.run_id, &claimant("other")).await);
    let new = claimed.expect("no error").expect("claimed").lease;
    assert_eq!(new.epoch, old.epoch + 1);
    let before = events(&fresh, old.run_id).await;
    let liar = Lease { owner: "test".into(), ..new.clone() };
    let why = error(FailureCode::ProviderError);
    for lease in [&old, &liar] {
        let results = [
            fresh.start(lease, 1).await.map(|_| ()),
            fresh.finish(lease, attempt, "late").await,
            crate::write!(fresh, |txn| run::checkpoint_attempt(&txn, lease, attempt, "late", &[]).await),
            crate::write!(fresh, |txn| run::fail_attempt(&txn, lease, attempt, &answer("late"), &why, true)
                .await)
            .map(|_| ()),
            crate::write!(fresh, |txn| run::fail_segment(&txn, lease, 1, &why).await).map(|_| ()),
            crate::write!(fresh, |txn| run::fail_run(&txn, lease, &why).await).map(|_| ()),
            crate::write!(fresh, |txn| run::complete_run(&txn, lease).await).map(|_| ()),
            crate::write!(fresh, |txn| run::park_run(&txn, lease).await).map(|_| ()),
        ];
        for result in results {
            assert!(matches!(result, Err(Error::LeaseLost)), "{result:?}");
        }
    }
    assert_eq!(events(&fresh, old.run_id).await, before);
    for (owner, held) in [("other", vec![new]), ("test", vec![])] {
        let renewed =
            crate::write!(fresh, |txn| run::renew_leases(&txn, &claimant(owner), &[old.run_id]).await);
        assert_eq!(renewed.expect("no error"), held);
        assert_eq!(run::list_held_leases(&fresh.db, owner).await.expect("reads"), held);
    }
    let none = crate::write!(fresh, |txn| run::renew_leases(&txn, &claimant("other"), &[]).await);
    assert_eq!(none.expect("no error"), [], "one that it does not work on is not kept alive");
}

#[on_both_engines]
async fn a_run_is_cancelled_at_once_with_what_is_finished_kept(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let lease = fresh.running(work_id, chapter_id).await;
    let first = fresh.start(&lease, 1).await.expect("starts");
    fresh.finish(&lease, first, "Night").await.expect("finishes");
    let second = fresh.start(&lease, 3).await.expect("starts");
    let (run, recorded) =
        crate::write!(fresh, |txn| run::cancel_run(&txn, lease.run_id).await).expect("cancelled");
    assert_eq!((run.status, run.progress.done), (RunStatus::Cancelled, 2));
    assert_eq!(run.error.map(|e| e.code), Some(FailureCode::Cancelled));
    let names: Vec<_> = recorded.iter().map(|e| e.event.name()).collect();
    assert_eq!(names, ["segment-error", "translation-error"]);
    assert_eq!(
        statuses(&fresh, lease.run_id).await,
        [SegmentStatus::Completed, SegmentStatus::Blank, SegmentStatus::Pending]
    );
    let late = fresh.finish(&lease, second, "late").await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    fresh.queued(work_id, chapter_id).await.expect("another run may begin");
    let none = crate::write!(fresh, |txn| run::cancel_run(&txn, 99).await);
    assert!(matches!(none, Err(Error::NotFound(Missing::Translation))), "{none:?}");
}

#[on_both_engines]
async fn runs_are_listed_newest_first(fresh: Fresh) {
    let (work_id, chapter_id) = fresh.ready().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = fresh.queued(work_id, chapter_id).await.expect("a run");
        crate::write!(fresh, |txn| run::cancel_run(&txn, id).await).expect("cancelled");
        ids.insert(0, id);
    }
    let first = PageRequest { limit: 2, cursor: None };
    let first = run::list_runs(&fresh.db, work_id, chapter_id, &first).await.expect("reads");
    let rest = PageRequest { limit: 2, cursor: first.next_cursor };
    let rest = run::list_runs(&fresh.db, work_id, chapter_id, &rest).await.expect("reads");
    let seen: Vec<_> = first.items.iter().chain(&rest.items).map(|run| run.id).collect();
    assert_eq!(seen, ids);
    let none = run::list_runs(&fresh.db, work_id, 99, &PageRequest::default()).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Chapter))), "{none:?}");
}

#[on_both_engines]
async fn a_long_chapter_has_all_its_segments(fresh: Fresh) {
    let work_id = fresh.work().await;
    fresh.prompt(work_id).await;
    let chapter_id = fresh.chapter(work_id, &"行\n".repeat(1_203)).await;
    let id = fresh.queued(work_id, chapter_id).await.expect("a run");
    let run = run::get_run(&fresh.db, id).await.expect("the run");
    assert_eq!(run.progress.total, 1_203);
    let last = PageRequest { limit: 100, cursor: None };
    let mut page = run::list_segments(&fresh.db, id, &last).await.expect("reads");
    let mut count = page.items.len();
    while let Some(cursor) = page.next_cursor {
        let next = PageRequest { limit: 100, cursor: Some(cursor) };
        page = run::list_segments(&fresh.db, id, &next).await.expect("reads");
        count += page.items.len();
    }
    assert_eq!(count, 1_203);
}

#[on_both_engines]
async fn a_quiet_works_place_moves_past_other_works(fresh: Fresh) {
    let (quiet, _) = fresh.ready().await;
    let (work_id, chapter_id) = fresh.ready().await;
    let begin = run::get_work_place(&fresh.db, quiet).await.expect("a place");
    let lease = fresh.running(work_id, chapter_id).await;
    let attempt = fresh.start(&lease, 1).await.expect("starts");
    fresh.finish(&lease, attempt, "Night").await.expect("finishes");
    let list =
        async |work_id, limit| run::list_work_events(&fresh.db, work_id, begin, limit).await.expect("reads");
    let mut all = list(work_id, 100).await.0;
    // On PostgreSQL other tests' transactions hold it back.
    while all.len() < 4 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        all = list(work_id, 100).await.0;
    }
    let (id, last) = &all[3];
    assert_eq!((last.name.as_str(), &last.data["position"]), ("segment-complete", &1.into()));
    assert!(last.data.get("text").is_none(), "{last:?}");
    let (none, next) = list(quiet, 100).await;
    assert!(none.is_empty() && next > *id, "{next}");
    let (some, next) = list(work_id, 2).await;
    assert_eq!((some.as_slice(), next), (&all[..2], all[1].0));
}
