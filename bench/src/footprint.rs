//! The server's memory, how soon it is ready, and the web app's size as sent.

use std::{
    collections::BTreeSet,
    process::Command,
    time::{Duration, Instant},
};

use colophon_test_support::Engine;

use crate::{
    Failure,
    child::Server,
    load::{Connection, get, repeat, round},
    sample::{Plan, median},
    seed::Seeded,
    table::{self, Target, say},
};

/// What a server may hold resident, in MB.
const MEMORY: f64 = 40.0;
/// How soon it must be ready, in milliseconds.
const READY: f64 = 200.0;
/// What the web app may weigh, in kB.
const WEB_APP: f64 = 350.0;
/// Of idleness, before memory is read.
const IDLE: Duration = Duration::from_secs(5);

/// On one engine.
pub(crate) async fn measure(engine: Engine, plan: Plan) -> Result<(), Failure> {
    let seeded = Seeded::new(engine, 25).await?;
    table::heading(&format!("{engine:?}: start and memory"));
    let (mut starts, mut nothings) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds.max(5) {
        starts.push(milliseconds(Server::start(seeded.database.url()).await?.ready_after));
        let begun = Instant::now();
        Command::new("true").status()?;
        nothings.push(milliseconds(begun.elapsed()));
    }
    let (start, nothing) = (median(starts), median(nothings));
    table::verdict("ready after its start on an existing database", start, " ms", Target::AtMost(READY));
    table::verdict("a process that does nothing (`true`), start to end", nothing, " ms", Target::None);
    table::verdict("ratio", start / nothing, "x", Target::None);

    let server = Server::start(seeded.database.url()).await?;
    tokio::time::sleep(IDLE).await;
    table::verdict("resident, idle since its start", server.resident()?, " MB", Target::AtMost(MEMORY));
    let paths = seeded.works.iter().map(|id| colophon_contract::url::prompt(*id));
    let requests: Vec<_> = paths.map(|path| get(&path, &seeded.cookie, "")).collect();
    round(server.address, repeat(&requests), 200, plan.seconds).await?;
    tokio::time::sleep(IDLE).await;
    table::verdict(
        "resident, idle after reads at 32 connections",
        server.resident()?,
        " MB",
        Target::AtMost(MEMORY),
    );
    if engine == Engine::Sqlite {
        web_app(&server).await?;
    }
    say("");
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Follows the page to all that it loads, as a browser that takes brotli.
async fn web_app(server: &Server) -> Result<(), Failure> {
    table::heading("The web app as sent (brotli)");
    let mut connection = Connection::open(server.address).await?;
    let page = plain(&mut connection, "/").await?;
    let mut names = assets(&page, "/");
    if !names.iter().any(|name| name.contains(".wasm")) {
        say("this build has no web app: build with the feature `embed`");
        return Ok(());
    }
    for script in names.clone().iter().filter(|name| name.contains(".js")) {
        names.extend(assets(&plain(&mut connection, script).await?, "./snippets/"));
    }
    names.insert("/".to_owned());
    let mut total = 0.0;
    for name in &names {
        let reply = connection.fetch(&get(name, "", "Accept-Encoding: br\r\nAccept: */*\r\n")).await?;
        if reply.status != 200 {
            return Err(format!("{name}: status {}", reply.status).into());
        }
        let size = reply.body.len() as f64 / 1e3;
        total += size;
        say(&format!("  {name:<84} {size:>8.1} kB"));
    }
    table::verdict("HTML, JS, WASM, CSS, icon", total, " kB", Target::AtMost(WEB_APP));
    Ok(())
}

async fn plain(connection: &mut Connection, name: &str) -> Result<String, Failure> {
    let reply = connection.fetch(&get(name, "", "Accept: text/html, */*\r\n")).await?;
    Ok(String::from_utf8_lossy(&reply.body).into_owned())
}

/// Addresses of a text, quoted or not, that begin with `start` and name something a browser loads.
fn assets(text: &str, start: &str) -> BTreeSet<String> {
    text.split(['"', '\'', '=', ' ', '>'])
        .filter(|quoted| quoted.starts_with(start))
        .filter(|quoted| {
            let name = quoted.split('?').next().unwrap_or_default();
            [".js", ".wasm", ".css", ".svg"].iter().any(|kind| name.ends_with(kind))
        })
        .map(|quoted| quoted.trim_start_matches('.').to_owned())
        .collect()
}
