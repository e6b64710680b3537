//! The runs of a server: claimed from the database, worked on in tasks of their own, stopped with it.

mod dispatch;
mod lease;
#[cfg(test)]
mod tests;

use crate::events::{Source, Subscription};
use crate::live::LiveRuns;
use crate::options::Options;
use crate::run::LARGE_REQUESTS;
use crate::segment::{self, Cut};
use crate::verify::verify_run;
use crate::works::{self, Works};
use crate::{catalogue, metric, notices, preview};
use colophon_contract::{
    Author, EventId, FailureCode, Model, Preview, PreviewPrompt, Provider, RetranslateSegment, Run,
    RunStatus, Segment, TranslationVerification, WorkEvent, WorkEventId,
};
use colophon_domain::run::{self, BusyProviders, Claimant, Lease, RecordedEvent};
use colophon_domain::{Actor, Db, Error, Missing, Models, Result, Txn, chapter, provider};
use colophon_provider::Client;
use futures::future::maybe_done;
use futures::stream::{BoxStream, StreamExt as _};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a stop waits for the last writes once nothing is with a model any more.
const LAST_WRITES: Duration = Duration::from_secs(5);
/// Upper limit on the claimed runs of one provider, as a multiple of the runs that are worked on at once.
const CLAIMED_TO_WORKING: usize = 8;
/// Claimed runs of one provider, for each request that it takes at once. More than one, so that a slot that becomes
/// free is taken at once.
const CLAIMED_TO_SLOTS: usize = 2;

/// Works on runs until it is stopped. Cheap to clone; clones are the same runner.
#[derive(Clone)]
pub struct Runner {
    shared: Arc<Shared>,
    models: Arc<Models>,
}

/// What the tasks of a runner have in common.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) client: Client,
    pub(crate) options: Options,
    /// No new segment begins, no reader waits any longer.
    pub(crate) stop: CancellationToken,
    /// What is with a model is given up, and so is a database that does not answer.
    pub(crate) hurry: CancellationToken,
    pub(crate) live: Arc<LiveRuns>,
    works: Arc<Works>,
    /// Something may have happened in some run, here or elsewhere.
    pub(crate) happened: watch::Sender<()>,
    /// The runs that are worked on here.
    active: Mutex<HashMap<i64, Held>>,
    /// How many of them only wait.
    resting: AtomicUsize,
    /// Shares of the memory for large requests, in KiB.
    pub(crate) large_requests: Arc<Semaphore>,
    pub(crate) wake: Notify,
    /// One of the runs that are worked on here was cancelled elsewhere.
    pub(crate) check_leases: Notify,
    tasks: TaskTracker,
    /// Whether what was to be written last, at the start or to claim a run, was written.
    can_write: AtomicBool,
    /// Nothing is worked on any more.
    pub(crate) done: CancellationToken,
    claimant: Claimant,
}

/// A run that is worked on here.
#[derive(Clone)]
struct Held {
    lease: Lease,
    abort: CancellationToken,
    provider: Option<String>,
    is_retranslation: bool,
}

impl Runner {
    /// Ends the pauses of providers, and begins to work on the queue and on what servers that died left
    /// behind. Needs a Tokio runtime. While the database cannot be written to, it waits.
    ///
    /// # Errors
    /// The stored pauses cannot be used.
    pub async fn start(db: Db, client: Client, options: Options) -> Result<Self> {
        Self::start_after(std::future::ready(()), db, client, options).await
    }

    /// [`Self::start`], which takes no run from the queue before `prepared` is done.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_after(
        prepared: impl Future<Output = ()> + Send + 'static,
        db: Db,
        client: Client,
        options: Options,
    ) -> Result<Self> {
        metric::describe();
        let resumes = match resume_providers(&db).await {
            Err(Error::DatabaseUnavailable(_)) => true,
            resumed => resumed.map(|()| false)?,
        };
        let mut prepared = Box::pin(maybe_done(prepared));
        let can_write = futures::poll!(&mut prepared).is_ready() && !resumes;
        let models = Arc::new(catalogue::models(client.catalogue()));
        let (lease, probe_every) = (options.lease(), options.probe());
        let claimant = Claimant { owner: owner(), lease, probe_every, busy: BusyProviders::default() };
        let shared = Arc::new(Shared {
            db,
            client,
            options,
            stop: CancellationToken::new(),
            hurry: CancellationToken::new(),
            live: Arc::default(),
            works: Arc::default(),
            happened: watch::Sender::new(()),
            active: Mutex::default(),
            resting: AtomicUsize::new(0),
            large_requests: Arc::new(Semaphore::new(LARGE_REQUESTS as usize)),
            wake: Notify::new(),
            check_leases: Notify::new(),
            tasks: TaskTracker::new(),
            can_write: AtomicBool::new(can_write),
            done: CancellationToken::new(),
            claimant,
        });
        shared.tasks.spawn(dispatch::prepare_and_dispatch(prepared, resumes, shared.clone()));
        tokio::spawn(lease::keep_leases(shared.clone()));
        tokio::spawn(notices::hear(shared.clone()));
        Ok(Self { shared, models })
    }

    /// Whether the database takes writes, as far as the runner tried: not while what a start writes, or the claim of a
    /// run, is refused.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.shared.can_write.load(Ordering::Relaxed)
    }

    /// Cuts a chapter for [`Self::create_run`], which holds the database's lock and has no time for it. A
    /// chapter that is not there has no segments: the transaction will tell.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn cut(&self, work_id: i64, chapter_id: i64) -> Result<Cut> {
        match chapter::get_chapter(&self.shared.db, work_id, chapter_id).await {
            Ok(chapter) => Cut::of(chapter.source_text, self.shared.options.segments).await,
            Err(Error::NotFound(_)) => Ok(Cut::default()),
            Err(error) => Err(error),
        }
    }

    /// Asks for a run of a chapter under the latest version of its work's prompt, in the caller's
    /// transaction. Once that is committed, [`Self::wake`] makes it begin. Of a text that has changed since
    /// `cut` was made, the present one is cut here.
    ///
    /// # Errors
    /// As [`run::create_run`].
    pub async fn create_run(
        &self,
        txn: &Txn,
        author: &Author,
        work_id: i64,
        chapter_id: i64,
        cut: &Cut,
    ) -> Result<(Run, Vec<RecordedEvent>)> {
        let options = self.shared.options.segments;
        run::create_run(txn, author, work_id, chapter_id, &self.models, move |text| {
            cut.segments_of(text).unwrap_or_else(|| segment::segment(text, options))
        })
        .await
    }

    /// Queues a run again that ended without all its text, in the caller's transaction. Once that is committed,
    /// [`Self::wake`] makes it begin.
    ///
    /// # Errors
    /// As [`run::resume_run`].
    pub async fn resume_run(&self, txn: &Txn, run_id: i64) -> Result<(Run, Vec<RecordedEvent>)> {
        run::resume_run(txn, run_id, &self.models).await
    }

    /// Asks for another translation of a segment, in the caller's transaction. Once that is committed,
    /// [`Self::wake`] makes it begin.
    ///
    /// # Errors
    /// As [`run::create_retranslation`].
    pub async fn retranslate(
        &self,
        txn: &Txn,
        author: &Author,
        place: (i64, i32),
        request: &RetranslateSegment,
    ) -> Result<Segment> {
        run::create_retranslation(txn, author, place, request, &self.models).await
    }

    /// Tells readers of what was committed elsewhere than in a run's task, such as a person's text.
    pub fn publish(&self, run_id: i64, events: Vec<RecordedEvent>) {
        let live = self.shared.live.of(run_id);
        live.publish(events);
        // Whether anything is left to do only the database knows.
        live.poke().notify_one();
        self.shared.happened.send_replace(());
    }

    /// Looks at the queue now rather than in a moment.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
        self.shared.happened.send_replace(());
    }

    /// Cancels a queued or running run, wherever it runs. What is with a model here is cut off at once.
    ///
    /// # Errors
    /// As [`run::cancel_run`].
    pub async fn cancel(&self, by: &Actor, run_id: i64) -> Result<Run> {
        let txn = self.shared.db.begin_write_by(by.clone()).await?;
        let (run, events) = run::cancel_run(&txn, run_id).await?;
        txn.commit().await?;
        if run.status == RunStatus::Cancelled {
            metric::run_ended(FailureCode::Cancelled.as_str());
        }
        if let Some(held) = self.shared.active().get(&run_id) {
            held.abort.cancel();
        }
        self.publish(run_id, events);
        Ok(run)
    }

    /// The events of a run after a place, from its beginning where there is none.
    ///
    /// # Errors
    /// The run is not found; the database cannot be used.
    pub async fn subscribe(&self, run_id: i64, after: Option<EventId>) -> Result<Subscription> {
        let Shared { db, live, options, stop, .. } = &*self.shared;
        let source = Source { db: db.clone(), live: live.clone(), poll: options.poll(), stop: stop.clone() };
        source.subscribe(run_id, after).await
    }

    /// The stored events of all runs of a work, without text, after a place; from now on where there is none. With
    /// the place where they begin, for a reader that comes back before the first of them. Between them, as other
    /// works' events pass by, comes a place alone: up to there nothing is missing.
    ///
    /// # Errors
    /// The work is not found; the database cannot be used.
    pub async fn follow_work(
        &self,
        work_id: i64,
        after: Option<WorkEventId>,
    ) -> Result<(WorkEventId, BoxStream<'static, (WorkEventId, Option<WorkEvent>)>)> {
        let Shared { db, works, happened, options, stop, .. } = &*self.shared;
        let (db, works, happened) = (db.clone(), works.clone(), happened.subscribe());
        let source = works::Source { db, works, happened, poll: options.poll(), stop: stop.clone() };
        let (at, events) = source.follow(work_id, after).await?;
        Ok((at, events.boxed()))
    }

    /// What would be sent for a segment of a chapter, without a run and without a prompt. A model that is
    /// not in the catalogue is a warning, since people preview while they type.
    ///
    /// # Errors
    /// The work or the chapter is not found; `ParametersInvalid`; `ValidationFailed` where the chapter has
    /// no such segment.
    pub async fn preview(&self, work_id: i64, request: &PreviewPrompt) -> Result<Preview> {
        let Shared { db, client, options, .. } = &*self.shared;
        preview::preview(db, client.catalogue(), options.segments, work_id, request).await
    }

    /// Verifies a run: see [`crate::verify_run`].
    ///
    /// # Errors
    /// Not found.
    pub async fn verify(&self, run_id: i64) -> Result<TranslationVerification> {
        verify_run(&self.shared.db, self.shared.client.catalogue(), run_id).await
    }

    /// The catalogue as the rules for prompt versions need it.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// The catalogue as `GET /models` shows it; whether a key is there is looked up each time.
    #[must_use]
    pub fn list_models(&self) -> Vec<Model> {
        catalogue::list_models(self.shared.client.catalogue())
    }

    /// The providers as `GET /providers` shows them.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn list_providers(&self) -> Result<Vec<Provider>> {
        let pauses = provider::list_pauses(&self.shared.db).await?;
        Ok(catalogue::list_providers(self.shared.client.catalogue(), pauses))
    }

    /// Ends a provider's pause, if there is one: its runs begin again, on any server.
    ///
    /// # Errors
    /// The catalogue has no such provider; the database cannot be used.
    pub async fn resume_provider(&self, by: &Actor, name: &str) -> Result<Provider> {
        let missing = || Error::NotFound(Missing::Provider);
        self.shared.client.catalogue().find_provider(name).ok_or_else(missing)?;
        let txn = self.shared.db.begin_write_by(by.clone()).await?;
        provider::resume_provider(&txn, name).await?;
        txn.commit().await?;
        self.wake();
        self.list_providers().await?.into_iter().find(|provider| provider.name == name).ok_or_else(missing)
    }

    /// Stops: nothing new begins, readers' streams end, segments that are with a model may finish within
    /// [`Options::stop_grace_s`], then what still runs is put back into the queue. Waits for all of it, and
    /// never much longer than the grace: what could not be saved by then is taken over once its lease is over.
    pub async fn stop(&self) {
        let Shared { stop, hurry, tasks, done, options, .. } = &*self.shared;
        stop.cancel();
        tasks.close();
        if tokio::time::timeout(options.stop_grace(), tasks.wait()).await.is_err() {
            hurry.cancel();
            if tokio::time::timeout(LAST_WRITES, tasks.wait()).await.is_err() {
                tracing::error!(tasks = tasks.len(), "stopped before everything was saved");
            }
        }
        done.cancel();
    }
}

impl Shared {
    fn active(&self) -> MutexGuard<'_, HashMap<i64, Held>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a run is worked on here.
    pub(crate) fn is_active(&self, run_id: i64) -> bool {
        self.active().contains_key(&run_id)
    }

    fn max_working(&self) -> usize {
        usize::try_from(self.options.max_active_runs.get()).unwrap_or(usize::MAX)
    }

    /// How many more runs may be claimed. Runs that only wait, for a provider's slot or for the end of a rate limit, do
    /// not count: [`Self::busy_providers`] bounds them.
    fn room(&self) -> usize {
        let working = self.active().len().saturating_sub(self.resting.load(Ordering::Relaxed));
        self.max_working().saturating_sub(working)
    }

    /// The providers of which no more runs, or no more retranslations, are claimed. This bounds the claimed runs by the
    /// catalogue, and no provider can use up what others need.
    fn busy_providers(&self) -> BusyProviders {
        let mut claimed: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        for held in self.active().values() {
            if let Some(provider) = &held.provider {
                claimed.entry(provider.clone()).or_default()[usize::from(held.is_retranslation)] += 1;
            }
        }
        let mut busy = BusyProviders::default();
        for (name, [runs, retranslations]) in claimed {
            // A provider that left the catalogue fails its runs at once.
            let Some(provider) = self.client.catalogue().find_provider(&name) else { continue };
            let slots = provider.max_concurrency.saturating_mul(CLAIMED_TO_SLOTS);
            let limit = slots.min(self.max_working().saturating_mul(CLAIMED_TO_WORKING));
            if runs >= limit {
                busy.runs.insert(name.clone());
            }
            if retranslations >= limit {
                busy.retranslations.insert(name);
            }
        }
        busy
    }

    /// Says that a run only waits, until the guard is dropped.
    pub(crate) fn rest(self: &Arc<Self>) -> Resting {
        self.resting.fetch_add(1, Ordering::Relaxed);
        self.wake.notify_one();
        Resting(self.clone())
    }
}

/// A run that only waits.
pub(crate) struct Resting(Arc<Shared>);

impl Drop for Resting {
    fn drop(&mut self) {
        self.0.resting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Names this runner in leases, for people: never twice.
fn owner() -> String {
    let mut random = [0_u8; 8];
    // Without randomness the epoch still fences former holders off.
    let _ = getrandom::fill(&mut random);
    format!("{}-{}", std::process::id(), hex::encode(random))
}

/// A server's start ends all pauses: what was wrong may have been mended with it.
async fn resume_providers(db: &Db) -> Result<()> {
    let txn = db.begin_write().await?;
    let resumed = provider::resume_all_providers(&txn).await?;
    txn.commit().await?;
    for provider in resumed {
        tracing::info!(provider, "provider is asked again");
    }
    Ok(())
}
