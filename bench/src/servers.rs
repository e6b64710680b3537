//! What a second server on the same PostgreSQL gains, where the provider is not the limit.

use std::time::{Duration, Instant};

use colophon_test_support::Engine;

use crate::{
    Failure,
    child::{Provider, Server},
    sample::{Plan, median},
    seed::Seeded,
    streams,
    table::{self, Target, say},
};

const RUNS: usize = 50;
const SEGMENTS: usize = 8;

/// One and two servers, turn about: the same runs by a provider that answers at once.
pub(crate) async fn measure(plan: Plan) -> Result<(), Failure> {
    let provider = Provider::start()?;
    let (mut of_one, mut of_two, mut busy) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        of_one.push(rate(&provider, 1).await?);
        let before = processor_time()?;
        of_two.push(rate(&provider, 2).await?);
        let after = processor_time()?;
        busy.push(100.0 * (after.0 - before.0) / (after.1 - before.1));
    }
    let gains = of_one.iter().zip(&of_two).map(|(one, two)| two / one).collect();
    table::heading(&format!("Postgres: {RUNS} runs of {SEGMENTS} segments, answered at once"));
    table::verdict("segments a second, one server", median(of_one), "", Target::None);
    table::verdict("segments a second, two servers", median(of_two), "", Target::None);
    table::verdict("two / one", median(gains), "x", Target::None);
    // Servers, PostgreSQL, provider and load share the machine: near 100 % it is what limits.
    table::verdict("all processors busy, two servers", median(busy), " %", Target::None);
    say("");
    Ok(())
}

/// Segments a second from the first request to the last run's end.
async fn rate(provider: &Provider, servers: usize) -> Result<f64, Failure> {
    let (seeded, chapters) = Seeded::to_translate(Engine::Postgres, "bench/burst", RUNS, SEGMENTS).await?;
    let configuration = streams::configuration(provider.address);
    let mut running = Vec::new();
    for _ in 0..servers {
        running.push(Server::start_with(seeded.database.url(), &configuration).await?);
    }
    let begun = Instant::now();
    let first = running.first().ok_or("no server")?;
    streams::start(first, &seeded, &chapters).await?;
    while seeded.count_runs("completed").await? < RUNS {
        if seeded.count_runs("failed").await? > 0 {
            return Err("a run failed".into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok((RUNS * SEGMENTS) as f64 / begun.elapsed().as_secs_f64())
}

/// Of all processors since the machine started, in ticks: busy, and in all. See proc_stat(5).
fn processor_time() -> Result<(f64, f64), Failure> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().ok_or("an empty /proc/stat")?;
    let ticks: Vec<f64> = line.split_whitespace().skip(1).map(str::parse).collect::<Result<_, _>>()?;
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    let all: f64 = ticks.iter().sum();
    Ok((all - idle, all))
}
