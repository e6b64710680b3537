//! A server of a test's own: the real application on a port, with its database and its provider.

use crate::call::{Answer, Call};
use actix_web::dev::ServerHandle;
use actix_web::{HttpServer, web};
use colophon_api::{Connections, Options, SetupToken, State, build_app, write_left_out};
use colophon_contract::{CreateToken, Role, Scope};
use colophon_domain::{Db, password, token, user};
use colophon_pipeline::Runner;
use colophon_provider::fake::FakeProvider;
use colophon_provider::{Catalogue, Client, Keys};
use colophon_test_support::{Engine, Fixture, TestDatabase};
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::Method;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, Once, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The template that tests use where it does not matter.
pub(crate) const TEMPLATE: &str = "Translate into {target_language}:\n\n{source_text}";
/// The password of every user that tests make.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// The secret of the set-up link.
pub(crate) const SETUP_TOKEN: &str = "one-time-secret";

pub(crate) struct TestApp {
    pub(crate) db: Db,
    pub(crate) fake: FakeProvider,
    pub(crate) base_url: String,
    pub(crate) stopping: CancellationToken,
    client: reqwest::Client,
    viewer: String,
    operator: String,
    server: Server,
    database: TestDatabase,
}

/// One of the servers of a database.
pub(crate) struct Server {
    pub(crate) base_url: String,
    stopping: CancellationToken,
    handle: ServerHandle,
    runner: Runner,
    state: web::Data<State>,
}

impl Server {
    async fn start(db: &Db, fake: &FakeProvider, options: Options) -> Self {
        let runner = Runner::start(db.clone(), models(fake), pace()).await.expect("a runner");
        let stopping = CancellationToken::new();
        let state = State::new(db.clone(), runner.clone(), options, SetupToken::new(SETUP_TOKEN.into()))
            .with_stopping(stopping.clone())
            .with_metrics(recorder());
        let connections = Connections::new(&state);
        let state = web::Data::new(state);
        let served = state.clone();
        let server = HttpServer::new(move || build_app(served.clone()))
            .workers(2)
            .on_connect(move |io, data| connections.admit(io, data))
            .disable_signals()
            .shutdown_timeout(1)
            .bind(("127.0.0.1", 0))
            .expect("a free port");
        let base_url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { base_url, stopping, handle, runner, state }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.cancel();
        drop(self.handle.stop(false));
        let runner = self.runner.clone();
        tokio::spawn(async move { runner.stop().await });
    }
}

/// With other options than most tests have.
pub(crate) async fn app_with(engine: Engine, options: Options) -> TestApp {
    // The client takes one from the process even for plain HTTP.
    rustls::crypto::ring::default_provider().install_default().ok();
    keep_log();
    let database = TestDatabase::fresh(engine).await;
    let url = database.url().to_owned();
    let db = Db::connect(&colophon_domain::Options { url, ..Default::default() }).await.expect("a database");
    let fake = FakeProvider::start();
    let server = Server::start(&db, &fake, options).await;
    let viewer = make_token(&db, "reader", Role::Viewer).await;
    let operator = make_token(&db, "writer", Role::Operator).await;
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build();
    let client = client.expect("a client");
    let base_url = server.base_url.clone();
    let stopping = server.stopping.clone();
    TestApp { db, fake, base_url, stopping, client, viewer, operator, server, database }
}

/// No sign-in is refused for its number, and streams show that they live.
pub(crate) fn options() -> Options {
    let many = NonZeroU32::new(1_000).expect("not zero");
    Options { sign_in_burst: many, heartbeat_s: NonZeroU32::MIN, ..Options::default() }
}

/// The recorder of this process, which all its tests share.
fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| colophon_api::install_recorder().expect("the only recorder")).clone()
}

/// What the process logs, however little matters, since its tests' first [`TestApp`] was made.
pub(crate) fn log() -> String {
    String::from_utf8_lossy(&LOG.lock().expect("a log")).into_owned()
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn keep_log() {
    static KEPT: Once = Once::new();
    KEPT.call_once(|| {
        let log = tracing_subscriber::fmt().json().with_max_level(tracing::Level::DEBUG).with_writer(|| Log);
        log.with_span_events(tracing_subscriber::fmt::format::FmtSpan::NONE).init();
    });
}

fn pace() -> colophon_pipeline::Options {
    let options =
        json!({"segments": {"target": 12, "max": 40}, "poll_ms": 50, "stop_grace_s": 0, "retry_ms": 1});
    serde_json::from_value(options).expect("options")
}

fn models(fake: &FakeProvider) -> Client {
    let providers = json!([
        {"name": "fake", "base_url": fake.base_url(), "api_key_env": "FAKE_KEY"},
        {"name": "keyless", "base_url": fake.base_url(), "api_key_env": "ABSENT_KEY"},
    ]);
    let model = |id: &str, provider: &str, upstream: &str| {
        json!({
            "id": id, "provider": provider, "upstream": upstream, "context_window": 8192,
            "parameters": ["temperature", "max_tokens", "metadata"],
            "input_price_per_mtok": 1.0, "output_price_per_mtok": 2.0,
        })
    };
    let models = json!([
        model("fake/good", "fake", "good"),
        model("fake/slow", "fake", "slow"),
        model("fake/broken", "fake", "fail-400"),
        model("fake/cut", "fake", "fail-length"),
        model("keyless/good", "keyless", "good"),
    ]);
    let providers = serde_json::from_value(providers).expect("providers");
    let models = serde_json::from_value(models).expect("models");
    let catalogue = Catalogue::new(providers, models).expect("a catalogue");
    let catalogue = catalogue.with_keys(Keys::fixed([("FAKE_KEY", "sk-fake")]));
    Client::new(Arc::new(catalogue)).with_demo_delay(Duration::from_millis(1))
}

/// A token of nobody's: one that may read, or may do what tokens can.
pub(crate) async fn make_token(db: &Db, name: &str, role: Role) -> String {
    let txn = db.begin_write().await.expect("a transaction");
    let scopes = match role {
        Role::Viewer => vec![Scope::Read],
        _ => Scope::ALL.to_vec(),
    };
    let new = CreateToken { name: name.to_owned(), scopes, work_id: None, expires_in_days: None };
    let token = token::create_token(&txn, None, &new).await.expect("a token");
    txn.commit().await.expect("committed");
    token.secret
}

impl Fixture for TestApp {
    async fn fresh(engine: Engine) -> Self {
        app_with(engine, options()).await
    }
}

impl TestApp {
    /// A connection to its database without what guards it.
    pub(crate) async fn unguard(&self) -> colophon_test_support::Unguarded {
        self.database.unguard().await
    }

    /// A second server on the same database, with connections of its own.
    pub(crate) async fn neighbour(&self) -> Server {
        let url = self.database.url().to_owned();
        let db =
            Db::connect(&colophon_domain::Options { url, ..Default::default() }).await.expect("a database");
        Server::start(&db, &self.fake, options()).await
    }

    /// A request to another server by a token that may write.
    pub(crate) fn operator_at(&self, server: &Server, method: Method, path: &str) -> Call {
        let call = Call(self.client.request(method, format!("{}/api/v1{path}", server.base_url)));
        call.header("authorization", &format!("Bearer {}", self.operator))
    }

    /// A request by nobody. Paths that do not begin with `/api`, `/problems` … are below `/api/v1`.
    pub(crate) fn nobody(&self, method: Method, path: &str) -> Call {
        let outside = ["/api", "/problems", "/swagger-ui", "/healthz", "/readyz", "/metrics", "/app"];
        let base = if outside.iter().any(|start| path.starts_with(start)) { "" } else { "/api/v1" };
        self.anywhere(method, &format!("{base}{path}"))
    }

    /// A request by nobody to one of the servers, below `/api/v1`.
    pub(crate) fn at(&self, base_url: &str, method: Method, path: &str) -> Call {
        Call(self.client.request(method, format!("{base_url}/api/v1{path}")))
    }

    /// The database under the application.
    pub(crate) fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// What the server writes down when it stops, done now.
    pub(crate) async fn write_left_out(&self) {
        write_left_out(&self.server.state).await.expect("written down");
    }

    /// A request by nobody, to the path as it is.
    pub(crate) fn anywhere(&self, method: Method, path: &str) -> Call {
        Call(self.client.request(method, format!("{}{path}", self.base_url)))
    }

    /// A request by a token that may write.
    pub(crate) fn operator(&self, method: Method, path: &str) -> Call {
        self.nobody(method, path).header("authorization", &format!("Bearer {}", self.operator))
    }

    /// A request by a token that may read.
    pub(crate) fn viewer(&self, method: Method, path: &str) -> Call {
        self.nobody(method, path).header("authorization", &format!("Bearer {}", self.viewer))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.viewer(Method::GET, path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.operator(Method::POST, path).json(&body).send().await
    }

    /// Waits until what goes beside answers is done.
    pub(crate) async fn settle(&self) {
        self.server.state.settle().await;
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.operator(Method::PATCH, path).json(&body).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.operator(Method::DELETE, path).send().await
    }

    /// Adds a user who signs in with [`PASSWORD`].
    pub(crate) async fn user(&self, name: &str, role: Role) {
        let hash = password::hash_password(PASSWORD).expect("a hash");
        let txn = self.db.begin_write().await.expect("a transaction");
        user::create_user(&txn, name, &hash, role).await.expect("a user");
        txn.commit().await.expect("committed");
    }

    /// Signs a user in; answers with the cookie as a browser would send it.
    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let body = json!({"name": name, "password": PASSWORD});
        self.nobody(Method::POST, "/session").json(&body).send().await.is(201).cookie()
    }

    /// A work; answers with its id.
    pub(crate) async fn work(&self) -> i64 {
        let new = json!({
            "title": "銀河鉄道の夜", "author": "宮沢賢治", "source_language": "ja", "target_language": "en",
        });
        self.post("/works", new).await.is(201).id()
    }

    /// A chapter of three segments; answers with its id.
    pub(crate) async fn chapter(&self, work: i64) -> i64 {
        let text = "　一、午後の授業でした。\n　カムパネルラが手をあげました。\n\n　先生はまた言いました。\n";
        let new = json!({"title": "一　午後の授業", "source_text": text});
        self.post(&format!("/works/{work}/chapters"), new).await.is(201).id()
    }

    /// A prompt with its version 1.
    pub(crate) async fn prompt(&self, work: i64, model: &str) {
        let new = json!({"name": "House style", "model": model, "template": TEMPLATE});
        self.post(&format!("/works/{work}/prompt"), new).await.is(201);
    }

    /// A work with a chapter and a prompt: their ids.
    pub(crate) async fn scene(&self, model: &str) -> (i64, i64) {
        let work = self.work().await;
        let chapter = self.chapter(work).await;
        self.prompt(work, model).await;
        (work, chapter)
    }

    /// Starts a run; answers with its id.
    pub(crate) async fn start(&self, work: i64, chapter: i64) -> i64 {
        let path = format!("/works/{work}/chapters/{chapter}/translations");
        self.operator(Method::POST, &path).send().await.is(202).id()
    }

    /// Waits for a run's end; answers with the run.
    pub(crate) async fn ended(&self, run: i64) -> Value {
        for _ in 0..600 {
            let run = self.get(&format!("/translations/{run}")).await.is(200).json();
            if !matches!(run["status"].as_str(), Some("queued" | "running")) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the run does not end");
    }

    /// Sends bytes as they are; answers with what comes back until the connection ends or is idle.
    pub(crate) async fn raw(&self, request: &[u8]) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let address = self.base_url.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request).await.ok();
        let mut answer = Vec::new();
        let mut buffer = [0; 65536];
        // An answer follows within moments; a connection kept open after it tells nothing more.
        while let Ok(Ok(n)) = tokio::time::timeout(Duration::from_millis(700), stream.read(&mut buffer)).await
        {
            if n == 0 {
                break;
            }
            answer.extend_from_slice(&buffer[..n]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends the head of a request, which its last line ends, and answers with all that comes back.
    pub(crate) async fn raw_until_end(&self, head: &str) -> String {
        self.raw(format!("{head}Connection: close\r\n\r\n").as_bytes()).await
    }

    /// The header line that lets raw requests write.
    pub(crate) fn operator_line(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.operator)
    }
}
