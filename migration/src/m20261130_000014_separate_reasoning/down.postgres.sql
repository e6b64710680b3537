-- Titles go with their attempts; a text that was carried over stays, as one that names nothing that made it.
ALTER TABLE chapter_translations DISABLE TRIGGER USER;
ALTER TABLE translation_segments DISABLE TRIGGER USER;
ALTER TABLE segment_attempts DISABLE TRIGGER USER;
ALTER TABLE retranslations DISABLE TRIGGER USER;

CREATE TEMPORARY TABLE lost_titles ON COMMIT DROP AS
  SELECT id, chapter_translation_id FROM translation_segments WHERE kind = 'title';
UPDATE segment_attempts SET kind = 'legacy', carried_from = NULL, prompt_version_id = NULL, author_kind = NULL,
    author_id = NULL, author_name = NULL
  WHERE kind = 'carried';
UPDATE segment_attempts SET finish_reason = 'stop'
  WHERE kind = 'model' AND status = 'completed' AND finish_reason IS DISTINCT FROM 'stop';
DELETE FROM retranslations WHERE segment_id IN (SELECT id FROM lost_titles);
UPDATE translation_segments SET current_attempt_id = NULL, status = 'pending'
  WHERE id IN (SELECT id FROM lost_titles);
UPDATE segment_attempts SET restored_from = NULL WHERE segment_id IN (SELECT id FROM lost_titles);
DELETE FROM segment_attempts WHERE segment_id IN (SELECT id FROM lost_titles);
DELETE FROM translation_segments WHERE id IN (SELECT id FROM lost_titles);
UPDATE chapter_translations r SET
  segments_done = (SELECT count(*) FROM translation_segments s
                   WHERE s.chapter_translation_id = r.id AND s.status IN ('completed', 'blank')),
  segments_total = (SELECT count(*) FROM translation_segments s WHERE s.chapter_translation_id = r.id)
  WHERE r.id IN (SELECT chapter_translation_id FROM lost_titles);
DROP TABLE lost_titles;

ALTER TABLE segment_attempts
  DROP CONSTRAINT attempt_completed,
  DROP CONSTRAINT attempt_carried,
  DROP CONSTRAINT attempt_reasoning,
  DROP CONSTRAINT attempt_answered,
  DROP CONSTRAINT segment_attempts_kind_check,
  DROP COLUMN removed,
  DROP COLUMN reasoning,
  DROP COLUMN reasoning_bytes,
  DROP COLUMN reasoning_sha256,
  DROP COLUMN finish,
  DROP COLUMN provider_message,
  DROP COLUMN cached_tokens,
  DROP COLUMN reasoning_tokens,
  DROP COLUMN reported_cost_nano_usd,
  DROP COLUMN carried_from,
  ADD CONSTRAINT segment_attempts_kind_check CHECK (kind IN ('model', 'person', 'legacy')),
  ADD CONSTRAINT attempt_completed CHECK (status <> 'completed' OR (text IS NOT NULL
    AND (kind = 'legacy' OR response_sha256 IS NOT NULL)
    AND (kind <> 'model' OR (text <> '' AND finish_reason IS NOT NULL AND finish_reason = 'stop'))));

ALTER TABLE translation_segments
  DROP CONSTRAINT segment_position,
  DROP CONSTRAINT segment_text,
  DROP CONSTRAINT translation_segments_status_check,
  DROP COLUMN kind,
  ADD CONSTRAINT translation_segments_position_check CHECK (position > 0),
  ADD CONSTRAINT translation_segments_status_check
    CHECK (status IN ('pending', 'running', 'completed', 'failed', 'blank')),
  ADD CONSTRAINT segment_text CHECK ((status = 'completed') = (current_attempt_id IS NOT NULL));

ALTER TABLE chapter_translations
  DROP CONSTRAINT run_waiting,
  DROP CONSTRAINT chapter_translations_status_check,
  DROP COLUMN volume_title_snapshot,
  DROP COLUMN summary_snapshot,
  DROP COLUMN glossary_snapshot,
  DROP COLUMN waiting_provider,
  DROP COLUMN waiting_code,
  DROP COLUMN waiting_until,
  ADD CONSTRAINT chapter_translations_status_check
    CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled'));

ALTER TABLE chapters DROP COLUMN volume;

DO $$
DECLARE
  of_table RECORD;
BEGIN
  FOR of_table IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN
    ('chapter_translations'::regclass, 'translation_segments'::regclass, 'segment_attempts'::regclass,
     'retranslations'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', of_table.name, of_table.tgname);
  END LOOP;
END $$;
