//! The rest of what a run was made with and by, its progress, soft deletion, and every rule that the
//! database itself holds from here on.
//!
//! Back-fill: work, chapter and languages as they are now; the hash of the source is that of the segments
//! joined; made by `legacy`. Runs from before that were under way, or called completed without text in
//! every segment that needs it, become failed: nothing can go on with them, and incomplete never reads as
//! complete.

use sea_orm_migration::{prelude::*, sea_orm::Statement};
use sha2::{Digest, Sha256};

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[
    Loss {
        what: "translations with what they were made with and by",
        count: "SELECT count(*) FROM chapter_translations",
    },
    Loss {
        what: "deleted works, which would be back",
        count: "SELECT count(*) FROM works WHERE deleted_at IS NOT NULL",
    },
    Loss {
        what: "deleted chapters with their translations",
        count: "SELECT count(*) FROM chapters WHERE deleted_at IS NOT NULL",
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SETTLE, SETTLE).await?;
        run(
            manager,
            include_str!("m20261122_000007_add_run_context/up.sqlite.sql"),
            include_str!("m20261122_000007_add_run_context/up.postgres.sql"),
        )
        .await?;
        hash_sources(manager).await?;
        run(
            manager,
            include_str!("m20261122_000007_add_run_context/triggers.sqlite.sql"),
            include_str!("m20261122_000007_add_run_context/triggers.postgres.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261122_000007_add_run_context/down.sqlite.sql"),
            include_str!("m20261122_000007_add_run_context/down.postgres.sql"),
        )
        .await
    }
}

// Runs that cannot stay as they are. The newest of several active runs of a chapter stays.
const SETTLE: &str = "
UPDATE chapter_translations
SET status = 'failed', finished_at = coalesce(finished_at, started_at, created_at), error = 'It was under way when prompts were introduced, and cannot be resumed.'
WHERE status IN ('queued', 'running') AND prompt_version_id IS NULL;

UPDATE chapter_translations
SET status = 'failed', finished_at = coalesce(finished_at, started_at, created_at), error = 'A newer translation of the chapter was under way.'
WHERE status IN ('queued', 'running') AND EXISTS
  (SELECT 1 FROM chapter_translations newer WHERE newer.chapter_id = chapter_translations.chapter_id
     AND newer.id > chapter_translations.id AND newer.status IN ('queued', 'running'));

UPDATE chapter_translations
SET status = 'failed', finished_at = coalesce(finished_at, started_at, created_at), error = 'It was called completed, but not every segment has a text.'
WHERE status = 'completed'
  AND (EXISTS (SELECT 1 FROM translation_segments s
               WHERE s.chapter_translation_id = chapter_translations.id AND s.status NOT IN ('completed', 'blank'))
    OR NOT EXISTS (SELECT 1 FROM translation_segments s WHERE s.chapter_translation_id = chapter_translations.id));
";

/// Sets `source_sha256` to the SHA-256 of the segments joined; NULL stays where a run has none.
async fn hash_sources(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let backend = db.get_database_backend();
    let runs = "SELECT DISTINCT chapter_translation_id AS id FROM translation_segments ORDER BY 1";
    for row in db.query_all_raw(Statement::from_string(backend, runs)).await? {
        let run: i64 = row.try_get("", "id")?;
        let parts = "SELECT source_text FROM translation_segments WHERE chapter_translation_id = $1 ORDER BY position";
        let mut hasher = Sha256::new();
        for part in db.query_all_raw(Statement::from_sql_and_values(backend, parts, [run.into()])).await? {
            hasher.update(part.try_get::<String>("", "source_text")?);
        }
        let update = "UPDATE chapter_translations SET source_sha256 = $1 WHERE id = $2";
        let values = [hex::encode(hasher.finalize()).into(), run.into()];
        db.execute_raw(Statement::from_sql_and_values(backend, update, values)).await?;
    }
    Ok(())
}
