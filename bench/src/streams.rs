//! Fifty runs that stream at once, against clients that read the same provider directly.

use std::{net::SocketAddr, time::Duration};

use colophon_contract::url;
use colophon_test_support::Engine;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::LocalSet,
};

use crate::{
    Failure,
    child::{Provider, Server},
    load::{Connection, post},
    provider::{self, DIGITS, MARK, PACED},
    seed::Seeded,
    table::{self, Target, say},
};

/// At once.
const RUNS: usize = 50;
/// Of each run, one after the other.
const SEGMENTS: usize = 4;
/// That a token may come later than it does directly, in milliseconds.
const DELAY: f64 = 20.0;
/// What the server may hold resident, in MB.
const MEMORY: f64 = 150.0;
/// Of the tokens a second that direct clients get.
const SHARE: f64 = 0.8;

/// What arrived at a reader.
#[derive(Debug, Default)]
struct Tokens {
    /// When each was sent and when it came, in microseconds since 1970.
    times: Vec<(u64, u64)>,
    /// When the reader had the head of the reply.
    open_at: u64,
}

/// What arrived at all of them.
struct Figures {
    p50: Duration,
    p99: Duration,
    rate: f64,
    count: usize,
}

/// On one engine.
pub(crate) async fn measure(engine: Engine) -> Result<(), Failure> {
    let provider = Provider::start()?;
    let (seeded, chapters) = Seeded::to_translate(engine, "bench/paced", RUNS, SEGMENTS).await?;
    let server = Server::start_with(seeded.database.url(), &configuration(provider.address)).await?;

    let local = LocalSet::new();
    let direct = local.run_until(read_directly(provider.address)).await?;
    let runs = start(&server, &seeded, &chapters).await?;
    let through = local.run_until(read_runs(server.address, &runs, &seeded.cookie)).await?;
    let (direct, through) = (figures(&direct)?, figures(&through)?);

    table::heading(&format!(
        "{engine:?}: {RUNS} runs of {SEGMENTS} segments that stream at once, 50 tokens a second each"
    ));
    say(&format!("{:<52} {:>10} {:>10} {:>10}", "", "tokens/s", "p50 µs", "p99 µs"));
    for (name, figures) in
        [("read by the server's event streams", &through), ("read from the provider directly", &direct)]
    {
        let (p50, p99) = (figures.p50.as_micros(), figures.p99.as_micros());
        say(&format!("{name:<52} {:>10.0} {p50:>10} {p99:>10}", figures.rate));
    }
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
    let added = milliseconds(through.p99) - milliseconds(direct.p99);
    table::verdict("delay added a token, 99th percentile", added, " ms", Target::AtMost(DELAY));
    table::verdict("tokens a second / directly", through.rate / direct.rate, "", Target::AtLeast(SHARE));
    table::verdict(
        "tokens that came / directly",
        through.count as f64 / direct.count as f64,
        "",
        Target::None,
    );
    table::verdict("resident at most", server.peak()?, " MB", Target::AtMost(MEMORY));
    say("");
    Ok(())
}

/// The two models of the provider, as many runs at once as there are.
pub(crate) fn configuration(provider: SocketAddr) -> String {
    format!(
        "[runs]\nmax_active_runs = {RUNS}\n\n[[providers]]\nname = \"bench\"\nbase_url = \"http://{provider}/v1\"\n\
         max_concurrency = {RUNS}\n\n[[models]]\nid = \"bench/paced\"\nprovider = \"bench\"\nupstream = \"{PACED}\"\n\
         name = \"Paced\"\nparameters = [\"temperature\"]\n\n[[models]]\nid = \"bench/burst\"\nprovider = \"bench\"\n\
         upstream = \"{}\"\nname = \"Burst\"\nparameters = [\"temperature\"]\n",
        provider::BURST
    )
}

/// Asks for a run of each chapter; answers with their ids.
pub(crate) async fn start(server: &Server, seeded: &Seeded, chapters: &[i64]) -> Result<Vec<i64>, Failure> {
    let mut connection = Connection::open(server.address).await?;
    let work_id = *seeded.works.first().ok_or("no work")?;
    let mut runs = Vec::new();
    for chapter_id in chapters {
        let request = post(&url::translations(work_id, *chapter_id), &seeded.cookie, b"");
        let reply = connection.fetch(&request).await?;
        let body: Value = serde_json::from_slice(&reply.body)?;
        match (reply.status, body["id"].as_i64()) {
            (202, Some(id)) => runs.push(id),
            (status, _) => return Err(format!("status {status} instead of 202: {body}").into()),
        }
    }
    Ok(runs)
}

async fn read_directly(provider: SocketAddr) -> Result<Vec<Tokens>, Failure> {
    let body = serde_json::json!({"model": PACED, "stream": true, "messages": []}).to_string();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let reader = || {
        let request = request.clone();
        async move {
            let mut tokens = Tokens::default();
            for _ in 0..SEGMENTS {
                read(provider, request.as_bytes(), &mut tokens).await?;
            }
            Ok(tokens)
        }
    };
    together((0..RUNS).map(|_| reader())).await
}

async fn read_runs(server: SocketAddr, runs: &[i64], cookie: &str) -> Result<Vec<Tokens>, Failure> {
    let reader = |run: i64| {
        let request =
            format!("GET {} HTTP/1.0\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n", url::events(run));
        async move {
            let mut tokens = Tokens::default();
            read(server, request.as_bytes(), &mut tokens).await?;
            Ok(tokens)
        }
    };
    together(runs.iter().map(|run| reader(*run))).await
}

async fn together(
    readers: impl Iterator<Item = impl Future<Output = Result<Tokens, Failure>> + 'static>,
) -> Result<Vec<Tokens>, Failure> {
    let readers: Vec<_> = readers.map(tokio::task::spawn_local).collect();
    let mut all = Vec::new();
    for reader in readers {
        all.push(reader.await??);
    }
    Ok(all)
}

/// Reads an event stream to its end. As HTTP/1.0, so that nothing stands between the events.
async fn read(address: SocketAddr, request: &[u8], tokens: &mut Tokens) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request).await?;
    let (mut buffer, mut event) = (Vec::new(), String::new());
    while stream.read_buf(&mut buffer).await? > 0 {
        let came_at = provider::now();
        if tokens.open_at == 0 {
            tokens.open_at = came_at;
        }
        let end = buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in std::str::from_utf8(&buffer[..end])?.lines() {
            if line.is_empty() {
                event.clear();
            } else if let Some(name) = line.strip_prefix("event: ") {
                name.clone_into(&mut event);
            } else if event.is_empty() || event == "segment-delta" {
                // The text of a whole segment comes again at its end.
                let sent = line.split(MARK).skip(1).filter_map(|token| token.get(..DIGITS)?.parse().ok());
                tokens.times.extend(sent.map(|sent_at| (sent_at, came_at)));
            }
        }
        buffer.drain(..end);
    }
    Ok(())
}

/// Delays are those of tokens that were sent to a reader who was there.
fn figures(readers: &[Tokens]) -> Result<Figures, Failure> {
    let times = || readers.iter().flat_map(|tokens| tokens.times.iter());
    let mut delays: Vec<u64> = readers
        .iter()
        .flat_map(|tokens| tokens.times.iter().filter(|(sent, _)| *sent > tokens.open_at))
        .map(|(sent, came)| came.saturating_sub(*sent))
        .collect();
    delays.sort_unstable();
    let at = |share: f64| {
        let index = (delays.len() as f64 * share) as usize;
        delays.get(index).map(|micros| Duration::from_micros(*micros)).ok_or("no tokens came")
    };
    let first = times().map(|(sent, _)| *sent).min().ok_or("no tokens came")?;
    let last = times().map(|(_, came)| *came).max().ok_or("no tokens came")?;
    let count = times().count();
    let rate = count as f64 / Duration::from_micros(last - first).as_secs_f64();
    Ok(Figures { p50: at(0.5)?, p99: at(0.99)?, rate, count })
}
