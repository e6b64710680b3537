//! Many readers of one run, who drop and come back, and some who never read what they asked for.

use colophon_contract::{Run, url};
use colophon_test_support::{Engine, TestDatabase, on_both};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
    time::Instant,
};

use super::{
    proof::{Asked, check_completed, check_page},
    reader::Reader,
    scale::{chance, scale, tell},
    server::Server,
    stage::{Stage, Work},
};

/// Segments of some thousand characters.
const RUNS: &str = "lease_s = 5\nretry_ms = 40\nsegments = { target = 700, max = 2000 }";
/// From so many on it is the long form.
const MANY: usize = 300;
/// What so many readers may cost, in megabytes: their connections, and nothing that grows with what they did not read.
const READERS_MEMORY: f64 = 120.0;

on_both! {
    async fn each_of_many_readers_has_the_whole_text_once(database: TestDatabase) {
        let readers = scale("CHAOS_READERS", 40);
        let segments = if readers < MANY { 4 } else { 24 };
        let mut random = chance("readers");
        let servers = if database.engine() == Engine::Sqlite { 1 } else { 2 };
        let stage = Stage::start(database.url(), servers, RUNS).await;
        let work = stage.work().await;

        let begun_at = Instant::now();
        let alone = begin(&stage, work, "1", segments).await;
        stage.ended(alone.id).await;
        let alone_for = begun_at.elapsed();

        let before: Vec<f64> = stage.servers.iter().map(Server::resident).collect();
        let begun_at = Instant::now();
        let run = begin(&stage, work, "2", segments).await;
        let mut deaf = Vec::new();
        for n in 0..readers.div_ceil(5) {
            deaf.push(ask_and_never_read(&stage, &stage.servers[n % servers], run.id).await);
        }
        let read = futures::future::join_all((0..readers).map(|n| {
            let (mut random, mut reader, stage) = (random.fork(), Reader::of(run.id), &stage);
            // Half of them begin at each server, and all move from one to the other each time.
            let servers: Vec<&Server> = stage.servers.iter().cycle().skip(n % servers).take(servers).collect();
            async move {
                reader.read_all(&stage.client, &servers, || random.usize(1..60)).await;
                reader
            }
        }));
        let (read, ended_for) = tokio::join!(read, async {
            stage.ended(run.id).await;
            begun_at.elapsed()
        });
        let after: Vec<f64> = stage.servers.iter().map(Server::resident).collect();
        drop(deaf);

        let asked = Asked::of(&stage);
        check_completed(&stage, &alone, &asked).await;
        let segments = check_completed(&stage, &run, &asked).await;
        for reader in &read {
            check_page(reader, &segments);
        }
        stage.check_logs();
        let growth = after.iter().zip(&before).map(|(after, before)| after - before).fold(0.0, f64::max);
        tell(&format!(
            "readers, {:?}: {readers} readers came {} times, {} never read; {} segments of {} characters in {:.1} s \
             (alone {:.1} s); resident before {before:.0?}, at the end {after:.0?} MB",
            database.engine(), read.iter().map(|reader| reader.visits).sum::<usize>(), readers.div_ceil(5), segments.len(),
            segments.iter().filter_map(|segment| segment.text.as_ref()).map(|text| text.chars().count()).sum::<usize>(),
            ended_for.as_secs_f64(), alone_for.as_secs_f64(),
        ));
        if readers >= MANY {
            assert!(growth < READERS_MEMORY, "readers cost {growth} MB");
        }
    }
}

/// A run of so many segments, each a long paragraph that takes a second and comes in hundreds of pieces.
async fn begin(stage: &Stage, work: Work, key: &str, segments: usize) -> Run {
    stage.set_pace(4, 3);
    let chapter = stage.long_chapter(work, key, segments).await;
    stage.begin(work, chapter).await
}

/// A connection whose other end soon has no room left to send into.
async fn ask_and_never_read(stage: &Stage, server: &Server, run_id: i64) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(2_048).expect("a small buffer");
    let mut stream = socket.connect(server.address()).await.expect("connects");
    let head = stage.client.head(server, &url::events(run_id));
    stream.write_all(head.as_bytes()).await.expect("asked");
    stream
}
