//! What an answer holds beside its text, and the columns, kinds and statuses that coming versions need.
//!
//! SQLite changes a CHECK constraint only by rebuilding its table. Therefore runs, segments and attempts are rebuilt
//! here once, for:
//! - `finish`, our class of the provider's `finish_reason`; filled in for attempts that have ended;
//! - the characters that were removed from an answer's content, and reasoning from a field of its own;
//! - the provider's own message, its counts of cached and reasoning tokens, and the cost that it reports;
//! - segments of kind `title` at position 0, and attempts of kind `carried`;
//! - snapshots of volume, summary and glossary, and until when a run waits for a provider;
//! - the statuses `completed_with_findings` and `needs_review`: triggers refuse them until a version writes them.
//!
//! Triggers and indexes of the three tables stay what they are. Rules about new columns are triggers of their own.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[
    Loss {
        what: "attempts with reasoning, or with characters removed from their answer",
        count: "SELECT count(*) FROM segment_attempts WHERE removed IS NOT NULL OR reasoning IS NOT NULL",
    },
    Loss {
        what: "attempts with a message, counts or a cost that only the provider gave",
        count: "SELECT count(*) FROM segment_attempts WHERE provider_message IS NOT NULL
            OR cached_tokens IS NOT NULL OR reasoning_tokens IS NOT NULL OR reported_cost_nano_usd IS NOT NULL",
    },
    Loss {
        what: "attempts that ended for reasons which older versions judge differently",
        count: "SELECT count(*) FROM segment_attempts WHERE kind = 'model' AND finish IS DISTINCT FROM
            CASE WHEN finish_reason IS NULL OR status = 'running' THEN NULL WHEN finish_reason = 'stop' THEN 'done'
                WHEN finish_reason = 'length' THEN 'truncated' WHEN finish_reason = 'content_filter' THEN 'filtered'
                ELSE 'other' END",
    },
    Loss {
        what: "texts carried over from another translation, which would name nothing that made them",
        count: "SELECT count(*) FROM segment_attempts WHERE kind = 'carried'",
    },
    Loss {
        what: "segments that are titles, with their attempts",
        count: "SELECT count(*) FROM translation_segments WHERE kind = 'title'",
    },
    Loss {
        what: "translations with a snapshot of a volume, a summary or a glossary",
        count: "SELECT count(*) FROM chapter_translations WHERE volume_title_snapshot IS NOT NULL
            OR summary_snapshot IS NOT NULL OR glossary_snapshot IS NOT NULL",
    },
    Loss {
        what: "chapters that belong to a volume",
        count: "SELECT count(*) FROM chapters WHERE volume IS NOT NULL",
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let guards = Guards::set_aside(manager).await?;
        run(
            manager,
            include_str!("m20261130_000014_separate_reasoning/up.sqlite.sql"),
            include_str!("m20261130_000014_separate_reasoning/up.postgres.sql"),
        )
        .await?;
        guards.put_back(manager).await?;
        run(
            manager,
            include_str!("m20261130_000014_separate_reasoning/triggers.sqlite.sql"),
            include_str!("m20261130_000014_separate_reasoning/triggers.postgres.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DROP_TRIGGERS_SQLITE, DROP_TRIGGERS_POSTGRES).await?;
        let guards = Guards::set_aside(manager).await?;
        run(
            manager,
            include_str!("m20261130_000014_separate_reasoning/down.sqlite.sql"),
            include_str!("m20261130_000014_separate_reasoning/down.postgres.sql"),
        )
        .await?;
        guards.put_back(manager).await
    }
}

const DROP_TRIGGERS_SQLITE: &str = "
DROP TRIGGER chapter_translations_snapshots;
DROP TRIGGER chapter_translations_findings_insert;
DROP TRIGGER chapter_translations_findings;
DROP TRIGGER translation_segments_kind;
DROP TRIGGER translation_segments_review_insert;
DROP TRIGGER translation_segments_review;
DROP TRIGGER segment_attempts_carried;
DROP TRIGGER segment_attempts_origin;
";

const DROP_TRIGGERS_POSTGRES: &str = "
DROP TRIGGER chapter_translations_snapshots ON chapter_translations;
DROP TRIGGER chapter_translations_findings ON chapter_translations;
DROP TRIGGER translation_segments_kind ON translation_segments;
DROP TRIGGER translation_segments_review ON translation_segments;
DROP TRIGGER segment_attempts_carried ON segment_attempts;
DROP TRIGGER segment_attempts_origin ON segment_attempts;
DROP FUNCTION colophon_check_carried();
";

/// SQLite: the triggers and indexes of the tables that are rebuilt, as statements that make them again. They would go
/// with their tables. Nothing on PostgreSQL, which alters tables in place.
struct Guards(Vec<String>);

impl Guards {
    /// Reads the statements and drops the triggers.
    async fn set_aside(manager: &SchemaManager<'_>) -> Result<Self, DbErr> {
        let db = manager.get_connection();
        if db.get_database_backend() != DbBackend::Sqlite {
            return Ok(Self(Vec::new()));
        }
        let sql = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND (
                (type IN ('trigger', 'index')
                    AND tbl_name IN ('chapter_translations', 'translation_segments', 'segment_attempts'))
                OR (type = 'trigger' AND tbl_name = 'retranslations'))
            ORDER BY name";
        let mut statements = Vec::new();
        for row in db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await? {
            if row.try_get::<String>("", "type")? == "trigger" {
                let name: String = row.try_get("", "name")?;
                db.execute_unprepared(&format!("DROP TRIGGER \"{name}\"")).await?;
            }
            statements.push(row.try_get("", "sql")?);
        }
        Ok(Self(statements))
    }

    /// Makes them again.
    async fn put_back(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for statement in self.0 {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}
