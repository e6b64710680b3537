//! Claims runs: selects the next run and gives its lease to a server.

use crate::{
    Db, Engine, Result, Txn,
    db::statement,
    provider::{self, Admission},
    run::row::{
        attempt::stop_attempts,
        event::{RecordedEvent, record},
        run::{Lease, because, listed, lock, progress_of},
        wait::forget_wait,
        witness::Witnessed,
    },
    stored::status_of,
    time,
};
use chrono::{DateTime, Utc};
use colophon_contract::{Author, FailureCode, RunEvent, RunStatus, SegmentStatus, TranslationStatus};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, IntoActiveModel};
use std::{collections::BTreeSet, time::Duration};

/// A server that claims runs, and the terms of its claims.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// Name of the server in its leases; unique for each start of a server.
    pub owner: String,
    /// Time until the lease expires unless it is renewed.
    pub lease: Duration,
    /// Interval between probes: runs of a paused provider that test whether the pause can end.
    pub probe_every: Duration,
    /// Providers whose runs are skipped.
    pub busy: BusyProviders,
}

/// Providers with enough claimed runs: another run of theirs would only wait for a slot. Runs and
/// retranslations are counted separately, so that a person who waits for a segment does not wait for whole
/// chapters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusyProviders {
    /// Names of the providers whose queued or expired runs are not claimed.
    pub runs: BTreeSet<String>,
    /// Names of the providers whose open retranslations are not claimed.
    pub retranslations: BTreeSet<String>,
}

/// A claimed run.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The lease.
    pub lease: Lease,
    /// Whether the run is a probe: its provider is paused, and this run tests whether the pause can end.
    pub probe: bool,
    /// Whether another server worked on the run and let its lease expire.
    pub taken_over: bool,
    /// The events recorded by the claim.
    pub events: Vec<RecordedEvent>,
    /// Number of the run's last event.
    pub last_seq: i64,
    /// The segment to translate again, if the run has ended; else `None`.
    pub retranslation: Option<Retranslation>,
    /// The run's provider; `None` if its model was not in the catalogue.
    pub provider: Option<String>,
}

/// A segment to translate again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retranslation {
    /// Position of the segment, from 1.
    pub position: i32,
    /// The segment's source text.
    pub source_text: String,
    /// The prompt version to use.
    pub prompt_version_id: i64,
    /// The person's instruction, if any.
    pub instruction: Option<String>,
    /// The person or token that made the request.
    pub author: Author,
}

mod retranslation;

/// Checks whether [`find_claimable_run`] would find a run. Takes no lock.
///
/// # Errors
/// Returns database errors only.
pub async fn has_claimable_run(
    db: &Db,
    take_over: bool,
    except: &[i64],
    busy: &BusyProviders,
) -> Result<bool> {
    let now = db.now().await?;
    Ok(find_claimable(db.read(), now, take_over, (except, busy), "").await?.is_some())
}

/// Picks the next run: first an ended run with an open retranslation (a person is waiting), then the oldest
/// queued run; with `take_over`, also runs whose lease has expired. Skips the runs in `except` and the runs
/// of `busy` providers. Runs of a paused provider stay queued, except for a probe. On PostgreSQL this locks
/// the run's row and skips rows that other transactions have locked. Servers that search at the same time get
/// different runs, and no server waits for another.
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

/// Claims a run that is queued or whose lease has expired: it is now `running`, and attempts of the last
/// holder fail as `interrupted`. An ended run keeps its status and is claimed for one segment, of a provider
/// that is not busy. Returns `None` if another server was faster or the provider is paused.
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
        _ => return retranslation::claim(txn, run, now, claimant).await,
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

async fn find_claimable(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    take_over: bool,
    (except, busy): (&[i64], &BusyProviders),
    lock: &str,
) -> Result<Option<i64>> {
    let except = listed(except);
    let passed_over = (&*except, &*listed(&busy.retranslations));
    if let Some(run_id) = retranslation::find_claimable(conn, now, take_over, passed_over, lock).await? {
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
