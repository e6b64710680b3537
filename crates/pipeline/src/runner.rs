//! The runs of a server: claimed from the database, worked on in tasks of their own, stopped with it.

use crate::events::{Source, Subscription};
use crate::live::LiveRuns;
use crate::options::Options;
use crate::run::{Task, failure};
use crate::segment::{self, Cut};
use crate::{catalogue, metric, preview};
use colophon_contract::{Author, EventId, FailureCode, Model, Preview, PreviewPrompt, Run};
use colophon_domain::run::{self, RecordedEvent};
use colophon_domain::{Db, Engine, Error, Models, Result, Txn, chapter};
use colophon_provider::Client;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a stop waits for the last writes once nothing is with a model any more.
const LAST_WRITES: Duration = Duration::from_secs(5);
/// How many queued runs are looked at at once.
const QUEUE_PAGE: u32 = 64;

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
    live: Arc<LiveRuns>,
    /// The runs that are worked on here, with what makes their tasks let go of them.
    active: Mutex<HashMap<i64, CancellationToken>>,
    wake: Notify,
    tasks: TaskTracker,
    owner: String,
}

impl Runner {
    /// Ends what an earlier server left `running`, and begins to work on the queue. Needs a Tokio runtime.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn start(db: Db, client: Client, options: Options) -> Result<Self> {
        metric::describe();
        fail_abandoned(&db).await?;
        let models = Arc::new(catalogue::models(client.catalogue()));
        let shared = Arc::new(Shared {
            db,
            client,
            options,
            stop: CancellationToken::new(),
            hurry: CancellationToken::new(),
            live: Arc::default(),
            active: Mutex::default(),
            wake: Notify::new(),
            tasks: TaskTracker::new(),
            owner: owner(),
        });
        shared.tasks.spawn(dispatch(shared.clone()));
        Ok(Self { shared, models })
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

    /// Looks at the queue now rather than in a moment.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Cancels a queued or running run, wherever it runs. What is with a model here is cut off at once.
    ///
    /// # Errors
    /// As [`run::cancel_run`].
    pub async fn cancel(&self, run_id: i64) -> Result<Run> {
        let txn = self.shared.db.begin_write().await?;
        let (run, events) = run::cancel_run(&txn, run_id).await?;
        txn.commit().await?;
        metric::run_ended(FailureCode::Cancelled.as_str());
        if let Some(abort) = self.shared.active().get(&run_id) {
            abort.cancel();
        }
        self.shared.live.of(run_id).publish(events);
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

    /// Stops: nothing new begins, readers' streams end, segments that are with a model may finish within
    /// [`Options::stop_grace_s`], then what still runs is put back into the queue. Waits for all of it, and
    /// never much longer than the grace: what could not be saved by then is found at the next start.
    pub async fn stop(&self) {
        let Shared { stop, hurry, tasks, options, .. } = &*self.shared;
        stop.cancel();
        tasks.close();
        if tokio::time::timeout(options.stop_grace(), tasks.wait()).await.is_ok() {
            return;
        }
        hurry.cancel();
        if tokio::time::timeout(LAST_WRITES, tasks.wait()).await.is_err() {
            tracing::error!(tasks = tasks.len(), "stopped before everything was saved");
        }
    }
}

impl Shared {
    fn active(&self) -> MutexGuard<'_, HashMap<i64, CancellationToken>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self) -> usize {
        let max = usize::try_from(self.options.max_active_runs.get()).unwrap_or(usize::MAX);
        max.saturating_sub(self.active().len())
    }
}

/// Names this runner in leases, for people: never twice.
fn owner() -> String {
    let mut random = [0_u8; 8];
    // Without randomness the epoch still fences former holders off.
    let _ = getrandom::fill(&mut random);
    format!("{}-{}", std::process::id(), hex::encode(random))
}

async fn fail_abandoned(db: &Db) -> Result<()> {
    let txn = db.begin_write().await?;
    let abandoned = run::fail_abandoned_runs(&txn, FailureCode::Interrupted).await?;
    txn.commit().await?;
    for run_id in abandoned {
        tracing::warn!(run_id, "run was interrupted");
        metric::run_ended(FailureCode::Interrupted.as_str());
    }
    Ok(())
}

/// Claims runs while there is room, when woken and from time to time.
async fn dispatch(shared: Arc<Shared>) {
    let mut looked_at = tokio::time::Instant::now();
    while !shared.stop.is_cancelled() {
        if let Err(error) = claim_queued(&shared).await {
            tracing::warn!(%error, "the queue cannot be read");
            // After an outage all leases have run out: their holders need the time to say that they live.
            looked_at = tokio::time::Instant::now();
        }
        // On SQLite there is one server, which looked at its start.
        if shared.db.engine() == Engine::Postgres && looked_at.elapsed() > shared.options.lease() {
            looked_at = tokio::time::Instant::now();
            if let Err(error) = fail_abandoned(&shared.db).await {
                tracing::warn!(%error, "abandoned runs cannot be looked for");
            }
        }
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = shared.wake.notified() => {}
            () = tokio::time::sleep(shared.options.poll()) => {}
        }
    }
}

async fn claim_queued(shared: &Arc<Shared>) -> Result<()> {
    for run_id in run::list_queued_runs(&shared.db, QUEUE_PAGE).await? {
        if shared.room() == 0 || shared.stop.is_cancelled() {
            break;
        }
        // Its last task here has not let go of it yet, and wakes us when it has.
        if shared.active().contains_key(&run_id) {
            continue;
        }
        if let Err(error) = claim(shared, run_id).await {
            // Others in the queue may be well.
            tracing::warn!(run_id, %error, "run cannot be claimed");
        }
    }
    Ok(())
}

async fn claim(shared: &Arc<Shared>, run_id: i64) -> Result<()> {
    let txn = shared.db.begin_write().await?;
    let claimed = run::claim_run(&txn, run_id, &shared.owner, shared.options.lease()).await?;
    txn.commit().await?;
    let Some((lease, events)) = claimed else { return Ok(()) };
    let worked_on = shared.live.work_on(run_id);
    worked_on.0.publish(events);
    let abort = CancellationToken::new();
    shared.active().insert(run_id, abort.clone());
    let task = Arc::new(Task { shared: shared.clone(), lease, abort, worked_on });
    let work = task.clone();
    shared.tasks.spawn(supervise(task, async move { work.work().await }));
    Ok(())
}

/// Keeps a run's lease while its work goes on, and ends the run should that panic.
async fn supervise(task: Arc<Task>, work: impl Future<Output = ()> + Send + 'static) {
    let shared = task.shared.clone();
    let run_id = task.lease.run_id;
    let active = metric::ActiveRun::new();
    let work = tokio::spawn(work);
    let keep_lease = async {
        task.keep_lease().await;
        // The work ends by itself once it notices.
        std::future::pending().await
    };
    let ended = tokio::select! {
        ended = work => ended,
        ended = keep_lease => ended,
    };
    if let Err(error) = ended {
        tracing::error!(run_id, %error, "a run's task panicked");
        task.fail(&failure::of_code(FailureCode::Internal)).await;
    }
    drop((task, active));
    shared.active().remove(&run_id);
    shared.wake.notify_one();
}

#[cfg(test)]
mod tests;
