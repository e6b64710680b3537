//! What each scenario plays on: servers on one database, a provider in this process, works whose every segment is
//! like no other.

use std::{
    io::Write,
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use colophon_contract::{Page, PromptVersion, Run, Segment, SegmentAttempt, url};
use colophon_provider::fake::{FakeProvider, Pace, Received};
use serde::de::DeserializeOwned;
use serde_json::json;
use tempfile::TempDir;

use super::{
    client::{Answer, Ask, Client, PATIENCE, PAUSE},
    server::{KEY, Server, free_address},
};
use crate::binary::colophon;

/// As short as they can be: a lease of a second, tries at once, segments of a sentence.
pub(crate) const BRIEF: &str = "lease_s = 1\nretry_ms = 40\nsegments = { target = 12, max = 60 }";

/// Who may what no token may.
const ADMIN: &str = "chief";
const PASSWORD: &str = "correct horse battery";

/// The provider's models, by their names there.
const MODELS: [&str; 2] = ["good", "other"];

pub(crate) struct Stage {
    pub(crate) servers: Vec<Server>,
    pub(crate) client: Client,
    fake: Option<FakeProvider>,
    provider: SocketAddr,
    /// What providers that are gone had received.
    received: Vec<Received>,
    _folder: TempDir,
}

/// A work with a prompt; chapters come as they are needed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) id: i64,
}

impl Stage {
    /// So many servers on a database, which is migrated, with these settings of `[runs]`.
    pub(crate) async fn start(url: &str, servers: usize, runs: &str) -> Self {
        let folder = TempDir::with_prefix("colophon-chaos-").expect("a folder");
        let provider = free_address();
        let fake = FakeProvider::start_at(provider);
        std::fs::write(folder.path().join("colophon.toml"), settings(&fake, runs)).expect("the settings");
        let token = |arguments: &[&str]| {
            let output = colophon(folder.path(), url).args(arguments).output().expect("the binary");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("text").trim().to_owned()
        };
        token(&["migrate", "up"]);
        let client = Client::new(token(&["token", "add", "chaos"]));
        add_admin(colophon(folder.path(), url));
        let servers: Vec<Server> = (0..servers).map(|_| Server::start(folder.path(), url)).collect();
        let stage =
            Self { servers, client, fake: Some(fake), provider, received: Vec::new(), _folder: folder };
        for server in &stage.servers {
            stage.until_ready(server).await;
        }
        stage
    }

    pub(crate) fn fake(&self) -> &FakeProvider {
        self.fake.as_ref().expect("a provider")
    }

    /// How the provider speaks from the next request on.
    pub(crate) fn set_pace(&self, characters: usize, delay_ms: u64) {
        self.fake().set_pace(Pace { characters, delay: Duration::from_millis(delay_ms) });
    }

    /// Takes the provider away: nobody listens there any more, and connections are cut.
    pub(crate) fn kill_provider(&mut self) {
        self.received.extend(self.fake.take().expect("a provider").stop());
    }

    /// A provider is back where the other one was.
    pub(crate) fn bring_provider(&mut self) {
        self.fake = Some(FakeProvider::start_at(self.provider));
    }

    /// All that providers received.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.iter().cloned().chain(self.fake.iter().flat_map(FakeProvider::requests)).collect()
    }

    /// Waits until a server says that it can answer.
    pub(crate) async fn until_ready(&self, server: &Server) {
        let ready = async {
            while !matches!(self.client.ask(server, &Ask::get("/readyz")).await, Ok(answer) if answer.status == 200)
            {
                assert!(!server.has_ended(), "the server ended: {}", server.log());
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, ready).await.expect("the server becomes ready");
    }

    pub(crate) async fn insist(&self, ask: Ask) -> Answer {
        self.client.insist(&self.servers, ask).await
    }

    /// Ends the pause of a provider, as an administrator in a browser would: no token may.
    pub(crate) async fn resume_provider(&self, name: &str) {
        let [server, ..] = self.servers.as_slice() else { panic!("there are servers") };
        let cookie = self.client.sign_in(server, ADMIN, PASSWORD).await;
        self.client.post_by_cookie(server, &cookie, &url::resume_provider(name)).await;
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: String) -> T {
        self.insist(Ask::get(path)).await.is(200).into()
    }

    /// A work with version 1 of its prompt.
    pub(crate) async fn work(&self) -> Work {
        let new = json!({"title": "銀河鉄道の夜", "author": "宮沢賢治", "source_language": "ja", "target_language": "en"});
        let work = self.insist(Ask::post(url::works(), new)).await.is(201).body;
        let work = Work { id: work["id"].as_i64().expect("an id") };
        let mut new = version(1, 0);
        new["name"] = "House style".into();
        new.as_object_mut().expect("an object").remove("base_version");
        self.insist(Ask::post(url::prompt(work.id), new)).await.is(201);
        work
    }

    /// A chapter of so many segments, each a line, under [`BRIEF`] settings; answers with its id.
    pub(crate) async fn chapter(&self, work: Work, key: &str, segments: usize) -> i64 {
        self.add_chapter(work, key, segments, 1).await
    }

    /// A chapter of so many segments, each a long paragraph, under settings for such.
    pub(crate) async fn long_chapter(&self, work: Work, key: &str, segments: usize) -> i64 {
        self.add_chapter(work, key, segments, 60).await
    }

    /// One of paragraphs of so many sentences.
    async fn add_chapter(&self, work: Work, key: &str, paragraphs: usize, sentences: usize) -> i64 {
        let paragraph =
            |n| format!("　第{key}章の{n}、{}\n", "カムパネルラが手をあげました。".repeat(sentences));
        let source_text: String = (1..=paragraphs).map(paragraph).collect();
        let new = json!({"title": format!("第{key}章"), "source_text": source_text});
        let ask = Ask::post(url::chapters(work.id), new).with_key(format!("chapter-{}-{key}", work.id));
        self.insist(ask).await.is(201).body["id"].as_i64().expect("an id")
    }

    /// Starts a run once, however often the answer is lost.
    pub(crate) async fn begin(&self, work: Work, chapter: i64) -> Run {
        let ask = Ask::post(url::translations(work.id, chapter), None).with_key(format!("start-{chapter}"));
        self.insist(ask).await.is(202).into()
    }

    /// Appends the version after `latest` once, however often the answer is lost.
    pub(crate) async fn append(&self, work: Work, latest: i32) -> PromptVersion {
        let ask = Ask::post(url::versions(work.id), version(latest + 1, latest));
        self.insist(ask.with_key(format!("append-{}-{latest}", work.id))).await.is(201).into()
    }

    pub(crate) async fn run(&self, run_id: i64) -> Run {
        self.get(url::translation(run_id)).await
    }

    pub(crate) async fn segments(&self, run_id: i64) -> Vec<Segment> {
        let page: Page<Segment> = self.get(format!("{}?limit=100", url::segments(run_id))).await;
        assert_eq!(page.next_cursor, None, "runs of scenarios fit on a page");
        page.items
    }

    pub(crate) async fn attempts(&self, run_id: i64, position: i32) -> Vec<SegmentAttempt> {
        let page: Page<SegmentAttempt> =
            self.get(format!("{}?limit=100", url::attempts(run_id, position))).await;
        page.items
    }

    /// Waits until a run is as wanted.
    pub(crate) async fn until(&self, run_id: i64, is_so: impl Fn(&Run) -> bool) -> Run {
        let until = async {
            loop {
                let run = self.run(run_id).await;
                if is_so(&run) {
                    return run;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout(2 * PATIENCE, until).await {
            Ok(run) => run,
            Err(_) => panic!("waited in vain: {:?}", self.run(run_id).await),
        }
    }

    pub(crate) async fn ended(&self, run_id: i64) -> Run {
        self.until(run_id, |run| run.status.is_ended()).await
    }

    /// That nothing panicked and no key was told, in all that the servers said.
    pub(crate) fn check_logs(&self) {
        for server in &self.servers {
            let log = server.log();
            let panic = log.lines().find(|line| line.contains("panicked"));
            assert_eq!(panic, None, "a server panicked");
            assert!(!log.contains(KEY), "a log tells the provider's key");
        }
    }
}

fn add_admin(mut command: Command) {
    let add = ["user", "add", ADMIN, "--role", "admin", "--password-stdin"];
    let mut child =
        command.args(add).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the binary");
    child.stdin.take().expect("piped").write_all(PASSWORD.as_bytes()).expect("written");
    assert!(child.wait().expect("ended").success());
}

/// The content of a version, none like another.
pub(crate) fn version(number: i32, base: i32) -> serde_json::Value {
    json!({
        "model": format!("fake/{}", MODELS[usize::try_from(number).expect("positive") % MODELS.len()]),
        "template": format!("v{number}: {{source_text}}"),
        "parameters": {"temperature": f64::from(number % 20) / 10.0, "metadata": {"number": number}},
        "base_version": base,
    })
}

fn settings(fake: &FakeProvider, runs: &str) -> String {
    let model = |name: &str| {
        format!(
            "[[models]]\nid = 'fake/{name}'\nprovider = 'fake'\nupstream = '{name}'\nparameters = ['temperature']\n"
        )
    };
    format!(
        "[database]\nacquire_timeout_s = 2\n[api]\nheartbeat_s = 1\n[runs]\ncheckpoint_ms = 60\npoll_ms = 150\n\
         stop_grace_s = 1\n{runs}\n[[providers]]\nname = 'fake'\nbase_url = '{}'\napi_key_env = 'FAKE_KEY'\n\
         max_concurrency = 32\nidle_timeout_s = 30\n{}",
        fake.base_url(),
        MODELS.map(model).concat()
    )
}
