//! The right to work on a run, by the database's clock.

use super::{
    BusyProviders, Claimant, Claimed, Head, Lease, attempt::stop_attempts, end::because, event::record,
    progress_of, retranslate, status_of, wait::forget_wait, witness::Witnessed,
};
use crate::{
    Db, Engine, Error, Missing, Result, ServeLock, Txn,
    db::statement,
    entity::run as runs,
    provider::{self, Admission},
    time,
};
use chrono::{DateTime, Utc};
use colophon_contract::{FailureCode, RunEvent, RunStatus, SegmentStatus, TranslationStatus};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel, QuerySelect,
    sea_query::LockType,
};

/// Whether [`find_claimable_run`] would find one: a look that takes no lock.
///
/// # Errors
/// Of the database only.
pub async fn has_claimable_run(
    db: &Db,
    take_over: bool,
    except: &[i64],
    busy: &BusyProviders,
) -> Result<bool> {
    let now = db.now().await?;
    Ok(find_claimable(db.read(), now, take_over, (except, busy), "").await?.is_some())
}

/// Picks the next run: first an ended run with an open retranslation (a person is waiting), then the oldest queued
/// run; with `take_over`, also runs whose lease has expired. Runs of `except` and of `busy` providers are skipped. Runs
/// of a paused provider stay queued, except for a probe. On PostgreSQL the run's row is locked, and rows that others
/// have locked are skipped: servers that look at the same time each get another run, and none waits for another.
///
/// # Errors
/// Returns database errors only.
pub async fn find_claimable_run(
    txn: &Txn,
    take_over: bool,
    except: &[i64],
    busy: &BusyProviders,
) -> Result<Option<i64>> {
    let lock = if txn.engine() == Engine::Postgres { " FOR NO KEY UPDATE OF r SKIP LOCKED" } else { "" };
    find_claimable(txn.conn(), txn.now().await?, take_over, (except, busy), lock).await
}

/// Claims a run that is queued or whose lease is over: it is `running` from now on, and what its last holder
/// had under way is `interrupted`. An ended one stays what it is and is claimed for one of its segments, of a provider
/// that is not busy. `None` where somebody else was faster or its provider is paused.
///
/// # Errors
/// Not found.
pub async fn claim_run(txn: &Txn, run_id: i64, claimant: &Claimant) -> Result<Option<Claimed>> {
    let run = lock(txn, run_id).await?;
    let now = txn.now().await?;
    let paused = run.provider.as_deref();
    let (probe, taken_over) = match status_of(&run.status)? {
        RunStatus::Queued => match paused {
            None => (false, false),
            Some(provider) => match provider::admit(txn, provider, claimant.probe_every).await? {
                Admission::Open => (false, false),
                Admission::Probe => (true, false),
                Admission::Paused => return Ok(None),
            },
        },
        RunStatus::Running if run.lease_expires_at.is_none_or(|expires| expires <= now) => match paused {
            None => (false, true),
            Some(provider) => (provider::is_paused(txn, provider).await?, true),
        },
        RunStatus::Running => return Ok(None),
        _ => return retranslate::claim(txn, run, now, claimant).await,
    };
    let interrupted = because(FailureCode::Interrupted);
    let mut events = stop_attempts(txn, run_id, &interrupted, SegmentStatus::Pending, true).await?;
    let running = TranslationStatus {
        status: RunStatus::Running,
        progress: progress_of(&run),
        waiting_reason: None,
        made_with: None,
    };
    let epoch = run.lease_epoch + 1;
    let started_at = run.started_at.unwrap_or_else(time::now);
    let provider = run.provider.clone();
    let mut row = run.into_active_model();
    row.status = Set(RunStatus::Running.as_str().to_owned());
    forget_wait(&mut row);
    row.started_at = Set(Some(started_at));
    row.lease_owner = Set(Some(claimant.owner.clone()));
    row.lease_epoch = Set(epoch);
    row.lease_expires_at = Set(Some(now + claimant.lease));
    let row = Witnessed::State((&row.update(txn.conn()).await?).into());
    let running = record(txn, run_id, RunEvent::TranslationStatus(running), &row).await?;
    let last_seq = running.seq;
    events.push(running);
    let lease = Lease { run_id, owner: claimant.owner.clone(), epoch };
    Ok(Some(Claimed { lease, probe, taken_over, events, last_seq, retranslation: None, provider }))
}

/// A sign of life for those of `runs` that the claimant holds, in one statement. Answers with the leases
/// that hold; the others are lost.
///
/// # Errors
/// Of the database only.
pub async fn renew_leases(txn: &Txn, claimant: &Claimant, runs: &[i64]) -> Result<Vec<Lease>> {
    let sql = "UPDATE chapter_translations SET lease_expires_at = $1
        WHERE lease_owner = $2 AND $3 LIKE '%,' || CAST(id AS TEXT) || ',%'
        RETURNING id, lease_epoch";
    let expires = txn.now().await? + claimant.lease;
    let values = [expires.into(), claimant.owner.as_str().into(), listed(runs).into()];
    let rows = txn.conn().query_all_raw(statement(txn.conn(), sql, values)).await?;
    rows.iter().map(|row| lease_of(row, &claimant.owner)).collect()
}

/// The leases that `owner` holds: one that is missing was lost, to a cancel or to another server.
///
/// # Errors
/// Of the database only.
pub async fn list_held_leases(db: &Db, owner: &str) -> Result<Vec<Lease>> {
    let sql = "SELECT id, lease_epoch FROM chapter_translations WHERE lease_owner = $1";
    let rows = db.read().query_all_raw(statement(db.read(), sql, [owner.into()])).await?;
    rows.iter().map(|row| lease_of(row, owner)).collect()
}

/// Ends, at a start, the leases of the server before on the same SQLite file: that the lock could be taken
/// proves that it is gone. On PostgreSQL, where the lock proves nothing, leases end by time alone.
///
/// # Errors
/// Of the database only.
pub async fn expire_leases_of_dead_server(txn: &Txn, _proof: &ServeLock) -> Result<()> {
    if txn.engine() == Engine::Sqlite {
        let sql = "UPDATE chapter_translations SET lease_expires_at = $1
            WHERE status = 'running' OR lease_owner IS NOT NULL";
        let now = txn.now().await?;
        txn.conn().execute_raw(statement(txn.conn(), sql, [now.into()])).await?;
    }
    Ok(())
}

/// The run's row, held until the transaction ends.
pub(super) async fn lock(txn: &Txn, run_id: i64) -> Result<runs::Model> {
    let find = runs::Entity::find_by_id(run_id).lock(LockType::NoKeyUpdate);
    let run = find.one(txn.conn()).await?.ok_or(Error::NotFound(Missing::Translation))?;
    let head = run.chain_length.zip(run.chain_hash.clone()).map(|(length, hash)| Head { length, hash });
    txn.heads().set(run_id, head);
    Ok(run)
}

/// The same, if the lease still holds: the fence around everything that a runner writes.
pub(super) async fn lock_held(txn: &Txn, lease: &Lease) -> Result<runs::Model> {
    let run = lock(txn, lease.run_id).await?;
    let held = run.lease_epoch == lease.epoch && run.lease_owner.as_deref() == Some(&lease.owner);
    if held { Ok(run) } else { Err(Error::LeaseLost) }
}

async fn find_claimable(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    take_over: bool,
    (except, busy): (&[i64], &BusyProviders),
    lock: &str,
) -> Result<Option<i64>> {
    let except = listed(except);
    let passed_over = (&*except, &*listed(&busy.retranslations));
    if let Some(run_id) = retranslate::find_claimable(conn, now, take_over, passed_over, lock).await? {
        return Ok(Some(run_id));
    }
    let expired = if take_over {
        "OR (r.status = 'running' AND (r.lease_expires_at IS NULL OR r.lease_expires_at <= $1))"
    } else {
        ""
    };
    let sql = format!(
        "SELECT r.id FROM chapter_translations r LEFT JOIN provider_states p ON p.name = r.provider
        WHERE ((r.status = 'queued' AND (p.pause_code IS NULL OR p.probe_at <= $1)) {expired})
            AND $2 NOT LIKE '%,' || CAST(r.id AS TEXT) || ',%'
            AND (r.provider IS NULL OR replace($3, ',' || r.provider || ',', '') = $3)
        ORDER BY r.id LIMIT 1{lock}"
    );
    let values = [now.into(), except.into(), listed(&busy.runs).into()];
    let row = conn.query_one_raw(statement(conn, sql, values)).await?;
    row.map(|row| Ok(row.try_get_by_index(0)?)).transpose()
}

/// `,1,2,`: a list that is one value on both engines, so that there is one statement to prepare. Neither an id nor a
/// provider's name has a comma.
fn listed(items: impl IntoIterator<Item = impl ToString>) -> String {
    items.into_iter().fold(",".to_owned(), |list, item| list + &item.to_string() + ",")
}

fn lease_of(row: &sea_orm::QueryResult, owner: &str) -> Result<Lease> {
    Ok(Lease { run_id: row.try_get_by_index(0)?, owner: owner.to_owned(), epoch: row.try_get_by_index(1)? })
}
