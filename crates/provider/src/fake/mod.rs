//! A scripted OpenAI-compatible server over real HTTP, for tests, benchmarks and the end-to-end suite.
//!
//! Unscripted it answers each chat completion with [`translation_of`] the last message, streamed as fast
//! as it is read. What it does instead is told by a [`Script`] (for the next requests, of one model or of
//! any), or by asking for one of the models of [`Script::named`]. It keeps what it received.
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

/// Older requests than this many are forgotten, so that a benchmark does not fill the memory.
const KEPT_REQUESTS: usize = 10_000;

/// What a model of the fake answers to `text`, unless it is scripted otherwise.
pub fn translation_of(model: &str, text: &str) -> String {
    format!("<{model}> {text}")
}

/// How an unscripted answer is cut and timed.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Code points in one delta.
    pub characters: usize,
    /// Time before each delta.
    pub delay: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { characters: 4, delay: Duration::ZERO }
    }
}

/// A request as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query, as they were sent.
    pub target: String,
    /// Header names in lower case, and their values.
    pub headers: BTreeMap<String, String>,
    /// The body, to the byte.
    pub body: Bytes,
    /// Where it came from: the same address and port for requests over one connection.
    pub peer: Option<SocketAddr>,
}

impl Received {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A running fake. Stops when dropped.
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
    /// Starts one on a free port of the loopback address.
    ///
    /// # Panics
    /// When it cannot listen: a test has nothing better to do.
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts one on `address`.
    ///
    /// # Panics
    /// When it cannot listen there.
    pub fn start_at(address: SocketAddr) -> Self {
        let state = Arc::new(State::default());
        let (tell, told) = mpsc::channel();
        let served = state.clone();
        // A thread and a runtime of its own: it goes on whatever the runtime of the test does.
        let thread = std::thread::spawn(move || serve::run(address, served, &tell));
        match told.recv() {
            Ok(Ok((address, handle))) => Self { address, state, handle, thread: Some(thread) },
            Ok(Err(error)) => panic!("the fake provider cannot listen at {address}: {error}"),
            Err(_) => panic!("the fake provider did not start"),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `base_url` of a provider that is this fake.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Does `script` with the next requests that it fits; of several, those told first come first.
    pub fn script(&self, script: Script) {
        self.state.add_script(script);
    }

    /// Forgets all scripts and what was received.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// How unscripted answers are streamed from now on.
    pub fn set_pace(&self, pace: Pace) {
        *lock(&self.state.pace) = pace;
    }

    /// Answers unscripted requests with the recordings (`.http` files) of `folder`, where it has one for the model:
    /// `X` with `X.http`; `only-X` with `X.http` if the last message contains 封鎖, else with `control-good.http`;
    /// `refuses-stream-options` well, but only without `stream_options`.
    pub fn play_recordings(&self, folder: impl Into<PathBuf>) {
        *lock(&self.state.recordings) = Some(folder.into());
    }

    /// What was received so far, oldest first (the newest 10,000).
    pub fn requests(&self) -> Vec<Received> {
        lock(&self.state.received).iter().cloned().collect()
    }

    /// How many requests there were in all.
    pub fn total(&self) -> usize {
        self.state.total.load(Ordering::SeqCst)
    }

    /// How many requests are being answered at this moment.
    pub fn now(&self) -> usize {
        self.state.now.load(Ordering::SeqCst)
    }

    /// The most requests that were ever being answered at one moment.
    pub fn peak(&self) -> usize {
        self.state.peak.load(Ordering::SeqCst)
    }

    /// Stops it: nobody listens any more, and connections are cut. What it had received.
    pub fn stop(mut self) -> Vec<Received> {
        self.end();
        self.requests()
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            // The command is sent by the call; the future only waits for its end, as the join does.
            drop(self.handle.stop(false));
            let _ = thread.join();
        }
    }

    /// Waits until it is stopped from elsewhere; for a program that is nothing but the fake.
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

    /// The first script that fits, one use of it spent.
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

/// A test that panicked elsewhere has its own report; what is behind the lock is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
