//! The migrations in order, and the data that undoing each would lose.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseTransaction, Statement},
};

use crate::{
    m20261122_000001_create_works as create_works, m20261122_000002_create_prompts as create_prompts,
    m20261122_000003_add_run_provenance as add_run_provenance,
    m20261122_000004_create_segment_attempts as create_segment_attempts,
    m20261122_000005_create_users as create_users, m20261122_000006_create_run_events as create_run_events,
    m20261122_000007_add_run_context as add_run_context,
    m20261122_000008_create_provider_states as create_provider_states,
    m20261122_000009_create_retranslations as create_retranslations,
    m20261122_000010_add_event_positions as add_event_positions, m20261122_000011_guard_hands as guard_hands,
    m20261123_000012_add_access as add_access, m20261123_000013_witness_rows as witness_rows,
    m20261130_000014_separate_reasoning as separate_reasoning,
    m20261130_000015_add_file_hashes as add_file_hashes,
    m20261130_000016_one_running_attempt as one_running_attempt, m20261130_000017_run_chains as run_chains,
};

/// Data that undoing a migration would lose. `count` is SQL that returns the number of rows.
pub(crate) struct Loss {
    pub(crate) what: &'static str,
    pub(crate) count: &'static str,
}

/// A migration and the data that undoing it would lose.
pub(crate) struct Entry {
    pub(crate) migration: Box<dyn MigrationTrait>,
    pub(crate) losses: &'static [Loss],
}

/// Returns the migrations, oldest first.
pub(crate) fn entries() -> Vec<Entry> {
    vec![
        Entry { migration: Box::new(create_works::Migration), losses: create_works::LOSSES },
        Entry { migration: Box::new(create_prompts::Migration), losses: create_prompts::LOSSES },
        Entry { migration: Box::new(add_run_provenance::Migration), losses: add_run_provenance::LOSSES },
        Entry {
            migration: Box::new(create_segment_attempts::Migration),
            losses: create_segment_attempts::LOSSES,
        },
        Entry { migration: Box::new(create_users::Migration), losses: create_users::LOSSES },
        Entry { migration: Box::new(create_run_events::Migration), losses: create_run_events::LOSSES },
        Entry { migration: Box::new(add_run_context::Migration), losses: add_run_context::LOSSES },
        Entry {
            migration: Box::new(create_provider_states::Migration),
            losses: create_provider_states::LOSSES,
        },
        Entry {
            migration: Box::new(create_retranslations::Migration),
            losses: create_retranslations::LOSSES,
        },
        Entry { migration: Box::new(add_event_positions::Migration), losses: add_event_positions::LOSSES },
        Entry { migration: Box::new(guard_hands::Migration), losses: guard_hands::LOSSES },
        Entry { migration: Box::new(add_access::Migration), losses: add_access::LOSSES },
        Entry { migration: Box::new(witness_rows::Migration), losses: witness_rows::LOSSES },
        Entry { migration: Box::new(separate_reasoning::Migration), losses: separate_reasoning::LOSSES },
        Entry { migration: Box::new(add_file_hashes::Migration), losses: add_file_hashes::LOSSES },
        Entry { migration: Box::new(one_running_attempt::Migration), losses: one_running_attempt::LOSSES },
        Entry { migration: Box::new(run_chains::Migration), losses: run_chains::LOSSES },
    ]
}

/// Returns the losses with at least one row, each as `<number> <what>`.
pub(crate) async fn count_losses(db: &DatabaseTransaction, losses: &[Loss]) -> Result<Vec<String>, DbErr> {
    let mut lost = Vec::new();
    for Loss { what, count } in losses {
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), *count)).await?;
        let rows: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        if rows > 0 {
            lost.push(format!("{rows} {what}"));
        }
    }
    Ok(lost)
}

/// The migrations for sea-orm-migration.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        entries().into_iter().map(|entry| entry.migration).collect()
    }
}
