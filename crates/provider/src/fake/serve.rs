use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, atomic::Ordering, mpsc::Sender},
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{KeepAlive, StatusCode},
    web,
};
use async_stream::stream;
use bytes::Bytes;
use futures::Stream;
use serde_json::Value;

use super::{Received, Script, State, Step, control, lock, translation_of};

const MAX_BODY: usize = 16 << 20;
const FLUSH: Duration = Duration::from_millis(20);

/// Serves until stopped. Sends address and handle, or the error, once.
pub(super) fn run(
    address: SocketAddr,
    state: Arc<State>,
    tell: &Sender<io::Result<(SocketAddr, ServerHandle)>>,
) {
    let result = actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::from(state.clone()))
                .app_data(web::PayloadConfig::new(MAX_BODY))
                .route("/v1/chat/completions", web::post().to(complete))
                .configure(control::routes)
        })
        .workers(1)
        .keep_alive(KeepAlive::Timeout(Duration::from_secs(60)))
        .shutdown_timeout(0)
        .disable_signals()
        .bind(address)?;
        let address = server.addrs().first().copied().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let server = server.run();
        let _ = tell.send(Ok((address, server.handle())));
        server.await
    });
    if let Err(error) = result {
        // If the server failed after the start, nothing receives this.
        let _ = tell.send(Err(error));
    }
}

async fn complete(request: HttpRequest, body: Bytes, state: web::Data<State>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let received = Received { target: request.uri().to_string(), headers, body, peer: request.peer_addr() };
    let json = received.json();
    state.keep(received);
    let under_way = UnderWay::new(state.clone().into_inner());
    let model = json["model"].as_str().unwrap_or_default();
    let script = state.next_script(model).unwrap_or_else(|| unscripted(&state, model, &json));
    match script.head_after {
        Some(delay) if delay.is_zero() => {}
        Some(delay) => actix_web::rt::time::sleep(delay).await,
        None => std::future::pending().await,
    }
    let mut response = HttpResponse::build(StatusCode::from_u16(script.status).unwrap_or(StatusCode::OK));
    for (name, value) in &script.headers {
        response.append_header((name.as_str(), value.as_str()));
    }
    response.streaming(Counted { steps: Box::pin(play(script.steps)), _under_way: under_way })
}

/// Returns the answer to a request without a script.
fn unscripted(state: &State, model: &str, request: &Value) -> Script {
    let folder = lock(&state.recordings).clone();
    if let Some(recorded) = folder.and_then(|folder| Script::recorded_in(&folder, model, request)) {
        return recorded;
    }
    if request["stream"] != true {
        let error = serde_json::json!({"error": {"code": "unsupported", "message": "only streams"}});
        return Script::json(400, &error);
    }
    let said = request["messages"].as_array().and_then(|messages| messages.last());
    let text =
        translation_of(model, said.and_then(|message| message["content"].as_str()).unwrap_or_default());
    Script::named(model, &text).unwrap_or_else(|| {
        let pace = *lock(&state.pace);
        let answer = Script::deltas(model, &text, pace.characters).then_finish(model, "stop");
        let wants_usage = request["stream_options"]["include_usage"] == true;
        let answer = if wants_usage { answer.then_usage(model, &text) } else { answer };
        answer.paced(pace.delay).then_done()
    })
}

/// Plays the steps. An error in the body makes the server cut the connection.
fn play(steps: Vec<Step>) -> impl Stream<Item = Result<Bytes, io::Error>> {
    stream! {
        for step in steps {
            match step {
                Step::Send(bytes) => yield Ok(bytes),
                Step::Wait(delay) => actix_web::rt::time::sleep(delay).await,
                Step::Hang => std::future::pending::<()>().await,
                Step::Drop => {
                    // Gives the server time to send its buffer.
                    actix_web::rt::time::sleep(FLUSH).await;
                    yield Err(io::ErrorKind::ConnectionReset.into());
                }
            }
        }
    }
}

/// A request in progress, from its arrival to the end of its body.
struct UnderWay(Arc<State>);

impl UnderWay {
    fn new(state: Arc<State>) -> Self {
        let now = state.now.fetch_add(1, Ordering::SeqCst) + 1;
        state.peak.fetch_max(now, Ordering::SeqCst);
        Self(state)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Counted {
    steps: Pin<Box<dyn Stream<Item = Result<Bytes, io::Error>>>>,
    _under_way: UnderWay,
}

impl Stream for Counted {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.steps.as_mut().poll_next(context)
    }
}
