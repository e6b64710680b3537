//! Runs with failed segments, and going on with them.

use crate::stage::{CHAPTER, Page, Stage, options, read_all, statuses};
use colophon_contract::{AppendVersion, FailureCode, RunEvent, RunStatus, SegmentStatus};
use colophon_domain::Actor;
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;

#[on_both_engines]
async fn a_resume_sends_only_what_is_missing_under_the_same_snapshots(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::deltas("good", "Tw", 1).then_finish("good", "length").then_done());
    stage.fake.script(Script::answer("good", "Three."));
    let run = stage.start(&runner, scene).await;
    let failed = stage.ended(run.id).await;
    assert_eq!((failed.status, failed.progress.done), (RunStatus::Failed, 2), "it went on after the second");
    let error = failed.error.expect("an error");
    assert_eq!(error.code, FailureCode::OutputTruncated);
    assert!(error.detail.starts_with("Segment 2 failed: "), "{}", error.detail);
    use SegmentStatus::{Completed, Failed};
    let before = stage.segments(run.id).await;
    assert_eq!(statuses(&before), [Completed, Failed, Completed]);
    assert_eq!(before[2].text.as_deref(), Some("Three."), "kept and readable");

    let next = AppendVersion {
        model: "fake/other".into(),
        template: "other {source_text}".into(),
        parameters: serde_json::Map::new(),
        note: String::new(),
        name: None,
        base_version: 1,
    };
    stage.append(runner.models(), scene, &next).await;
    let asked = stage.resume(&runner, run.id).await.expect("resumed");
    assert_eq!((asked.prompt_version_number, asked.latest_prompt_version_number), (Some(1), Some(2)));
    let ended = stage.ended(run.id).await;
    assert_eq!((ended.status, ended.progress.done), (RunStatus::Completed, 3), "{:?}", ended.error);
    let after = stage.segments(run.id).await;
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]), "finished segments do not change");
    let requests = stage.fake.requests();
    let last = requests.last().expect("a request").json();
    assert_eq!(
        (requests.len(), last["messages"][0]["content"].as_str()),
        (4, Some(before[1].source_text.trim_end()))
    );
    assert_eq!(last["model"], "good", "under its own version");

    let mut page = Page::default();
    read_all(&runner, run.id, None).await.iter().for_each(|(_, event)| page.take(event));
    let texts: Vec<_> = after.iter().filter_map(|segment| segment.text.clone()).collect();
    assert_eq!(page.finished.into_values().collect::<Vec<_>>(), texts);
}

#[on_both_engines]
async fn a_fault_of_the_provider_fails_its_segment_and_a_resume_goes_on(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::status(500).times(4));
    let run = stage.start(&runner, scene).await;
    let failed = stage.ended(run.id).await;
    assert_eq!((failed.status, failed.progress.done), (RunStatus::Failed, 2));
    assert_eq!(failed.error.expect("an error").code, FailureCode::ProviderError);
    use SegmentStatus::{Completed, Failed};
    assert_eq!(statuses(&stage.segments(run.id).await), [Completed, Failed, Completed]);
    stage.resume(&runner, run.id).await.expect("resumed");
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    assert_eq!(stage.fake.total(), 7);
}

#[on_both_engines]
async fn a_cancelled_run_is_resumed_while_its_last_task_still_lets_go(stage: Stage) {
    let runner = stage.runner_with(options()).await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    for _ in 0..5 {
        if runner.cancel(&Actor::system("test"), run.id).await.is_err() {
            break;
        }
        stage.resume(&runner, run.id).await.expect("resumed");
    }
    let ended = stage.ended(run.id).await;
    assert_eq!(ended.status, RunStatus::Completed, "{:?}", ended.error);
    let events = read_all(&runner, run.id, None).await;
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationComplete(_)))));
}
