//! A child: bare actix-web handlers, on a server set up as the real one, that answer with the same bytes.

use std::{io::Read, net::Ipv4Addr};

use actix_web::{App, HttpResponse, HttpServer, http::header, web};
use clap::Args;
use colophon_domain::{Db, Options, hot};

use crate::{Failure, driver::Statements, table::say};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A file with the bytes.
    body: std::path::PathBuf,
    database_url: String,
    token_sha256: String,
}

struct Bytes {
    body: web::Bytes,
    statements: Statements,
    db: Db,
}

/// The bytes, and nothing else.
async fn bytes(state: web::Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(state.body.clone())
}

/// 304, and nothing else.
async fn unchanged() -> HttpResponse {
    HttpResponse::NotModified().finish()
}

/// The bytes, after the statements that the real server would have run.
async fn bytes_after_statements(work_id: web::Path<i64>, state: web::Data<Bytes>) -> HttpResponse {
    match state.statements.read(*work_id).await {
        Ok(()) => bytes(state).await,
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// What the real server does for `GET …/prompt`, within the same layers, but for asking who asks.
async fn prompt_for_anybody(work_id: web::Path<i64>, state: web::Data<Bytes>) -> HttpResponse {
    let json = async {
        let head = hot::get_prompt_head(&state.db, *work_id).await?;
        hot::get_prompt_json(&state.db, &head).await
    };
    match json.await {
        Ok(json) => HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((header::CACHE_CONTROL, "private, no-cache"))
            .insert_header((header::ETAG, "W/\"0123456789abcdef01234567\""))
            .body(json),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// Serves until standard input ends: at a first address the bare handlers, at a second the read for anybody.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let body = web::Bytes::from(std::fs::read(&arguments.body)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        log_as_the_server_does();
        colophon_api::install_recorder()?;
        let statements = Statements::open(&arguments.database_url, &arguments.token_sha256).await?;
        let options = Options { url: arguments.database_url.clone(), ..Options::default() };
        let state = web::Data::new(Bytes { body, statements, db: Db::connect(&options).await? });
        let same = state.clone();
        let bare = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/bytes", web::get().to(bytes))
                .route("/unchanged", web::get().to(unchanged))
                .route("/statements/{work_id}", web::get().to(bytes_after_statements))
        });
        let layered = HttpServer::new(move || {
            let app = App::new().app_data(same.clone());
            colophon_api::with_layers(app.route("/prompts/{work_id}", web::get().to(prompt_for_anybody)))
        });
        let bare = bare.disable_signals().bind((Ipv4Addr::LOCALHOST, 0))?;
        let layered = layered.disable_signals().bind((Ipv4Addr::LOCALHOST, 0))?;
        for address in bare.addrs().into_iter().chain(layered.addrs()) {
            say(&address.to_string());
        }
        let (bare, layered) = (bare.run(), layered.run());
        let handles = [bare.handle(), layered.handle()];
        std::thread::spawn(move || {
            std::io::stdin().read_to_end(&mut Vec::new()).ok();
            for handle in handles {
                drop(handle.stop(false));
            }
        });
        tokio::try_join!(bare, layered)?;
        Ok(())
    })
}

/// Spans of requests cost what they do only where somebody listens.
fn log_as_the_server_does() {
    let to_nowhere = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::INFO);
    to_nowhere.with_writer(std::io::sink).init();
}
