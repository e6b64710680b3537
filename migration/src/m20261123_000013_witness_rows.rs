//! Second records of what a history says: under which names an attempt's parameters were sent, and with each event a
//! hash of what its row said. What is older has neither.

use sea_orm_migration::prelude::*;

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[
    Loss {
        what: "attempts with the names that their parameters were sent under",
        count: "SELECT count(*) FROM segment_attempts WHERE parameter_names IS NOT NULL",
    },
    Loss {
        what: "hashes of what rows said when events told of them",
        count: "SELECT count(*) FROM run_events WHERE record_sha256 IS NOT NULL",
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP_SQLITE, UP_POSTGRES).await?;
        run(manager, INDEX, INDEX).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN_SQLITE, DOWN_POSTGRES).await?;
        run(manager, DOWN, DOWN).await
    }
}

// What was sent is as immutable as its neighbours, also while the attempt is under way. Events are append-only as
// they are: theirs need no trigger of its own.
const UP_SQLITE: &str = "
ALTER TABLE segment_attempts ADD COLUMN parameter_names TEXT CONSTRAINT attempt_parameter_names CHECK (parameter_names IS NULL
  OR (kind = 'model' AND json_valid(parameter_names) AND json_type(parameter_names) = 'object'));
ALTER TABLE run_events ADD COLUMN record_sha256 TEXT
  CHECK (length(record_sha256) = 64 AND record_sha256 NOT GLOB '*[^0-9a-f]*');

CREATE TRIGGER segment_attempts_names BEFORE UPDATE ON segment_attempts
WHEN OLD.parameter_names IS NOT NEW.parameter_names BEGIN
  SELECT RAISE(ABORT, 'colophon: the request of an attempt never changes');
END;
";

const UP_POSTGRES: &str = "
ALTER TABLE segment_attempts ADD COLUMN parameter_names JSONB CONSTRAINT attempt_parameter_names CHECK (parameter_names IS NULL
  OR (kind = 'model' AND jsonb_typeof(parameter_names) = 'object'));
ALTER TABLE run_events ADD COLUMN record_sha256 TEXT CHECK (record_sha256 ~ '^[0-9a-f]{64}$');

CREATE TRIGGER segment_attempts_names BEFORE UPDATE ON segment_attempts FOR EACH ROW
  WHEN (OLD.parameter_names::text IS DISTINCT FROM NEW.parameter_names::text)
  EXECUTE FUNCTION colophon_refuse('colophon: the request of an attempt never changes');
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_names;
";

// Only of what verifications look for: appending a version has no index more to write.
const INDEX: &str = "
CREATE INDEX audit_log_subject ON audit_log (subject_kind, subject_id)
  WHERE subject_kind = 'segment' OR subject_kind = 'translation';
CREATE INDEX retranslations_segment ON retranslations (segment_id);
";

const DOWN_SQLITE: &str = "DROP TRIGGER segment_attempts_names;";

const DOWN_POSTGRES: &str = "DROP TRIGGER segment_attempts_names ON segment_attempts;";

const DOWN: &str = "
DROP INDEX audit_log_subject;
DROP INDEX retranslations_segment;
ALTER TABLE run_events DROP COLUMN record_sha256;
ALTER TABLE segment_attempts DROP COLUMN parameter_names;
";
