//! What the database refuses of what people do to segments, and the indexes by which servers find their work.

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
        run(manager, INDEXES, INDEXES).await?;
        run(manager, TRIGGERS_SQLITE, TRIGGERS_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN_SQLITE, DOWN_POSTGRES).await?;
        run(manager, DOWN, DOWN).await
    }
}

const INDEXES: &str = "
CREATE INDEX chapter_translations_lease ON chapter_translations (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX retranslations_queue ON retranslations (id) WHERE finished_at IS NULL;
";

const DOWN: &str = "
DROP INDEX chapter_translations_lease;
DROP INDEX retranslations_queue;
";

const TRIGGERS_SQLITE: &str = "
CREATE TRIGGER segment_attempts_hand BEFORE INSERT ON segment_attempts WHEN NEW.kind = 'person' BEGIN
  SELECT RAISE(ABORT, 'colophon: nothing was sent for an attempt by a person')
    WHERE coalesce(NEW.messages, NEW.preceding, NEW.instruction, NEW.request_sha256, NEW.provider,
      NEW.model_requested, NEW.model_reported, NEW.response_id, NEW.finish_reason, NEW.prompt_tokens,
      NEW.completion_tokens, NEW.total_tokens, NEW.cost_nano_usd, NEW.lease_epoch) IS NOT NULL;
  SELECT RAISE(ABORT, 'colophon: an attempt by a person has a text') WHERE NEW.text = '';
  SELECT RAISE(ABORT, 'colophon: an attempt by a person has the version of the one it brings back, or none')
    WHERE (NEW.restored_from IS NULL AND NEW.prompt_version_id IS NOT NULL) OR EXISTS
      (SELECT 1 FROM segment_attempts
       WHERE id = NEW.restored_from AND segment_id = NEW.segment_id AND status = 'completed' AND text = NEW.text
         AND prompt_version_id IS NOT NEW.prompt_version_id);
END;

CREATE TRIGGER segment_attempts_version BEFORE INSERT ON segment_attempts
WHEN NEW.kind = 'model' AND NEW.author_kind IS NULL BEGIN
  SELECT RAISE(ABORT, 'colophon: an attempt under another version than its run is asked for by name')
    WHERE EXISTS
      (SELECT 1 FROM translation_segments s JOIN chapter_translations r ON r.id = s.chapter_translation_id
       JOIN prompt_versions of_run ON of_run.id = r.prompt_version_id
       JOIN prompt_versions v ON v.prompt_id = of_run.prompt_id AND v.id <> of_run.id
       WHERE s.id = NEW.segment_id AND v.id = NEW.prompt_version_id);
END;

CREATE TRIGGER translation_segments_hand BEFORE UPDATE ON translation_segments
WHEN OLD.current_attempt_id IS NOT NEW.current_attempt_id BEGIN
  SELECT RAISE(ABORT, 'colophon: the text of a person gives way to what is asked for by name')
    WHERE EXISTS (SELECT 1 FROM segment_attempts WHERE id = OLD.current_attempt_id AND kind = 'person')
      AND EXISTS (SELECT 1 FROM segment_attempts WHERE id = NEW.current_attempt_id AND author_kind IS NULL);
END;

CREATE TRIGGER retranslations_insert BEFORE INSERT ON retranslations BEGIN
  SELECT RAISE(ABORT, 'colophon: retranslations are never deleted')
    WHERE EXISTS (SELECT 1 FROM retranslations WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'colophon: one retranslation of a segment at a time')
    WHERE NEW.finished_at IS NULL AND EXISTS
      (SELECT 1 FROM retranslations WHERE segment_id = NEW.segment_id AND finished_at IS NULL);
  SELECT RAISE(ABORT, 'colophon: a retranslation is of a segment of its run, by a version of its prompt')
    WHERE NOT EXISTS
      (SELECT 1 FROM translation_segments s
       JOIN chapter_translations r ON r.id = s.chapter_translation_id
       JOIN prompt_versions of_run ON of_run.id = r.prompt_version_id
       JOIN prompt_versions v ON v.prompt_id = of_run.prompt_id
       WHERE s.id = NEW.segment_id AND r.id = NEW.run_id AND v.id = NEW.prompt_version_id);
END;

CREATE TRIGGER retranslations_update BEFORE UPDATE ON retranslations
WHEN OLD.finished_at IS NOT NULL OR NEW.finished_at IS NULL
  OR OLD.id IS NOT NEW.id OR OLD.run_id IS NOT NEW.run_id OR OLD.segment_id IS NOT NEW.segment_id
  OR OLD.prompt_version_id IS NOT NEW.prompt_version_id OR OLD.provider IS NOT NEW.provider
  OR OLD.instruction IS NOT NEW.instruction OR OLD.author_kind IS NOT NEW.author_kind
  OR OLD.author_id IS NOT NEW.author_id OR OLD.author_name IS NOT NEW.author_name
  OR OLD.created_at IS NOT NEW.created_at
BEGIN
  SELECT RAISE(ABORT, 'colophon: a retranslation is only ever finished');
END;

CREATE TRIGGER retranslations_delete BEFORE DELETE ON retranslations BEGIN
  SELECT RAISE(ABORT, 'colophon: retranslations are never deleted');
END;
";

const DOWN_SQLITE: &str = "
DROP TRIGGER segment_attempts_hand;
DROP TRIGGER segment_attempts_version;
DROP TRIGGER translation_segments_hand;
DROP TRIGGER retranslations_insert;
DROP TRIGGER retranslations_update;
DROP TRIGGER retranslations_delete;
";

const TRIGGERS_POSTGRES: &str = "
CREATE FUNCTION colophon_check_hand() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF num_nonnulls(NEW.messages, NEW.preceding, NEW.instruction, NEW.request_sha256, NEW.provider,
      NEW.model_requested, NEW.model_reported, NEW.response_id, NEW.finish_reason, NEW.prompt_tokens,
      NEW.completion_tokens, NEW.total_tokens, NEW.cost_nano_usd, NEW.lease_epoch) > 0 THEN
    PERFORM colophon_raise('colophon: nothing was sent for an attempt by a person');
  END IF;
  IF NEW.text = '' THEN
    PERFORM colophon_raise('colophon: an attempt by a person has a text');
  END IF;
  IF (NEW.restored_from IS NULL AND NEW.prompt_version_id IS NOT NULL) OR EXISTS
    (SELECT 1 FROM segment_attempts
     WHERE id = NEW.restored_from AND segment_id = NEW.segment_id AND status = 'completed' AND text = NEW.text
       AND prompt_version_id IS DISTINCT FROM NEW.prompt_version_id) THEN
    PERFORM colophon_raise('colophon: an attempt by a person has the version of the one it brings back, or none');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION colophon_check_attempt_version() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS
    (SELECT 1 FROM translation_segments s JOIN chapter_translations r ON r.id = s.chapter_translation_id
     JOIN prompt_versions of_run ON of_run.id = r.prompt_version_id
     JOIN prompt_versions v ON v.prompt_id = of_run.prompt_id AND v.id <> of_run.id
     WHERE s.id = NEW.segment_id AND v.id = NEW.prompt_version_id) THEN
    PERFORM colophon_raise('colophon: an attempt under another version than its run is asked for by name');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION colophon_check_segment_hand() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM segment_attempts WHERE id = OLD.current_attempt_id AND kind = 'person')
    AND EXISTS (SELECT 1 FROM segment_attempts WHERE id = NEW.current_attempt_id AND author_kind IS NULL) THEN
    PERFORM colophon_raise('colophon: the text of a person gives way to what is asked for by name');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION colophon_check_retranslation() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NOT EXISTS
    (SELECT 1 FROM translation_segments s
     JOIN chapter_translations r ON r.id = s.chapter_translation_id
     JOIN prompt_versions of_run ON of_run.id = r.prompt_version_id
     JOIN prompt_versions v ON v.prompt_id = of_run.prompt_id
     WHERE s.id = NEW.segment_id AND r.id = NEW.run_id AND v.id = NEW.prompt_version_id) THEN
    PERFORM colophon_raise('colophon: a retranslation is of a segment of its run, by a version of its prompt');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER segment_attempts_hand BEFORE INSERT ON segment_attempts FOR EACH ROW
  WHEN (NEW.kind = 'person') EXECUTE FUNCTION colophon_check_hand();
CREATE TRIGGER segment_attempts_version BEFORE INSERT ON segment_attempts FOR EACH ROW
  WHEN (NEW.kind = 'model' AND NEW.author_kind IS NULL) EXECUTE FUNCTION colophon_check_attempt_version();
CREATE TRIGGER translation_segments_hand BEFORE UPDATE ON translation_segments FOR EACH ROW
  WHEN (OLD.current_attempt_id IS DISTINCT FROM NEW.current_attempt_id)
  EXECUTE FUNCTION colophon_check_segment_hand();
CREATE TRIGGER retranslations_insert BEFORE INSERT ON retranslations
  FOR EACH ROW EXECUTE FUNCTION colophon_check_retranslation();
CREATE TRIGGER retranslations_update BEFORE UPDATE ON retranslations FOR EACH ROW
  WHEN (OLD.finished_at IS NOT NULL OR NEW.finished_at IS NULL
    OR OLD.id IS DISTINCT FROM NEW.id OR OLD.run_id IS DISTINCT FROM NEW.run_id
    OR OLD.segment_id IS DISTINCT FROM NEW.segment_id
    OR OLD.prompt_version_id IS DISTINCT FROM NEW.prompt_version_id
    OR OLD.provider IS DISTINCT FROM NEW.provider OR OLD.instruction IS DISTINCT FROM NEW.instruction
    OR OLD.author_kind IS DISTINCT FROM NEW.author_kind OR OLD.author_id IS DISTINCT FROM NEW.author_id
    OR OLD.author_name IS DISTINCT FROM NEW.author_name OR OLD.created_at IS DISTINCT FROM NEW.created_at)
  EXECUTE FUNCTION colophon_refuse('colophon: a retranslation is only ever finished');
CREATE TRIGGER retranslations_delete BEFORE DELETE OR TRUNCATE ON retranslations
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: retranslations are never deleted');
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_hand;
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_version;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_hand;
ALTER TABLE retranslations ENABLE ALWAYS TRIGGER retranslations_insert;
ALTER TABLE retranslations ENABLE ALWAYS TRIGGER retranslations_update;
ALTER TABLE retranslations ENABLE ALWAYS TRIGGER retranslations_delete;
";

const DOWN_POSTGRES: &str = "
DROP TRIGGER segment_attempts_hand ON segment_attempts;
DROP TRIGGER segment_attempts_version ON segment_attempts;
DROP TRIGGER translation_segments_hand ON translation_segments;
DROP TRIGGER retranslations_insert ON retranslations;
DROP TRIGGER retranslations_update ON retranslations;
DROP TRIGGER retranslations_delete ON retranslations;
DROP FUNCTION colophon_check_hand();
DROP FUNCTION colophon_check_attempt_version();
DROP FUNCTION colophon_check_segment_hand();
DROP FUNCTION colophon_check_retranslation();
";
