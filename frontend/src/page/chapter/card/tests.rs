use super::*;
use crate::test_support::fixture::{moment, run};
use colophon_contract::{RunError, Usage, WaitingReason};

#[test]
fn a_run_lists_whose_texts_it_mixes() {
    let made = |kind, prompt_version_number, segments| MadeBy { kind, prompt_version_number, segments };
    let own = made(AttemptKind::Model, Some(3), 4);
    let all = [own.clone(), made(AttemptKind::Model, Some(5), 2), made(AttemptKind::Person, None, 1)];
    assert_eq!(mix(Some(3), &all).as_deref(), Some("v3 + 2 segments v5 + 1 by hand"));
    assert_eq!(mix(Some(3), &all[1..2]).as_deref(), Some("2 segments v5"), "nothing of its own is left");
    assert_eq!(mix(Some(3), &all[..1]), None);
    assert_eq!(mix(Some(3), &[]), None);
    let legacy = made(AttemptKind::Legacy, None, 8);
    assert_eq!(mix(None, &[all[2].clone(), legacy.clone()]).as_deref(), Some("legacy + 1 by hand"));
    assert_eq!(mix(None, std::slice::from_ref(&legacy)), None);
    assert_eq!(mix(Some(3), &[own, legacy]).as_deref(), Some("v3 + 8 segments legacy"));
}

fn paused() -> WaitingReason {
    WaitingReason {
        provider: "demo".to_owned(),
        code: FailureCode::ProviderQuota,
        detail: String::new(),
        until: None,
    }
}

#[test]
fn a_queued_run_says_what_it_waits_for() {
    let mut queued = run(RunStatus::Queued);
    assert_eq!(status_text(&queued), "Waiting for its turn");
    queued.waiting_reason = Some(paused());
    assert_eq!(status_text(&queued), "Waiting for its provider");
    assert_eq!(status_text(&run(RunStatus::Running)), "Translating");
    assert_eq!(status_text(&run(RunStatus::Cancelled)), "Cancelled");
}

fn limited() -> WaitingReason {
    WaitingReason::rate_limited("demo".to_owned(), moment("15:44:23"))
}

#[test]
fn a_run_that_waits_for_a_rate_limit_says_until_when_and_is_in_no_trouble() {
    for status in [RunStatus::Queued, RunStatus::Running] {
        let waiting =
            Run { waiting_reason: Some(limited()), started_at: Some(moment("15:43:48")), ..run(status) };
        assert_eq!(status_text(&waiting), "Waiting for a rate limit");
        assert_eq!(rate_limit(&waiting), Some(("demo".to_owned(), moment("15:44:23"))));
        assert!(!is_in_trouble(&waiting), "nothing is paused");
        assert_eq!(facts(&waiting, Some(72.0)), "3 of 8 segments", "the pace so far tells nothing now");
    }
    let ended = Run { waiting_reason: Some(limited()), ..run(RunStatus::Cancelled) };
    assert_eq!((rate_limit(&ended), status_text(&ended)), (None, "Cancelled"));
    let queued = Run { waiting_reason: Some(paused()), ..run(RunStatus::Queued) };
    assert_eq!(rate_limit(&queued), None, "a paused provider does not say when");
}

#[test]
fn a_run_shows_the_cost_that_the_provider_reports_beside_ours() {
    let ended = Run {
        cost_usd: Some("0.0123".to_owned()),
        reported_cost_usd: Some("0.0119".to_owned()),
        ..run(RunStatus::Completed)
    };
    assert_eq!(facts(&ended, None), "8 segments · $0.0123 by the catalogue, $0.0119 by the provider");
}

#[test]
fn a_run_is_in_trouble_if_its_provider_is_paused() {
    let mut queued = run(RunStatus::Queued);
    assert!(!is_in_trouble(&queued));
    queued.waiting_reason = Some(paused());
    assert!(is_in_trouble(&queued));
    let failed =
        |code| Run { error: Some(RunError { code, detail: String::new() }), ..run(RunStatus::Failed) };
    assert!(is_in_trouble(&failed(FailureCode::ProviderQuota)));
    assert!(is_in_trouble(&failed(FailureCode::ProviderUnauthorized)));
    assert!(!is_in_trouble(&failed(FailureCode::EmptyAnswer)));
    assert!(!is_in_trouble(&run(RunStatus::Completed)));
}

#[test]
fn the_time_left_follows_the_pace_so_far_in_steps_of_ten_seconds() {
    let left = |done, total, elapsed| seconds_left(Progress { done, total }, elapsed);
    assert_eq!(left(3, 8, 30.0), Some(50.0));
    assert_eq!(left(3, 8, 31.0), Some(60.0), "51.7 seconds");
    assert_eq!(left(0, 8, 30.0), None, "there is no pace yet");
    assert_eq!(left(8, 8, 30.0), None, "nothing is left");
    assert_eq!(left(3, 8, -2.0), None, "the browser's clock is behind the server's");
}

#[test]
fn a_running_run_shows_progress_time_left_and_cost_so_far() {
    let running = Run {
        started_at: Some(moment("15:43:48")),
        cost_usd: Some("0.0123".to_owned()),
        usage: Some(Usage {
            prompt_tokens: 1_000,
            completion_tokens: 452,
            total_tokens: 1_452,
            ..Usage::default()
        }),
        ..run(RunStatus::Running)
    };
    let all = "3 of 8 segments · about 2 minutes left · $0.0123 so far · 1,452 tokens";
    assert_eq!(facts(&running, Some(72.0)), all);
    let queued = Run { started_at: None, ..run(RunStatus::Queued) };
    assert_eq!(facts(&queued, None), "3 of 8 segments");
}

#[test]
fn an_ended_run_shows_how_long_it_took_and_its_cost() {
    let ended = |status| Run {
        started_at: Some(moment("15:43:48")),
        finished_at: Some(moment("15:46:48")),
        cost_usd: Some("0.0123".to_owned()),
        ..run(status)
    };
    assert_eq!(facts(&ended(RunStatus::Completed), Some(180.0)), "8 segments · took 3 minutes · $0.0123");
    assert_eq!(facts(&ended(RunStatus::Failed), Some(40.0)), "3 of 8 segments · took 40 seconds · $0.0123");
    let one = Run { progress: Progress { done: 1, total: 1 }, ..run(RunStatus::Completed) };
    assert_eq!(facts(&one, None), "1 segment");
}
