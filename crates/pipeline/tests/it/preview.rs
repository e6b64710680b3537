use crate::stage::{CHAPTER, Stage};
use colophon_contract::{MessageRole, PreviewPrompt, RunStatus};
use colophon_domain::Error;
use colophon_test_support::on_both_engines;
use serde_json::json;

fn request(chapter_id: i64, template: &str) -> PreviewPrompt {
    PreviewPrompt {
        template: template.into(),
        model: "fake/good".into(),
        parameters: serde_json::Map::new(),
        chapter_id,
        segment: None,
    }
}

#[on_both_engines]
async fn a_preview_needs_neither_run_nor_prompt(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.chapter(CHAPTER).await;
    let mut asked = request(scene.chapter_id, "{tone} {segment_number}/{segment_count} {source_text}");
    asked.parameters = json!({"variables": {"tone": "plain"}}).as_object().expect("an object").clone();
    let preview = runner.preview(scene.work_id, &asked).await.expect("a preview");
    let expected = "plain 1/3 　一、午後の授業でした。";
    assert_eq!(preview.rendered.as_deref(), Some(expected));
    assert_eq!((preview.messages.len(), preview.messages[0].role), (1, MessageRole::User));
    assert_eq!(preview.messages[0].content, expected);
    assert_eq!(preview.variables_used, ["tone", "segment_number", "segment_count", "source_text"]);
    assert!(preview.problems.is_empty() && preview.token_estimate == 14, "{preview:?}");
    assert_eq!(stage.fake.total(), 0);
}

#[on_both_engines]
async fn preceding_pairs_come_from_the_newest_run_or_are_empty(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let asked = PreviewPrompt { segment: Some(2), ..request(scene.chapter_id, "{preceding}") };
    let preview = runner.preview(scene.work_id, &asked).await.expect("a preview");
    let pair = |translation: &str| {
        format!(
            "<segment><source>　一、午後の授業でした。</source><translation>{translation}</translation></segment>"
        )
    };
    assert_eq!(preview.rendered, Some(pair("")));
    let run = stage.start(&runner, scene).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    let preview = runner.preview(scene.work_id, &asked).await.expect("a preview");
    assert_eq!(preview.rendered, Some(pair("<good> 　一、午後の授業でした。")));
    assert_eq!(preview.messages[1].content, "　カムパネルラが手をあげました。");
}

#[on_both_engines]
async fn problems_take_the_place_of_messages(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.chapter(CHAPTER).await;
    let asked = PreviewPrompt { model: "none".into(), ..request(scene.chapter_id, "{sorce_text} {") };
    let preview = runner.preview(scene.work_id, &asked).await.expect("a preview");
    assert_eq!((preview.rendered, preview.messages.len(), preview.token_estimate), (None, 0, 0));
    assert_eq!(preview.problems.len(), 2);
    assert!(preview.warnings.iter().any(|warning| warning.code == "model_unknown"));
    let asked = PreviewPrompt { segment: Some(4), ..request(scene.chapter_id, "{source_text}") };
    let refused = runner.preview(scene.work_id, &asked).await;
    assert!(matches!(refused, Err(Error::ValidationFailed(_))), "{refused:?}");
}
