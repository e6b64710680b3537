//! Claims ended runs, to translate again a segment for which a person requested it.

use crate::{
    Result, Txn, actor,
    db::statement,
    entity::run as runs,
    provider::{self, Admission},
    run::{
        claim::{Claimant, Claimed, Retranslation},
        row::{
            attempt::stop_attempts,
            event::last_seq,
            run::{Lease, because},
            wait::forget_wait,
        },
    },
};
use chrono::{DateTime, Utc};
use colophon_contract::{FailureCode, SegmentStatus};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, IntoActiveModel};

/// Returns the run of the oldest open retranslation that can be worked on, for [`super::find_claimable_run`].
/// Skips the runs in `except` and the providers in `busy`.
pub(crate) async fn find_claimable(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    take_over: bool,
    (except, busy): (&str, &str),
    lock: &str,
) -> Result<Option<i64>> {
    let expired = if take_over { "OR r.lease_expires_at <= $1" } else { "" };
    let sql = format!(
        "SELECT r.id FROM retranslations t JOIN chapter_translations r ON r.id = t.run_id
        LEFT JOIN provider_states p ON p.name = t.provider
        WHERE t.finished_at IS NULL AND (r.lease_expires_at IS NULL {expired})
            AND (p.pause_code IS NULL OR p.probe_at <= $1) AND $2 NOT LIKE '%,' || CAST(r.id AS TEXT) || ',%'
            AND replace($3, ',' || t.provider || ',', '') = $3
        ORDER BY t.id LIMIT 1{lock}"
    );
    let row = conn.query_one_raw(statement(conn, sql, [now.into(), except.into(), busy.into()])).await?;
    row.map(|row| Ok(row.try_get_by_index(0)?)).transpose()
}

/// Claims an ended run for its oldest open retranslation whose provider is admitted. Attempts of a former
/// holder fail as `interrupted`.
pub(crate) async fn claim(
    txn: &Txn,
    run: runs::Model,
    now: DateTime<Utc>,
    claimant: &Claimant,
) -> Result<Option<Claimed>> {
    let run_id = run.id;
    if run.lease_expires_at.is_some_and(|expires| expires > now) {
        return Ok(None);
    }
    let admitted = find_admitted(txn, run_id, claimant).await?;
    let Some((retranslation, provider, probe)) = admitted else { return Ok(None) };
    let taken_over = run.lease_owner.is_some();
    let interrupted = because(FailureCode::Interrupted);
    let events = stop_attempts(txn, run_id, &interrupted, SegmentStatus::Pending, true).await?;
    let lease = Lease { run_id, owner: claimant.owner.clone(), epoch: run.lease_epoch + 1 };
    let mut row = run.into_active_model();
    forget_wait(&mut row);
    row.lease_owner = Set(Some(lease.owner.clone()));
    row.lease_epoch = Set(lease.epoch);
    row.lease_expires_at = Set(Some(now + claimant.lease));
    row.update(txn.conn()).await?;
    let last_seq = last_seq(txn.conn(), run_id).await?;
    let (retranslation, provider) = (Some(retranslation), Some(provider));
    Ok(Some(Claimed { lease, probe, taken_over, events, last_seq, retranslation, provider }))
}

/// Returns the oldest open retranslation whose provider is neither busy nor paused, its provider, and whether
/// it is a probe.
async fn find_admitted(
    txn: &Txn,
    run_id: i64,
    claimant: &Claimant,
) -> Result<Option<(Retranslation, String, bool)>> {
    let sql =
        "SELECT s.position, s.source_text, t.prompt_version_id, t.instruction, t.author_kind, t.author_id,
            t.author_name, t.provider
        FROM retranslations t JOIN translation_segments s ON s.id = t.segment_id
        WHERE t.run_id = $1 AND t.finished_at IS NULL ORDER BY t.id";
    for row in txn.conn().query_all_raw(statement(txn.conn(), sql, [run_id.into()])).await? {
        let provider: String = row.try_get_by_index(7)?;
        if claimant.busy.retranslations.contains(&provider) {
            continue;
        }
        let probe = match provider::admit(txn, &provider, claimant.probe_every).await? {
            Admission::Open => false,
            Admission::Probe => true,
            Admission::Paused => continue,
        };
        let kind: String = row.try_get_by_index(4)?;
        let retranslation = Retranslation {
            position: row.try_get_by_index(0)?,
            source_text: row.try_get_by_index(1)?,
            prompt_version_id: row.try_get_by_index(2)?,
            instruction: row.try_get_by_index(3)?,
            author: actor::author_of(&kind, row.try_get_by_index(5)?, row.try_get_by_index(6)?),
        };
        return Ok(Some((retranslation, provider, probe)));
    }
    Ok(None)
}
