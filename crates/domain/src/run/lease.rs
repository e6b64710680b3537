//! Leases on runs, measured by the database's clock.

use crate::{
    Db, Engine, Result, ServeLock, Txn,
    db::statement,
    run::{
        claim::Claimant,
        row::run::{Lease, listed},
    },
};
use sea_orm::ConnectionTrait;

/// Renews the claimant's leases on `runs` in one statement. Returns the leases that still hold; the others
/// are lost.
///
/// # Errors
/// Returns database errors only.
pub async fn renew_leases(txn: &Txn, claimant: &Claimant, runs: &[i64]) -> Result<Vec<Lease>> {
    let sql = "UPDATE chapter_translations SET lease_expires_at = $1
        WHERE lease_owner = $2 AND $3 LIKE '%,' || CAST(id AS TEXT) || ',%'
        RETURNING id, lease_epoch";
    let expires = txn.now().await? + claimant.lease;
    let values = [expires.into(), claimant.owner.as_str().into(), listed(runs).into()];
    let rows = txn.conn().query_all_raw(statement(txn.conn(), sql, values)).await?;
    rows.iter().map(|row| lease_of(row, &claimant.owner)).collect()
}

/// Lists the leases that `owner` holds. A missing lease was lost, to a cancel or to another server.
///
/// # Errors
/// Returns database errors only.
pub async fn list_held_leases(db: &Db, owner: &str) -> Result<Vec<Lease>> {
    let sql = "SELECT id, lease_epoch FROM chapter_translations WHERE lease_owner = $1";
    let rows = db.read().query_all_raw(statement(db.read(), sql, [owner.into()])).await?;
    rows.iter().map(|row| lease_of(row, owner)).collect()
}

/// Expires, when a server starts, the leases of the previous server on the same SQLite file. Holding the lock
/// proves that the previous server has stopped. On PostgreSQL the lock proves nothing, and leases expire only
/// by time.
///
/// # Errors
/// Returns database errors only.
pub async fn expire_leases_of_dead_server(txn: &Txn, _proof: &ServeLock) -> Result<()> {
    if txn.engine() == Engine::Sqlite {
        let sql = "UPDATE chapter_translations SET lease_expires_at = $1
            WHERE status = 'running' OR lease_owner IS NOT NULL";
        let now = txn.now().await?;
        txn.conn().execute_raw(statement(txn.conn(), sql, [now.into()])).await?;
    }
    Ok(())
}

fn lease_of(row: &sea_orm::QueryResult, owner: &str) -> Result<Lease> {
    Ok(Lease { run_id: row.try_get_by_index(0)?, owner: owner.to_owned(), epoch: row.try_get_by_index(1)? })
}
