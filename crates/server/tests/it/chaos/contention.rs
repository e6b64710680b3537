//! Two servers, many clients, the same few prompts and chapters.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use colophon_contract::{Code, PromptVersion, Run, url};
use colophon_test_support::{Engine, TestDatabase, run};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use super::{
    client::{Answer, Ask, PAUSE},
    proof::check_history,
    scale::{chance, scale, tell},
    stage::{BRIEF, Stage, Work, version},
};

/// Prompts that clients append to.
const WORKS: usize = 6;
/// Chapters that clients start runs of.
const CHAPTERS: usize = 5;

#[test]
fn many_clients_of_two_servers_leave_no_gap_and_no_second_run() {
    run(Engine::Postgres, async |database: TestDatabase| {
        let mut random = chance("contention");
        let clients = scale("CHAOS_CLIENTS", 16);
        let (appends, starts) = (scale("CHAOS_APPENDS", 300), scale("CHAOS_STARTS", 40));
        let stage = Stage::start(database.url(), 2, BRIEF).await;
        stage.set_pace(100, 0);
        let (mut works, mut chapters) = (Vec::new(), Vec::new());
        for _ in 0..WORKS {
            works.push(stage.work().await);
        }
        for n in 0..CHAPTERS {
            let work = works[n % WORKS];
            chapters.push((work, stage.chapter(work, &n.to_string(), 2).await));
        }
        let crowd =
            Crowd { stage: &stage, works, chapters, told: RefCell::default(), over: Cell::new(false) };
        let tasks: Vec<_> = (0..clients)
            .map(|client| {
                let share = |all: usize| all / clients + usize::from(client < all % clients);
                crowd.client(client, share(appends), share(starts), random.fork())
            })
            .collect();
        let db = database.connect().await;
        let everybody = async {
            let done = futures::future::join_all(tasks).await;
            crowd.over.set(true);
            done
        };
        let (done, looks) = tokio::join!(everybody, crowd.watch(&db));
        let runs: Vec<Run> = done.iter().flat_map(|done| done.runs.clone()).collect();
        assert_eq!(runs.len(), starts);
        for run in &runs {
            let ended = stage.ended(run.id).await;
            assert_eq!(ended.prompt_version_id, run.prompt_version_id);
            assert_eq!(ended.error, None, "{ended:?}");
        }
        let mut versions = 0;
        for (which, work) in crowd.works.iter().enumerate() {
            let of_work = done.iter().map(|done| done.appended[which]).sum::<usize>();
            check_history(&stage, *work, of_work + 1).await;
            versions += of_work;
        }
        assert_eq!(versions, appends);
        check_index(&db).await;
        stage.check_logs();
        tell(&format!(
            "contention: {clients} clients, {versions} appends to {WORKS} prompts, {starts} starts of {CHAPTERS} chapters, \
             {looks} looks at active runs, {} requests: {:?}",
            stage.client.asked(),
            crowd.told.into_inner(),
        ));
    });
}

struct Crowd<'a> {
    stage: &'a Stage,
    works: Vec<Work>,
    chapters: Vec<(Work, i64)>,
    /// How often each status and code was answered.
    told: RefCell<std::collections::BTreeMap<(u16, &'static str), usize>>,
    over: Cell<bool>,
}

/// What a client was told that it did.
struct Done {
    /// By work.
    appended: [usize; WORKS],
    runs: Vec<Run>,
}

impl Crowd<'_> {
    /// Appends and starts in any order, at any server.
    async fn client(
        &self,
        client: usize,
        mut appends: usize,
        mut starts: usize,
        mut random: fastrand::Rng,
    ) -> Done {
        let mut done = Done { appended: [0; WORKS], runs: Vec::new() };
        while appends + starts > 0 {
            if random.usize(..appends + starts) < appends {
                let which = random.usize(..WORKS);
                self.append(self.works[which], &format!("append-{client}-{appends}"), &mut random).await;
                (done.appended[which], appends) = (done.appended[which] + 1, appends - 1);
            } else {
                let chapter = self.chapters[random.usize(..CHAPTERS)];
                done.runs.push(self.start(chapter, &format!("start-{client}-{starts}"), &mut random).await);
                starts -= 1;
            }
        }
        done
    }

    async fn ask(&self, ask: &Ask, random: &mut fastrand::Rng) -> Answer {
        let servers = &self.stage.servers;
        let answer = self.stage.client.ask(&servers[random.usize(..servers.len())], ask).await;
        let answer = answer.expect("the server is there");
        assert!(answer.status < 500, "{ask:?}: {answer:?}");
        let code = answer.code.map_or("", Code::as_str);
        *self.told.borrow_mut().entry((answer.status, code)).or_default() += 1;
        answer
    }

    /// Appends a version as an editor does who merges with what came in between, as often as it takes. Half of them
    /// have a key, and ask once more at the end: that appends nothing.
    async fn append(&self, work: Work, key: &str, random: &mut fastrand::Rng) {
        let keyed = random.bool();
        let mut latest: PromptVersion = self.latest(work, random).await;
        loop {
            let mut content = version(latest.number + 1, latest.number);
            content["note"] = key.into();
            let ask = Ask::post(url::versions(work.id), content);
            let ask = if keyed { ask.with_key(key) } else { ask };
            let answer = self.ask(&ask, random).await;
            match (answer.status, answer.code) {
                (201, None) => {
                    let appended: PromptVersion = answer.into();
                    assert_eq!((appended.number, appended.note.as_str()), (latest.number + 1, key));
                    if keyed {
                        let again = self.ask(&ask, random).await;
                        assert!(again.replayed, "{again:?}");
                        assert_eq!(again.is(201).into::<PromptVersion>(), appended);
                    }
                    return;
                }
                (409, Some(Code::StaleBaseVersion)) => {
                    let newer = serde_json::from_value(answer.body["latest_version"].clone());
                    let newer: PromptVersion = newer.expect("the version to merge with");
                    assert!(newer.number > latest.number, "a base that is the latest is not stale");
                    latest = newer;
                }
                other => panic!("{other:?}: {:?}", answer.body),
            }
        }
    }

    async fn latest(&self, work: Work, random: &mut fastrand::Rng) -> PromptVersion {
        let mut prompt = self.ask(&Ask::get(url::prompt(work.id)), random).await.is(200).body;
        serde_json::from_value(prompt["latest_version"].take()).expect("a version")
    }

    /// Starts a run as soon as no other one of the chapter is active.
    async fn start(&self, (work, chapter): (Work, i64), key: &str, random: &mut fastrand::Rng) -> Run {
        let ask = Ask::post(url::translations(work.id, chapter), None).with_key(key);
        loop {
            let answer = self.ask(&ask, random).await;
            match (answer.status, answer.code) {
                (202, None) => return answer.into(),
                (409, Some(Code::TranslationInProgress)) => {
                    tokio::time::sleep(Duration::from_millis(random.u64(1..60))).await;
                }
                other => panic!("{other:?}: {:?}", answer.body),
            }
        }
    }

    /// Looks all the time that no chapter has two active runs; how often.
    async fn watch(&self, db: &DatabaseConnection) -> usize {
        let sql = "SELECT chapter_id FROM chapter_translations WHERE status IN ('queued', 'running')
            GROUP BY chapter_id HAVING count(*) > 1";
        let mut looks = 0;
        while !self.over.get() {
            let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
            assert!(rows.expect("rows").is_empty(), "a chapter has two active runs");
            looks += 1;
            tokio::time::sleep(PAUSE / 4).await;
        }
        looks
    }
}

/// That the database itself sees to it that a chapter has one active run.
async fn check_index(db: &DatabaseConnection) {
    let sql = "SELECT i.indisunique AND i.indisvalid, pg_get_indexdef(i.indexrelid) FROM pg_index i
        WHERE i.indexrelid = 'chapter_translations_active'::regclass";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let row = row.expect("a row").expect("the index");
    let definition: String = row.try_get_by_index(1).expect("text");
    assert!(
        row.try_get_by_index::<bool>(0).expect("a truth") && definition.contains("(chapter_id) WHERE"),
        "{definition}"
    );
}
