//! A proxy to PostgreSQL that can lose the answer to a commit.

use std::{
    io,
    path::PathBuf,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use sea_orm::sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    task::JoinHandle,
};

use crate::TestDatabase;

/// A `COMMIT` in PostgreSQL's simple query protocol: type `Q`, length, text, NUL.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// A TCP proxy in front of a test's PostgreSQL database. It ends when this is dropped.
#[derive(Debug)]
pub struct CommitProxy {
    url: String,
    switch: Arc<Switch>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Switch {
    armed: AtomicBool,
    lost: AtomicUsize,
}

/// Where the server listens.
#[derive(Clone)]
enum Server {
    Socket(PathBuf),
    Address(String),
}

impl CommitProxy {
    /// Starts a proxy for a database on PostgreSQL, in the current tokio runtime.
    ///
    /// # Panics
    /// If the database is not on PostgreSQL, or no port is free.
    pub async fn start(database: &TestDatabase) -> Self {
        let options = PgConnectOptions::from_str(database.url()).expect("the URL of a PostgreSQL database");
        let server = match options.get_socket() {
            Some(folder) => Server::Socket(folder.join(format!(".s.PGSQL.{}", options.get_port()))),
            None => Server::Address(format!("{}:{}", options.get_host(), options.get_port())),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let name = options.get_database().expect("a test has a database of its own");
        let url = format!("postgres://{}@{address}/{name}?sslmode=disable", options.get_username());
        let switch = Arc::<Switch>::default();
        let task = tokio::spawn(accept(listener, server, switch.clone()));
        Self { url, switch, task }
    }

    /// Returns the URL `postgres://…` of the database behind the proxy.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets the next commit succeed on the server, then cuts the connection instead of passing on the answer.
    pub fn lose_next_answer(&self) {
        self.switch.armed.store(true, Ordering::SeqCst);
    }

    /// Returns how many answers were lost so far.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.switch.lost.load(Ordering::SeqCst)
    }
}

impl Drop for CommitProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, server: Server, switch: Arc<Switch>) {
    while let Ok((client, _)) = listener.accept().await {
        let (server, switch) = (server.clone(), switch.clone());
        // A connection error is left to the client and the server.
        tokio::spawn(async move {
            match server {
                Server::Socket(path) => pass_on(client, UnixStream::connect(path).await?, &switch).await,
                Server::Address(address) => {
                    pass_on(client, TcpStream::connect(address).await?, &switch).await
                }
            }
        });
    }
}

async fn pass_on(
    mut client: TcpStream,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
    switch: &Switch,
) -> io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let request = &asked[..read?];
                if request.is_empty() {
                    return Ok(());
                }
                let loses = request.ends_with(COMMIT) && switch.armed.swap(false, Ordering::SeqCst);
                server.write_all(request).await?;
                if loses {
                    // PostgreSQL answers after the commit.
                    server.read_u8().await?;
                    switch.lost.fetch_add(1, Ordering::SeqCst);
                    return Ok(());
                }
            }
            read = server.read(&mut answered) => {
                let answer = &answered[..read?];
                if answer.is_empty() {
                    return Ok(());
                }
                client.write_all(answer).await?;
            }
        }
    }
}
