//! A light load of HTTP/1.1 on keep-alive connections. It shares the machine with what it measures, hence no
//! client library: a request is bytes made beforehand, and of a reply only status and length are read.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::LocalSet,
};

use crate::{Failure, sample::Sample};

/// Clients, each with a connection of its own.
pub(crate) const CONNECTIONS: usize = 32;

/// Not counted, at the beginning of each round.
const WARM_UP: Duration = Duration::from_millis(200);

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    /// As in 200.
    pub(crate) status: u16,
    /// `ETag`, where there is one.
    pub(crate) etag: Option<String>,
    /// As sent.
    pub(crate) body: Vec<u8>,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the reply to its end; answers with its status.
    async fn exchange(&mut self, request: &[u8]) -> Result<u16, Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some((status, head, length)) = head(&self.buffer)? {
                while self.buffer.len() < head + length {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err("the server closed the connection in a reply".into());
                    }
                }
                return Ok(status);
            }
        }
    }

    /// One request, its whole reply.
    pub(crate) async fn fetch(&mut self, request: &[u8]) -> Result<Reply, Failure> {
        let status = self.exchange(request).await?;
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Response::new(&mut headers);
        let end = match parsed.parse(&self.buffer)? {
            httparse::Status::Complete(end) => end,
            httparse::Status::Partial => return Err("half a reply".into()),
        };
        let etag = parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case("etag"));
        let etag = etag.map(|header| String::from_utf8_lossy(header.value).into_owned());
        Ok(Reply { status, etag, body: self.buffer[end..].to_vec() })
    }
}

/// Status, length of the head and length of the body, once the head is there.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut reply = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(end) = reply.parse(bytes)? else { return Ok(None) };
    let status = reply.code.unwrap_or_default();
    let length = reply.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = match length {
        Some(header) => std::str::from_utf8(header.value)?.trim().parse()?,
        None if matches!(status, 204 | 304) => 0,
        None => return Err("a reply without its length".into()),
    };
    Ok(Some((status, end, length)))
}

/// A GET with the session's cookie and further header lines, each ending in `\r\n`.
pub(crate) fn get(path: &str, cookie: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{headers}\r\n").into_bytes()
}

/// A GET with an API token.
pub(crate) fn get_by_token(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// A POST of JSON.
pub(crate) fn post(path: &str, cookie: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A round: each connection sends what its closure makes as fast as it gets answers, which must all have the
/// status `expected`. Every request made is sent, and answered before the next is made.
pub(crate) async fn round<F>(
    address: SocketAddr,
    clients: Vec<F>,
    expected: u16,
    seconds: f64,
) -> Result<Sample, Failure>
where
    F: FnMut() -> Vec<u8> + 'static,
{
    let mut connections = Vec::new();
    for _ in &clients {
        connections.push(Connection::open(address).await?);
    }
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs_f64(seconds);
    let local = LocalSet::new();
    let tasks: Vec<_> = connections
        .into_iter()
        .zip(clients)
        .map(|(connection, request)| local.spawn_local(client(connection, request, expected, begin, end)))
        .collect();
    let mut latencies = Vec::new();
    for outcome in local.run_until(futures::future::join_all(tasks)).await {
        latencies.extend(outcome??);
    }
    Ok(Sample::of(latencies, end - begin))
}

async fn client(
    mut connection: Connection,
    mut request: impl FnMut() -> Vec<u8>,
    expected: u16,
    begin: Instant,
    end: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut latencies = Vec::with_capacity(16 * 1024);
    while Instant::now() < end {
        let bytes = request();
        let sent = Instant::now();
        let status = connection.exchange(&bytes).await?;
        if status != expected {
            let body = String::from_utf8_lossy(&connection.buffer);
            return Err(format!("status {status} instead of {expected}: {body}").into());
        }
        let now = Instant::now();
        if sent >= begin && now <= end {
            latencies.push(now - sent);
        }
    }
    Ok(latencies)
}

/// Clients that send the same requests over and over, one each.
pub(crate) fn repeat(requests: &[Vec<u8>]) -> Vec<impl FnMut() -> Vec<u8> + 'static> {
    requests
        .iter()
        .map(|request| {
            let request = request.clone();
            move || request.clone()
        })
        .collect()
}
