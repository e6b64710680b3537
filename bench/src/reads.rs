//! `GET …/prompt` against a bare handler and against the driver alone.

use colophon_test_support::Engine;
use tempfile::TempDir;

use crate::{
    Failure,
    child::{Bare, Driver, Server},
    load::{Connection, get, get_by_token, repeat, round},
    sample::{Plan, Rounds},
    seed::Seeded,
    table::{self, Target, say},
};

/// On one engine: with one version, and with a full first page of them.
pub(crate) async fn measure(engine: Engine, plan: Plan) -> Result<(), Failure> {
    for versions in [1, 25] {
        measure_with(engine, plan, versions).await?;
    }
    Ok(())
}

#[derive(Default)]
struct Figures {
    server: Rounds,
    bare: Rounds,
    driver: Rounds,
    both: Rounds,
    anybody: Rounds,
    token: Rounds,
    server_304: Rounds,
    bare_304: Rounds,
}

async fn measure_with(engine: Engine, plan: Plan, versions: usize) -> Result<(), Failure> {
    let seeded = Seeded::new(engine, versions).await?;
    let url = seeded.database.url();
    let server = Server::start(url).await?;
    let paths: Vec<String> = seeded.works.iter().map(|id| colophon_contract::url::prompt(*id)).collect();
    let requests: Vec<_> = paths.iter().map(|path| get(path, &seeded.cookie, "")).collect();
    let mut connection = Connection::open(server.address).await?;
    let mut known = Vec::new();
    let mut length = 0;
    let folder = TempDir::with_prefix("colophon-bench-")?;
    let body = folder.path().join("body");
    for (path, request) in paths.iter().zip(&requests) {
        let reply = connection.fetch(request).await?;
        let etag = reply.etag.ok_or("a prompt without its tag")?;
        known.push(get(path, &seeded.cookie, &format!("If-None-Match: {etag}\r\n")));
        length = reply.body.len();
        std::fs::write(&body, reply.body)?;
    }
    let bare = Bare::start(&body, url, &seeded.token_sha256)?;
    let mut driver = Driver::start(url, &seeded.token_sha256, &seeded.works)?;
    let with_cookie = |path: String| get(&path, &seeded.cookie, "");
    let bytes: Vec<_> = seeded.works.iter().map(|_| with_cookie("/bytes".to_owned())).collect();
    let nothing: Vec<_> = seeded.works.iter().map(|_| with_cookie("/unchanged".to_owned())).collect();
    let both: Vec<_> = seeded.works.iter().map(|id| with_cookie(format!("/statements/{id}"))).collect();

    let anybody: Vec<_> = seeded.works.iter().map(|id| with_cookie(format!("/prompts/{id}"))).collect();
    let by_token: Vec<_> = paths.iter().map(|path| get_by_token(path, &seeded.token)).collect();

    let mut figures = Figures::default();
    let seconds = plan.seconds;
    for _ in 0..plan.rounds {
        figures.server.push(round(server.address, repeat(&requests), 200, seconds).await?);
        figures.bare.push(round(bare.address, repeat(&bytes), 200, seconds).await?);
        figures.driver.push(driver.round("read", seconds)?);
        figures.both.push(round(bare.address, repeat(&both), 200, seconds).await?);
        figures.anybody.push(round(bare.layered, repeat(&anybody), 200, seconds).await?);
        figures.token.push(round(server.address, repeat(&by_token), 200, seconds).await?);
        figures.server_304.push(round(server.address, repeat(&known), 304, seconds).await?);
        figures.bare_304.push(round(bare.address, repeat(&nothing), 304, seconds).await?);
    }
    table::heading(&format!(
        "{engine:?}: GET …/prompt, {versions} version(s), {length} bytes, 32 connections"
    ));
    print(engine, &figures);
    Ok(())
}

fn print(engine: Engine, figures: &Figures) {
    table::rates(&[
        ("server", &figures.server),
        ("bare handler, same bytes", &figures.bare),
        ("driver alone, same statements", &figures.driver),
        ("bare handler running them by the driver", &figures.both),
        ("the same read within its layers, for anybody", &figures.anybody),
        ("server, by a token", &figures.token),
        ("server, If-None-Match: 304", &figures.server_304),
        ("bare handler, 304", &figures.bare_304),
    ]);
    // Only an embedded database can be compared with no database at all.
    let of_bare = if engine == Engine::Sqlite { Target::AtLeast(0.2) } else { Target::None };
    table::verdict(
        "server / driver alone",
        figures.server.rate_to(&figures.driver),
        "",
        Target::AtLeast(0.6),
    );
    table::verdict("server / bare handler", figures.server.rate_to(&figures.bare), "", of_bare);
    table::verdict(
        "p99: server / bare handler",
        figures.server.p99_to(&figures.bare),
        "",
        Target::AtMost(5.0),
    );
    table::verdict(
        "server / bare handler with driver",
        figures.server.rate_to(&figures.both),
        "",
        Target::None,
    );
    let asked = figures.server.rate_to(&figures.anybody);
    table::verdict("by a session / without asking who", asked, "", Target::AtLeast(0.65));
    let asked = figures.token.rate_to(&figures.anybody);
    table::verdict("by a token / without asking who", asked, "", Target::AtLeast(0.65));
    let of_driver = figures.server_304.rate_to(&figures.driver);
    table::verdict("304: server / driver alone", of_driver, "", Target::AtLeast(0.6));
    table::verdict("304: server / bare handler", figures.server_304.rate_to(&figures.bare_304), "", of_bare);
    let p99 = figures.server_304.p99_to(&figures.bare_304);
    table::verdict("304: p99: server / bare handler", p99, "", Target::AtMost(5.0));
    say("");
}
