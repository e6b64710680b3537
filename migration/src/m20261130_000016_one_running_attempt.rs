//! A segment has at most one attempt under way.
//!
//! Until now nothing but the code saw to it. On PostgreSQL, a commit whose answer was lost could leave an attempt that
//! nobody worked on, and that stayed `running` beside the one that was begun in its place. Of several such attempts at
//! a segment, the newest is the one that is worked on: it stays. The older ones end as failed with the code
//! `interrupted`. An event tells of each, so that the run still verifies. Nothing was sent for them, so they end when
//! they began.

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
        run(manager, UP, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN, DOWN).await
    }
}

// The event has no hash of the row, as those from before there were any: verifications count it as such.
const UP: &str = r#"
INSERT INTO run_events (run_id, seq, name, data, created_at)
  SELECT s.chapter_translation_id,
    (SELECT coalesce(max(e.seq), 0) FROM run_events e WHERE e.run_id = s.chapter_translation_id)
      + row_number() OVER (PARTITION BY s.chapter_translation_id ORDER BY a.id),
    'segment-error',
    '{"position":' || CAST(s.position AS TEXT) || ',"attempt_id":' || CAST(a.id AS TEXT)
      || ',"code":"interrupted","detail":"Another attempt was begun in its place.","will_retry":true}',
    a.started_at
  FROM segment_attempts a JOIN translation_segments s ON s.id = a.segment_id
  WHERE a.status = 'running' AND EXISTS (SELECT 1 FROM segment_attempts newer
    WHERE newer.segment_id = a.segment_id AND newer.status = 'running' AND newer.id > a.id);
UPDATE segment_attempts AS a
  SET status = 'failed', text = coalesce(text, ''), error_code = 'interrupted',
    error_detail = 'Another attempt was begun in its place.', finished_at = started_at
  WHERE a.status = 'running' AND EXISTS (SELECT 1 FROM segment_attempts newer
    WHERE newer.segment_id = a.segment_id AND newer.status = 'running' AND newer.id > a.id);
CREATE UNIQUE INDEX segment_attempts_one_running ON segment_attempts (segment_id) WHERE status = 'running';
"#;

const DOWN: &str = "DROP INDEX segment_attempts_one_running;";
