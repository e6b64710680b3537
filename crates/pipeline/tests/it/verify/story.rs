//! What happened before somebody tampers with it.

use crate::stage::{CHAPTER, Scene, Stage, actor, author, options};
use colophon_contract::{
    AppendVersion, CreateChapter, CreatePrompt, RestoreAttempt, RestoreVersion, RetranslateSegment,
    RetranslateVersion, RunStatus, UpdateSegment,
};
use colophon_domain::{chapter, prompt, run};
use colophon_provider::fake::{Script, Step};
use serde_json::json;

/// Whatever a template can show.
const TEMPLATE: &str = "{work_title}|{work_author}|{source_language}|{target_language}|{chapter_title}|{chapter_number}|\
    {segment_number}/{segment_count}|{tone}|{preceding}|{instruction}|{source_text}";

/// A run of three segments, the first of which failed once, was translated and then written by hand; the third was
/// translated again under version 2 with an instruction, and then brought back. Version 3 restores version 1.
/// Under it the chapter is run again, and that run fails at its second segment. Beside it another work with a run of one
/// segment, whose template shows only that.
pub(crate) struct Story {
    pub(crate) work_id: i64,
    pub(crate) run_id: i64,
    names: Vec<(&'static str, i64)>,
}

impl Story {
    pub(crate) async fn tell(stage: &Stage) -> Self {
        let runner = stage.runner().await;
        let other = stage.scene(runner.models(), "fake/good", "{source_text}", "朝。\n").await;
        stage.fake.script(Script::answer("good", "Morning."));
        let other_run = stage.start(&runner, other).await;
        assert_eq!(stage.ended(other_run.id).await.status, RunStatus::Completed);

        let scene = stage.chapter(CHAPTER).await;
        let parameters = json!({
            "temperature": 0.3, "max_tokens": 400, "metadata": {"arc": "one"}, "variables": {"tone": "calm"},
        });
        let new = CreatePrompt {
            name: "House style".into(),
            model: "fake/good".into(),
            template: TEMPLATE.into(),
            parameters: parameters.as_object().expect("an object").clone(),
            note: "first".into(),
        };
        stage.prompt(runner.models(), scene, &new).await;
        stage.fake.script(Script::status(500));
        for text in ["One.", "Two.", "Three."] {
            stage.fake.script(Script::answer("good", text));
        }
        let run = stage.start(&runner, scene).await;
        let run = stage.ended(run.id).await;
        assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
        append(stage, &runner, scene).await;
        let names = edit(stage, &runner, run.id).await;
        restore(stage, &runner, scene).await;
        let broken = break_off(stage, &runner, scene).await;

        let mut story = Self { work_id: scene.work_id, run_id: run.id, names };
        story.names.extend([
            ("{run}", run.id),
            ("{broken}", broken),
            ("{next_chapter}", next_chapter(stage, scene).await),
            ("{prompt}", prompt::get_prompt(&stage.db, scene.work_id).await.expect("a prompt").id),
            ("{v1}", version(stage, scene, 1).await),
            ("{v2}", version(stage, scene, 2).await),
            ("{v3}", version(stage, scene, 3).await),
            ("{other_v}", version(stage, other, 1).await),
            ("{other_run}", other_run.id),
            ("{other_chapter}", other.chapter_id),
            ("{other_prompt}", prompt::get_prompt(&stage.db, other.work_id).await.expect("a prompt").id),
        ]);
        for (run_id, table, names) in [
            (run.id, "translation_segments", ["{s1}", "{s2}", "{s3}"].as_slice()),
            (broken, "translation_segments", &["{b1}", "{b2}", "{b3}"]),
            (run.id, "retranslations", &["{asked}"]),
        ] {
            let run = if table == "retranslations" { "run_id" } else { "chapter_translation_id" };
            let sql = format!("SELECT id FROM {table} WHERE {run} = $1 ORDER BY id");
            for (row, name) in stage.rows(&sql, run_id).await.iter().zip(names) {
                story.names.push((name, row.try_get("", "id").expect("an id")));
            }
        }
        let last = stage.attempts("a.id", broken).await;
        story.names.push(("{refused}", last.last().expect("an attempt").try_get("", "id").expect("an id")));
        runner.stop().await;
        story
    }

    /// What is not done when somebody tampers with it: of three more chapters a run under way, one that waits and one
    /// that was cancelled before it began; and a segment of the failed run that is to be translated again.
    pub(crate) async fn go_on(&mut self, stage: &Stage) {
        let asking = stage.runner().await;
        asking.stop().await;
        let chapter = async || {
            let scene = Scene { work_id: self.work_id, chapter_id: 0 };
            Scene { chapter_id: next_chapter(stage, scene).await, ..scene }
        };
        let server = stage.server(options()).await;
        stage.fake.script(Script::deltas("good", "Mor", 1).then(Step::Hang));
        let under_way = stage.start(&asking, chapter().await).await.id;
        stage.until_checkpoint(under_way).await;
        server.kill();
        let waiting = stage.start(&asking, chapter().await).await.id;
        let cancelled = stage.start(&asking, chapter().await).await.id;
        asking.cancel(&actor(), cancelled).await.expect("cancelled");
        let broken = self.fill("{broken}").parse().expect("an id");
        let first = run::get_segment(&stage.db, broken, 1).await.expect("a segment");
        let base_attempt_id = first.attempt.map(|attempt| attempt.id);
        let request =
            RetranslateSegment { instruction: Some("Softly.".into()), base_attempt_id, version: None };
        stage.retranslate(&asking, (broken, 1), &request).await.expect("asked");
        self.names.extend([("{under_way}", under_way), ("{waiting}", waiting), ("{cancelled}", cancelled)]);
        let segment = "SELECT id FROM translation_segments WHERE chapter_translation_id = $1";
        let wish = "SELECT id FROM retranslations WHERE run_id = $1";
        for (name, rows) in [
            ("{u1}", stage.rows(segment, under_way).await),
            ("{begun}", stage.attempts("a.id", under_way).await),
            ("{wished}", stage.rows(wish, broken).await),
        ] {
            self.names.push((name, rows[0].try_get("", "id").expect("an id")));
        }
    }

    /// SQL with the names that it has in braces.
    pub(crate) fn fill(&self, sql: &str) -> String {
        self.names.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(name, &id.to_string()))
    }
}

/// Another run of the chapter under version 3, which is refused at its second segment.
async fn break_off(stage: &Stage, runner: &colophon_pipeline::Runner, scene: Scene) -> i64 {
    stage.fake.script(Script::answer("good", "One."));
    stage.fake.script(Script::status(404));
    let run = stage.start(runner, scene).await;
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Failed);
    run.id
}

async fn next_chapter(stage: &Stage, scene: Scene) -> i64 {
    let txn = stage.db.begin_write_by(actor()).await.expect("begins");
    let new =
        CreateChapter { title: "二".into(), source_text: "朝。\n".into(), ..CreateChapter::default() };
    let chapter = chapter::create_chapter(&txn, scene.work_id, &new).await.expect("a chapter");
    txn.commit().await.expect("commits");
    chapter.id
}

/// Version 2.
async fn append(stage: &Stage, runner: &colophon_pipeline::Runner, scene: Scene) {
    let next = AppendVersion {
        model: "fake/other".into(),
        template: "{preceding} {instruction} {source_text}".into(),
        parameters: serde_json::Map::new(),
        note: "second".into(),
        name: None,
        base_version: 1,
    };
    stage.append(runner.models(), scene, &next).await;
}

/// Version 3.
async fn restore(stage: &Stage, runner: &colophon_pipeline::Runner, scene: Scene) {
    let restore = RestoreVersion { base_version: 2, note: "back".into() };
    let draft =
        prompt::draft_restored_version(&stage.db, &author(), scene.work_id, 1, &restore, runner.models())
            .await;
    prompt::store_version(&stage.db, &actor(), draft.expect("a draft")).await.expect("a version");
}

/// What hands did; the ids of all attempts by names.
async fn edit(stage: &Stage, runner: &colophon_pipeline::Runner, run_id: i64) -> Vec<(&'static str, i64)> {
    let attempts = stage.attempts("a.id", run_id).await;
    let id = |index: usize| attempts[index].try_get::<i64>("", "id").expect("an id");
    let [failed, first, second, third] = [id(0), id(1), id(2), id(3)];
    let txn = stage.db.begin_write_by(actor()).await.expect("begins");
    let update = UpdateSegment { text: "One, by hand.".into(), base_attempt_id: Some(first) };
    let (segment, _) = run::update_segment(&txn, &author(), run_id, 1, &update).await.expect("edited");
    txn.commit().await.expect("commits");
    let hand = segment.attempt.expect("an attempt").id;

    stage.fake.script(Script::answer("other", "Three, again."));
    let request = RetranslateSegment {
        instruction: Some("Softly.".into()),
        base_attempt_id: Some(third),
        version: Some(RetranslateVersion::Latest),
    };
    stage.retranslate(runner, (run_id, 3), &request).await.expect("asked");
    let again = stage.settled(run_id, 3).await.attempt.expect("an attempt").id;
    let txn = stage.db.begin_write_by(actor()).await.expect("begins");
    let restore = RestoreAttempt { base_attempt_id: Some(again) };
    let place = (run_id, 3, third);
    let (segment, _) = run::restore_attempt(&txn, &author(), place, &restore).await.expect("restored");
    txn.commit().await.expect("commits");
    let back = segment.attempt.expect("an attempt").id;
    vec![
        ("{failed}", failed),
        ("{first}", first),
        ("{second}", second),
        ("{third}", third),
        ("{hand}", hand),
        ("{again}", again),
        ("{back}", back),
    ]
}

async fn version(stage: &Stage, scene: Scene, number: i32) -> i64 {
    prompt::get_version(&stage.db, scene.work_id, number).await.expect("a version").id
}
