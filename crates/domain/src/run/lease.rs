//! The right to work on a run, by the database's clock.

use super::{Lease, RecordedEvent, event::record, progress_of, status_of};
use crate::{Error, Missing, Result, Txn, entity::run as runs, time};
use colophon_contract::{RunEvent, RunStatus, TranslationStatus};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QuerySelect, sea_query::LockType,
};
use std::time::Duration;

/// Claims a queued run: it is `running` from now on. `None` where somebody else was faster.
///
/// # Errors
/// Not found.
pub async fn claim_run(
    txn: &Txn,
    run_id: i64,
    owner: &str,
    lease: Duration,
) -> Result<Option<(Lease, Vec<RecordedEvent>)>> {
    let run = lock(txn, run_id).await?;
    if status_of(&run.status)? != RunStatus::Queued {
        return Ok(None);
    }
    let epoch = run.lease_epoch + 1;
    let running =
        TranslationStatus { status: RunStatus::Running, progress: progress_of(&run), made_with: None };
    let started_at = run.started_at.unwrap_or_else(time::now);
    let mut row = run.into_active_model();
    row.status = Set(RunStatus::Running.as_str().to_owned());
    row.started_at = Set(Some(started_at));
    row.lease_owner = Set(Some(owner.to_owned()));
    row.lease_epoch = Set(epoch);
    row.lease_expires_at = Set(Some(txn.now().await? + lease));
    row.update(txn.conn()).await?;
    let event = record(txn, run_id, RunEvent::TranslationStatus(running)).await?;
    Ok(Some((Lease { run_id, owner: owner.to_owned(), epoch }, vec![event])))
}

/// Holds the lease for `duration` from now.
///
/// # Errors
/// `LeaseLost`.
pub async fn renew_lease(txn: &Txn, lease: &Lease, duration: Duration) -> Result<()> {
    let mut row = lock_held(txn, lease).await?.into_active_model();
    row.lease_expires_at = Set(Some(txn.now().await? + duration));
    row.update(txn.conn()).await?;
    Ok(())
}

/// The run's row, held until the transaction ends.
pub(super) async fn lock(txn: &Txn, run_id: i64) -> Result<runs::Model> {
    let find = runs::Entity::find_by_id(run_id).lock(LockType::NoKeyUpdate);
    find.one(txn.conn()).await?.ok_or(Error::NotFound(Missing::Translation))
}

/// The same, if the lease still holds: the fence around everything that a runner writes.
pub(super) async fn lock_held(txn: &Txn, lease: &Lease) -> Result<runs::Model> {
    let run = lock(txn, lease.run_id).await?;
    let held = run.status == RunStatus::Running.as_str()
        && run.lease_epoch == lease.epoch
        && run.lease_owner.as_deref() == Some(&lease.owner);
    if held { Ok(run) } else { Err(Error::LeaseLost) }
}
