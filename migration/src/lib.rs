//! The migrations, for SQLite and PostgreSQL.
//!
//! Each migration is a file `mYYYYMMDD_HHMMSS_verb_noun.rs` with its SQL for both engines. It never imports
//! entities, so that its effect never changes. After the last migration, the database itself rejects invalid
//! changes; the message of each such error is constant and starts with `colophon: `. These rules are defined
//! in:
//! - `m20261122_000002_create_prompts.rs`: versions
//! - `m20261122_000007_add_run_context/triggers.*.sql`: most tables
//! - `…_000011_guard_hands.rs`: what people do to segments
//! - `m20261123_000012_add_access.rs`: users, tokens and the audit log
//! - `…_000013_witness_rows.rs`: the names of an attempt's parameters
//! - `m20261130_000014_separate_reasoning/triggers.*.sql`: snapshots, segment kinds, carried-over texts
//! - `m20261130_000017_run_chains.rs`: the chains of runs
//!
//! A call of [`up`] or [`down`] is one transaction on both engines: all of its steps, or none. Servers that
//! start at the same moment wait for each other (PostgreSQL: an advisory lock; SQLite: the write lock).

use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement,
        TransactionOptions, TransactionTrait,
    },
};

mod history;
mod script;

mod m20261122_000001_create_works;
mod m20261122_000002_create_prompts;
mod m20261122_000003_add_run_provenance;
mod m20261122_000004_create_segment_attempts;
mod m20261122_000005_create_users;
mod m20261122_000006_create_run_events;
mod m20261122_000007_add_run_context;
mod m20261122_000008_create_provider_states;
mod m20261122_000009_create_retranslations;
mod m20261122_000010_add_event_positions;
mod m20261122_000011_guard_hands;
mod m20261123_000012_add_access;
mod m20261123_000013_witness_rows;
mod m20261130_000014_separate_reasoning;
mod m20261130_000015_add_file_hashes;
mod m20261130_000016_one_running_attempt;
mod m20261130_000017_run_chains;

use history::Migrator;

/// The table that lists the applied migrations.
const TABLE: &str = "seaql_migrations";

/// Why migrating failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database returned an error.
    #[error("the database refused a migration")]
    Database(#[from] DbErr),
    /// A newer Colophon migrated this database.
    #[error("the database is newer than this program: it has {}", names.join(", "))]
    Newer {
        /// The migrations that this program does not know.
        names: Vec<String>,
    },
    /// Undoing the migration would lose data, and the caller did not force it.
    #[error("undoing {migration} would lose {}", lost.join(", "))]
    WouldLose {
        /// The migration.
        migration: String,
        /// The data that would be lost, each as a number and what it counts.
        lost: Vec<String>,
    },
}

/// Whether [`down`] may lose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// Refuse to lose data.
    No,
    /// Lose the data.
    Yes,
}

/// A migration that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `mYYYYMMDD_HHMMSS_verb_noun`.
    pub name: String,
    /// When it was applied, in seconds since 1970 UTC; `None` if it is pending.
    pub applied_at: Option<i64>,
}

/// Returns all migrations, oldest first. Changes nothing.
///
/// # Errors
/// [`Error::Newer`] if the database has migrations that this program does not know; [`Error::Database`].
pub async fn status(db: &DatabaseConnection) -> Result<Vec<Status>, Error> {
    status_of(db).await
}

/// Returns the names of the pending migrations, oldest first. Changes nothing.
///
/// # Errors
/// The errors of [`status`].
pub async fn pending(db: &DatabaseConnection) -> Result<Vec<String>, Error> {
    let all = status(db).await?;
    Ok(all.into_iter().filter(|one| one.applied_at.is_none()).map(|one| one.name).collect())
}

/// Applies the next `steps` migrations, or all, and returns their names. Takes no lock if none is pending.
///
/// # Errors
/// The errors of [`status`].
pub async fn up(db: &DatabaseConnection, steps: Option<u32>) -> Result<Vec<String>, Error> {
    if pending(db).await?.is_empty() {
        return Ok(Vec::new());
    }
    let transaction = begin(db).await?;
    Migrator::install(&transaction).await?;
    let before = status_of(&transaction).await?;
    Migrator::up(&transaction, steps).await?;
    let applied = difference(&before, &status_of(&transaction).await?);
    transaction.commit().await?;
    Ok(applied)
}

/// Undoes the last `steps` migrations, or all, and returns their names, newest first.
///
/// # Errors
/// [`Error::WouldLose`] if data would be lost and `force` is [`Force::No`]: then no step is undone, not even
/// earlier ones. Else the errors of [`status`].
pub async fn down(db: &DatabaseConnection, steps: Option<u32>, force: Force) -> Result<Vec<String>, Error> {
    let transaction = begin(db).await?;
    Migrator::install(&transaction).await?;
    let applied: Vec<bool> =
        status_of(&transaction).await?.iter().map(|one| one.applied_at.is_some()).collect();
    let entries = history::entries().into_iter().zip(applied).filter(|(_, applied)| *applied);
    let mut undone = Vec::new();
    let steps = steps.map_or(usize::MAX, |steps| usize::try_from(steps).unwrap_or(usize::MAX));
    for (entry, _) in entries.collect::<Vec<_>>().into_iter().rev().take(steps) {
        let migration = entry.migration.name().to_owned();
        if force == Force::No {
            let lost = history::count_losses(&transaction, entry.losses).await?;
            if !lost.is_empty() {
                return Err(Error::WouldLose { migration, lost });
            }
        }
        Migrator::down(&transaction, Some(1)).await?;
        undone.push(migration);
    }
    transaction.commit().await?;
    Ok(undone)
}

/// Begins a transaction that excludes other migrating processes until it ends.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = db.begin_with_options(options).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // A migration has no time limit, whatever limit the connection has for requests.
        transaction.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").await?;
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('colophon migrations', 0))";
        transaction.execute_unprepared(lock).await?;
    }
    Ok(transaction)
}

async fn status_of<C: ConnectionTrait>(db: &C) -> Result<Vec<Status>, Error> {
    let applied = if has_table(db).await? { applied(db).await? } else { Vec::new() };
    let known: Vec<String> =
        history::entries().iter().map(|entry| entry.migration.name().to_owned()).collect();
    let names: Vec<String> =
        applied.iter().filter(|(name, _)| !known.contains(name)).map(|(name, _)| name.clone()).collect();
    if !names.is_empty() {
        return Err(Error::Newer { names });
    }
    let applied_at = |name: &str| applied.iter().find(|(applied, _)| applied == name).map(|(_, at)| *at);
    Ok(known.into_iter().map(|name| Status { applied_at: applied_at(&name), name }).collect())
}

async fn has_table<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT to_regclass($1) IS NOT NULL",
        _ => "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)",
    };
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [TABLE.into()]);
    db.query_one_raw(statement).await?.map_or(Ok(false), |row| row.try_get_by_index(0))
}

/// Returns names and times, oldest first.
async fn applied<C: ConnectionTrait>(db: &C) -> Result<Vec<(String, i64)>, DbErr> {
    let sql = format!("SELECT version, applied_at FROM {TABLE} ORDER BY version");
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

fn difference(before: &[Status], after: &[Status]) -> Vec<String> {
    let new = before.iter().zip(after).filter(|(b, a)| b.applied_at.is_none() && a.applied_at.is_some());
    new.map(|(_, after)| after.name.clone()).collect()
}
