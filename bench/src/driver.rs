//! A child: the database's driver alone, on the pool that the server would have, running the server's own
//! statements. What it reads is fetched and its first column decoded, nothing else.

use std::{
    io::BufRead,
    time::{Duration, Instant},
};

use chrono::Utc;
use clap::Args;
use colophon_domain::{Db, Options, hot};
use sea_orm::sqlx::{self, AssertSqlSafe, PgPool, Row, SqlitePool, query};

use crate::{Failure, load::CONNECTIONS, sample::Sample, seed, table::say};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    database_url: String,
    token_sha256: String,
    /// Joined by commas.
    work_ids: String,
}

/// The pools of a [`Db`], without what the project put around them.
#[derive(Clone)]
enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// What the server sends to the database for a read.
#[derive(Clone)]
pub(crate) struct Statements {
    pools: Pools,
    read: &'static str,
    token_sha256: String,
}

/// Runs an expression with the pool that writes.
macro_rules! on_writer {
    ($pools:expr, $pool:ident => $body:expr) => {
        match $pools {
            Pools::Sqlite { write: $pool, .. } => $body,
            Pools::Postgres($pool) => $body,
        }
    };
}

impl Statements {
    /// Opens the database as the server does.
    pub(crate) async fn open(database_url: &str, token_sha256: &str) -> Result<Self, Failure> {
        let options = Options { url: database_url.to_owned(), ..Options::default() };
        let db = Db::connect(&options).await?;
        let (read, write) = (db.read(), db.write_connection());
        let pools = match db.engine() {
            colophon_domain::Engine::Sqlite => {
                let read = read.get_sqlite_connection_pool().clone();
                let write = write.get_sqlite_connection_pool().clone();
                Pools::Sqlite { read, write }
            }
            colophon_domain::Engine::Postgres => Pools::Postgres(read.get_postgres_connection_pool().clone()),
        };
        let read = hot::head_by_session_sql(db.engine());
        Ok(Self { pools, read, token_sha256: token_sha256.to_owned() })
    }

    /// Who asks, with the prompt's head: all that `GET …/prompt` asks, whether it answers with 200 or 304, once
    /// it has read a version.
    pub(crate) async fn read(&self, work_id: i64) -> Result<(), sqlx::Error> {
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                let row = query(self.read).bind(work_id).bind(&self.token_sha256).bind(Utc::now());
                row.fetch_one(read).await?.try_get::<i64, _>(0)?;
            }
            Pools::Postgres(pool) => {
                let row = query(self.read).bind(work_id).bind(&self.token_sha256);
                row.fetch_one(pool).await?.try_get::<i64, _>(0)?;
            }
        }
        Ok(())
    }

    /// A row of the size of a version, durable when it answers.
    async fn insert(&self) -> Result<(), sqlx::Error> {
        let (template, hash) = (seed::template(0), "0".repeat(64));
        on_writer!(&self.pools, pool => {
            let mut transaction = pool.begin().await?;
            let insert = query(AssertSqlSafe(seed::RAW_INSERT)).bind(template).bind(hash).bind(Utc::now());
            insert.execute(&mut *transaction).await?;
            transaction.commit().await
        })
    }
}

/// Carries out rounds as they are asked for on standard input, until it ends.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let work_ids: Vec<i64> = arguments.work_ids.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let open = Statements::open(&arguments.database_url, &arguments.token_sha256);
    let statements = runtime.block_on(open)?;
    say("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (job, seconds) = line.split_once(' ').ok_or("which job, for how long?")?;
        let seconds = Duration::from_secs_f64(seconds.parse()?);
        say(&runtime.block_on(round(&statements, job, &work_ids, seconds))?.to_line());
    }
    Ok(())
}

async fn round(
    statements: &Statements,
    job: &str,
    work_ids: &[i64],
    seconds: Duration,
) -> Result<Sample, Failure> {
    let end = Instant::now() + seconds;
    let mut tasks = Vec::new();
    for client in 0..CONNECTIONS {
        let (statements, job) = (statements.clone(), job.to_owned());
        let work_id = work_ids[client % work_ids.len()];
        tasks.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let begun = Instant::now();
                match job.as_str() {
                    "read" => statements.read(work_id).await?,
                    "insert" => statements.insert().await?,
                    other => return Err(sqlx::Error::Configuration(format!("no job {other}").into())),
                }
                let now = Instant::now();
                if now > end {
                    return Ok::<_, sqlx::Error>(latencies);
                }
                latencies.push(now - begun);
            }
        }));
    }
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    Ok(Sample::of(latencies, seconds))
}
