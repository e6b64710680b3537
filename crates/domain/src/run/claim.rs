//! Taking up runs: which one is next, and whose it is from then on.

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

/// Who claims runs, and on what terms.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// Names the server in its leases; never twice.
    pub owner: String,
    /// How long a run is theirs without a sign of life.
    pub lease: Duration,
    /// How often a run of a paused provider is let through, to find out whether the pause can end.
    pub probe_every: Duration,
    /// Providers that are passed over.
    pub busy: BusyProviders,
}

/// Providers with as many claimed runs as they have use for: the next run of one would only wait for a slot. A run and
/// a segment that is translated again are counted apart, so that a person who waits for a segment does not wait for
/// whole chapters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusyProviders {
    /// Names of the providers whose queued or expired runs are not claimed.
    pub runs: BTreeSet<String>,
    /// Names of the providers whose open retranslations are not claimed.
    pub retranslations: BTreeSet<String>,
}

/// A run that was claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The right to work on it.
    pub lease: Lease,
    /// Whether its provider is paused, and this run finds out whether that can end.
    pub probe: bool,
    /// Whether another server had begun to work on it and was not heard of again.
    pub taken_over: bool,
    /// What happened.
    pub events: Vec<RecordedEvent>,
    /// The number of its last event.
    pub last_seq: i64,
    /// Of an ended run: the one segment to translate again.
    pub retranslation: Option<Retranslation>,
    /// The provider that will be asked; `None` for a run whose model was not in the catalogue.
    pub provider: Option<String>,
}

/// A segment to translate again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retranslation {
    /// From 1.
    pub position: i32,
    /// The slice of the chapter.
    pub source_text: String,
    /// The version to use.
    pub prompt_version_id: i64,
    /// What a person asked for.
    pub instruction: Option<String>,
    /// Who did.
    pub author: Author,
}

mod retranslation;

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
