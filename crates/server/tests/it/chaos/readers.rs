//! Many readers of one run, who drop and come back, and some who never read what they asked for.

use std::time::Duration;

use colophon_contract::{Run, url};
use colophon_test_support::{Engine, TestDatabase, on_both_engines};
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

#[on_both_engines]
async fn each_of_many_readers_has_the_whole_text_once(database: TestDatabase) {
    let readers = scale("CHAOS_READERS", 40);
    let mut random = chance("readers");
    let servers = if database.engine() == Engine::Sqlite { 1 } else { 2 };
    let stage = Stage::start(database.url(), servers, RUNS).await;
    let work = stage.work().await;
    let segments = if readers < MANY { 4 } else { 24 };
    let before: Vec<f64> = stage.servers.iter().filter_map(Server::resident).collect();
    let (run, read, took) = crowd(&stage, work, segments, readers, &mut random).await;
    let after: Vec<f64> = stage.servers.iter().filter_map(Server::resident).collect();

    let segments = check_completed(&stage, &run, &Asked::of(&stage)).await;
    for reader in &read {
        check_page(reader, &segments);
    }
    let characters =
        segments.iter().filter_map(|segment| segment.text.as_ref()).map(|text| text.chars().count());
    tell(&format!(
        "readers, {:?}: {readers} readers came {} times, {} never read; {} segments of {} characters in {:.1} s; \
             resident before {before:.0?}, at the end {after:.0?} MB",
        database.engine(),
        read.iter().map(|reader| reader.visits).sum::<usize>(),
        deaf(readers),
        segments.len(),
        characters.sum::<usize>(),
        took.as_secs_f64(),
    ));
    if readers >= MANY {
        let growth = after.iter().zip(&before).map(|(after, before)| after - before).fold(0.0, f64::max);
        assert!(growth < READERS_MEMORY, "readers cost {growth} MB");
        check_pace(&stage, work, segments.len(), deaf(readers)).await;
    }
    stage.check_logs();
}

/// Of so many readers, how many more never read.
fn deaf(readers: usize) -> usize {
    readers.div_ceil(5)
}

/// A run that so many read; what each has, and how long it took.
async fn crowd(
    stage: &Stage,
    work: Work,
    segments: usize,
    readers: usize,
    random: &mut fastrand::Rng,
) -> (Run, Vec<Reader>, Duration) {
    let begun_at = Instant::now();
    let run = begin(stage, work, "1", segments).await;
    let unread = ask_and_never_read(stage, run.id, deaf(readers)).await;
    let count = stage.servers.len();
    let read = futures::future::join_all((0..readers).map(|n| {
        let (mut random, mut reader) = (random.fork(), Reader::of(run.id));
        // Half of them begin at each server, and all move from one to the other each time.
        let servers: Vec<&Server> = stage.servers.iter().cycle().skip(n % count).take(count).collect();
        async move {
            reader.read_all(&stage.client, &servers, || random.usize(1..60)).await;
            reader
        }
    }));
    let (read, took) = tokio::join!(read, async {
        stage.ended(run.id).await;
        begun_at.elapsed()
    });
    drop(unread);
    (run, read, took)
}

/// A run ends though connections are open whose other end reads nothing: it does not wait for them.
async fn check_pace(stage: &Stage, work: Work, segments: usize, deaf: usize) {
    let mut took = Vec::new();
    for (key, deaf) in [("2", 0), ("3", deaf)] {
        let begun_at = Instant::now();
        let run = begin(stage, work, key, segments).await;
        let unread = ask_and_never_read(stage, run.id, deaf).await;
        stage.ended(run.id).await;
        took.push(begun_at.elapsed().as_secs_f64());
        drop(unread);
    }
    tell(&format!(
        "readers: a run alone took {:.1} s, beside {deaf} that never read {:.1} s",
        took[0], took[1]
    ));
}

/// A run of so many segments, each a long paragraph that takes a second and comes in hundreds of pieces.
async fn begin(stage: &Stage, work: Work, key: &str, segments: usize) -> Run {
    stage.set_pace(4, 3);
    let chapter = stage.long_chapter(work, key, segments).await;
    stage.begin(work, chapter).await
}

/// Connections whose other end soon has no room left to send into.
async fn ask_and_never_read(stage: &Stage, run_id: i64, count: usize) -> Vec<TcpStream> {
    let mut unread = Vec::new();
    for server in stage.servers.iter().cycle().take(count) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(2_048).expect("a small buffer");
        let mut stream = socket.connect(server.address()).await.expect("connects");
        let head = stage.client.head(server, &url::events(run_id));
        stream.write_all(head.as_bytes()).await.expect("asked");
        unread.push(stream);
    }
    unread
}
