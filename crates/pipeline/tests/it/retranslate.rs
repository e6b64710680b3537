//! One segment again: what is sent, what stays meanwhile, and what becomes of it when a server dies.

use crate::stage::{CHAPTER, PATIENCE, Page, Scene, Stage, actor, author, options, read_all};
use colophon_contract::{
    AppendVersion, AttemptKind, EventId, FailureCode, MadeBy, RetranslateSegment, RetranslateVersion, Run,
    RunEvent, RunStatus, SegmentStatus, UpdateSegment,
};
use colophon_domain::{Actor, Error, PageRequest, run};
use colophon_pipeline::{Options, Runner, Subscription};
use colophon_provider::fake::{Script, Step};
use colophon_test_support::on_both_engines;
use futures::StreamExt as _;
use std::time::Duration;

const TEMPLATE: &str = "{preceding}|{instruction}|{source_text}";

fn again(base_attempt_id: Option<i64>) -> RetranslateSegment {
    RetranslateSegment { instruction: None, base_attempt_id, version: None }
}

/// A run that has all its text.
async fn translated(stage: &Stage, runner: &Runner) -> (Scene, Run) {
    let scene = stage.scene(runner.models(), "fake/good", TEMPLATE, CHAPTER).await;
    for text in ["One.", "Two.", "Three."] {
        stage.fake.script(Script::answer("good", text));
    }
    let run = stage.start(runner, scene).await;
    let run = stage.ended(run.id).await;
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    (scene, run)
}

async fn base(stage: &Stage, run_id: i64, position: i32) -> Option<i64> {
    let segment = run::get_segment(&stage.db, run_id, position).await.expect("the segment");
    segment.attempt.map(|attempt| attempt.id)
}

fn names(events: &[(EventId, RunEvent)]) -> Vec<&'static str> {
    events.iter().map(|(_, event)| event.name()).collect()
}

#[on_both_engines]
async fn an_instruction_is_sent_under_the_runs_own_version(stage: Stage) {
    let runner = stage.runner().await;
    let (scene, run) = translated(&stage, &runner).await;
    let next = AppendVersion {
        model: "fake/other".into(),
        template: "new {instruction} {source_text}".into(),
        parameters: serde_json::Map::new(),
        note: String::new(),
        name: None,
        base_version: 1,
    };
    stage.append(runner.models(), scene, &next).await;
    let last = read_all(&runner, run.id, None).await.last().expect("events").0;
    let request = RetranslateSegment {
        instruction: Some("Keep it {short}.".into()),
        ..again(base(&stage, run.id, 2).await)
    };
    stage.fake.script(Script::answer("good", "Two, shorter."));
    let asked = stage.retranslate(&runner, (run.id, 2), &request).await.expect("asked");
    assert_eq!(asked.text.as_deref(), Some("Two."), "stays until there is another");
    let open = asked.retranslation.expect("open");
    assert_eq!((open.prompt_version_number, open.instruction.as_deref()), (1, Some("Keep it {short}.")));
    let events = read_all(&runner, run.id, Some(last)).await;
    let told: Vec<_> = names(&events).into_iter().filter(|name| *name != "segment-delta").collect();
    assert_eq!(told, ["segment-start", "segment-complete"], "streams as a run does, and ends");

    let segment = stage.settled(run.id, 2).await;
    assert_eq!((segment.text.as_deref(), segment.status), (Some("Two, shorter."), SegmentStatus::Completed));
    let attempt = segment.attempt.expect("an attempt");
    assert_eq!(
        (attempt.kind, attempt.prompt_version_number, attempt.author),
        (AttemptKind::Model, Some(1), Some(author()))
    );
    let sent = stage.fake.requests().last().expect("a request").json();
    let content = sent["messages"][0]["content"].as_str().expect("text");
    assert_eq!(sent["model"], "good");
    let expected = "<segment><source>　一、午後の授業でした。</source><translation>One.</translation></segment>|\
            Keep it {short}.|　カムパネルラが手をあげました。";
    assert_eq!(content, expected);
    let all = run::list_attempts(&stage.db, run.id, 2, &PageRequest::default()).await.expect("reads").items;
    assert_eq!(all[0].instruction.as_deref(), Some("Keep it {short}."));
    let stored = run::get_messages(&stage.db, (run.id, 2, all[0].id)).await.expect("an attempt").messages;
    assert_eq!(stored.as_ref().map(|messages| messages[0].content.as_str()), Some(content));
    assert_eq!((all.len(), all[1].text.as_deref()), (2, Some("Two.")), "the old one is kept");
    assert_eq!(stage.run(run.id).await.status, RunStatus::Completed);
}

#[on_both_engines]
async fn the_latest_version_can_be_used_for_one_segment(stage: Stage) {
    let runner = stage.runner().await;
    let (scene, run) = translated(&stage, &runner).await;
    let next = AppendVersion {
        model: "fake/other".into(),
        template: "new {source_text}".into(),
        parameters: serde_json::from_str(r#"{"temperature": 0.3}"#).expect("an object"),
        note: String::new(),
        name: None,
        base_version: 1,
    };
    stage.append(runner.models(), scene, &next).await;
    let request = RetranslateSegment {
        version: Some(RetranslateVersion::Latest),
        ..again(base(&stage, run.id, 3).await)
    };
    let unheard = RetranslateSegment { instruction: Some("Softly".into()), ..request.clone() };
    let refused = stage.retranslate(&runner, (run.id, 3), &unheard).await;
    let Err(Error::ValidationFailed(errors)) = refused else { panic!("{refused:?}") };
    assert_eq!(errors[0].code, "instruction_unused");
    stage.fake.script(Script::answer("other", "Three, newly."));
    stage.retranslate(&runner, (run.id, 3), &request).await.expect("asked");
    let segment = stage.settled(run.id, 3).await;
    assert_eq!(
        (segment.text.as_deref(), segment.attempt.expect("one").prompt_version_number),
        (Some("Three, newly."), Some(2))
    );
    let sent = stage.fake.requests().last().expect("a request").json();
    assert_eq!((&sent["model"], &sent["temperature"]), (&"other".into(), &0.3.into()));
    let run = stage.run(run.id).await;
    let by =
        |number, segments| MadeBy { kind: AttemptKind::Model, prompt_version_number: Some(number), segments };
    assert_eq!((run.prompt_version_number, run.made_by), (Some(1), vec![by(1, 2), by(2, 1)]));
}

#[on_both_engines]
async fn a_failure_leaves_the_old_text_and_says_why(stage: Stage) {
    let runner = stage.runner().await;
    let (_, run) = translated(&stage, &runner).await;
    stage.fake.script(Script::deltas("good", "Tw", 1).then_finish("good", "length").then_done());
    stage.retranslate(&runner, (run.id, 2), &again(base(&stage, run.id, 2).await)).await.expect("asked");
    let segment = stage.settled(run.id, 2).await;
    assert_eq!((segment.text.as_deref(), segment.status), (Some("Two."), SegmentStatus::Completed));
    assert_eq!(segment.error.expect("an error").code, FailureCode::OutputTruncated);
    assert_eq!(stage.run(run.id).await.status, RunStatus::Completed);
    stage.fake.script(Script::answer("good", "Two, at last."));
    stage
        .retranslate(&runner, (run.id, 2), &again(base(&stage, run.id, 2).await))
        .await
        .expect("asked again");
    let segment = stage.settled(run.id, 2).await;
    assert_eq!((segment.text.as_deref(), segment.error), (Some("Two, at last."), None));
}

#[on_both_engines]
async fn a_fault_that_passes_is_followed_by_another_try(stage: Stage) {
    let runner = stage.runner().await;
    let (_, run) = translated(&stage, &runner).await;
    stage.fake.script(Script::status(503).header("Retry-After", "0"));
    stage.fake.script(Script::deltas("good", "Tw", 1));
    stage.fake.script(Script::answer("good", "Two, at the third try."));
    stage.retranslate(&runner, (run.id, 2), &again(base(&stage, run.id, 2).await)).await.expect("asked");
    let segment = stage.settled(run.id, 2).await;
    assert_eq!((segment.text.as_deref(), segment.error), (Some("Two, at the third try."), None));
    let all = run::list_attempts(&stage.db, run.id, 2, &PageRequest::default()).await.expect("reads").items;
    let codes: Vec<_> = all.iter().map(|attempt| attempt.error.as_ref().map(|error| error.code)).collect();
    let failed = [FailureCode::StreamIncomplete, FailureCode::ProviderError].map(Some);
    assert_eq!(codes, [&[None][..], &failed, &[None]].concat(), "newest first; all by one request");
    assert!(all[..3].iter().all(|attempt| attempt.author == Some(author())));
}

#[on_both_engines]
async fn the_last_missing_segment_completes_a_failed_run(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", TEMPLATE, CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::answer("good", ""));
    stage.fake.script(Script::answer("good", "Three."));
    let run = stage.start(&runner, scene).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Failed);
    stage.retranslate(&runner, (run.id, 2), &again(None)).await.expect("asked");
    stage.settled(run.id, 2).await;
    let ended = stage.run(run.id).await;
    assert_eq!((ended.status, ended.progress.done, ended.error), (RunStatus::Completed, 3, None));
    let events = read_all(&runner, run.id, None).await;
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationComplete(_)))), "{:?}", names(&events));
}

#[on_both_engines]
async fn the_end_of_a_run_does_not_cut_the_text_that_still_streams(stage: Stage) {
    // Whichever works on the segment, the other only has the database.
    let (runner, other) = (stage.runner().await, stage.runner().await);
    let scene = stage.scene(runner.models(), "fake/good", TEMPLATE, CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::answer("good", ""));
    stage.fake.script(Script::answer("good", "Three."));
    let run = stage.start(&runner, scene).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Failed);
    let last = read_all(&runner, run.id, None).await.last().expect("events").0;

    let long = Script::deltas("good", &"one ".repeat(1_000), 1).paced(Duration::from_millis(20));
    stage.fake.script(long);
    stage.retranslate(&runner, (run.id, 1), &again(base(&stage, run.id, 1).await)).await.expect("asked");
    let mut readers = Vec::new();
    for runner in [&runner, &other] {
        let subscription = runner.subscribe(run.id, Some(last)).await.expect("a subscription");
        let Subscription::Events(events) = subscription else { panic!("something will happen") };
        readers.push((events, Page::default()));
    }
    stage.until_checkpoint(run.id).await;
    let by_hand = UpdateSegment { text: "By hand.".into(), base_attempt_id: None };
    let txn = stage.db.begin_write_by(actor()).await.expect("a transaction");
    let edited = run::update_segment(&txn, &author(), run.id, 2, &by_hand).await;
    txn.commit().await.expect("commits");
    runner.publish(run.id, edited.expect("written").1);
    assert_eq!(stage.run(run.id).await.status, RunStatus::Completed);
    for (events, page) in &mut readers {
        for name in ["translation-complete", "segment-delta"] {
            while page.last.as_deref() != Some(name) {
                let event = tokio::time::timeout(PATIENCE, events.next()).await.expect("something comes");
                page.take(&event.expect("the stream goes on").1);
            }
        }
    }
    runner.cancel(&Actor::system("test"), run.id).await.expect("cancelled");
    for (mut events, mut page) in readers {
        while let Some((_, event)) = tokio::time::timeout(PATIENCE, events.next()).await.expect("it ends") {
            page.take(&event);
        }
        assert_eq!(page.last.as_deref(), Some("segment-error"));
    }
}

#[on_both_engines]
async fn several_segments_of_a_run_take_turns(stage: Stage) {
    let runner = stage.runner().await;
    let (_, run) = translated(&stage, &runner).await;
    for position in 1..=3 {
        stage.fake.script(Script::answer("good", &format!("{position} again")));
        let request = again(base(&stage, run.id, position).await);
        stage.retranslate(&runner, (run.id, position), &request).await.expect("asked");
    }
    for position in 1..=3 {
        let text = stage.settled(run.id, position).await.text.expect("text");
        assert_eq!(text, format!("{position} again"), "in the order in which they were asked for");
    }
}

#[on_both_engines]
async fn another_server_takes_up_what_a_dead_one_left(stage: Stage) {
    let brief = Options { lease_s: 1.try_into().expect("one"), ..options() };
    let dead = stage.server(brief).await;
    let (_, run) = translated(&stage, &dead.runner).await;
    stage.fake.script(Script::deltas("good", "Lo", 1).then(Step::Hang));
    stage.retranslate(&dead.runner, (run.id, 1), &again(base(&stage, run.id, 1).await)).await.expect("asked");
    stage.until_checkpoint(run.id).await;
    dead.kill();
    let before = run::get_segment(&stage.db, run.id, 1).await.expect("the segment");
    assert_eq!(before.text.as_deref(), Some("One."));

    stage.fake.script(Script::answer("good", "Long."));
    let heir = stage.runner_with(brief).await;
    assert_eq!(stage.settled(run.id, 1).await.text.as_deref(), Some("Long."));
    let all = run::list_attempts(&stage.db, run.id, 1, &PageRequest::default()).await.expect("reads").items;
    assert_eq!(all.len(), 3);
    assert_eq!(all[1].error.as_ref().map(|error| error.code), Some(FailureCode::Interrupted));
    assert_eq!(all[1].text.as_deref(), Some("Lo"), "what came is kept");
    heir.stop().await;
}

#[on_both_engines]
async fn a_person_can_stop_it(stage: Stage) {
    let runner = stage.runner().await;
    let (_, run) = translated(&stage, &runner).await;
    let long = Script::deltas("good", &"one ".repeat(1_000), 1);
    stage.fake.script(long.paced(std::time::Duration::from_millis(20)));
    stage.retranslate(&runner, (run.id, 1), &again(base(&stage, run.id, 1).await)).await.expect("asked");
    stage.until_checkpoint(run.id).await;
    let cancelled = runner.cancel(&Actor::system("test"), run.id).await.expect("cancelled");
    assert_eq!(cancelled.status, RunStatus::Completed, "the run stays what it is");
    let segment = stage.settled(run.id, 1).await;
    assert_eq!(
        (segment.text.as_deref(), segment.error.map(|e| e.code)),
        (Some("One."), Some(FailureCode::Cancelled))
    );
    stage.until_provider_is_idle().await;
    assert!(matches!(runner.cancel(&Actor::system("test"), run.id).await, Err(Error::TranslationEnded)));
}
