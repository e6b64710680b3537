//! The title of a chapter's volume: what a run keeps of it, and what becomes of versions that had a variable of that
//! name before.

use crate::stage::{CHAPTER, Scene, Stage, author, options};
use colophon_contract::{AppendVersion, Code, MismatchCode, PreviewPrompt, RestoreVersion, RunStatus};
use colophon_domain::{Db, PageRequest, chapter, prompt, run, verify};
use colophon_pipeline::{Runner, verify_run};
use colophon_provider::{Catalogue, Client, fake::FakeProvider};
use colophon_test_support::{Unmigrated, on_both_engines};
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use std::sync::Arc;

const TEMPLATE: &str = "[{volume_title}] {source_text}";

async fn set_volume(stage: &Stage, scene: Scene, volume: &str) {
    let sql = format!("UPDATE chapters SET volume = '{volume}' WHERE id = {}", scene.chapter_id);
    assert_eq!(stage.database.execute(&sql).await, 1);
}

/// What was sent for the first segment of a run.
async fn sent(stage: &Stage, run_id: i64) -> String {
    let segment = run::list_attempts(&stage.db, run_id, 1, &PageRequest { limit: 1, cursor: None });
    let attempt = segment.await.expect("attempts").items.remove(0);
    let sent = run::get_messages(&stage.db, (run_id, 1, attempt.id)).await.expect("an attempt");
    sent.messages.expect("messages").remove(0).content
}

async fn volume_of(stage: &Stage, run_id: i64) -> Option<String> {
    let sql = "SELECT volume_title_snapshot FROM chapter_translations WHERE id = $1";
    stage.rows(sql, run_id).await[0].try_get_by_index(0).expect("text or nothing")
}

/// The work of the database of an earlier version.
const WORK: i64 = 1;

/// The models that its last version names, answered by the fake.
fn replay(fake: &FakeProvider) -> Client {
    let providers = json!([{"name": "replay", "base_url": fake.base_url()}]);
    let models = json!([{
        "id": "replay/finish-abort", "provider": "replay", "upstream": "good",
        "parameters": ["temperature", "max_tokens", "metadata"],
    }]);
    let (providers, models) = (serde_json::from_value(providers), serde_json::from_value(models));
    let catalogue =
        Catalogue::new(providers.expect("providers"), models.expect("models")).expect("a catalogue");
    Client::new(Arc::new(catalogue))
}

/// The stage on a database that an earlier version made, brought up to date.
async fn earlier(unmigrated: Unmigrated) -> Stage {
    let connection = unmigrated.load_history_13().await;
    colophon_migration::up(&connection, None).await.expect("the migrations apply");
    connection.close().await.expect("closes");
    let database = unmigrated.0;
    let options = colophon_domain::Options { url: database.url().to_owned(), ..Default::default() };
    Stage {
        db: Db::connect(&options).await.expect("the database opens"),
        fake: FakeProvider::start(),
        database,
    }
}

#[on_both_engines]
async fn a_run_keeps_the_title_of_its_chapters_volume(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", TEMPLATE, CHAPTER).await;
    let without = stage.start(&runner, scene).await.id;
    assert_eq!(stage.ended(without).await.status, RunStatus::Completed);
    assert_eq!(sent(&stage, without).await, "[] 　一、午後の授業でした。");
    assert_eq!(volume_of(&stage, without).await, None);

    set_volume(&stage, scene, "第一巻").await;
    let preview = PreviewPrompt {
        template: TEMPLATE.into(),
        model: "fake/good".into(),
        parameters: serde_json::Map::new(),
        chapter_id: scene.chapter_id,
        segment: None,
    };
    let preview = runner.preview(scene.work_id, &preview).await.expect("a preview");
    assert_eq!(preview.rendered.as_deref(), Some("[第一巻] 　一、午後の授業でした。"));
    let within = stage.start(&runner, scene).await.id;
    set_volume(&stage, scene, "第二巻").await;
    assert_eq!(stage.ended(within).await.status, RunStatus::Completed);
    assert_eq!(sent(&stage, within).await, "[第一巻] 　一、午後の授業でした。");
    assert_eq!(volume_of(&stage, within).await.as_deref(), Some("第一巻"));
    assert_eq!(stage.verify(within).await.mismatch, None, "of the run's own, not of the chapter's now");
}

#[on_both_engines]
async fn the_title_of_a_runs_volume_never_changes_and_is_witnessed(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    set_volume(&stage, scene, "第一巻").await;
    let run_id = stage.start(&runner, scene).await.id;
    assert_eq!(stage.ended(run_id).await.status, RunStatus::Completed);
    runner.stop().await;

    let set = |value: &str| {
        format!("UPDATE chapter_translations SET volume_title_snapshot = {value} WHERE id = {run_id}")
    };
    let hands = stage.database.connect().await;
    for value in ["'第二巻'", "''", "NULL"] {
        let refused = hands.execute_unprepared(&set(value)).await;
        let refused = refused.expect_err("a trigger refuses it").to_string();
        assert!(refused.contains("the provenance of a run never changes"), "{refused}");
    }
    // Who has dropped the triggers is found out by the first event.
    let hands = stage.database.unguard().await;
    for value in ["'第二巻'", "''", "NULL"] {
        hands.execute(&set(value)).await;
        let mismatch = stage.verify(run_id).await.mismatch.expect("a mismatch");
        assert_eq!(mismatch.code, MismatchCode::Record, "{value}");
        hands.execute(&set("'第一巻'")).await;
        assert_eq!(stage.verify(run_id).await.mismatch, None);
    }
}

#[on_both_engines]
async fn a_variable_of_that_name_counts_in_versions_of_an_earlier_server(unmigrated: Unmigrated) {
    let stage = earlier(unmigrated).await;
    let client = replay(&stage.fake);
    let latest = prompt::get_prompt(&stage.db, WORK).await.expect("the prompt").latest_version;
    assert_eq!(latest.parameters["variables"]["volume_title"], "my own");
    assert!(latest.template.contains("{volume_title}"));
    let verification = verify::verify_prompt(&stage.db, WORK).await.expect("a verification");
    assert_eq!((verification.mismatch, verification.versions), (None, i64::from(latest.number)));
    let runs = verify::list_run_ids(&stage.db, WORK, 0).await.expect("runs");
    assert_eq!(runs.len(), 8);
    for run_id in runs {
        let verification = verify_run(&stage.db, client.catalogue(), run_id).await.expect("a verification");
        assert_eq!(verification.mismatch, None, "run {run_id}");
    }

    let runner = Runner::start(stage.db.clone(), client.clone(), options()).await.expect("the runner starts");
    let page = PageRequest { limit: 1, cursor: None };
    let chapter_id = chapter::list_chapters(&stage.db, WORK, &page).await.expect("chapters").items[0].id;
    let scene = Scene { work_id: WORK, chapter_id };
    set_volume(&stage, scene, "第一巻").await;
    let own = |text: &str| text.contains(" my own calm ") && !text.contains("第一巻");
    let preview = PreviewPrompt {
        template: latest.template.clone(),
        model: latest.model.clone(),
        parameters: latest.parameters.clone(),
        chapter_id,
        segment: None,
    };
    let preview = runner.preview(WORK, &preview).await.expect("a preview");
    assert_eq!(preview.problems, []);
    assert!(preview.rendered.as_deref().is_some_and(own), "{preview:?}");
    assert!(preview.warnings.iter().any(|w| w.variable.as_deref() == Some("volume_title")), "{preview:?}");

    let run_id = stage.start(&runner, scene).await.id;
    let ended = stage.until(run_id, |run| run.status.is_ended()).await;
    assert_eq!(ended.status, RunStatus::Completed, "{:?}", ended.error);
    assert!(own(&sent(&stage, run_id).await));
    let verification = verify_run(&stage.db, client.catalogue(), run_id).await.expect("a verification");
    assert_eq!(verification.mismatch, None);
    runner.stop().await;
}

#[on_both_engines]
async fn a_new_version_may_not_define_it_again(unmigrated: Unmigrated) {
    let stage = earlier(unmigrated).await;
    let models = colophon_pipeline::models(replay(&stage.fake).catalogue());
    let latest = prompt::get_prompt(&stage.db, WORK).await.expect("the prompt").latest_version;
    let edited = AppendVersion {
        model: latest.model.clone(),
        template: format!("{}\n", latest.template),
        parameters: latest.parameters.clone(),
        note: String::new(),
        name: None,
        base_version: latest.number,
    };
    let refused = prompt::draft_version(&stage.db, &author(), WORK, &edited, None, &models).await;
    let refused = refused.expect_err("the name is taken");
    assert_eq!(refused.code(), Code::ParametersInvalid);
    let errors = refused.field_errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].pointer.as_deref(), Some("/parameters/variables/volume_title"));
    assert_eq!(errors[0].suggestion.as_deref(), Some("own_volume_title"));

    // By today's rules an old one cannot be brought back either.
    let restore = RestoreVersion { base_version: latest.number, note: String::new() };
    let refused =
        prompt::draft_restored_version(&stage.db, &author(), WORK, latest.number, &restore, &models).await;
    assert_eq!(refused.expect_err("refused").code(), Code::ParametersInvalid);

    let mut parameters = latest.parameters.clone();
    let variables = parameters["variables"].as_object_mut().expect("variables");
    let value = variables.remove("volume_title").expect("its own");
    variables.insert("own_volume_title".to_owned(), value);
    let template = latest.template.replace("{volume_title}", "{own_volume_title}");
    let renamed = AppendVersion { template, parameters, ..edited };
    stage.append(&models, Scene { work_id: WORK, chapter_id: 1 }, &renamed).await;
    let verification = verify::verify_prompt(&stage.db, WORK).await.expect("a verification");
    assert_eq!(verification.mismatch, None);
}
