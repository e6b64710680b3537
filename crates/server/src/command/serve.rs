//! `colophon serve`

mod start;

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{HttpServer, web};
use colophon_api::{Connections, SetupToken, State};
use colophon_domain::{Db, user};
use colophon_pipeline::Runner;
use colophon_provider::Client;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use self::start::StartRecords;
use crate::{Failure, command::say, settings::Settings};

/// How long a client may take to send the head of its request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to close its end, or to send the rest of a body that is not read.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Blocking threads for each worker that answers requests. More than all lanes of admission control can use
/// at once, so that compressing a reply does not wait for them.
const BLOCKING_THREADS: usize = 64;
/// How long a stop waits for requests that are being answered, in seconds.
const ANSWERS_TIMEOUT_S: u64 = 5;

/// Migrates and serves; stops cleanly at SIGTERM or SIGINT.
pub(crate) async fn run(settings: Settings) -> Result<(), Failure> {
    let metrics = colophon_api::install_recorder()?;
    let db = Db::connect(&settings.database).await?;
    let lock = Arc::new(db.lock_for_serving()?);
    if db.is_exclusive() {
        tracing::warn!(
            "the database's disk is full: until the next start no command can be run beside this server"
        );
    }
    for name in colophon_migration::up(db.write_connection(), None).await? {
        tracing::info!(migration = name, "applied");
    }
    let (setup, secret) = set_up(&db).await?;
    // Binds before the runner starts: a server that cannot listen must not take runs from the queue.
    let listener = TcpListener::bind(&settings.listen)
        .map_err(|e| format!("cannot listen on {}: {e}", settings.listen))?;
    let address = listener.local_addr()?;
    let catalogue = settings.catalogue()?;
    let prepared = StartRecords::new(db.clone(), lock.clone(), &catalogue).write_or_wait().await?;
    let client = Client::new(Arc::new(catalogue));
    let runner = Runner::start_after(prepared, db.clone(), client, settings.runs).await?;
    let stopping = CancellationToken::new();
    let state = State::new(db.clone(), runner.clone(), settings.api.clone(), setup)
        .with_metrics(metrics)
        .with_stopping(stopping.clone());
    let state = web::Data::new(state);
    let connections = Connections::new(&state);

    let served = state.clone();
    let server = HttpServer::new(move || colophon_api::build_app(served.clone()))
        .on_connect(move |io, data| connections.admit(io, data))
        .client_request_timeout(REQUEST_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .worker_max_blocking_threads(BLOCKING_THREADS)
        .shutdown_timeout(ANSWERS_TIMEOUT_S)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    let mut serving = tokio::spawn(server);
    announce(&settings, address, secret.as_deref());

    let ended = tokio::select! {
        signal = wait_for_stop() => { signal?; None }
        ended = &mut serving => Some(ended),
    };
    tracing::info!("stopping");
    // Ends event streams first: otherwise the stop would wait for their readers for ever.
    stopping.cancel();
    runner.stop().await;
    handle.stop(true).await;
    let ended = match ended {
        Some(ended) => ended,
        None => serving.await,
    };
    if let Err(error) = colophon_api::write_left_out(&state).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "refusals that were left out are not in the audit log"
        );
    }
    ended??;
    db.close().await?;
    Ok(())
}

/// Returns the token of the one-time setup link if there is no user yet.
async fn set_up(db: &Db) -> Result<(SetupToken, Option<String>), Failure> {
    if user::has_users(db).await? {
        return Ok((SetupToken::none(), None));
    }
    let secret = colophon_domain::random_secret()?;
    Ok((SetupToken::new(secret.clone().into()), Some(secret)))
}

/// Prints where the app is and, while there is no user, how to create the first administrator.
fn announce(settings: &Settings, address: SocketAddr, secret: Option<&str>) {
    let url = settings.api.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let url = url.trim_end_matches('/');
    say!("Colophon is at {url}");
    if let Some(secret) = secret {
        // Placed after `#`, so that no server, proxy or log receives it.
        say!("Make the first administrator, once: {url}/setup#token={secret}");
    }
    tracing::info!(%address, "listening");
}

async fn wait_for_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
