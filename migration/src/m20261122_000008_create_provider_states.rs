//! What servers share about a provider, and which provider a run waits for.
//!
//! `waiting_reason` was never written: why a run waits is read from its provider's row instead.

use sea_orm_migration::prelude::*;

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[Loss {
    what: "pauses of providers, which would be asked again",
    count: "SELECT count(*) FROM provider_states WHERE pause_code IS NOT NULL",
}];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP_SQLITE, UP_POSTGRES).await?;
        run(manager, UP, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN, DOWN).await
    }
}

const UP_SQLITE: &str = "
CREATE TABLE provider_states (
  name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
  pause_code TEXT,
  paused_at TEXT,
  probe_at TEXT,
  next_request_at TEXT,
  CONSTRAINT provider_pause CHECK ((pause_code IS NULL) = (paused_at IS NULL)
    AND (pause_code IS NULL) = (probe_at IS NULL))
) STRICT, WITHOUT ROWID;
";

const UP_POSTGRES: &str = "
CREATE TABLE provider_states (
  name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
  pause_code TEXT,
  paused_at TIMESTAMPTZ,
  probe_at TIMESTAMPTZ,
  next_request_at TIMESTAMPTZ,
  CONSTRAINT provider_pause CHECK ((pause_code IS NULL) = (paused_at IS NULL)
    AND (pause_code IS NULL) = (probe_at IS NULL))
);
";

// The attempts under way are what a limit on concurrency counts.
const UP: &str = "
ALTER TABLE chapter_translations DROP COLUMN waiting_reason;
ALTER TABLE chapter_translations ADD COLUMN provider TEXT;
CREATE INDEX segment_attempts_running ON segment_attempts (provider) WHERE status = 'running';
";

const DOWN: &str = "
DROP INDEX segment_attempts_running;
ALTER TABLE chapter_translations DROP COLUMN provider;
ALTER TABLE chapter_translations ADD COLUMN waiting_reason TEXT;
DROP TABLE provider_states;
";
