//! Clients that are slow on purpose: bodies that trickle in, answers that nobody takes, and connections without number.

use crate::admission::{Budget, Held};
use crate::peer::{Client, TrustedProxies};
use crate::state::State;
use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use async_stream::stream;
use futures::{Stream, StreamExt};
use socket2::SockRef;
use std::any::Any;
use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep, timeout_at};

/// What a body must come in at, in bytes a second. A slow line does better.
const RATE: u64 = 16 * 1024;

/// How much of a body is taken before other requests of the same thread have their turn, in bytes: one that comes in as
/// fast as memory would keep them waiting.
const TURN: usize = 64 * 1024;

/// How long what is left of a body is still taken after the answer, so that the client gets to read that.
const FAREWELL: Duration = Duration::from_secs(2);

/// Has a request's body come in at [`RATE`], or break off once it is `patience` behind. Bytes that came early earn no
/// more than `patience`: a body that stops is given up that long after its last byte, however much came before. Answers whether it was read to
/// its end, asked after the reply is made.
pub(crate) fn hurry(request: &mut ServiceRequest, patience: Duration) -> impl Fn() -> bool + use<> {
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let was_read = Rc::new(Cell::new(true));
    match request.take_payload() {
        Payload::None => {}
        payload => {
            // What is left of a body of known length actix gives up by itself, of another it would read for ever.
            was_read.set(!is_chunked);
            let payload = Box::pin(hurried(payload, patience, was_read.clone()));
            request.set_payload(Payload::Stream { payload });
        }
    }
    move || was_read.get()
}

/// An answer's body, and after it the end of the connection: its error is what ends it.
pub(crate) struct Farewell {
    body: BoxBody,
    end: Option<Pin<Box<Sleep>>>,
}

impl Farewell {
    pub(crate) fn after(body: BoxBody) -> Self {
        Self { body, end: None }
    }
}

impl MessageBody for Farewell {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.end.is_none() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(part) => return Poll::Ready(Some(part)),
                None => self.end = Some(Box::pin(sleep(FAREWELL))),
            }
        }
        if let Some(end) = &mut self.end {
            ready!(end.as_mut().poll(context));
        }
        Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())))
    }
}

fn hurried(
    mut payload: Payload,
    patience: Duration,
    was_read: Rc<Cell<bool>>,
) -> impl Stream<Item = Result<Bytes, PayloadError>> + 'static {
    stream! {
        let mut due = Instant::now() + patience;
        let mut taken = 0;
        loop {
            match timeout_at(due, payload.next()).await {
                Ok(Some(Ok(bytes))) => {
                    let now = Instant::now();
                    let earned = Duration::from_micros(bytes.len() as u64 * 1_000_000 / RATE);
                    due = (due + earned).min(now + patience);
                    taken += bytes.len();
                    yield Ok(bytes);
                    if taken >= TURN {
                        taken = 0;
                        yield_now().await;
                    }
                    // The time in which the server took nothing is not the client's.
                    due += now.elapsed();
                }
                Ok(Some(Err(error))) => {
                    yield Err(error);
                    return;
                }
                Ok(None) => {
                    was_read.set(true);
                    return;
                }
                Err(_) => {
                    yield Err(PayloadError::Io(io::ErrorKind::TimedOut.into()));
                    return;
                }
            }
        }
    }
}

/// Whether a body was given up because it came too slowly.
pub(crate) fn came_too_slowly(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// What a connection may hold in its own buffers, in bytes: the head of a request, or what came of a body and was not
/// taken yet.
const BUFFERS: u64 = 128 * 1024;
/// So many connections are not counted in the memory budget: those of a usual load.
const UNCOUNTED: usize = 256;

/// The connections of a server, counted.
#[derive(Clone)]
pub struct Connections {
    open: Arc<Mutex<Open>>,
    budget: Budget,
    in_all: usize,
    of_one: usize,
    proxies: TrustedProxies,
    stall_timeout: Duration,
}

#[derive(Default)]
struct Open {
    count: usize,
    /// None of them zero.
    by_client: HashMap<Client, usize>,
}

/// A connection among those that are counted, until it is dropped.
struct Counted {
    open: Arc<Mutex<Open>>,
    client: Client,
    /// For its buffers.
    _held: Held,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.count -= 1;
        if let Some(own) = open.by_client.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                open.by_client.remove(&self.client);
            }
        }
    }
}

impl Connections {
    /// None yet. Those that come are counted in the memory budget of `state`, apart from the first 256.
    #[must_use]
    pub fn new(state: &State) -> Self {
        let options = &state.options;
        Self {
            open: Arc::default(),
            budget: state.admission.budget().clone(),
            in_all: options.connections.get() as usize,
            of_one: options.connections_of_address.get() as usize,
            proxies: options.trusted_proxies.clone(),
            stall_timeout: Duration::from_secs(u64::from(options.stall_timeout_s.get())),
        }
    }

    /// Takes a connection that was just made, or ends it where there are too many. For `HttpServer::on_connect`.
    pub fn admit(&self, io: &dyn Any, data: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<TcpStream>() else { return };
        let socket = SockRef::from(stream);
        let Some(counted) = self.count(stream) else {
            // The server reads its end and drops it.
            socket.shutdown(Shutdown::Both).ok();
            return;
        };
        data.insert(counted);
        // The kernel's own watch over what is sent and never taken: the task that writes would wait for ever.
        #[cfg(target_os = "linux")]
        if let Err(error) = socket.set_tcp_user_timeout(Some(self.stall_timeout)) {
            tracing::debug!(%error, "no limit on how long a client may take nothing");
        }
    }

    fn count(&self, stream: &TcpStream) -> Option<Counted> {
        let address = stream.peer_addr().ok().map(|peer| peer.ip());
        let client = Client::at(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.by_client.get(&client).copied().unwrap_or_default();
        // A trusted proxy's are those of many.
        let is_proxy = address.is_some_and(|ip| self.proxies.has(ip.to_canonical()));
        if open.count >= self.in_all || (own >= self.of_one && !is_proxy) {
            return None;
        }
        open.count += 1;
        open.by_client.insert(client, own + 1);
        let mut held = self.budget.hold_nothing_of_client();
        if open.count > UNCOUNTED {
            // It is there already: what is refused is other work.
            held.set(BUFFERS);
        }
        Some(Counted { open: self.open.clone(), client, _held: held })
    }
}
