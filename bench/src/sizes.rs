//! The same read with little and with much in the database.

use colophon_test_support::Engine;

use crate::{
    Failure,
    child::Server,
    load::{CONNECTIONS, get, repeat, round},
    sample::{Plan, Rounds},
    seed::Seeded,
    table::{self, Target},
};

/// Versions of a long history.
const VERSIONS: usize = 10_000;
/// Translations of a large database.
const RUNS: usize = 100_000;

/// On one engine.
pub(crate) async fn measure(engine: Engine, plan: Plan) -> Result<(), Failure> {
    versions(engine, plan).await?;
    translations(engine, plan).await
}

/// All clients read one prompt: with 1 version, with a full page of them, with 10,000.
async fn versions(engine: Engine, plan: Plan) -> Result<(), Failure> {
    let seeded = Seeded::new(engine, 1).await?;
    let works = [seeded.works[0], seeded.add_work(21).await?, seeded.add_work(VERSIONS).await?];
    seeded.settle().await?;
    let server = Server::start(seeded.database.url()).await?;
    let mut figures = [Rounds::default(), Rounds::default(), Rounds::default()];
    for _ in 0..plan.rounds {
        for (work_id, rounds) in works.iter().zip(&mut figures) {
            let request = get(&colophon_contract::url::prompt(*work_id), &seeded.cookie, "");
            let requests = vec![request; CONNECTIONS];
            rounds.push(round(server.address, repeat(&requests), 200, plan.seconds).await?);
        }
    }
    let [one, page, many] = &figures;
    table::heading(&format!("{engine:?}: GET …/prompt with a long history"));
    table::rates(&[("1 version", one), ("21 versions: as large a reply", page), ("10,000 versions", many)]);
    table::verdict("slower with 10,000 versions than with 1", one.rate_to(many), "x", Target::AtMost(1.2));
    table::verdict("slower with 10,000 versions than with 21", page.rate_to(many), "x", Target::AtMost(1.2));
    Ok(())
}

async fn translations(engine: Engine, plan: Plan) -> Result<(), Failure> {
    let few = Seeded::new(engine, 5).await?;
    few.add_runs(10).await?;
    let many = Seeded::new(engine, 5).await?;
    many.add_runs(RUNS).await?;
    let mut sides = Vec::new();
    for seeded in [&few, &many] {
        let paths = seeded.works.iter().map(|id| colophon_contract::url::prompt(*id));
        let requests: Vec<_> = paths.map(|path| get(&path, &seeded.cookie, "")).collect();
        sides.push((Server::start(seeded.database.url()).await?, requests, Rounds::default()));
    }
    for _ in 0..plan.rounds {
        for (server, requests, rounds) in &mut sides {
            rounds.push(round(server.address, repeat(requests), 200, plan.seconds).await?);
        }
    }
    let (few, many) = (&sides[0].2, &sides[1].2);
    table::heading(&format!("{engine:?}: GET …/prompt with many translations"));
    table::rates(&[("about 10 translations", few), ("100,000 translations", many)]);
    table::verdict("slower with 100,000 translations", few.rate_to(many), "x", Target::AtMost(1.2));
    Ok(())
}
