use super::dispatch::supervise;
use super::*;
use crate::run::Task;
use colophon_contract::{AuthorKind, CreateChapter, CreatePrompt, CreateWork, RunStatus};
use colophon_domain::{chapter, prompt, work};
use colophon_provider::Catalogue;
use colophon_test_support::{TestDatabase, on_both_engines};
use std::sync::atomic::AtomicBool;

#[on_both_engines]
async fn a_task_that_panics_fails_its_run(database: TestDatabase) {
    let options = colophon_domain::Options { url: database.url().to_owned(), ..Default::default() };
    let db = Db::connect(&options).await.expect("the database opens");
    let catalogue = Catalogue::new(Vec::new(), Vec::new()).expect("a catalogue");
    // The provider only answers: nothing is in the queue when the runner polls.
    let runner = Runner::start(db.clone(), Client::new(Arc::new(catalogue)), Options::default())
        .await
        .expect("the runner starts");
    let author = Author { kind: AuthorKind::System, id: None, name: "test".into() };
    let txn = db.begin_write().await.expect("a transaction");
    let new = CreateWork {
        title: "夜".into(),
        author: String::new(),
        source_language: "ja".into(),
        target_language: "en".into(),
    };
    let work = work::create_work(&txn, &new).await.expect("a work");
    let new =
        CreateChapter { title: String::new(), source_text: "夜。".into(), ..CreateChapter::default() };
    let chapter = chapter::create_chapter(&txn, work.id, &new).await.expect("a chapter");
    let new = CreatePrompt {
        name: "House style".into(),
        model: "demo".into(),
        template: "{source_text}".into(),
        parameters: serde_json::Map::new(),
        note: String::new(),
    };
    prompt::create_prompt(&txn, &author, work.id, &new, runner.models()).await.expect("a prompt");
    let (run, _) =
        runner.create_run(&txn, &author, work.id, chapter.id, &Cut::default()).await.expect("a run");
    let claimant = Claimant { owner: "test".into(), ..runner.shared.claimant.clone() };
    let lease = run::claim_run(&txn, run.id, &claimant).await.expect("claims").expect("is free").lease;
    txn.commit().await.expect("commits");

    let shared = runner.shared.clone();
    let worked_on = shared.live.work_on(run.id);
    let abort = CancellationToken::new();
    let task = Arc::new(Task {
        shared,
        lease,
        abort,
        worked_on,
        probe: AtomicBool::new(false),
        retranslation: None,
    });
    supervise(task, async { panic!("on purpose") }).await;
    let run = run::get_run(&db, run.id).await.expect("the run");
    let code = run.error.map(|error| error.code);
    assert_eq!((run.status, code), (RunStatus::Failed, Some(FailureCode::Internal)));
}
