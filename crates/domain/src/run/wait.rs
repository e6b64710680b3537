//! Waits of a run whose provider has asked it to slow down.

use crate::{
    Result, Txn,
    run::row::{
        event::RecordedEvent,
        run::{Lease, lock_held},
        wait::record_status,
    },
};
use chrono::SubsecRound;
use colophon_contract::FailureCode;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use std::time::Duration;

/// Records that a run waits for `wait` because `provider` has asked it to slow down. The wait ends with the
/// next attempt, or when the run ends or is parked.
///
/// # Errors
/// `LeaseLost`.
pub async fn begin_wait(
    txn: &Txn,
    lease: &Lease,
    provider: &str,
    wait: Duration,
) -> Result<Vec<RecordedEvent>> {
    let run = lock_held(txn, lease).await?;
    let until = (txn.now().await? + wait).trunc_subsecs(6);
    let mut row = run.into_active_model();
    row.waiting_provider = Set(Some(provider.to_owned()));
    row.waiting_code = Set(Some(FailureCode::ProviderRateLimited.as_str().to_owned()));
    row.waiting_until = Set(Some(until));
    let run = row.update(txn.conn()).await?;
    record_status(txn, &run).await
}
