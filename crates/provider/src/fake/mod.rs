//! A scripted OpenAI-compatible server over real HTTP, for tests, benchmarks and the end-to-end suite.
//!
//! By default it answers each chat completion with [`translation_of`] the last message, streamed without
//! delay. A [`Script`] (for the next requests, of one model or of any) changes the answer, and so do the
//! model names of [`Script::named`]. The fake keeps the received requests.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use colophon_provider::fake::{FakeProvider, Script};
//! let fake = FakeProvider::start();
//! fake.script(Script::status(429).header("Retry-After", "2"));
//! // … ask it at `fake.base_url()` …
//! assert!(fake.requests().is_empty());
//! # });
//! ```

mod control;
mod replay;
mod script;
mod serve;

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use actix_web::dev::ServerHandle;
use bytes::Bytes;
use serde_json::Value;

pub use script::{Script, Step};

/// Maximum number of kept requests, so that a benchmark does not fill the memory.
const KEPT_REQUESTS: usize = 10_000;

/// Returns the default answer of a model to `text`.
pub fn translation_of(model: &str, text: &str) -> String {
    format!("<{model}> {text}")
}

/// Size and delay of the pieces of an unscripted answer.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Code points per delta.
    pub characters: usize,
    /// Delay before each delta.
    pub delay: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { characters: 4, delay: Duration::ZERO }
    }
}

/// A received request.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query as sent.
    pub target: String,
    /// Header names in lower case, and their values.
    pub headers: BTreeMap<String, String>,
    /// The exact body.
    pub body: Bytes,
    /// The address of the sender: equal for requests over one connection.
    pub peer: Option<SocketAddr>,
}

impl Received {
    /// Returns the body as JSON; null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A running fake. Dropping it stops it.
#[derive(Debug)]
pub struct FakeProvider {
    address: SocketAddr,
    state: Arc<State>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    scripts: Mutex<Vec<Script>>,
    received: Mutex<VecDeque<Received>>,
    pace: Mutex<Pace>,
    recordings: Mutex<Option<PathBuf>>,
    now: AtomicUsize,
    peak: AtomicUsize,
    total: AtomicUsize,
}

impl FakeProvider {
    /// Starts a fake on a free port of the loopback address.
    ///
    /// # Panics
    /// The fake cannot listen.
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts a fake on `address`.
    ///
    /// # Panics
    /// The fake cannot listen there.
    pub fn start_at(address: SocketAddr) -> Self {
        let state = Arc::new(State::default());
        let (tell, told) = mpsc::channel();
        let served = state.clone();
        // Its own thread and runtime, so that it runs independently of the test's runtime.
        let thread = std::thread::spawn(move || serve::run(address, served, &tell));
        match told.recv() {
            Ok(Ok((address, handle))) => Self { address, state, handle, thread: Some(thread) },
            Ok(Err(error)) => panic!("the fake provider cannot listen at {address}: {error}"),
            Err(_) => panic!("the fake provider did not start"),
        }
    }

    /// Returns the address on which the fake listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the `base_url` of this fake.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Adds a script for the next matching requests. The oldest matching script is used first.
    pub fn script(&self, script: Script) {
        self.state.add_script(script);
    }

    /// Removes all scripts and received requests.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// Sets the pace of later unscripted answers.
    pub fn set_pace(&self, pace: Pace) {
        *lock(&self.state.pace) = pace;
    }

    /// Answers unscripted requests with the recordings (`.http` files) in `folder`, if there is one for the
    /// model. `X` gets `X.http`. `only-X` gets `X.http` if the last message contains 封鎖, else
    /// `control-good.http`. `refuses-stream-options` gets the good answer, but only without `stream_options`.
    pub fn play_recordings(&self, folder: impl Into<PathBuf>) {
        *lock(&self.state.recordings) = Some(folder.into());
    }

    /// Returns the received requests, oldest first (at most the newest 10,000).
    pub fn requests(&self) -> Vec<Received> {
        lock(&self.state.received).iter().cloned().collect()
    }

    /// Returns the total number of requests.
    pub fn total(&self) -> usize {
        self.state.total.load(Ordering::SeqCst)
    }

    /// Returns the number of requests in progress.
    pub fn now(&self) -> usize {
        self.state.now.load(Ordering::SeqCst)
    }

    /// Returns the maximum number of requests that were in progress at once.
    pub fn peak(&self) -> usize {
        self.state.peak.load(Ordering::SeqCst)
    }

    /// Stops listening and cuts all connections. Returns the received requests.
    pub fn stop(mut self) -> Vec<Received> {
        self.end();
        self.requests()
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            // The call itself sends the command. The future only waits for the end, as `join` does.
            drop(self.handle.stop(false));
            let _ = thread.join();
        }
    }

    /// Waits until something else stops the fake. For a program that runs only the fake.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.end();
    }
}

impl State {
    fn add_script(&self, script: Script) {
        lock(&self.scripts).push(script);
    }

    fn reset(&self) {
        lock(&self.scripts).clear();
        lock(&self.received).clear();
    }

    /// Returns the first matching script and counts one use of it.
    fn next_script(&self, model: &str) -> Option<Script> {
        let mut scripts = lock(&self.scripts);
        let index = scripts.iter().position(|script| script.fits(model))?;
        let script = scripts[index].clone();
        if scripts[index].spend() {
            scripts.remove(index);
        }
        Some(script)
    }

    fn keep(&self, received: Received) {
        let mut kept = lock(&self.received);
        if kept.len() == KEPT_REQUESTS {
            kept.pop_front();
        }
        kept.push_back(received);
        self.total.fetch_add(1, Ordering::SeqCst);
    }
}

/// Locks a mutex, also after a panic of another test: the data is still consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
