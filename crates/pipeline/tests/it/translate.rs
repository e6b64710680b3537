use crate::stage::{CHAPTER, PATIENCE, Stage, actor, author, options, statuses};
use colophon_contract::{Progress, RunStatus, SegmentStatus, UpdateChapter, Usage};
use colophon_domain::{Actor, Error, chapter};
use colophon_pipeline::segment::Cut;
use colophon_provider::fake::{Script, translation_of};
use colophon_test_support::on_both_engines;

#[on_both_engines]
async fn a_chapter_is_translated_segment_by_segment(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "Translate: {source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    assert_eq!((run.status, run.progress), (RunStatus::Queued, Progress { done: 0, total: 3 }));
    let run = stage.ended(run.id).await;
    assert_eq!((run.status, run.error.clone()), (RunStatus::Completed, None));
    assert_eq!(run.progress, Progress { done: 3, total: 3 });
    assert!(run.started_at.is_some() && run.finished_at.is_some());

    let segments = stage.segments(run.id).await;
    let whole: String = segments.iter().map(|segment| segment.source_text.as_str()).collect();
    assert_eq!(whole, CHAPTER);
    for segment in &segments {
        let sent = format!("Translate: {}", segment.source_text.trim_end());
        let expected = translation_of("good", &sent);
        assert_eq!(segment.text.as_deref(), Some(expected.as_str()));
        let attempt = segment.attempt.as_ref().expect("an attempt");
        let tokens = i64::try_from(expected.chars().count()).expect("few");
        let usage = attempt.usage.expect("counted");
        assert_eq!((usage.completion_tokens, attempt.finish_reason.as_deref()), (tokens, Some("stop")));
    }
    let spent: i64 = segments.iter().filter_map(|s| s.attempt.as_ref()?.usage).map(|u| u.total_tokens).sum();
    assert_eq!(run.usage.map(|Usage { total_tokens, .. }| total_tokens), Some(spent));
    assert!(run.cost_usd.is_some());
}

#[on_both_engines]
async fn the_demo_needs_nothing(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "demo", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    let run = stage.ended(run.id).await;
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    assert_eq!((run.usage, run.cost_usd), (None, None), "never invented");
    for segment in stage.segments(run.id).await {
        assert!(segment.text.expect("text").starts_with("[demo → en] "));
    }
    assert_eq!(stage.fake.total(), 0);
}

#[on_both_engines]
async fn white_space_alone_needs_no_model(stage: Stage) {
    let runner = stage.runner().await;
    let blank = "\n".repeat(400);
    let source = format!("{blank}　夜でした。\n");
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", &source).await;
    let run = stage.start(&runner, scene).await;
    let run = stage.ended(run.id).await;
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    let segments = stage.segments(run.id).await;
    let statuses = statuses(&segments);
    let (last, blanks) = statuses.split_last().expect("segments");
    assert!(blanks.len() > 1 && blanks.iter().all(|status| *status == SegmentStatus::Blank));
    assert_eq!((*last, stage.fake.total()), (SegmentStatus::Completed, 1));
    assert_eq!(run.progress.done, run.progress.total);
}

#[on_both_engines]
async fn braces_in_a_novel_are_text(stage: Stage) {
    let runner = stage.runner().await;
    let source = "{x} {0} {{ }} {work_title} {source_text} %s ${HOME} 夜。\n";
    let scene = stage.scene(runner.models(), "fake/good", "{{{source_text}}}", source).await;
    let run = stage.start(&runner, scene).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    let sent = &stage.fake.requests()[0].json()["messages"][0]["content"];
    assert_eq!(sent, &format!("{{{}}}", source.trim_end()));
}

#[on_both_engines]
async fn each_segment_is_shown_the_three_before_it(stage: Stage) {
    let runner = stage.runner().await;
    let source = "一つめの文でございます。\n二つめの文でございます。\n三つめの文でございます。\n四つめの文でございます。\n五つめの文でございます。\n";
    let scene = stage.scene(runner.models(), "fake/good", "{preceding}", source).await;
    let run = stage.start(&runner, scene).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    let pair = |source: &str| {
        let translation = translation_of("good", source);
        format!("<segment><source>{source}</source><translation>{translation}</translation></segment>")
    };
    let lines: Vec<&str> = source.lines().collect();
    for (index, request) in stage.fake.requests().iter().enumerate() {
        let messages = request.json()["messages"].clone();
        let expected: Vec<String> = lines[index.saturating_sub(3)..index].iter().map(|l| pair(l)).collect();
        assert_eq!(messages[0]["role"], "system");
        assert_eq!(messages[0]["content"], expected.join("\n"));
        assert_eq!(messages[1]["content"], lines[index]);
    }
    let used = stage.attempts("a.id, CAST(a.preceding AS TEXT) AS preceding", run.id).await;
    let ids: Vec<i64> = used.iter().map(|row| row.try_get("", "id").expect("id")).collect();
    let last: String = used[4].try_get("", "preceding").expect("preceding");
    assert_eq!(serde_json::from_str::<Vec<i64>>(&last).expect("ids"), ids[1..4]);
}

#[on_both_engines]
async fn two_chapters_at_once_and_one_run_a_chapter(stage: Stage) {
    let runner = stage.runner().await;
    let mut scenes = Vec::new();
    for model in ["fake/slow", "fake/slow"] {
        scenes.push(stage.scene(runner.models(), model, "{source_text}", "夜。\n").await);
    }
    let mut runs = Vec::new();
    for scene in &scenes {
        runs.push(stage.start(&runner, *scene).await.id);
    }
    let txn = stage.db.begin_write_by(actor()).await.expect("a transaction");
    let second =
        runner.create_run(&txn, &author(), scenes[0].work_id, scenes[0].chapter_id, &Cut::default()).await;
    assert!(matches!(second, Err(Error::TranslationInProgress)), "{second:?}");
    txn.rollback().await.expect("undone");
    for run_id in runs {
        assert_eq!(stage.ended(run_id).await.status, RunStatus::Completed);
    }
    assert_eq!(stage.fake.peak(), 2, "both at once");
    let again = stage.start(&runner, scenes[0]).await;
    assert_eq!(stage.ended(again.id).await.status, RunStatus::Completed);
}

#[on_both_engines]
async fn a_text_that_changed_after_it_was_cut_is_cut_again(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let cut = runner.cut(scene.work_id, scene.chapter_id).await.expect("a cut");
    let txn = stage.db.begin_write_by(actor()).await.expect("a transaction");
    let change = UpdateChapter { source_text: Some("朝。".into()), ..UpdateChapter::default() };
    chapter::update_chapter(&txn, scene.work_id, scene.chapter_id, &change).await.expect("a chapter");
    let run = runner.create_run(&txn, &author(), scene.work_id, scene.chapter_id, &cut).await;
    txn.commit().await.expect("commits");
    let segments = stage.segments(run.expect("a run").0.id).await;
    assert_eq!(segments.iter().map(|segment| &*segment.source_text).collect::<Vec<_>>(), ["朝。"]);
    assert_eq!(runner.cut(scene.work_id, scene.chapter_id + 99).await.expect("no cut"), Cut::default());
}

#[on_both_engines]
async fn runs_that_only_wait_keep_no_others_waiting(stage: Stage) {
    let runner = stage
        .runner_with(colophon_pipeline::Options { max_active_runs: 1.try_into().expect("one"), ..options() })
        .await;
    stage.fake.script(Script::status(429).header("Retry-After", "600"));
    let slow = stage.scene(runner.models(), "fake/good", "{source_text}", "夜。\n").await;
    let slow = stage.start(&runner, slow).await.id;
    stage.until(slow, |_| stage.fake.total() == 1).await;
    let quick = stage.scene(runner.models(), "demo", "{source_text}", "夜。\n").await;
    let quick = stage.start(&runner, quick).await.id;
    assert_eq!(stage.ended(quick).await.status, RunStatus::Completed);
    assert_eq!(stage.run(slow).await.status, RunStatus::Running);
    runner.cancel(&Actor::system("test"), slow).await.expect("cancelled");
}

#[on_both_engines]
async fn runs_wait_for_room_and_all_have_their_turn(stage: Stage) {
    let runner = stage
        .runner_with(colophon_pipeline::Options { max_active_runs: 2.try_into().expect("two"), ..options() })
        .await;
    let mut runs = Vec::new();
    for _ in 0..6 {
        let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
        runs.push(stage.start(&runner, scene).await.id);
    }
    let all = async {
        for run_id in runs {
            assert_eq!(stage.ended(run_id).await.status, RunStatus::Completed);
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("all end");
    assert!(stage.fake.peak() <= 2, "{}", stage.fake.peak());
}
