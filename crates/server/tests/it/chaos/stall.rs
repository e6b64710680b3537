//! A server that is stopped past its lease (SIGSTOP) and goes on (SIGCONT).

use std::time::Duration;

use colophon_contract::{Run, RunStatus, url};
use colophon_test_support::{Engine, TestDatabase, run};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, QueryResult, Statement};

use super::{
    client::{Ask, PATIENCE, PAUSE},
    proof::{Asked, Watch, check_completed},
    scale::{chance, scale, tell},
    server::Server,
    stage::{BRIEF, Stage, Work},
};

/// Longer than the lease of [`BRIEF`].
const STALL: Duration = Duration::from_millis(2_500);

#[test]
fn a_server_that_comes_back_after_its_lease_writes_nothing() {
    run(Engine::Postgres, async |database: TestDatabase| {
        let mut random = chance("stall");
        let stage = Stage::start(database.url(), 2, BRIEF).await;
        let db = database.connect().await;
        let work = stage.work().await;
        let (mut watch, mut begun) = (Watch::default(), Vec::new());
        let times = scale("CHAOS_TIMES", 1);
        for n in 0..times {
            tokio::time::sleep(Duration::from_millis(random.u64(..300))).await;
            let these = begin(&stage, work, n).await;
            stage.until(these[0].id, |run| run.progress.done > 0).await;
            watch.look(&stage, &these).await;
            let (stalled, held) = stall_one(&stage, &db).await;
            stage.set_pace(100, 0);
            // Asked of the other one, for nobody answers here any more.
            for run in &these {
                until_ended(&stage, other(&stage, stalled), run).await;
            }
            let before = everything(&db).await;
            stage.servers[stalled].go_on();
            until_told(&stage.servers[stalled], &held).await;
            check_answers(&stage, &stage.servers[stalled], work, &these).await;
            assert_eq!(everything(&db).await, before, "who comes late writes nothing");
            begun.extend(these);
        }
        finish(
            &stage,
            &mut watch,
            &begun,
            &format!("stall, {:?}: {times} stalls of a server of two", Engine::Postgres),
        )
        .await;
    });
}

#[test]
fn a_server_that_nobody_could_replace_goes_on_where_it_was() {
    run(Engine::Sqlite, async |database: TestDatabase| {
        let stage = Stage::start(database.url(), 1, BRIEF).await;
        let work = stage.work().await;
        let (mut watch, mut begun) = (Watch::default(), Vec::new());
        let times = scale("CHAOS_TIMES", 1);
        for n in 0..times {
            let these = begin(&stage, work, n).await;
            stage.until(these[0].id, |run| run.progress.done > 0).await;
            watch.look(&stage, &these).await;
            stage.servers[0].stall();
            tokio::time::sleep(STALL).await;
            stage.servers[0].go_on();
            check_answers(&stage, &stage.servers[0], work, &these).await;
            stage.set_pace(100, 0);
            for run in &these {
                stage.ended(run.id).await;
            }
            begun.extend(these);
        }
        let sent = Asked::of(&stage).total();
        finish(&stage, &mut watch, &begun, &format!("stall, {:?}: {times} stalls", Engine::Sqlite)).await;
        assert_eq!(sent, watch.finished(), "nothing was sent twice");
    });
}

/// Runs of slow segments, some seconds each, which begin and end at about the same times.
async fn begin(stage: &Stage, work: Work, n: usize) -> Vec<Run> {
    stage.set_pace(1, 90);
    let mut these = Vec::new();
    for m in 0..4 {
        let chapter = stage.chapter(work, &format!("{n}-{m}"), 6).await;
        these.push(stage.begin(work, chapter).await);
    }
    these
}

/// Stops a server that holds runs, each in the middle of a segment's text; which one, and its runs.
async fn stall_one(stage: &Stage, db: &DatabaseConnection) -> (usize, Vec<i64>) {
    // Neither about to be sent nor about to be saved: what was sent already cannot be called back.
    let sql = "SELECT r.id, r.lease_owner, coalesce(length(a.text), 0) BETWEEN 1 AND 20
        FROM chapter_translations r
        LEFT JOIN translation_segments s ON s.chapter_translation_id = r.id AND s.status = 'running'
        LEFT JOIN segment_attempts a ON a.segment_id = s.id AND a.status = 'running'
        WHERE r.status = 'running'";
    let look = async {
        loop {
            let rows = rows(db, sql).await;
            for (which, server) in stage.servers.iter().enumerate() {
                let of_server = format!("{}-", server.pid());
                let held: Vec<(i64, bool)> = rows
                    .iter()
                    .filter(|row| text(row, 1).is_some_and(|owner| owner.starts_with(&of_server)))
                    .map(|row| {
                        (row.try_get_by_index(0).expect("an id"), row.try_get_by_index(2).expect("a truth"))
                    })
                    .collect();
                if held.len() > 1 && held.iter().all(|(_, is_amid)| *is_amid) {
                    server.stall();
                    return (which, held.iter().map(|(run_id, _)| *run_id).collect());
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("a server with runs in the middle of a segment")
}

fn other(stage: &Stage, which: usize) -> &Server {
    &stage.servers[1 - which]
}

async fn until_ended(stage: &Stage, server: &Server, begun: &Run) {
    let until = async {
        loop {
            let answer =
                stage.client.ask(server, &Ask::get(url::translation(begun.id))).await.expect("an answer");
            let run: Run = answer.is(200).into();
            if run.status.is_ended() {
                assert_eq!(run.status, RunStatus::Completed, "{run:?}");
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, until).await.expect("the other server takes over");
}

/// Waits until a server knows that runs are no longer its own.
async fn until_told(server: &Server, runs: &[i64]) {
    let told = async {
        loop {
            let log = server.log();
            let lost = |run_id: &i64| {
                log.lines().any(|line| {
                    let is_of = |end: &str| line.contains(&format!("\"run_id\":{run_id}{end}"));
                    line.contains("run is no longer ours") && (is_of(",") || is_of("}"))
                })
            };
            if runs.iter().all(lost) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("the server finds its leases lost");
}

/// That a server answers as if nothing had been.
async fn check_answers(stage: &Stage, server: &Server, work: Work, runs: &[Run]) {
    let mut asks = vec![Ask::get("/readyz"), Ask::get(url::works()), Ask::get(url::prompt(work.id))];
    asks.extend(
        runs.iter().flat_map(|run| [Ask::get(url::translation(run.id)), Ask::get(url::segments(run.id))]),
    );
    asks.push(Ask::post(url::resume(runs[0].id), None));
    for ask in &asks {
        for _ in 0..5 {
            let answer = stage.client.ask(server, ask).await.expect("an answer");
            assert!(answer.status < 500, "{ask:?}: {answer:?}");
        }
    }
}

/// All that is stored of runs: what they are, their segments, attempts and events.
async fn everything(db: &DatabaseConnection) -> Vec<String> {
    let sql = "SELECT 'run', r::text FROM chapter_translations r UNION ALL
        SELECT 'segment', s::text FROM translation_segments s UNION ALL
        SELECT 'attempt', a::text FROM segment_attempts a UNION ALL
        SELECT 'event', e::text FROM run_events e ORDER BY 1, 2";
    rows(db, sql).await.iter().filter_map(|row| text(row, 1)).collect()
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("rows")
}

fn text(row: &QueryResult, column: usize) -> Option<String> {
    row.try_get_by_index(column).expect("text or nothing")
}

/// That all is well in the end, and that servers go on as they should.
async fn finish(stage: &Stage, watch: &mut Watch, begun: &[Run], what: &str) {
    let asked = Asked::of(stage);
    for run in begun {
        let segments = check_completed(stage, run, &asked).await;
        watch.compare(run, &segments, &asked);
    }
    stage.check_logs();
    tell(&format!(
        "{what}, {} runs, {} segments in {} requests to the provider, {} requests",
        begun.len(),
        watch.finished(),
        asked.total(),
        stage.client.asked(),
    ));
}
