//! Claims runs from the database, works on each in its own task, and stops them with the server.

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

/// How long a stop waits for the last writes after it has cut off all open requests.
const LAST_WRITES: Duration = Duration::from_secs(5);
/// Upper limit on the claimed runs of one provider, as a multiple of the runs that are worked on at once.
const CLAIMED_TO_WORKING: usize = 8;
/// Claimed runs of one provider per request that it takes at once. More than 1, so that a free slot is taken
/// at once.
const CLAIMED_TO_SLOTS: usize = 2;

/// Works on runs until it is stopped. Cheap to clone; clones are the same runner.
#[derive(Clone)]
pub struct Runner {
    shared: Arc<Shared>,
    models: Arc<Models>,
}

/// State that the tasks of a runner share.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) client: Client,
    pub(crate) options: Options,
    /// Cancelled when a stop begins: no new segment begins, and event streams end.
    pub(crate) stop: CancellationToken,
    /// Cancelled when the stop's grace is over: open requests are cut off, and database retries end.
    pub(crate) hurry: CancellationToken,
    pub(crate) live: Arc<LiveRuns>,
    works: Arc<Works>,
    /// Changes when something may have happened in any run, on this server or another.
    pub(crate) happened: watch::Sender<()>,
    /// The runs that are worked on here.
    active: Mutex<HashMap<i64, Held>>,
    /// How many of them only wait.
    resting: AtomicUsize,
    /// Permits for the memory of large requests, in KiB.
    pub(crate) large_requests: Arc<Semaphore>,
    pub(crate) wake: Notify,
    /// Notified when a run that is worked on here was cancelled on another server.
    pub(crate) check_leases: Notify,
    tasks: TaskTracker,
    /// Whether the last write at the start, or the last claim, succeeded.
    can_write: AtomicBool,
    /// Cancelled when a stop is complete: no run is worked on any more.
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
    /// Ends the pauses of providers, and begins to work on the queue and on runs whose lease has expired.
    /// Needs a Tokio runtime. While the database cannot be written to, it waits.
    ///
    /// # Errors
    /// The stored pauses cannot be used.
    pub async fn start(db: Db, client: Client, options: Options) -> Result<Self> {
        Self::start_after(std::future::ready(()), db, client, options).await
    }

    /// Does what [`Self::start`] does, but takes no run from the queue before `prepared` is done.
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

    /// Returns whether the database takes writes, as far as the runner has tried: `false` while the writes of
    /// a start, or the claim of a run, are refused.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.shared.can_write.load(Ordering::Relaxed)
    }

    /// Cuts a chapter for [`Self::create_run`], which holds the database's write lock and must not spend time
    /// on it. Returns no segments if the chapter does not exist: the transaction then returns the error.
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

    /// Creates a run of a chapter under the latest version of its work's prompt, in the caller's transaction.
    /// After the commit, call [`Self::wake`] to start it. If the text has changed since `cut` was made, it is
    /// cut again here.
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

    /// Queues a run that ended without all its text again, in the caller's transaction. After the commit,
    /// call [`Self::wake`] to start it.
    ///
    /// # Errors
    /// As [`run::resume_run`].
    pub async fn resume_run(&self, txn: &Txn, run_id: i64) -> Result<(Run, Vec<RecordedEvent>)> {
        run::resume_run(txn, run_id, &self.models).await
    }

    /// Requests another translation of a segment, in the caller's transaction. After the commit, call
    /// [`Self::wake`] to start it.
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

    /// Publishes events that were committed outside of a run's task, such as a person's text.
    pub fn publish(&self, run_id: i64, events: Vec<RecordedEvent>) {
        let live = self.shared.live.of(run_id);
        live.publish(events);
        // Only the database knows whether the feed has anything left to do.
        live.poke().notify_one();
        self.shared.happened.send_replace(());
    }

    /// Checks the queue now instead of at the next poll.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
        self.shared.happened.send_replace(());
    }

    /// Cancels a queued or running run, wherever it runs. A request that is open here is cut off at once.
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

    /// Returns the events of a run after `after`, or from its beginning if `after` is `None`.
    ///
    /// # Errors
    /// The run is not found; the database cannot be used.
    pub async fn subscribe(&self, run_id: i64, after: Option<EventId>) -> Result<Subscription> {
        let Shared { db, live, options, stop, .. } = &*self.shared;
        let source = Source { db: db.clone(), live: live.clone(), poll: options.poll(), stop: stop.clone() };
        source.subscribe(run_id, after).await
    }

    /// Returns the stored events of all runs of a work, without text, after `after`; from now on if it is
    /// `None`. Also returns the position where they begin, for a reader that reconnects before the first
    /// event. An item without an event says that no event is missing up to its position; events of other
    /// works cause it.
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

    /// Renders what would be sent for a segment of a chapter, without a run and without a prompt. A model
    /// that is not in the catalogue is a warning, since people preview while they type.
    ///
    /// # Errors
    /// The work or the chapter is not found; `ParametersInvalid`; `ValidationFailed` if the chapter has no
    /// such segment.
    pub async fn preview(&self, work_id: i64, request: &PreviewPrompt) -> Result<Preview> {
        let Shared { db, client, options, .. } = &*self.shared;
        preview::preview(db, client.catalogue(), options.segments, work_id, request).await
    }

    /// Verifies a run: see [`crate::verify_run`].
    ///
    /// # Errors
    /// As [`crate::verify_run`].
    pub async fn verify(&self, run_id: i64) -> Result<TranslationVerification> {
        verify_run(&self.shared.db, self.shared.client.catalogue(), run_id).await
    }

    /// Returns the catalogue in the form that the rules for prompt versions need.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Returns the catalogue as `GET /models` shows it. Checks each time whether the keys are set.
    #[must_use]
    pub fn list_models(&self) -> Vec<Model> {
        catalogue::list_models(self.shared.client.catalogue())
    }

    /// Returns the providers as `GET /providers` shows them.
    ///
    /// # Errors
    /// Returns database errors only.
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

    /// Stops the runner: nothing new begins, and readers' streams end. Segments with an open request may
    /// finish within [`Options::stop_grace_s`]; then runs that still run go back into the queue. Waits for
    /// all of this, at most a few seconds longer than the grace. Runs that could not be saved are taken over
    /// when their lease expires.
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

    /// Returns whether a run is worked on here.
    pub(crate) fn is_active(&self, run_id: i64) -> bool {
        self.active().contains_key(&run_id)
    }

    fn max_working(&self) -> usize {
        usize::try_from(self.options.max_active_runs.get()).unwrap_or(usize::MAX)
    }

    /// Returns how many more runs may be claimed. Runs that only wait for a provider's slot or for the end of
    /// a rate limit do not count: [`Self::busy_providers`] limits those.
    fn room(&self) -> usize {
        let working = self.active().len().saturating_sub(self.resting.load(Ordering::Relaxed));
        self.max_working().saturating_sub(working)
    }

    /// Returns the providers of which no more runs, or no more retranslations, may be claimed. So the
    /// catalogue limits the number of claimed runs, and no provider can use up the room of others.
    fn busy_providers(&self) -> BusyProviders {
        let mut claimed: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        for held in self.active().values() {
            if let Some(provider) = &held.provider {
                claimed.entry(provider.clone()).or_default()[usize::from(held.is_retranslation)] += 1;
            }
        }
        let mut busy = BusyProviders::default();
        for (name, [runs, retranslations]) in claimed {
            // Runs of a provider that has left the catalogue fail at once.
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

    /// Counts a run as only waiting until the guard is dropped.
    pub(crate) fn rest(self: &Arc<Self>) -> Resting {
        self.resting.fetch_add(1, Ordering::Relaxed);
        self.wake.notify_one();
        Resting(self.clone())
    }
}

/// Counts a run as only waiting while it exists.
pub(crate) struct Resting(Arc<Shared>);

impl Drop for Resting {
    fn drop(&mut self) {
        self.0.resting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns this runner's name in leases, for people to read. It is unique.
fn owner() -> String {
    let mut random = [0_u8; 8];
    // Without randomness, the fencing token still rejects former holders.
    let _ = getrandom::fill(&mut random);
    format!("{}-{}", std::process::id(), hex::encode(random))
}

/// Ends all pauses when a server starts: the cause may have been fixed during the restart.
async fn resume_providers(db: &Db) -> Result<()> {
    let txn = db.begin_write().await?;
    let resumed = provider::resume_all_providers(&txn).await?;
    txn.commit().await?;
    for provider in resumed {
        tracing::info!(provider, "provider is asked again");
    }
    Ok(())
}
