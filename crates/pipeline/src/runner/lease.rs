//! Renews the leases of this server's runs.

use super::{Held, Shared};
use colophon_domain::Result;
use colophon_domain::run::{self, Lease};
use std::sync::Arc;
use tokio::time::Instant;

/// Renews the leases of all runs of this server together, three times per lease. Between renewals, checks
/// whether they are still held, and aborts the tasks of runs that are not.
pub(super) async fn keep_leases(shared: Arc<Shared>) {
    let every = shared.options.lease() / 3;
    let mut renewed_at = Instant::now();
    loop {
        tokio::select! {
            () = shared.done.cancelled() => return,
            () = shared.check_leases.notified() => {}
            () = tokio::time::sleep(shared.options.poll().min(every)) => {}
        }
        let held: Vec<Held> = shared.active().values().cloned().collect();
        if held.is_empty() {
            continue;
        }
        let begun_at = Instant::now();
        let due = renewed_at + every <= begun_at;
        let holding = match due {
            true => renew(&shared, &held).await,
            false => run::list_held_leases(&shared.db, &shared.claimant.owner).await,
        };
        match holding {
            Ok(holding) => {
                if due {
                    renewed_at = begun_at;
                }
                held.iter()
                    .filter(|held| !holding.contains(&held.lease))
                    .for_each(|held| held.abort.cancel());
            }
            Err(error) => tracing::warn!(%error, "no sign of life given"),
        }
    }
}

async fn renew(shared: &Shared, held: &[Held]) -> Result<Vec<Lease>> {
    let runs: Vec<i64> = held.iter().map(|held| held.lease.run_id).collect();
    let txn = shared.db.begin_write().await?;
    let holding = run::renew_leases(&txn, &shared.claimant, &runs).await?;
    txn.commit().await?;
    Ok(holding)
}
