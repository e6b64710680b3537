//! Where an event stands among those of all runs, for who follows a whole work.

use sea_orm_migration::prelude::*;

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP_SQLITE, UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN, DOWN).await
    }
}

// Events from before stand at 0: nobody who follows is told of them. Transactions follow each other.
const UP_SQLITE: &str = "
ALTER TABLE run_events ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
CREATE INDEX run_events_position ON run_events (position, run_id, seq);
";

// The transaction's number: once all lower ones have ended, nothing comes in before it any more. That of a
// sequence would not do, since who draws a number first may commit last.
const UP_POSTGRES: &str = "
ALTER TABLE run_events ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run_events ALTER COLUMN position SET DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX run_events_position ON run_events (position, run_id, seq);
";

const DOWN: &str = "
DROP INDEX run_events_position;
ALTER TABLE run_events DROP COLUMN position;
";
