//! Admission control: work that costs more than a lookup first takes a place in a lane and memory from the
//! budget.
//!
//! A lane runs a few requests at once and has a bounded queue, with a share for each user or token and each
//! address. The memory budget ([`Budget`]) bounds the memory held for clients: bodies being read, running
//! work, and replies not yet sent. Without a free place or free memory the answer is 503 `busy`.
//!
//! Passwords have a lane of their own (`password_gate`), which also distinguishes known from unknown clients.

mod budget;
mod lane;
mod reply;

use crate::error::{ApiError, ApiResult};
use crate::extract::IfNoneMatch;
use crate::reply::{json_ok, tagged_json, unchanged, with_tag};
use actix_web::{HttpResponse, web};
pub(crate) use budget::{Budget, Held};
use colophon_domain::Actor;
use lane::{Bounds, Lane, Place};
pub(crate) use reply::{hold_reply, with_held};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Maximum memory that an import reserves, in bytes, whatever its file.
const IMPORT_MEMORY_MAX: u64 = 224 * MB;
/// Memory that an import reserves in addition to its file's share, in bytes.
const IMPORT_MEMORY_MIN: u64 = 8 * MB;
/// Memory for each byte of an imported file: the file's text, decoded, and the chapters.
const IMPORT_MEMORY_PER_BYTE: u64 = 4;
/// Memory for each byte of a stored text: the row, the text, and its JSON.
const READ_MEMORY_PER_BYTE: u64 = 3;
/// Factor for the queue and the shares of the read and write lanes, whose work is short.
const SHORT: usize = 4;
const MB: u64 = 1000 * 1000;

/// Bounds on expensive requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdmissionOptions {
    /// Maximum memory held for clients, in MB. One address may take half of it.
    pub memory_mb: NonZeroU32,
    /// How many previews, checks and comparisons run at once; by default the number of cores.
    pub computing: Option<NonZeroU32>,
    /// How many verifications run at once.
    pub verifying: NonZeroU32,
    /// How many imports run at once.
    pub importing: NonZeroU32,
    /// How many pages of long texts are read at once.
    pub reading: NonZeroU32,
    /// How many downloads are sent at once.
    pub downloading: NonZeroU32,
    /// How many long texts are written, and runs started, at once.
    pub writing: NonZeroU32,
    /// How many requests wait in each lane. The read and write lanes, whose work is short, allow four times
    /// this number, and four times the next two settings.
    pub waiting: u32,
    /// How many requests of one user or token run or wait in each lane.
    pub of_user: NonZeroU32,
    /// How many requests of one address run or wait in each lane.
    pub of_address: NonZeroU32,
}

impl Default for AdmissionOptions {
    fn default() -> Self {
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            memory_mb: number(256),
            computing: None,
            verifying: number(2),
            importing: number(2),
            reading: number(8),
            downloading: number(8),
            writing: number(4),
            waiting: 32,
            of_user: number(8),
            of_address: number(16),
        }
    }
}

/// Kinds of expensive requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Checking a template.
    Check,
    /// Comparing two versions.
    Compare,
    /// Rendering what a template would send.
    Preview,
    /// Recomputing a history.
    Verify,
    /// Making a book from a file.
    Import,
    /// A page of long texts, or one long text.
    Read,
    /// A download, which lasts as long as its client reads it.
    Download,
    /// Storing a long text, or cutting a chapter for a run.
    Write,
}

impl Kind {
    /// Returns the memory for the work and its reply, in bytes. An import adds the memory for its file.
    fn memory(self) -> u64 {
        match self {
            Self::Check | Self::Download => 2 * MB,
            Self::Compare | Self::Verify => 8 * MB,
            Self::Preview => 16 * MB,
            Self::Import => IMPORT_MEMORY_MIN,
            // A chapter of a million code points, and its JSON.
            Self::Read => 8 * MB,
            // A chapter, its copy for the database, the row, and the reply.
            Self::Write => 16 * MB,
        }
    }
}

/// A running request's place, released when dropped. The thread that does the work must own it: a cancelled
/// request would release it too early.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    _place: Place,
    /// Memory reserved for the work.
    held: Held,
}

/// The lanes and the budget of a server.
pub(crate) struct Admission {
    budget: Budget,
    computing: Lane,
    verifying: Lane,
    importing: Lane,
    reading: Lane,
    downloading: Lane,
    writing: Lane,
    /// Limits how many large bodies are parsed at once. The queue needs no bound: waiting requests hold their
    /// share of the budget.
    parsing: Arc<Semaphore>,
}

impl Admission {
    pub(crate) fn new(options: &AdmissionOptions) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        let lane = |name, at_once: usize, waiting: usize| {
            Lane::new(
                name,
                Bounds {
                    at_once,
                    places: at_once + waiting,
                    of_user: options.of_user.get() as usize,
                    of_address: options.of_address.get() as usize,
                },
            )
        };
        let (waiting, number) = (options.waiting as usize, |n: NonZeroU32| n.get() as usize);
        let short_lane = |name, at_once: usize| {
            Lane::new(
                name,
                Bounds {
                    at_once,
                    places: at_once + SHORT * waiting,
                    of_user: SHORT * number(options.of_user),
                    of_address: SHORT * number(options.of_address),
                },
            )
        };
        Self {
            budget: Budget::new(u64::from(options.memory_mb.get()) * MB),
            computing: lane("compute", options.computing.map_or(cores, number), waiting),
            verifying: lane("verify", number(options.verifying), waiting),
            importing: lane("import", number(options.importing), waiting),
            reading: short_lane("read", number(options.reading)),
            writing: short_lane("write", number(options.writing)),
            // No queue: a waiting download would look like one that hangs.
            downloading: lane("download", number(options.downloading), 0),
            parsing: Arc::new(Semaphore::new(cores)),
        }
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    fn lane(&self, kind: Kind) -> &Lane {
        match kind {
            Kind::Check | Kind::Compare | Kind::Preview => &self.computing,
            Kind::Verify => &self.verifying,
            Kind::Import => &self.importing,
            Kind::Read => &self.reading,
            Kind::Download => &self.downloading,
            Kind::Write => &self.writing,
        }
    }

    /// Waits for a place and reserves the memory for the work.
    ///
    /// # Errors
    /// `busy` if too many requests wait (in all, or of this user, token or address), or if the budget is used
    /// up.
    pub(crate) async fn take(&self, kind: Kind, by: &Actor) -> ApiResult<Turn> {
        self.take_with(kind, by, kind.memory()).await
    }

    /// [`Self::take`] for an import of a file of `file_bytes`.
    pub(crate) async fn take_import(&self, by: &Actor, file_bytes: u64) -> ApiResult<Turn> {
        let memory = file_bytes.saturating_mul(IMPORT_MEMORY_PER_BYTE).saturating_add(Kind::Import.memory());
        self.take_with(Kind::Import, by, memory.min(IMPORT_MEMORY_MAX).min(self.budget.limit())).await
    }

    /// Waits for a place and reserves `memory` bytes.
    async fn take_with(&self, kind: Kind, by: &Actor, memory: u64) -> ApiResult<Turn> {
        let lane = self.lane(kind);
        let place = lane.take_place(by)?;
        let permit = lane.wait().await?;
        // Reserve only now: waiting requests take no memory.
        let mut held = self.budget.hold_nothing_of_client();
        held.grow_to(memory)?;
        Ok(Turn { _permit: permit, _place: place, held })
    }

    /// Runs `work` in its turn on a thread that may block, and serialises its result there. If the request is
    /// dropped because its connection broke, `work` is cancelled at its next await.
    ///
    /// # Errors
    /// As [`Self::take`]; errors of `work`.
    pub(crate) async fn reply<T, F>(&self, kind: Kind, by: &Actor, work: F) -> ApiResult<HttpResponse>
    where
        T: Serialize,
        F: Future<Output = colophon_domain::Result<T>> + Send + 'static,
    {
        let write = async move { serde_json::to_vec(&work.await?).map_err(unwritable) };
        let (body, held) = self.run(kind, by, write).await?;
        Ok(with_held(json_ok(body), held))
    }

    /// [`Self::reply`] with a tag of the reply's bytes, or 304 if the client has them.
    ///
    /// # Errors
    /// As [`Self::reply`].
    pub(crate) async fn tagged<T, F>(
        &self,
        kind: Kind,
        by: &Actor,
        known: &IfNoneMatch,
        work: F,
    ) -> ApiResult<HttpResponse>
    where
        T: Serialize,
        F: Future<Output = colophon_domain::Result<T>> + Send + 'static,
    {
        let write = async move { tagged_json(&work.await?).map_err(unwritable) };
        let ((body, tag), held) = self.run(kind, by, write).await?;
        if known.holds(&tag) {
            return Ok(unchanged(&tag));
        }
        Ok(with_held(with_tag(&tag, body), held))
    }

    /// [`Self::reply`] for a stored text. `size` returns its length in bytes, for which memory is reserved
    /// first.
    ///
    /// # Errors
    /// As [`Self::reply`]; errors of `size`.
    pub(crate) async fn reply_of_size<T, F>(
        &self,
        by: &Actor,
        size: impl Future<Output = colophon_domain::Result<u64>>,
        work: F,
    ) -> ApiResult<HttpResponse>
    where
        T: Serialize,
        F: Future<Output = colophon_domain::Result<T>> + Send + 'static,
    {
        let mut turn = self.take(Kind::Read, by).await?;
        let memory = size.await?.saturating_mul(READ_MEMORY_PER_BYTE);
        turn.held.grow_to(memory.min(self.budget.limit()))?;
        let write = async move { serde_json::to_vec(&work.await?).map_err(unwritable) };
        let (body, held) = in_turn(turn, move || write).await?;
        Ok(with_held(json_ok(body), held))
    }

    /// [`Self::reply`] for work whose result the caller converts. Also returns the memory that is still
    /// reserved.
    ///
    /// # Errors
    /// As [`Self::reply`].
    pub(crate) async fn run<T, F>(&self, kind: Kind, by: &Actor, work: F) -> ApiResult<(T, Held)>
    where
        T: Send + 'static,
        F: Future<Output = colophon_domain::Result<T>> + Send + 'static,
    {
        in_turn(self.take(kind, by).await?, move || work).await
    }

    /// [`Self::run`] for a future that stays on one thread.
    ///
    /// # Errors
    /// As [`Self::reply`].
    pub(crate) async fn run_local<T, F>(
        &self,
        kind: Kind,
        by: &Actor,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> ApiResult<(T, Held)>
    where
        T: Send + 'static,
        F: Future<Output = ApiResult<T>>,
    {
        in_turn(self.take(kind, by).await?, work).await
    }

    /// Parses a large body on a thread that may block.
    ///
    /// # Errors
    /// None in practice: the thread does not panic.
    pub(crate) async fn parse<T: Send + 'static>(
        &self,
        parse: impl FnOnce() -> T + Send + 'static,
    ) -> ApiResult<T> {
        let permit = self.parsing.clone().acquire_owned().await.map_err(ApiError::internal)?;
        let parsed = web::block(move || {
            let parsed = parse();
            drop(permit);
            parsed
        });
        parsed.await.map_err(ApiError::internal)
    }

    /// Updates the metrics of the budget and the lanes.
    pub(crate) fn record(&self) {
        self.budget.record();
        for lane in [
            &self.computing,
            &self.verifying,
            &self.importing,
            &self.reading,
            &self.downloading,
            &self.writing,
        ] {
            lane.record();
        }
    }
}

/// Runs `work` on a thread that may block.
async fn in_turn<T, E, F>(turn: Turn, work: impl FnOnce() -> F + Send + 'static) -> ApiResult<(T, Held)>
where
    T: Send + 'static,
    E: Into<ApiError> + Send + 'static,
    F: Future<Output = Result<T, E>>,
{
    let (wanted, runtime) = (CancellationToken::new(), Handle::current());
    let _until_dropped = wanted.clone().drop_guard();
    let done = web::block(move || {
        let result = runtime.block_on(wanted.run_until_cancelled(work()));
        // The place is released with the work, the memory with the reply.
        let Turn { held, .. } = turn;
        result.map(|result| (result, held))
    });
    let done = done.await.map_err(ApiError::internal)?;
    let (result, held) = done.ok_or_else(|| ApiError::Internal("nobody waited for it".into()))?;
    Ok((result.map_err(E::into)?, held))
}

fn unwritable(error: serde_json::Error) -> colophon_domain::Error {
    colophon_domain::Error::Internal(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn requests_go_on_while_another_computes() {
        let (admission, by) = (Admission::new(&AdmissionOptions::default()), Actor::system("test"));
        let (go, gone) = std::sync::mpsc::channel::<()>();
        let (begun, begins) = tokio::sync::oneshot::channel();
        // Would never end on this thread.
        let blocks = admission.run(Kind::Verify, &by, async move {
            begun.send(()).ok();
            Ok(gone.recv().is_ok())
        });
        let frees = async {
            begins.await.expect("it begins");
            go.send(()).expect("it waits");
        };
        let (blocked, ()) = futures::join!(blocks, frees);
        let (was_freed, held) = blocked.expect("had its turn");
        assert!(was_freed);
        assert_eq!(admission.budget().held(), Kind::Verify.memory());
        drop(held);
        assert_eq!(admission.budget().held(), 0);
    }

    #[actix_web::test]
    async fn work_without_memory_is_refused_and_frees_its_place() {
        let options = AdmissionOptions { memory_mb: NonZeroU32::MIN, ..AdmissionOptions::default() };
        let admission = Admission::new(&options);
        let by = Actor::system("test");
        for _ in 0..100 {
            assert!(matches!(admission.take(Kind::Preview, &by).await, Err(ApiError::Busy)));
        }
        // An import may exceed the whole budget: it then runs alone.
        let import = admission.take_import(&by, u64::MAX).await.expect("nothing else is held");
        assert!(matches!(admission.take_import(&by, 1).await, Err(ApiError::Busy)));
        drop(import);
        assert_eq!(admission.budget().held(), 0);
    }
}
