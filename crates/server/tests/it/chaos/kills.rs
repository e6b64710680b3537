//! `kill -9` at random moments.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use colophon_contract::Run;
use colophon_test_support::{Engine, TestDatabase, on_both_engines};

use super::{
    client::PAUSE,
    proof::{Asked, Watch, check_completed, check_history, check_page},
    reader::Reader,
    scale::{chance, scale, tell},
    server::Server,
    stage::{BRIEF, Stage, Work},
};

/// Segments of each chapter, a third of a second each.
const SEGMENTS: usize = 8;
/// Runs under way at least while servers are killed.
const ACTIVE: usize = 3;

#[on_both_engines]
async fn killed_at_any_moment_runs_go_on_and_nothing_finished_changes(database: TestDatabase) {
    let (kills, runs) = (scale("CHAOS_KILLS", 6), scale("CHAOS_RUNS", 4));
    let mut random = chance("kills");
    let servers = if database.engine() == Engine::Sqlite { 1 } else { 2 };
    let stage = Stage::start(database.url(), servers, BRIEF).await;
    stage.set_pace(2, 20);
    let works = [stage.work().await, stage.work().await];
    let story = Story {
        stage: &stage,
        works,
        begun: RefCell::default(),
        watch: RefCell::default(),
        over: Cell::new(false),
    };
    let (mut editing, mut reading) = (random.fork(), random.fork());
    let (versions, readers, (), ()) = tokio::join!(
        story.edit(&mut editing),
        story.follow(&mut reading),
        story.start(runs),
        story.kill(kills, &mut random),
    );
    stage.set_pace(100, 0);
    let begun = story.begun.into_inner();
    for run in &begun {
        stage.ended(run.id).await;
    }
    let asked = Asked::of(&stage);
    let (mut watch, mut segments) = (story.watch.into_inner(), 0);
    for run in &begun {
        let finished = check_completed(&stage, run, &asked).await;
        watch.compare(run, &finished, &asked);
        segments += finished.len();
        readers
            .iter()
            .filter(|reader| reader.run_id == run.id)
            .for_each(|reader| check_page(reader, &finished));
    }
    for (work, versions) in works.into_iter().zip(versions) {
        check_history(&stage, work, versions).await;
    }
    stage.check_logs();
    tell(&format!(
        "kills, {:?}: {kills} kills, {} runs, {segments} segments in {} requests to the provider, {} looks, \
             versions {versions:?}, {} runs read in {} visits, {} requests",
        database.engine(),
        begun.len(),
        asked.total(),
        watch.looks,
        readers.len(),
        readers.iter().map(|reader| reader.visits).sum::<usize>(),
        stage.client.asked(),
    ));
}

struct Story<'a> {
    stage: &'a Stage,
    works: [Work; 2],
    begun: RefCell<Vec<Run>>,
    watch: RefCell<Watch>,
    /// Whether the last server was killed.
    over: Cell<bool>,
}

impl Story<'_> {
    /// Appends versions for as long as servers are killed; how many each prompt has then.
    async fn edit(&self, random: &mut fastrand::Rng) -> [usize; 2] {
        let mut latest = [1; 2];
        while !self.over.get() {
            tokio::time::sleep(Duration::from_millis(random.u64(20..200))).await;
            let which = random.usize(..2);
            let version = self.stage.append(self.works[which], latest[which]).await;
            assert_eq!(version.number, latest[which] + 1, "appended once");
            latest[which] = version.number;
        }
        latest.map(|number| usize::try_from(number).expect("positive"))
    }

    /// Starts runs, so many at least, and enough for some to be under way as long as servers are killed.
    async fn start(&self, runs: usize) {
        while !self.over.get() || self.begun.borrow().len() < runs {
            let count = self.begun.borrow().len();
            let active = self.watch.borrow().active(&self.begun.borrow());
            if active >= ACTIVE && !self.over.get() {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let work = self.works[count % 2];
            let chapter = self.stage.chapter(work, &format!("{count}"), SEGMENTS).await;
            let run = self.stage.begin(work, chapter).await;
            self.begun.borrow_mut().push(run);
        }
    }

    /// Reads the newest run from its beginning to its end, at whichever server is there, then the next one.
    async fn follow(&self, random: &mut fastrand::Rng) -> Vec<Reader> {
        let mut readers: Vec<Reader> = Vec::new();
        let servers: Vec<&Server> = self.stage.servers.iter().collect();
        loop {
            let newest = self.begun.borrow().last().map(|run| run.id);
            match newest.filter(|newest| readers.last().is_none_or(|reader| reader.run_id != *newest)) {
                Some(run_id) => {
                    let mut reader = Reader::of(run_id);
                    reader.read_all(&self.stage.client, &servers, || random.usize(1..80)).await;
                    readers.push(reader);
                }
                None if self.over.get() => return readers,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Kills a server, any one, and starts it again; in between and after that, what is finished is looked at.
    async fn kill(&self, kills: usize, random: &mut fastrand::Rng) {
        let servers = &self.stage.servers;
        for _ in 0..kills {
            self.until_something_runs().await;
            tokio::time::sleep(Duration::from_millis(random.u64(..900))).await;
            let server = &servers[random.usize(..servers.len())];
            server.kill();
            if servers.len() > 1 && random.bool() {
                // Long enough for another to take over.
                tokio::time::sleep(Duration::from_millis(random.u64(..1_800))).await;
                self.look().await;
            }
            server.start_again();
            self.stage.until_ready(server).await;
            self.look().await;
        }
        self.over.set(true);
    }

    async fn until_something_runs(&self) {
        while self.stage.fake().now() == 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn look(&self) {
        let begun = self.begun.borrow().clone();
        let mut watch = self.watch.take();
        watch.look(self.stage, &begun).await;
        self.watch.replace(watch);
    }
}
