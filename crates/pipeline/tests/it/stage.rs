//! What each test plays on: a database, a provider, works with prompts and chapters.

use colophon_contract::{
    AppendVersion, Author, AuthorKind, CreateChapter, CreatePrompt, CreateWork, EventId, PromptVersion,
    RetranslateSegment, Run, RunEvent, Segment, SegmentStatus, TranslationVerification,
};
use colophon_domain::{Actor, Db, Models, PageRequest, Result, chapter, prompt, run, work};
use colophon_pipeline::{Options, Runner, Subscription};
use colophon_provider::fake::FakeProvider;
use colophon_provider::{Catalogue, Client, Keys};
use colophon_test_support::{Engine, Fixture, TestDatabase};
use futures::StreamExt as _;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, QueryResult, Statement};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Nothing in a test takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often a test looks whether something came about.
const LOOKS: u32 = 3_000;

/// Three segments of a sentence each under [`options`], the second with a blank line after it.
pub(crate) const CHAPTER: &str =
    "　一、午後の授業でした。\n　カムパネルラが手をあげました。\n\n　先生はまた言いました。\n";

pub(crate) use crate::server::Server;
pub(crate) use colophon_test_support::Page;

pub(crate) struct Stage {
    pub(crate) db: Db,
    pub(crate) fake: FakeProvider,
    pub(crate) database: TestDatabase,
}

impl Fixture for Stage {
    async fn fresh(engine: Engine) -> Self {
        let database = TestDatabase::fresh(engine).await;
        database.add_user(1, &author().name).await;
        let options = colophon_domain::Options { url: database.url().to_owned(), ..Default::default() };
        let db = Db::connect(&options).await.expect("the database opens");
        Self { db, fake: FakeProvider::start(), database }
    }
}

/// Segments of about a sentence, and no patience.
pub(crate) fn options() -> Options {
    let options = json!({
        "segments": {"target": 12, "max": 40}, "checkpoint_ms": 20, "poll_ms": 50, "stop_grace_s": 0, "retry_ms": 1,
    });
    serde_json::from_value(options).expect("options")
}

pub(crate) fn author() -> Author {
    Author { kind: AuthorKind::User, id: Some(1), name: "Kenji".into() }
}

/// The same, as who asks.
pub(crate) fn actor() -> Actor {
    Actor { author: author(), ..Actor::system("test") }
}

/// A chapter under a prompt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) work_id: i64,
    pub(crate) chapter_id: i64,
}

impl Stage {
    /// A client of the fake (with a key; `hasty` bears no silence), of a provider whose key is not there, and
    /// of nobody at all. The fake takes so many requests at once.
    pub(crate) fn client(&self, max_concurrency: u32) -> Client {
        let models = [
            "good",
            "other",
            "slow",
            "no-usage",
            "fail-length",
            "fail-content-filter",
            "fail-empty",
            "fail-incomplete",
            "fail-drop",
            "fail-stall",
            "fail-mid-stream",
            "fail-sse",
            "fail-html",
            "fail-hang",
            "fail-400",
            "fail-401",
            "fail-429",
            "fail-quota",
            "fail-500",
            "fail-503",
        ];
        let model = |provider: &str, upstream: &str| {
            json!({
                "id": format!("{provider}/{upstream}"), "provider": provider, "upstream": upstream,
                "parameters": ["temperature", "max_tokens", "metadata"],
                "rename": {"max_tokens": "max_completion_tokens"},
                "input_price_per_mtok": 1.0, "output_price_per_mtok": 2.0,
            })
        };
        let mut entries: Vec<Value> = models.iter().map(|name| model("fake", name)).collect();
        entries.extend([
            model("keyless", "good"),
            model("nobody", "good"),
            model("hasty", "fail-stall"),
            model("hasty", "fail-hang"),
        ]);
        let provider = |name: &str, url: String, key: Option<&str>| {
            let idle_timeout_s = if name == "hasty" { 1 } else { 20 };
            json!({
                "name": name, "base_url": url, "api_key_env": key, "idle_timeout_s": idle_timeout_s,
                "max_concurrency": max_concurrency,
            })
        };
        let providers = json!([
            provider("fake", self.fake.base_url(), Some("FAKE_KEY")),
            provider("hasty", self.fake.base_url(), Some("FAKE_KEY")),
            provider("keyless", self.fake.base_url(), Some("ABSENT_KEY")),
            provider("nobody", "http://127.0.0.1:9/v1".into(), None),
        ]);
        let providers = serde_json::from_value(providers).expect("providers");
        let models = serde_json::from_value(Value::Array(entries)).expect("models");
        let catalogue = Catalogue::new(providers, models).expect("a catalogue");
        let catalogue = catalogue.with_keys(Keys::fixed([("FAKE_KEY", "sk-fake")]));
        Client::new(Arc::new(catalogue)).with_demo_delay(Duration::from_millis(1))
    }

    pub(crate) async fn runner(&self) -> Runner {
        self.runner_with(options()).await
    }

    pub(crate) async fn runner_with(&self, options: Options) -> Runner {
        Runner::start(self.db.clone(), self.client(16), options).await.expect("the runner starts")
    }

    /// A server of its own on the same database.
    pub(crate) async fn server(&self, options: Options) -> Server {
        self.server_of(16, options).await
    }

    /// The same, which knows that the fake takes so many requests at once.
    pub(crate) async fn server_of(&self, max_concurrency: u32, options: Options) -> Server {
        let database = colophon_domain::Options { url: self.database.url().to_owned(), ..Default::default() };
        Server::start(database, self.client(max_concurrency), options).await
    }

    /// A work with a chapter and a prompt of version 1.
    pub(crate) async fn scene(&self, models: &Models, model: &str, template: &str, source: &str) -> Scene {
        let scene = self.chapter(source).await;
        let new = CreatePrompt {
            name: "House style".into(),
            model: model.into(),
            template: template.into(),
            parameters: serde_json::Map::new(),
            note: String::new(),
        };
        self.prompt(models, scene, &new).await;
        scene
    }

    /// A work with a chapter and no prompt.
    pub(crate) async fn chapter(&self, source: &str) -> Scene {
        let txn = self.db.begin_write_by(actor()).await.expect("a transaction");
        let new = CreateWork {
            title: "銀河鉄道の夜".into(),
            author: "宮沢賢治".into(),
            source_language: "ja".into(),
            target_language: "en".into(),
        };
        let work = work::create_work(&txn, &new).await.expect("a work");
        let new = CreateChapter {
            title: "一　午後の授業".into(),
            source_text: source.into(),
            ..CreateChapter::default()
        };
        let chapter = chapter::create_chapter(&txn, work.id, &new).await.expect("a chapter");
        txn.commit().await.expect("commits");
        Scene { work_id: work.id, chapter_id: chapter.id }
    }

    pub(crate) async fn prompt(&self, models: &Models, scene: Scene, new: &CreatePrompt) {
        let txn = self.db.begin_write_by(actor()).await.expect("a transaction");
        prompt::create_prompt(&txn, &author(), scene.work_id, new, models).await.expect("a prompt");
        txn.commit().await.expect("commits");
    }

    pub(crate) async fn append(&self, models: &Models, scene: Scene, new: &AppendVersion) -> PromptVersion {
        let draft = prompt::draft_version(&self.db, &author(), scene.work_id, new, None, models).await;
        prompt::store_version(&self.db, &actor(), draft.expect("a draft")).await.expect("a version")
    }

    /// Asks for a run, as a request does.
    pub(crate) async fn start(&self, runner: &Runner, scene: Scene) -> Run {
        self.ask(runner, scene).await.expect("a run")
    }

    /// Asks for a run, as a request does that may be refused.
    pub(crate) async fn ask(&self, runner: &Runner, scene: Scene) -> Result<Run> {
        let cut = runner.cut(scene.work_id, scene.chapter_id).await?;
        let txn = self.db.begin_write_by(actor()).await?;
        let (run, _) = runner.create_run(&txn, &author(), scene.work_id, scene.chapter_id, &cut).await?;
        txn.commit().await?;
        runner.wake();
        Ok(run)
    }

    /// Asks to go on with a run.
    pub(crate) async fn resume(&self, runner: &Runner, run_id: i64) -> Result<Run> {
        let txn = self.db.begin_write_by(actor()).await?;
        let (run, _) = runner.resume_run(&txn, run_id).await?;
        txn.commit().await?;
        runner.wake();
        Ok(run)
    }

    /// Asks for another translation of a segment.
    pub(crate) async fn retranslate(
        &self,
        runner: &Runner,
        place: (i64, i32),
        request: &RetranslateSegment,
    ) -> Result<Segment> {
        let txn = self.db.begin_write_by(actor()).await?;
        let segment = runner.retranslate(&txn, &author(), place, request).await?;
        txn.commit().await?;
        runner.wake();
        Ok(segment)
    }

    /// Waits until a segment is not being translated again any more.
    pub(crate) async fn settled(&self, run_id: i64, position: i32) -> Segment {
        for _ in 0..LOOKS {
            let segment = run::get_segment(&self.db, run_id, position).await.expect("the segment");
            if segment.retranslation.is_none() {
                assert_eq!(self.verify(run_id).await.mismatch, None);
                return segment;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("waited in vain for segment {position}");
    }

    pub(crate) async fn run(&self, run_id: i64) -> Run {
        run::get_run(&self.db, run_id).await.expect("the run")
    }

    pub(crate) async fn segments(&self, run_id: i64) -> Vec<Segment> {
        let page = PageRequest { limit: 100, cursor: None };
        run::list_segments(&self.db, run_id, &page).await.expect("segments").items
    }

    /// Waits until the run has ended. Whatever happened to it, all of it verifies.
    pub(crate) async fn ended(&self, run_id: i64) -> Run {
        let run = self.until(run_id, |run| run.status.is_ended()).await;
        assert_eq!(self.verify(run_id).await.mismatch, None);
        run
    }

    pub(crate) async fn verify(&self, run_id: i64) -> TranslationVerification {
        let client = self.client(16);
        colophon_pipeline::verify_run(&self.db, client.catalogue(), run_id).await.expect("a verification")
    }

    pub(crate) async fn until(&self, run_id: i64, is_so: impl Fn(&Run) -> bool) -> Run {
        // Looks are counted, not seconds: a machine that was asleep has looked no more often.
        for _ in 0..LOOKS {
            let run = self.run(run_id).await;
            if is_so(&run) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("waited in vain: {:?}", self.run(run_id).await);
    }

    /// Waits until some of a segment's text is written down while it is still with the model.
    pub(crate) async fn until_checkpoint(&self, run_id: i64) {
        for _ in 0..LOOKS {
            let replay = run::get_replay(&self.db, run_id, 0).await.expect("a replay");
            if replay.running.is_some_and(|running| !running.text.is_empty()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("waited in vain for a checkpoint");
    }

    /// Waits until the provider has no request under way.
    pub(crate) async fn until_provider_is_idle(&self) {
        until_so("the end of all requests", async || self.fake.now() == 0).await;
    }

    /// Rows by raw SQL; `$1` is the run.
    pub(crate) async fn rows(&self, sql: &str, run_id: i64) -> Vec<QueryResult> {
        let db: DatabaseConnection = self.database.connect().await;
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [run_id.into()]);
        db.query_all_raw(statement).await.expect("rows")
    }

    /// All attempts at a run's segments, as `columns` of `segment_attempts a`, oldest first.
    pub(crate) async fn attempts(&self, columns: &str, run_id: i64) -> Vec<QueryResult> {
        let sql = format!(
            "SELECT {columns} FROM segment_attempts a JOIN translation_segments s ON s.id = a.segment_id
            WHERE s.chapter_translation_id = $1 ORDER BY a.id"
        );
        self.rows(&sql, run_id).await
    }
}

/// Waits until `is_so` says so.
pub(crate) async fn until_so(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..LOOKS {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {what}");
}

pub(crate) fn statuses(segments: &[Segment]) -> Vec<SegmentStatus> {
    segments.iter().map(|segment| segment.status).collect()
}

/// Everything that a reader gets from a place on, until the stream ends.
pub(crate) async fn read_all(
    runner: &Runner,
    run_id: i64,
    after: Option<EventId>,
) -> Vec<(EventId, RunEvent)> {
    read(runner.subscribe(run_id, after).await.expect("a subscription")).await
}

/// Everything that a reader who is there already gets until the stream ends.
pub(crate) async fn read(subscription: Subscription) -> Vec<(EventId, RunEvent)> {
    match subscription {
        Subscription::Ended => Vec::new(),
        Subscription::Events(events) => {
            tokio::time::timeout(PATIENCE, events.collect()).await.expect("the stream ends")
        }
    }
}
