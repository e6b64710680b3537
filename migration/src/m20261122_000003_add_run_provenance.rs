//! What made a run: its prompt version and snapshots of that version.
//!
//! Runs from before get no version, and snapshots of the one prompt that all works shared until then.

use sea_orm_migration::prelude::*;

use crate::{history::Loss, script::run};

/// The model of the legacy global prompt.
pub(crate) const LEGACY_MODEL: &str = "legacy/global";
/// The template of the legacy global prompt.
pub(crate) const LEGACY_TEMPLATE: &str =
    "Translate the following text from {source_language} into {target_language}:\n\n{source_text}";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[Loss {
    what: "translations that name their prompt version",
    count: "SELECT count(*) FROM chapter_translations WHERE prompt_version_id IS NOT NULL",
}];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let fill = |sql: &str| {
            sql.replace("{legacy_model}", LEGACY_MODEL).replace("{legacy_template}", LEGACY_TEMPLATE)
        };
        run(manager, &fill(UP_SQLITE), &fill(UP_POSTGRES)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN, DOWN).await
    }
}

// SQLite adds a NOT NULL column only with a default; it goes when `add_run_context` rebuilds the table.
const UP_SQLITE: &str = "
ALTER TABLE chapter_translations ADD COLUMN
  prompt_version_id INTEGER REFERENCES prompt_versions (id) ON DELETE RESTRICT;
ALTER TABLE chapter_translations ADD COLUMN model_snapshot TEXT NOT NULL DEFAULT '{legacy_model}';
ALTER TABLE chapter_translations ADD COLUMN template_snapshot TEXT NOT NULL DEFAULT '{legacy_template}';
ALTER TABLE chapter_translations ADD COLUMN parameters_snapshot TEXT NOT NULL DEFAULT '{}'
  CHECK (json_valid(parameters_snapshot) AND json_type(parameters_snapshot) = 'object');
";

const UP_POSTGRES: &str = "
ALTER TABLE chapter_translations
  ADD COLUMN prompt_version_id BIGINT REFERENCES prompt_versions (id) ON DELETE RESTRICT,
  ADD COLUMN model_snapshot TEXT NOT NULL DEFAULT '{legacy_model}',
  ADD COLUMN template_snapshot TEXT NOT NULL DEFAULT '{legacy_template}',
  ADD COLUMN parameters_snapshot JSONB NOT NULL DEFAULT '{}'
    CHECK (jsonb_typeof(parameters_snapshot) = 'object');
ALTER TABLE chapter_translations
  ALTER COLUMN model_snapshot DROP DEFAULT,
  ALTER COLUMN template_snapshot DROP DEFAULT,
  ALTER COLUMN parameters_snapshot DROP DEFAULT;
";

const DOWN: &str = "
ALTER TABLE chapter_translations DROP COLUMN parameters_snapshot;
ALTER TABLE chapter_translations DROP COLUMN template_snapshot;
ALTER TABLE chapter_translations DROP COLUMN model_snapshot;
ALTER TABLE chapter_translations DROP COLUMN prompt_version_id;
";
