-- Triggers first, then the columns.
DROP TRIGGER works_delete ON works;
DROP TRIGGER works_update ON works;
DROP TRIGGER chapters_delete ON chapters;
DROP TRIGGER chapters_update ON chapters;
DROP TRIGGER prompts_delete ON prompts;
DROP TRIGGER prompts_update ON prompts;
DROP TRIGGER chapter_translations_insert ON chapter_translations;
DROP TRIGGER chapter_translations_provenance ON chapter_translations;
DROP TRIGGER chapter_translations_status ON chapter_translations;
DROP TRIGGER chapter_translations_delete ON chapter_translations;
DROP TRIGGER translation_segments_insert ON translation_segments;
DROP TRIGGER translation_segments_source ON translation_segments;
DROP TRIGGER translation_segments_text ON translation_segments;
DROP TRIGGER translation_segments_status ON translation_segments;
DROP TRIGGER translation_segments_delete ON translation_segments;
DROP TRIGGER segment_attempts_insert ON segment_attempts;
DROP TRIGGER segment_attempts_finished ON segment_attempts;
DROP TRIGGER segment_attempts_request ON segment_attempts;
DROP TRIGGER segment_attempts_delete ON segment_attempts;
DROP TRIGGER run_events_insert ON run_events;
DROP TRIGGER run_events_change ON run_events;
DROP FUNCTION colophon_check_run();
DROP FUNCTION colophon_check_run_status();
DROP FUNCTION colophon_check_new_segment();
DROP FUNCTION colophon_check_segment_text();
DROP FUNCTION colophon_check_segment_status();
DROP FUNCTION colophon_check_attempt();
DROP FUNCTION colophon_check_event();
DROP FUNCTION colophon_raise(TEXT);

ALTER TABLE translation_segments
  DROP CONSTRAINT segment_text, DROP CONSTRAINT segment_failed, DROP CONSTRAINT segment_blank;

-- Deleted chapters go for good: their numbers may be in use again.
CREATE TEMPORARY TABLE lost_runs ON COMMIT DROP AS
  SELECT id FROM chapter_translations
  WHERE chapter_id IN (SELECT id FROM chapters WHERE deleted_at IS NOT NULL);
CREATE TEMPORARY TABLE lost_segments ON COMMIT DROP AS
  SELECT id FROM translation_segments WHERE chapter_translation_id IN (SELECT id FROM lost_runs);
DELETE FROM run_events WHERE run_id IN (SELECT id FROM lost_runs);
UPDATE translation_segments SET current_attempt_id = NULL, status = 'pending'
  WHERE id IN (SELECT id FROM lost_segments);
UPDATE segment_attempts SET restored_from = NULL WHERE segment_id IN (SELECT id FROM lost_segments);
DELETE FROM segment_attempts WHERE segment_id IN (SELECT id FROM lost_segments);
DELETE FROM translation_segments WHERE id IN (SELECT id FROM lost_segments);
DELETE FROM chapter_translations WHERE id IN (SELECT id FROM lost_runs);
DELETE FROM chapters WHERE deleted_at IS NOT NULL;
DROP TABLE lost_segments, lost_runs;

ALTER TABLE translation_segments DROP COLUMN error_code, DROP COLUMN error_detail;

DROP INDEX chapter_translations_active;
DROP INDEX chapter_translations_status;
UPDATE chapter_translations SET error_detail = coalesce(error_detail, error_code);
ALTER TABLE chapter_translations
  DROP CONSTRAINT run_failed,
  DROP CONSTRAINT run_progress,
  DROP CONSTRAINT run_legacy,
  DROP CONSTRAINT run_created_by,
  DROP COLUMN error_code,
  DROP COLUMN work_title_snapshot,
  DROP COLUMN work_author_snapshot,
  DROP COLUMN source_language_snapshot,
  DROP COLUMN target_language_snapshot,
  DROP COLUMN chapter_title_snapshot,
  DROP COLUMN chapter_number_snapshot,
  DROP COLUMN source_sha256,
  DROP COLUMN created_by_kind,
  DROP COLUMN created_by_id,
  DROP COLUMN created_by_name,
  DROP COLUMN segments_total,
  DROP COLUMN segments_done,
  DROP COLUMN cancel_requested_at,
  DROP COLUMN waiting_reason,
  DROP COLUMN lease_owner,
  DROP COLUMN lease_epoch,
  DROP COLUMN lease_expires_at;
ALTER TABLE chapter_translations RENAME COLUMN error_detail TO error;

DROP INDEX chapters_work_id_number;
CREATE UNIQUE INDEX chapters_work_id_number ON chapters (work_id, number);
ALTER TABLE chapters DROP COLUMN characters, DROP COLUMN deleted_at;
ALTER TABLE works DROP COLUMN deleted_at;
