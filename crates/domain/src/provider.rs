//! Provider state that servers share: pauses and, on PostgreSQL, the limits on requests.
//!
//! A provider gets a row when there is state to store. A transaction that locks this row has already locked
//! its run's row.

use crate::{
    Db, Engine, Error, Result, Txn,
    audit::{self, Entry},
    db::statement,
    notice::{Notice, tell},
    stored::failure_of,
    time::timestamp,
};
use chrono::{DateTime, Utc};
use colophon_contract::{AuditAction, FailureCode, ProviderPause, SubjectKind};
use sea_orm::ConnectionTrait;
use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

/// Retry interval of a request that found every slot taken: another server may free the slot.
const FULL: Duration = Duration::from_millis(200);

/// The limits for all servers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of concurrent requests.
    pub max_concurrency: u32,
    /// Maximum number of requests started per minute; `None` means no limit.
    pub requests_per_minute: Option<NonZeroU32>,
}

/// Returns the paused providers, by name.
///
/// # Errors
/// Returns database errors only.
pub async fn list_pauses(db: &Db) -> Result<BTreeMap<String, ProviderPause>> {
    let sql = "SELECT name, pause_code, paused_at FROM provider_states WHERE pause_code IS NOT NULL";
    let mut pauses = BTreeMap::new();
    for row in db.read().query_all_raw(statement(db.read(), sql, [])).await? {
        let (name, code): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let since = timestamp(row.try_get_by_index::<DateTime<Utc>>(2)?);
        let pause = ProviderPause::new(&name, failure_of(&code), since);
        pauses.insert(name, pause);
    }
    Ok(pauses)
}

/// Pauses a provider: its runs do not start until it is resumed, except one probe after `probe_after` and
/// then one in each such interval. An existing pause keeps its code and start; only its interval restarts.
///
/// # Errors
/// Returns database errors only.
pub async fn pause_provider(
    txn: &Txn,
    provider: &str,
    code: FailureCode,
    probe_after: Duration,
) -> Result<()> {
    let now = txn.now().await?;
    let sql = "INSERT INTO provider_states (name, pause_code, paused_at, probe_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET pause_code = coalesce(provider_states.pause_code, excluded.pause_code),
            paused_at = coalesce(provider_states.paused_at, excluded.paused_at), probe_at = excluded.probe_at";
    let values = [provider.into(), code.as_str().into(), now.into(), (now + probe_after).into()];
    let was = "SELECT 1 FROM provider_states WHERE name = $1 AND pause_code IS NOT NULL";
    let was = txn.conn().query_one_raw(statement(txn.conn(), was, [provider.into()])).await?;
    txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    if was.is_some() {
        return Ok(());
    }
    audit::record(txn, about(AuditAction::ProviderPaused, provider).saying(code.as_str())).await
}

/// Returns an audit log entry about a provider.
fn about(action: AuditAction, provider: &str) -> Entry {
    Entry::new(action, SubjectKind::Provider, None).named(provider)
}

/// Resumes a provider; returns whether it was paused.
///
/// # Errors
/// Returns database errors only.
pub async fn resume_provider(txn: &Txn, provider: &str) -> Result<bool> {
    let sql = "UPDATE provider_states SET pause_code = NULL, paused_at = NULL, probe_at = NULL
        WHERE name = $1 AND pause_code IS NOT NULL";
    let done = txn.conn().execute_raw(statement(txn.conn(), sql, [provider.into()])).await?;
    tell(txn, Notice::Queue).await?;
    let was_paused = done.rows_affected() > 0;
    if was_paused {
        audit::record(txn, about(AuditAction::ProviderResumed, provider)).await?;
    }
    Ok(was_paused)
}

/// Resumes all providers when a server starts, because the restart may have fixed the cause. Returns their
/// names.
///
/// # Errors
/// Returns database errors only.
pub async fn resume_all_providers(txn: &Txn) -> Result<Vec<String>> {
    let sql = "UPDATE provider_states SET pause_code = NULL, paused_at = NULL, probe_at = NULL
        WHERE pause_code IS NOT NULL RETURNING name";
    let rows = txn.conn().query_all_raw(statement(txn.conn(), sql, [])).await?;
    let mut names = Vec::with_capacity(rows.len());
    for row in rows {
        let name: String = row.try_get_by_index(0)?;
        audit::record(txn, about(AuditAction::ProviderResumed, &name).saying("the server started")).await?;
        names.push(name);
    }
    Ok(names)
}

/// Records the providers of a starting server, if they differ from the latest ones in the audit log.
/// `configured` maps each name to a text that says where the provider is. If servers have different
/// providers, each start is recorded.
///
/// # Errors
/// Returns database errors only.
pub async fn record_configuration(txn: &Txn, configured: &BTreeMap<String, String>) -> Result<()> {
    if txn.engine() == Engine::Postgres {
        // Only one of several servers that start together with the same providers records them.
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('colophon providers', 0))";
        txn.conn().execute_unprepared(lock).await?;
    }
    let [set, removed] = [AuditAction::ProviderConfigured, AuditAction::ProviderRemoved];
    let sql = "SELECT subject_name, action, detail FROM audit_log WHERE action IN ($1, $2) ORDER BY id";
    let values = [set.as_str().into(), removed.as_str().into()];
    let mut known = BTreeMap::new();
    for row in txn.conn().query_all_raw(statement(txn.conn(), sql, values)).await? {
        let (name, action): (Option<String>, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let detail: Option<String> = row.try_get_by_index(2)?;
        match name {
            Some(name) if action == set.as_str() => known.insert(name, detail.unwrap_or_default()),
            Some(name) => known.remove(&name),
            None => None,
        };
    }
    for (name, detail) in configured {
        if known.remove(name).as_ref() != Some(detail) {
            audit::record(txn, about(set, name).saying(detail.as_str())).await?;
        }
    }
    for name in known.keys() {
        audit::record(txn, about(removed, name)).await?;
    }
    Ok(())
}

/// Whether work on a run of the provider may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may start.
    Open,
    /// It may start, as a probe that finds out whether the pause can end.
    Probe,
    /// It must wait.
    Paused,
}

/// Decides whether a queued run may start. If its provider is paused, one run starts in each interval of
/// `every`.
pub(crate) async fn admit(txn: &Txn, provider: &str, every: Duration) -> Result<Admission> {
    let now = txn.now().await?;
    let sql = "UPDATE provider_states SET probe_at = $2
        WHERE name = $1 AND pause_code IS NOT NULL AND probe_at <= $3";
    let values = [provider.into(), (now + every).into(), now.into()];
    if txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?.rows_affected() > 0 {
        return Ok(Admission::Probe);
    }
    Ok(if is_paused(txn, provider).await? { Admission::Paused } else { Admission::Open })
}

/// Returns whether the provider is paused.
pub(crate) async fn is_paused(txn: &Txn, provider: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM provider_states WHERE name = $1 AND pause_code IS NOT NULL";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [provider.into()])).await?.is_some())
}

/// Takes the turn to send a request, or returns how long to wait before asking again.
///
/// Each running attempt of a run with a valid lease takes a slot; the slot of a dead server is free once its
/// lease expires. Requests start evenly spaced, without bursts, by the database's clock.
pub(crate) async fn take_turn(txn: &Txn, provider: &str, limits: Limits) -> Result<Option<Duration>> {
    let conn = txn.conn();
    let sql = "INSERT INTO provider_states (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    conn.execute_raw(statement(conn, sql, [provider.into()])).await?;
    let sql = "SELECT next_request_at FROM provider_states WHERE name = $1 FOR NO KEY UPDATE";
    let row = conn.query_one_raw(statement(conn, sql, [provider.into()])).await?;
    let row = row.ok_or_else(|| Error::internal("no row of a provider"))?;
    // Read the clock after the wait for the row, not before.
    let now = txn.now().await?;
    let next: Option<DateTime<Utc>> = row.try_get_by_index(0)?;
    if let Some(wait) = next.and_then(|next| (next - now).to_std().ok()).filter(|wait| !wait.is_zero()) {
        return Ok(Some(wait));
    }
    let sql = "SELECT count(*) FROM segment_attempts a
        JOIN translation_segments s ON s.id = a.segment_id
        JOIN chapter_translations r ON r.id = s.chapter_translation_id
        WHERE a.provider = $1 AND a.status = 'running' AND r.lease_expires_at > $2";
    let values = [provider.into(), now.into()];
    let row = conn.query_one_raw(statement(conn, sql, values)).await?;
    let taken: i64 = row.ok_or_else(|| Error::internal("no count"))?.try_get_by_index(0)?;
    if taken >= i64::from(limits.max_concurrency) {
        return Ok(Some(FULL));
    }
    if let Some(a_minute) = limits.requests_per_minute {
        let next = now + Duration::from_secs(60) / a_minute.get();
        let sql = "UPDATE provider_states SET next_request_at = $2 WHERE name = $1";
        conn.execute_raw(statement(conn, sql, [provider.into(), next.into()])).await?;
    }
    Ok(None)
}
