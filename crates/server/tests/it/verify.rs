//! `colophon verify` and `colophon anchors`, as they are typed.

use std::{path::Path, sync::Arc, time::Duration};

use colophon_contract::{
    Anchor, AppendVersion, Author, AuthorKind, CreateChapter, CreatePrompt, CreateWork, RunAnchor,
};
use colophon_domain::{
    Actor, Db, Options, chapter,
    prompt::{self, hash},
    run, work,
};
use colophon_pipeline::Runner;
use colophon_provider::{Catalogue, Client};
use colophon_test_support::{TestDatabase, on_both_engines};
use tempfile::TempDir;

use crate::binary;

struct Ended {
    success: bool,
    out: String,
    err: String,
}

fn colophon(folder: &Path, database: &TestDatabase, arguments: &[&str]) -> Ended {
    let output = binary::colophon(folder, database.url()).args(arguments).output().expect("the binary");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ended { success: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

fn author() -> Author {
    Author { kind: AuthorKind::User, id: Some(7), name: "mika".into() }
}

fn actor() -> Actor {
    Actor { author: author(), ..Actor::system("test") }
}

/// A work with a prompt of two versions and a completed run by the demo.
async fn tell(database: &TestDatabase) -> (Db, i64) {
    let url = database.url().to_owned();
    let db = Db::connect(&Options { url, ..Options::default() }).await.expect("a database");
    let catalogue = Arc::new(Catalogue::new(vec![], vec![]).expect("a catalogue"));
    let client = Client::new(catalogue).with_demo_delay(Duration::ZERO);
    let runner =
        Runner::start(db.clone(), client, colophon_pipeline::Options::default()).await.expect("a runner");
    let txn = db.begin_write_by(actor()).await.expect("begins");
    let new = CreateWork {
        title: "銀河鉄道の夜".into(),
        author: "宮沢賢治".into(),
        source_language: "ja".into(),
        target_language: "en".into(),
    };
    let work_id = work::create_work(&txn, &new).await.expect("a work").id;
    let new =
        CreateChapter {
            title: "一".into(), source_text: "夜でした。\n".into(), ..CreateChapter::default()
        };
    let chapter_id = chapter::create_chapter(&txn, work_id, &new).await.expect("a chapter").id;
    let new = CreatePrompt {
        name: "House style".into(),
        model: "demo".into(),
        template: "{source_text}".into(),
        parameters: serde_json::from_str(r#"{"temperature": 0.3}"#).expect("an object"),
        note: String::new(),
    };
    prompt::create_prompt(&txn, &author(), work_id, &new, runner.models()).await.expect("a prompt");
    txn.commit().await.expect("commits");
    let cut = runner.cut(work_id, chapter_id).await.expect("a cut");
    let txn = db.begin_write_by(actor()).await.expect("begins");
    let (run, _) = runner.create_run(&txn, &author(), work_id, chapter_id, &cut).await.expect("a run");
    txn.commit().await.expect("commits");
    runner.wake();
    for _ in 0..3_000 {
        if run::get_run(&db, run.id).await.expect("the run").status.is_ended() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    append(&db, &runner, work_id, 1).await;
    runner.stop().await;
    (db, work_id)
}

async fn append(db: &Db, runner: &Runner, work_id: i64, base_version: i32) {
    let new = AppendVersion {
        model: "demo".into(),
        template: format!("{base_version}: {{source_text}}"),
        parameters: serde_json::Map::new(),
        note: String::new(),
        name: None,
        base_version,
    };
    let draft =
        prompt::draft_version(db, &author(), work_id, &new, None, runner.models()).await.expect("a draft");
    prompt::store_version(db, &Actor::system("test"), draft).await.expect("a version");
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[on_both_engines]
async fn what_is_as_it_should_be_is_said_work_by_work(database: TestDatabase) {
    let (_, first) = tell(&database).await;
    let (db, second) = tell(&database).await;
    let txn = db.begin_write_by(actor()).await.expect("begins");
    work::delete_work(&txn, first).await.expect("deleted");
    txn.commit().await.expect("commits");
    let folder = folder();
    let anchors = colophon(folder.path(), &database, &["anchors"]);
    assert!(anchors.success, "{}", anchors.err);
    let heads: Vec<Anchor> =
        anchors.out.lines().map(|line| serde_json::from_str(line).expect("an anchor")).collect();
    let works: Vec<_> = heads.iter().map(|head| (head.work_id, head.number)).collect();
    assert_eq!(works, [(first, 2), (second, 2)], "the deleted one too");
    std::fs::write(folder.path().join("anchors.jsonl"), format!("{}\n", anchors.out)).expect("written");

    let ended = colophon(folder.path(), &database, &["verify", "--anchor", "anchors.jsonl"]);
    assert!(ended.success, "{}\n{}", ended.out, ended.err);
    for (work_id, head) in works.iter().map(|(work_id, _)| work_id).zip(&heads) {
        let line = format!("work {work_id}: prompt verified, 2 versions, chain head {}", head.chain_hash);
        assert!(ended.out.contains(&line), "{}", ended.out);
        assert!(ended.out.contains(&format!("work {work_id}: translations verified: 1")), "{}", ended.out);
    }
    assert!(
        ended.out.contains("checked: 2 works, 4 versions, 2 translations, 2 attempts, 2 anchors"),
        "{}",
        ended.out
    );

    let one = colophon(
        folder.path(),
        &database,
        &["verify", "--anchor", "anchors.jsonl", "--work", &second.to_string()],
    );
    assert!(
        one.success
            && one.out.contains("checked: 1 works, 2 versions, 1 translations, 1 attempts, 1 anchors"),
        "{}",
        one.out
    );
    let none = colophon(folder.path(), &database, &["verify", "--work", "99"]);
    assert!(!none.success && none.err.contains("there is no work 99"), "{}", none.err);
}

#[on_both_engines]
async fn what_is_not_is_named_and_the_rest_still_looked_at(database: TestDatabase) {
    let (_, first) = tell(&database).await;
    let (_, second) = tell(&database).await;
    let hands = database.unguard().await;
    hands
        .execute(&format!(
            "UPDATE prompt_versions SET note = 'x' WHERE number = 2
                AND prompt_id = (SELECT id FROM prompts WHERE work_id = {first})"
        ))
        .await;
    hands.execute("UPDATE segment_attempts SET text = 'Something else.'").await;
    let folder = folder();
    let ended = colophon(folder.path(), &database, &["verify"]);
    assert!(!ended.success);
    let lines: Vec<&str> = ended.out.lines().filter(|line| line.starts_with("MISMATCH: ")).collect();
    assert_eq!(lines.len(), 3, "{}", ended.out);
    assert!(
        lines[0].starts_with(&format!("MISMATCH: work {first}, prompt, version 2: content_hash: ")),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with(&format!("MISMATCH: work {first}, translation ")), "{}", lines[1]);
    assert!(
        lines[1].contains(", segment 1, attempt ") && lines[1].contains(": response_hash: "),
        "{}",
        lines[1]
    );
    assert!(lines[2].starts_with(&format!("MISMATCH: work {second}, translation ")), "{}", lines[2]);
    assert!(!ended.out.contains("Something else."), "no text");
    assert!(ended.out.contains(&format!("work {second}: prompt verified, 2 versions")), "{}", ended.out);
    assert!(ended.err.contains("the history is not what it was: 3 of "), "{}", ended.err);
}

#[on_both_engines]
async fn rows_that_no_work_has_are_found(database: TestDatabase) {
    let (_, work_id) = tell(&database).await;
    let hands = database.unguard().await;
    hands.execute(&format!("DELETE FROM chapters WHERE work_id = {work_id}")).await;
    let ended = colophon(folder().path(), &database, &["verify"]);
    assert!(!ended.success && ended.err.contains("not what it was: 1 of "), "{}", ended.err);
    let line = "MISMATCH: no work: row_orphaned: The row 1 of chapter_translations is of the row 1 of chapters, which is not there.";
    assert!(ended.out.contains(line), "{}", ended.out);
}

#[on_both_engines]
async fn a_rewritten_history_is_found_by_an_anchor(database: TestDatabase) {
    let (db, work_id) = tell(&database).await;
    let folder = folder();
    let anchors = colophon(folder.path(), &database, &["anchors"]).out;
    std::fs::write(folder.path().join("anchors.jsonl"), &anchors).expect("written");
    let hands = database.unguard().await;
    hands.execute("UPDATE prompt_versions SET note = 'rewritten' WHERE number = 2").await;
    let first = prompt::get_version(&db, work_id, 1).await.expect("a version");
    let second = prompt::get_version(&db, work_id, 2).await.expect("a version");
    let content = hash::content_hash(&second).expect("a hash");
    let chain = hash::chain_hash(Some(&first.chain_hash), &content).expect("a hash");
    hands
        .execute(&format!(
            "UPDATE prompt_versions SET content_hash = '{content}', chain_hash = '{chain}' WHERE number = 2"
        ))
        .await;
    let alone = colophon(folder.path(), &database, &["verify"]);
    assert!(alone.success, "{}\n{}", alone.out, alone.err);
    let held = colophon(folder.path(), &database, &["verify", "--anchor", "anchors.jsonl"]);
    assert!(!held.success);
    let line = format!("MISMATCH: work {work_id}, anchor of line 1, version 2: anchor_changed: ");
    assert!(held.out.contains(&line) && held.out.contains(&chain), "{}", held.out);
}

#[on_both_engines]
async fn a_run_that_was_shortened_is_found_by_its_anchor(database: TestDatabase) {
    let (_, work_id) = tell(&database).await;
    let folder = folder();
    let anchors = colophon(folder.path(), &database, &["anchors", "--runs"]).out;
    let lines: Vec<&str> = anchors.lines().collect();
    let anchor: RunAnchor = serde_json::from_str(lines[1]).expect("an anchor of a run");
    assert_eq!((lines.len(), anchor.work_id), (2, work_id), "the prompt's and the run's");
    std::fs::write(folder.path().join("anchors.jsonl"), &anchors).expect("written");
    let same = colophon(folder.path(), &database, &["verify", "--anchor", "anchors.jsonl"]);
    assert!(same.success && same.out.contains(", 2 anchors"), "{}\n{}", same.out, same.err);
    let hands = database.unguard().await;
    let end = hands.number("SELECT max(seq) FROM run_events").await;
    assert_eq!(anchor.events, end);
    let place = format!(
        "MISMATCH: work {work_id}, translation {}, anchor of line 2, event {end}: ",
        anchor.translation_id
    );
    let found = |what: &str| {
        let held = colophon(folder.path(), &database, &["verify", "--anchor", "anchors.jsonl"]);
        assert!(!held.success && held.out.contains(&format!("{place}{what}: ")), "{}", held.out);
    };
    hands
        .execute(&format!("UPDATE run_events SET chain_hash = '{}' WHERE seq = {end}", "0".repeat(64)))
        .await;
    found("anchor_changed");
    hands.execute(&format!("DELETE FROM run_events WHERE seq = {end}")).await;
    found("anchor_missing");
}

#[on_both_engines]
async fn a_file_that_is_none_of_anchors_is_refused_with_its_line(database: TestDatabase) {
    tell(&database).await;
    let folder = folder();
    let good = colophon(folder.path(), &database, &["anchors"]).out;
    let cases: [(&[u8], &str); 5] = [
        (b"", "has no anchors"),
        (b"\n\n", "has no anchors"),
        (b"\n{\"work_id\": 1}\n", "line 2 is not an anchor: "),
        (b"GOOD{\n", "line 2 is not an anchor: "),
        (b"GOODGOOD\xff\n", "line 3 is not an anchor: "),
    ];
    for (bytes, why) in cases {
        let text = String::from_utf8_lossy(bytes);
        let bytes = if text.contains('\u{fffd}') {
            [good.as_bytes(), good.as_bytes(), b"\xff\n"].concat()
        } else {
            text.replace("GOOD", &good).into_bytes()
        };
        std::fs::write(folder.path().join("anchors.jsonl"), bytes).expect("written");
        let ended = colophon(folder.path(), &database, &["verify", "--anchor", "anchors.jsonl"]);
        assert!(!ended.success && ended.err.contains(why), "{text:?}: {}", ended.err);
        assert_eq!(ended.out, "", "before anything is verified");
    }
    let none = colophon(folder.path(), &database, &["verify", "--anchor", "nowhere.jsonl"]);
    assert!(!none.success && none.err.contains("cannot read nowhere.jsonl"), "{}", none.err);
}

#[on_both_engines]
async fn an_older_schema_is_left_as_it_is(database: TestDatabase) {
    let folder = folder();
    let down = colophon(folder.path(), &database, &["migrate", "down", "--force"]);
    assert!(down.success, "{}", down.err);
    for command in ["verify", "anchors"] {
        let ended = colophon(folder.path(), &database, &[command]);
        assert!(!ended.success && ended.err.contains("`colophon migrate up`"), "{}", ended.err);
    }
    assert!(colophon(folder.path(), &database, &["migrate", "status"]).out.contains("pending"));
}
