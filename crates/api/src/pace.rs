//! Limits for deliberately slow clients: bodies that arrive slowly, replies that are not read, and too many
//! connections.

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

/// Minimum rate of a body, in bytes a second. Even slow lines are faster.
const RATE: u64 = 16 * 1024;

/// How many bytes of a body are read before other requests of the thread get a turn. A body that arrives at
/// memory speed would keep them waiting.
const TURN: usize = 64 * 1024;

/// How long the rest of a body is still read after the answer, so that the client can read the answer.
const FAREWELL: Duration = Duration::from_secs(2);

/// Makes a request's body fail once it is `patience` behind [`RATE`]. Bytes that came early earn at most
/// `patience`: a body that stops fails that long after its last byte. Returns a function that says, after the
/// reply is made, whether the body was read to its end.
pub(crate) fn hurry(request: &mut ServiceRequest, patience: Duration) -> impl Fn() -> bool + use<> {
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let was_read = Rc::new(Cell::new(true));
    match request.take_payload() {
        Payload::None => {}
        payload => {
            // actix gives up the rest of a body of known length by itself. It would read the rest of any
            // other body without end.
            was_read.set(!is_chunked);
            let payload = Box::pin(hurried(payload, patience, was_read.clone()));
            request.set_payload(Payload::Stream { payload });
        }
    }
    move || was_read.get()
}

/// A reply's body, followed by an error that ends the connection.
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
                    // The time in which the server read nothing does not count against the client.
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

/// Checks whether a body was given up because it came too slowly.
pub(crate) fn came_too_slowly(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// Memory of a connection's own buffers, in bytes: the head of a request, or body bytes that were not read
/// yet.
const BUFFERS: u64 = 128 * 1024;
/// How many connections are not counted in the memory budget: a usual load.
const UNCOUNTED: usize = 256;

/// Counts and limits the connections of a server.
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
    /// No value is zero.
    by_client: HashMap<Client, usize>,
}

/// A counted connection, until it is dropped.
struct Counted {
    open: Arc<Mutex<Open>>,
    client: Client,
    /// Memory for its buffers.
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
    /// Returns a counter without connections. All but the first 256 count in the memory budget of `state`.
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

    /// Counts a new connection, or ends it if there are too many. For `HttpServer::on_connect`.
    pub fn admit(&self, io: &dyn Any, data: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<TcpStream>() else { return };
        let socket = SockRef::from(stream);
        let Some(counted) = self.count(stream) else {
            // The server reads the end of the stream and drops it.
            socket.shutdown(Shutdown::Both).ok();
            return;
        };
        data.insert(counted);
        // The kernel ends connections whose client reads nothing. The writing task would wait without end.
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
        // A trusted proxy's connections belong to many clients.
        let is_proxy = address.is_some_and(|ip| self.proxies.has(ip.to_canonical()));
        if open.count >= self.in_all || (own >= self.of_one && !is_proxy) {
            return None;
        }
        open.count += 1;
        open.by_client.insert(client, own + 1);
        let mut held = self.budget.hold_nothing_of_client();
        if open.count > UNCOUNTED {
            // The connection exists already, so other work is refused instead.
            held.set(BUFFERS);
        }
        Some(Counted { open: self.open.clone(), client, _held: held })
    }
}
