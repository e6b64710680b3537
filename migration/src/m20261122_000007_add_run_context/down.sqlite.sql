-- Triggers first, then the tables as they were before, rebuilt as in up.sqlite.sql.
PRAGMA defer_foreign_keys = ON;

DROP TRIGGER works_insert;
DROP TRIGGER works_delete;
DROP TRIGGER works_update;
DROP TRIGGER chapters_insert;
DROP TRIGGER chapters_number;
DROP TRIGGER chapters_delete;
DROP TRIGGER chapters_update;
DROP TRIGGER prompts_insert;
DROP TRIGGER prompts_delete;
DROP TRIGGER prompts_update;
DROP TRIGGER chapter_translations_insert;
DROP TRIGGER chapter_translations_provenance;
DROP TRIGGER chapter_translations_status;
DROP TRIGGER chapter_translations_delete;
DROP TRIGGER translation_segments_insert;
DROP TRIGGER translation_segments_source;
DROP TRIGGER translation_segments_text;
DROP TRIGGER translation_segments_status;
DROP TRIGGER translation_segments_delete;
DROP TRIGGER segment_attempts_insert;
DROP TRIGGER segment_attempts_finished;
DROP TRIGGER segment_attempts_request;
DROP TRIGGER segment_attempts_delete;
DROP TRIGGER run_events_insert;
DROP TRIGGER run_events_update;
DROP TRIGGER run_events_delete;

CREATE TABLE kept_sequences AS SELECT name, seq FROM sqlite_sequence;

-- Deleted chapters go for good: their numbers may be in use again.
CREATE TABLE lost_runs AS
  SELECT id FROM chapter_translations
  WHERE chapter_id IN (SELECT id FROM chapters WHERE deleted_at IS NOT NULL);
CREATE TABLE lost_segments AS
  SELECT id FROM translation_segments WHERE chapter_translation_id IN (SELECT id FROM lost_runs);
DELETE FROM run_events WHERE run_id IN (SELECT id FROM lost_runs);
UPDATE translation_segments SET current_attempt_id = NULL, status = 'pending'
  WHERE id IN (SELECT id FROM lost_segments);
UPDATE segment_attempts SET restored_from = NULL WHERE segment_id IN (SELECT id FROM lost_segments);
DELETE FROM segment_attempts WHERE segment_id IN (SELECT id FROM lost_segments);
DELETE FROM translation_segments WHERE id IN (SELECT id FROM lost_segments);
DELETE FROM chapter_translations WHERE id IN (SELECT id FROM lost_runs);
DELETE FROM chapters WHERE deleted_at IS NOT NULL;
DROP TABLE lost_segments;
DROP TABLE lost_runs;

CREATE TABLE kept AS SELECT * FROM translation_segments;
DROP TABLE translation_segments;
CREATE TABLE translation_segments (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  chapter_translation_id INTEGER NOT NULL REFERENCES chapter_translations (id) ON DELETE RESTRICT,
  position INTEGER NOT NULL CHECK (position > 0),
  source_text TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'running', 'completed', 'failed', 'blank')),
  current_attempt_id INTEGER REFERENCES segment_attempts (id) ON DELETE RESTRICT
) STRICT;
INSERT INTO translation_segments
  SELECT id, chapter_translation_id, position, source_text, status, current_attempt_id FROM kept ORDER BY id;
DROP TABLE kept;
CREATE UNIQUE INDEX translation_segments_run_position
  ON translation_segments (chapter_translation_id, position);

CREATE TABLE kept AS SELECT * FROM chapter_translations;
DROP TABLE chapter_translations;
CREATE TABLE chapter_translations (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  chapter_id INTEGER NOT NULL REFERENCES chapters (id) ON DELETE RESTRICT,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  error TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  prompt_version_id INTEGER REFERENCES prompt_versions (id) ON DELETE RESTRICT,
  model_snapshot TEXT NOT NULL,
  template_snapshot TEXT NOT NULL,
  parameters_snapshot TEXT NOT NULL
    CHECK (json_valid(parameters_snapshot) AND json_type(parameters_snapshot) = 'object')
) STRICT;
INSERT INTO chapter_translations
  SELECT id, chapter_id, status, coalesce(error_detail, error_code), created_at, started_at, finished_at,
    prompt_version_id, model_snapshot, template_snapshot, parameters_snapshot
  FROM kept ORDER BY id;
DROP TABLE kept;
CREATE INDEX chapter_translations_chapter_id ON chapter_translations (chapter_id, id);

CREATE TABLE kept AS SELECT * FROM chapters;
DROP TABLE chapters;
CREATE TABLE chapters (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  work_id INTEGER NOT NULL REFERENCES works (id) ON DELETE RESTRICT,
  number INTEGER NOT NULL CHECK (number > 0),
  title TEXT NOT NULL,
  source_text TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
INSERT INTO chapters
  SELECT id, work_id, number, title, source_text, created_at, updated_at FROM kept ORDER BY id;
DROP TABLE kept;
CREATE UNIQUE INDEX chapters_work_id_number ON chapters (work_id, number);

ALTER TABLE works DROP COLUMN deleted_at;

DELETE FROM sqlite_sequence WHERE name IN ('chapters', 'chapter_translations', 'translation_segments');
INSERT INTO sqlite_sequence (name, seq)
  SELECT name, seq FROM kept_sequences
  WHERE name IN ('chapters', 'chapter_translations', 'translation_segments');
DROP TABLE kept_sequences;
