//! Claims runs from the database, and works on each in its own task.

use super::{Held, Shared, resume_providers};
use crate::metric;
use crate::run::{Task, failure};
use colophon_contract::FailureCode;
use colophon_domain::run::{self, Claimant, Claimed};
use colophon_domain::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Waits for `prepared`, ends the pauses of providers if that failed at the start (`resumes`), then
/// dispatches.
pub(super) async fn prepare_and_dispatch(
    prepared: impl Future<Output = ()> + Send,
    resumes: bool,
    shared: Arc<Shared>,
) {
    let prepare = async {
        prepared.await;
        if resumes {
            resume_until_written(&shared).await;
        }
    };
    if shared.stop.run_until_cancelled(prepare).await.is_some() {
        dispatch(shared).await;
    }
}

async fn resume_until_written(shared: &Shared) {
    while let Err(error) = resume_providers(&shared.db).await {
        tracing::debug!(%error, "pauses of providers cannot be ended yet");
        tokio::time::sleep(shared.options.poll()).await;
    }
}

/// Claims runs while there is room: when woken, and at each poll.
async fn dispatch(shared: Arc<Shared>) {
    let mut away_at: Option<Instant> = None;
    while !shared.stop.is_cancelled() {
        // After an outage all leases have expired: their holders need time to renew them.
        let take_over = away_at.is_none_or(|at| at.elapsed() > shared.options.lease());
        let claimed = claim_runs(&shared, take_over).await;
        shared.can_write.store(claimed.is_ok(), Ordering::Relaxed);
        if let Err(error) = claimed {
            tracing::warn!(%error, "no run can be claimed from the queue");
            away_at = Some(Instant::now());
        }
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = shared.wake.notified() => {}
            () = tokio::time::sleep(shared.options.poll()) => {}
        }
    }
}

async fn claim_runs(shared: &Arc<Shared>, take_over: bool) -> Result<()> {
    let mut passed_over = Vec::new();
    while shared.room() > 0 && !shared.stop.is_cancelled() {
        // A task that is still active here wakes this loop when it ends.
        let except: Vec<i64> = shared.active().keys().chain(&passed_over).copied().collect();
        let claimant = Claimant { busy: shared.busy_providers(), ..shared.claimant.clone() };
        let busy = &claimant.busy;
        if !run::has_claimable_run(&shared.db, take_over, &except, busy).await? {
            break;
        }
        let txn = shared.db.begin_write().await?;
        let Some(run_id) = run::find_claimable_run(&txn, take_over, &except, busy).await? else {
            break;
        };
        let claimed = match run::claim_run(&txn, run_id, &claimant).await {
            Ok(claimed) => claimed,
            Err(error @ Error::DatabaseUnavailable(_)) => return Err(error),
            Err(error) => {
                // Other runs in the queue may be claimable.
                tracing::warn!(run_id, %error, "run cannot be claimed");
                None
            }
        };
        match claimed {
            Some(claimed) => {
                txn.commit().await?;
                work_on(shared, claimed);
            }
            None => passed_over.push(run_id),
        }
    }
    Ok(())
}

fn work_on(shared: &Arc<Shared>, claimed: Claimed) {
    let Claimed { lease, probe, taken_over, events, last_seq, retranslation, provider } = claimed;
    if taken_over {
        tracing::warn!(run_id = lease.run_id, "run taken over from a server that is not heard of any more");
    }
    let worked_on = shared.live.work_on(lease.run_id);
    worked_on.0.publish(events);
    worked_on.0.begin_after(last_seq);
    let abort = CancellationToken::new();
    let is_retranslation = retranslation.is_some();
    let held = Held { lease: lease.clone(), abort: abort.clone(), provider, is_retranslation };
    shared.active().insert(lease.run_id, held);
    let probe = AtomicBool::new(probe);
    let task = Arc::new(Task { shared: shared.clone(), lease, abort, worked_on, probe, retranslation });
    let work = task.clone();
    shared.tasks.spawn(supervise(task, async move { work.work().await }));
}

/// Fails a run if the work on it panics.
pub(super) async fn supervise(task: Arc<Task>, work: impl Future<Output = ()> + Send + 'static) {
    let shared = task.shared.clone();
    let run_id = task.lease.run_id;
    let active = metric::ActiveRun::new();
    let ended = tokio::spawn(work).await;
    if let Err(error) = ended {
        tracing::error!(run_id, %error, "a run's task panicked");
        task.fail(&failure::of_code(FailureCode::Internal)).await;
    }
    drop((task, active));
    shared.active().remove(&run_id);
    shared.wake.notify_one();
}
