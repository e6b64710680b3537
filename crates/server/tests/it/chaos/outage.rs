//! PostgreSQL stopped, as by a crash, and started again in mid-run.

use std::{cell::Cell, sync::Arc, time::Duration};

use colophon_contract::{Code, url};
use colophon_test_support::{Cluster, Engine, NO_POSTGRES, TestDatabase, run, skip};
use sea_orm::ConnectionTrait as _;

use super::{
    client::{Ask, PATIENCE, PAUSE},
    proof::{Asked, Watch, check_completed, check_history, check_page},
    reader::Reader,
    scale::{chance, scale, tell},
    server::Server,
    stage::{Stage, Work, version},
};

/// A lease longer than a server takes to come back to the database.
const RUNS: &str = "lease_s = 4\nretry_ms = 40\nsegments = { target = 12, max = 60 }";

#[test]
fn a_database_that_is_away_for_a_while_costs_time_and_nothing_else() {
    let Some(cluster) = Cluster::start_durable().expect("PostgreSQL starts") else {
        return skip(NO_POSTGRES);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(take_away(Arc::new(cluster), scale("CHAOS_TIMES", 2)));
}

#[test]
fn a_server_starts_and_reads_on_a_database_that_takes_no_writes() {
    // As on a full disk, or a standby: each transaction is read-only, and writes fail with an error of that kind.
    run(Engine::Postgres, async |database: TestDatabase| {
        let stage = Stage::start(database.url(), 1, RUNS).await;
        let server = &stage.servers[0];
        let work = stage.work().await;
        let chapter = stage.chapter(work, "a", 3).await;
        server.stop();
        set_read_only(&database, true).await;
        server.start_again();
        stage.until_ready(server).await;
        let ready = stage.client.ask(server, &Ask::get("/readyz")).await.expect("an answer").is(200);
        assert!(ready.body["detail"].is_string(), "{:?}", ready.body);
        for path in [url::works(), url::chapter(work.id, chapter), url::prompt(work.id), url::session()] {
            stage.client.ask(server, &Ask::get(path)).await.expect("an answer").is(200);
        }
        let append = Ask::post(url::versions(work.id), version(2, 1));
        let refused = stage.client.ask(server, &append).await.expect("an answer");
        assert_eq!(refused.code, Some(Code::DatabaseUnavailable));
        set_read_only(&database, false).await;
        let written = async {
            while !stage.client.ask(server, &Ask::get("/readyz")).await.expect("an answer").body["detail"]
                .is_null()
            {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, written).await.expect("what a start writes is written");
        stage.set_pace(100, 0);
        let run = stage.begin(work, chapter).await;
        check_completed(&stage, &stage.ended(run.id).await, &Asked::of(&stage)).await;
        stage.check_logs();
    });
}

/// Whether the database takes writes, for connections to come; others are ended.
async fn set_read_only(database: &TestDatabase, is_read_only: bool) {
    let db = database.connect().await;
    let set = format!(
        "BEGIN READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {is_read_only}',
            current_database()); END $$; COMMIT"
    );
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for sql in [&*set, end] {
        db.execute_unprepared(sql).await.expect("done");
    }
}

async fn take_away(cluster: Arc<Cluster>, outages: usize) {
    let mut random = chance("outage");
    let stage = Stage::start(&cluster.url(), 2, RUNS).await;
    stage.set_pace(2, 25);
    let work = stage.work().await;
    let mut begun = Vec::new();
    for n in 0..3 {
        let chapter = stage.chapter(work, &format!("{n}"), 8 * outages).await;
        begun.push(stage.begin(work, chapter).await);
    }
    let (a, b) = (&stage.servers[0], &stage.servers[1]);
    let mut readers: Vec<Reader> = begun.iter().map(|run| Reader::of(run.id)).collect();
    let [first, second, third] = readers.as_mut_slice() else { unreachable!("three runs") };
    let (at_a, at_b, at_both) = ([a], [b], [a, b]);
    let (over, mut watch) = (Cell::new(false), Watch::default());
    let disturb = async {
        for _ in 0..outages {
            tokio::time::sleep(Duration::from_millis(random.u64(300..1_200))).await;
            watch.look(&stage, &begun).await;
            stop(&cluster).await;
            while_away(&stage, work, begun[0].id, Duration::from_millis(random.u64(300..2_000))).await;
            start(&cluster).await;
            for server in &stage.servers {
                stage.until_ready(server).await;
            }
            watch.look(&stage, &begun).await;
        }
        stage.set_pace(100, 0);
        over.set(true);
    };
    let (asked_a, asked_b, ..) = tokio::join!(
        keep_asking(&stage, a, work, begun[0].id, &over),
        keep_asking(&stage, b, work, begun[1].id, &over),
        first.read_all(&stage.client, &at_a, || usize::MAX),
        second.read_all(&stage.client, &at_b, || usize::MAX),
        third.read_all(&stage.client, &at_both, || 20),
        disturb,
    );
    for run in &begun {
        stage.ended(run.id).await;
    }
    let asked = Asked::of(&stage);
    for (run, reader) in begun.iter().zip(&readers) {
        let segments = check_completed(&stage, run, &asked).await;
        watch.compare(run, &segments, &asked);
        check_page(reader, &segments);
    }
    check_history(&stage, work, 1).await;
    stage.check_logs();
    tell(&format!(
        "outage: {outages} outages, 3 runs, {} segments in {} requests to the provider, {} requests, of {} and {} \
         that went on all the time {} and {} were told 503, readers came back {:?} times",
        watch.finished(),
        asked.total(),
        stage.client.asked(),
        asked_a.0,
        asked_b.0,
        asked_a.1,
        asked_b.1,
        readers.iter().map(|reader| reader.visits - 1).collect::<Vec<_>>(),
    ));
}

async fn stop(cluster: &Arc<Cluster>) {
    let cluster = cluster.clone();
    let stopped = tokio::task::spawn_blocking(move || cluster.stop_at_once()).await;
    stopped.expect("no panic").expect("PostgreSQL stops");
}

async fn start(cluster: &Arc<Cluster>) {
    let cluster = cluster.clone();
    let started = tokio::task::spawn_blocking(move || cluster.start_again()).await;
    started.expect("no panic").expect("PostgreSQL starts");
}

/// One of each kind that needs the database. Those that write are refused: nothing is changed by asking.
fn every_kind(work: Work, run_id: i64) -> Vec<Ask> {
    vec![
        Ask::get(url::works()),
        Ask::get(url::work(work.id)),
        Ask::get(url::chapters(work.id)),
        Ask::get(url::prompt(work.id)),
        Ask::get(url::versions(work.id)),
        Ask::get(url::version(work.id, 1)),
        Ask::get(url::translation(run_id)),
        Ask::get(url::segments(run_id)),
        Ask::get(url::attempts(run_id, 1)),
        Ask::get(url::providers()),
        Ask::get(url::session()),
        Ask::post(url::versions(work.id), version(9, 8)),
        Ask::post(url::versions(work.id), version(9, 8)).with_key("stale"),
        Ask::post(url::resume(run_id), None).with_key("active"),
        Ask::post(url::translations(work.id, 999_999), None),
    ]
}

/// Asks at a server as fast as it answers; how often it did, and with 503.
async fn keep_asking(
    stage: &Stage,
    server: &Server,
    work: Work,
    run_id: i64,
    over: &Cell<bool>,
) -> (usize, usize) {
    let (mut answered, mut unavailable) = (0, 0);
    while !over.get() {
        for ask in every_kind(work, run_id) {
            let answer = stage.client.ask(server, &ask).await.expect("the server is there");
            assert!(
                answer.status < 500 || answer.code == Some(Code::DatabaseUnavailable),
                "{ask:?}: {answer:?}"
            );
            answered += 1;
            unavailable += usize::from(answer.status == 503);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (answered, unavailable)
}

/// What servers say while the database is away.
async fn while_away(stage: &Stage, work: Work, run_id: i64, at_least: Duration) {
    let begun = tokio::time::Instant::now();
    for server in &stage.servers {
        let readiness = stage.client.ask(server, &Ask::get("/readyz")).await.expect("an answer");
        assert_eq!(readiness.code, Some(Code::DatabaseUnavailable));
        stage.client.ask(server, &Ask::get("/healthz")).await.expect("an answer").is(200);
        let asks = every_kind(work, run_id);
        let answers = futures::future::join_all(asks.iter().map(|ask| stage.client.ask(server, ask))).await;
        for answer in answers {
            assert_eq!(answer.expect("an answer").code, Some(Code::DatabaseUnavailable));
        }
        let stream = stage.client.follow(server, &url::events(run_id), None).await;
        assert_eq!(stream.err().and_then(|error| error.status()).map(|status| status.as_u16()), Some(503));
    }
    while begun.elapsed() < at_least {
        tokio::time::sleep(PAUSE).await;
    }
}
