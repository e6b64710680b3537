//! The disk full in mid-run, on SQLite.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use colophon_contract::{ChapterSummary, Code, Page, RunStatus, url};
use colophon_domain::Db;
use colophon_test_support::{Engine, run, say};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

use super::{
    client::Ask,
    proof::{Asked, Watch, check_completed, check_history},
    scale::{scale, tell},
    server::Server,
    stage::{BRIEF, Stage, Work, version},
};

/// A file system of some megabytes, in memory. Gone when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// With room for what is stored each time it has been full. `None` where this process may not mount one.
    fn mount(times: usize) -> Option<Self> {
        let folder = TempDir::with_prefix("colophon-disk-").expect("a folder");
        let mut mount = Command::new("mount");
        let size = format!("size={}m", 8 + 2 * times);
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let status = mount.stderr(Stdio::null()).status().ok()?;
        status.success().then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Leaves nothing free; how many bytes that took.
    fn fill(&self) -> u64 {
        let mut ballast = File::create(self.ballast()).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
        ballast.metadata().expect("its size").len()
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(self.path()).status().ok();
    }
}

#[test]
fn a_full_disk_is_borne_with_until_there_is_room() {
    let times = scale("CHAOS_TIMES", 2);
    let Some(disk) = SmallDisk::mount(times) else {
        return say("skipped: no small file system can be mounted here (that needs root)");
    };
    run(Engine::Sqlite, async move |_: Engine| fill(&disk, times).await);
}

#[test]
fn a_server_starts_and_reads_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount(2) else {
        return say("skipped: no small file system can be mounted here (that needs root)");
    };
    run(Engine::Sqlite, async move |_: Engine| {
        let url = format!("sqlite:{}", disk.path().join("colophon.db").display());
        let stage = Stage::start(&url, 1, BRIEF).await;
        let server = &stage.servers[0];
        let work = stage.work().await;
        stage.set_pace(2, 25);
        let chapter = stage.chapter(work, "a", 6).await;
        let run = stage.begin(work, chapter).await;
        stage.until(run.id, |run| run.progress.done > 0).await;
        // A clean stop leaves no file beside the database; after a kill there are the log and its index.
        for stop in [Server::stop, Server::kill] {
            stop(server);
            disk.fill();
            server.start_again();
            stage.until_ready(server).await;
            assert!(is_told_soon(&stage, false).await, "that there are no writes");
            assert_reads(&stage, server, (work, chapter, run.id)).await;
            let new = serde_json::json!({"title": "二", "source_text": "「".repeat(200_000)});
            let refused = stage.client.ask(server, &Ask::post(url::chapters(work.id), new)).await;
            assert_eq!(refused.expect("an answer").code, Some(Code::DatabaseUnavailable));
            disk.free();
            assert!(is_told_soon(&stage, true).await, "that there are writes again");
        }
        stage.set_pace(100, 0);
        let ended = stage.ended(run.id).await;
        assert_eq!(ended.status, RunStatus::Completed, "{ended:?}");
        // Until its next start the server has the file for itself.
        server.stop();
        server.start_again();
        stage.until_ready(server).await;
        check_integrity(&url).await;
        stage.check_logs();
    });
}

/// Whether the server, which can read, says within the time of a few tries that it can write, or that it cannot.
async fn is_told_soon(stage: &Stage, can_write: bool) -> bool {
    for _ in 0..100 {
        let ready = stage.client.ask(&stage.servers[0], &Ask::get("/readyz")).await.expect("an answer");
        if ready.is(200).body["detail"].is_null() == can_write {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    false
}

async fn assert_reads(stage: &Stage, server: &Server, (work, chapter, run_id): (Work, i64, i64)) {
    for path in [
        "/healthz".to_owned(),
        url::works(),
        format!("{}?query=銀河", url::works()),
        url::work(work.id),
        url::chapters(work.id),
        url::chapter(work.id, chapter),
        url::prompt(work.id),
        url::versions(work.id),
        url::version(work.id, 1),
        url::translation(run_id),
        url::segments(run_id),
        url::attempts(run_id, 1),
        url::session(),
        url::models(),
        url::providers(),
    ] {
        stage.client.ask(server, &Ask::get(path)).await.expect("an answer").is(200);
    }
}

async fn fill(disk: &SmallDisk, times: usize) {
    let url = format!("sqlite:{}", disk.path().join("colophon.db").display());
    let stage = Stage::start(&url, 1, BRIEF).await;
    let work = stage.work().await;
    let (mut latest, mut begun, mut watch, mut refusals, mut ballast) =
        (1, Vec::new(), Watch::default(), 0, 0);
    for n in 0..times {
        stage.set_pace(2, 25);
        let chapter = stage.chapter(work, &format!("{n}"), 6).await;
        let run = stage.begin(work, chapter).await;
        begun.push(run.clone());
        stage.until(run.id, |run| run.progress.done > 0).await;
        watch.look(&stage, &begun).await;
        ballast += disk.fill();
        refusals += while_full(&stage, work, &mut latest, chapter).await;
        // The segment under way is whole by now, and cannot be saved.
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        let stuck = stage.run(run.id).await;
        assert_eq!((stuck.status, stuck.error), (RunStatus::Running, None), "it waits");
        assert_eq!(stage.segments(run.id).await.len(), 6, "what is stored can be read");
        disk.free();
        stage.set_pace(100, 0);
        stage.ended(run.id).await;
        latest = stage.append(work, latest).await.number;
    }
    let asked = Asked::of(&stage);
    for run in &begun {
        let segments = check_completed(&stage, run, &asked).await;
        watch.compare(run, &segments, &asked);
    }
    assert_eq!(asked.total(), watch.finished(), "nothing was paid for twice");
    check_history(&stage, work, usize::try_from(latest).expect("positive")).await;
    let chapters: Page<ChapterSummary> = stage.get(url::chapters(work.id)).await;
    assert_eq!(chapters.items.len(), times, "what was refused is not there, what was not is");
    check_integrity(&url).await;
    stage.check_logs();
    tell(&format!(
        "disk: full {times} times by {ballast} bytes in all, {refusals} writes refused, {times} runs, {} segments in {} \
         requests to the provider, {} requests",
        watch.finished(),
        asked.total(),
        stage.client.asked(),
    ));
}

/// Writes of all kinds until one after the other is refused, and reads, which are not; how many were refused.
async fn while_full(stage: &Stage, work: Work, latest: &mut i32, chapter: i64) -> usize {
    let server = &stage.servers[0];
    let (mut refused, mut in_a_row) = (0, 0);
    while in_a_row < 12 {
        // Pages that were written before may be written again: it takes some until the file would have to grow.
        let mut content = version(*latest + 1, *latest);
        content["note"] = "紙".repeat(500).into();
        content["template"] = format!("v{}: {{source_text}}{}", *latest + 1, "　".repeat(40_000)).into();
        let append = Ask::post(url::versions(work.id), content.clone());
        let append = if refused % 2 == 0 { append } else { append.with_key(format!("full-{latest}")) };
        let answer = stage.client.ask(server, &append).await.expect("the server is there");
        match (answer.status, answer.code) {
            (201, None) => {
                (*latest, in_a_row) = (*latest + 1, 0);
                continue;
            }
            (503, Some(Code::DatabaseUnavailable)) => (refused, in_a_row) = (refused + 1, in_a_row + 1),
            other => panic!("{other:?}: {:?}", answer.body),
        }
        let new = serde_json::json!({"title": "二", "source_text": "「".repeat(100_000)});
        let chapter_too = stage.client.ask(server, &Ask::post(url::chapters(work.id), new)).await;
        assert_eq!(chapter_too.expect("the server is there").code, Some(Code::DatabaseUnavailable));
        stage.client.ask(server, &Ask::get(url::chapter(work.id, chapter))).await.expect("an answer").is(200);
        stage.client.ask(server, &Ask::get(url::prompt(work.id))).await.expect("an answer").is(200);
        stage.client.ask(server, &Ask::get("/healthz")).await.expect("an answer").is(200);
    }
    refused
}

async fn check_integrity(url: &str) {
    let options = colophon_domain::Options { url: url.to_owned(), ..Default::default() };
    let db = Db::connect(&options).await.expect("the database opens");
    for (pragma, sound) in [("PRAGMA integrity_check", Some("ok")), ("PRAGMA foreign_key_check", None)] {
        let statement = sea_orm::Statement::from_string(db.read().get_database_backend(), pragma);
        let rows = db.read().query_all_raw(statement).await.expect("rows");
        let rows: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect();
        assert_eq!(
            rows.iter().map(String::as_str).collect::<Vec<_>>(),
            sound.into_iter().collect::<Vec<_>>(),
            "{pragma}"
        );
    }
    db.close().await.expect("closed");
}
