-- The tables as they were, rebuilt as in up.sqlite.sql. Titles go with their attempts; a text that was carried over
-- stays, as one that names nothing that made it.
PRAGMA defer_foreign_keys = ON;

CREATE TABLE kept_sequences AS SELECT name, seq FROM sqlite_sequence;

CREATE TABLE lost_titles AS SELECT id, chapter_translation_id FROM translation_segments WHERE kind = 'title';
DELETE FROM retranslations WHERE segment_id IN (SELECT id FROM lost_titles);

CREATE TABLE kept AS
  SELECT * FROM segment_attempts WHERE segment_id NOT IN (SELECT id FROM lost_titles);
UPDATE kept SET kind = 'legacy', prompt_version_id = NULL, author_kind = NULL, author_id = NULL, author_name = NULL
  WHERE kind = 'carried';
DROP TABLE segment_attempts;
CREATE TABLE segment_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  segment_id INTEGER NOT NULL REFERENCES translation_segments (id) ON DELETE RESTRICT,
  kind TEXT NOT NULL CHECK (kind IN ('model', 'person', 'legacy')),
  status TEXT NOT NULL CHECK (status IN ('running', 'completed', 'failed')),
  text TEXT,
  prompt_version_id INTEGER REFERENCES prompt_versions (id) ON DELETE RESTRICT,
  messages TEXT CHECK (messages IS NULL OR (json_valid(messages) AND json_type(messages) = 'array')),
  preceding TEXT CHECK (preceding IS NULL OR (json_valid(preceding) AND json_type(preceding) = 'array')),
  instruction TEXT,
  request_sha256 TEXT CHECK (length(request_sha256) = 64 AND request_sha256 NOT GLOB '*[^0-9a-f]*'),
  response_sha256 TEXT CHECK (length(response_sha256) = 64 AND response_sha256 NOT GLOB '*[^0-9a-f]*'),
  provider TEXT,
  model_requested TEXT,
  model_reported TEXT,
  response_id TEXT,
  finish_reason TEXT,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  total_tokens INTEGER,
  cost_nano_usd INTEGER,
  author_kind TEXT CHECK (author_kind IN ('user', 'token', 'system')),
  author_id INTEGER,
  author_name TEXT,
  restored_from INTEGER REFERENCES segment_attempts (id) ON DELETE RESTRICT,
  error_code TEXT,
  error_detail TEXT,
  lease_epoch INTEGER,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  parameter_names TEXT CONSTRAINT attempt_parameter_names CHECK (parameter_names IS NULL
    OR (kind = 'model' AND json_valid(parameter_names) AND json_type(parameter_names) = 'object')),
  CONSTRAINT attempt_by_model CHECK (kind <> 'model' OR (messages IS NOT NULL AND request_sha256 IS NOT NULL
    AND provider IS NOT NULL AND model_requested IS NOT NULL AND prompt_version_id IS NOT NULL)),
  CONSTRAINT attempt_by_person CHECK (kind <> 'person' OR (author_kind IS NOT NULL AND author_name IS NOT NULL
    AND text IS NOT NULL AND status = 'completed')),
  CONSTRAINT attempt_finished CHECK ((status <> 'running') = (finished_at IS NOT NULL)),
  CONSTRAINT attempt_completed CHECK (status <> 'completed' OR (text IS NOT NULL
    AND (kind = 'legacy' OR response_sha256 IS NOT NULL)
    AND (kind <> 'model' OR (text <> '' AND finish_reason IS NOT NULL AND finish_reason = 'stop')))),
  CONSTRAINT attempt_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT attempt_legacy CHECK (kind <> 'legacy' OR (status = 'completed' AND coalesce(prompt_version_id,
    messages, preceding, instruction, request_sha256, provider, model_requested, model_reported, response_id,
    finish_reason, prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, author_kind, author_id,
    author_name, restored_from, error_code, error_detail, lease_epoch) IS NULL))
) STRICT;
INSERT INTO segment_attempts (id, segment_id, kind, status, text, prompt_version_id, messages, preceding, instruction,
    request_sha256, response_sha256, provider, model_requested, model_reported, response_id, finish_reason,
    prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, author_kind, author_id, author_name, restored_from,
    error_code, error_detail, lease_epoch, started_at, finished_at, parameter_names)
  SELECT id, segment_id, kind, status, text, prompt_version_id, messages, preceding, instruction,
    request_sha256, response_sha256, provider, model_requested, model_reported, response_id,
    CASE WHEN kind = 'model' AND status = 'completed' THEN 'stop' ELSE finish_reason END,
    prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, author_kind, author_id, author_name, restored_from,
    error_code, error_detail, lease_epoch, started_at, finished_at, parameter_names
  FROM kept ORDER BY id;
DROP TABLE kept;

CREATE TABLE kept AS SELECT * FROM translation_segments WHERE kind <> 'title';
DROP TABLE translation_segments;
CREATE TABLE translation_segments (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  chapter_translation_id INTEGER NOT NULL REFERENCES chapter_translations (id) ON DELETE RESTRICT,
  position INTEGER NOT NULL CHECK (position > 0),
  source_text TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed', 'blank')),
  error_code TEXT,
  error_detail TEXT,
  current_attempt_id INTEGER REFERENCES segment_attempts (id) ON DELETE RESTRICT,
  CONSTRAINT segment_text CHECK ((status = 'completed') = (current_attempt_id IS NOT NULL)),
  CONSTRAINT segment_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT segment_blank CHECK (status <> 'blank' OR trim(source_text, {white_space}) = '')
) STRICT;
INSERT INTO translation_segments (id, chapter_translation_id, position, source_text, status, error_code, error_detail,
    current_attempt_id)
  SELECT id, chapter_translation_id, position, source_text, status, error_code, error_detail, current_attempt_id
  FROM kept ORDER BY id;
DROP TABLE kept;

CREATE TABLE kept AS SELECT * FROM chapter_translations;
DROP TABLE chapter_translations;
CREATE TABLE chapter_translations (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  chapter_id INTEGER NOT NULL REFERENCES chapters (id) ON DELETE RESTRICT,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  error_code TEXT,
  error_detail TEXT,
  prompt_version_id INTEGER REFERENCES prompt_versions (id) ON DELETE RESTRICT,
  model_snapshot TEXT NOT NULL,
  template_snapshot TEXT NOT NULL,
  parameters_snapshot TEXT NOT NULL
    CHECK (json_valid(parameters_snapshot) AND json_type(parameters_snapshot) = 'object'),
  work_title_snapshot TEXT NOT NULL,
  work_author_snapshot TEXT NOT NULL,
  source_language_snapshot TEXT NOT NULL,
  target_language_snapshot TEXT NOT NULL,
  chapter_title_snapshot TEXT NOT NULL,
  chapter_number_snapshot INTEGER NOT NULL,
  source_sha256 TEXT CHECK (length(source_sha256) = 64 AND source_sha256 NOT GLOB '*[^0-9a-f]*'),
  created_by_kind TEXT NOT NULL CHECK (created_by_kind IN ('user', 'token', 'system')),
  created_by_id INTEGER,
  created_by_name TEXT NOT NULL,
  segments_total INTEGER NOT NULL CHECK (segments_total >= 0),
  segments_done INTEGER NOT NULL CHECK (segments_done >= 0),
  cancel_requested_at TEXT,
  lease_owner TEXT,
  lease_epoch INTEGER NOT NULL,
  lease_expires_at TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  provider TEXT,
  CONSTRAINT run_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT run_progress CHECK (segments_done <= segments_total),
  CONSTRAINT run_legacy CHECK (prompt_version_id IS NOT NULL OR status NOT IN ('queued', 'running')),
  CONSTRAINT run_created_by CHECK ((created_by_kind = 'system') = (created_by_id IS NULL))
) STRICT;
INSERT INTO chapter_translations (id, chapter_id, status, error_code, error_detail, prompt_version_id, model_snapshot,
    template_snapshot, parameters_snapshot, work_title_snapshot, work_author_snapshot, source_language_snapshot,
    target_language_snapshot, chapter_title_snapshot, chapter_number_snapshot, source_sha256, created_by_kind,
    created_by_id, created_by_name, segments_total, segments_done, cancel_requested_at, lease_owner, lease_epoch,
    lease_expires_at, created_at, started_at, finished_at, provider)
  SELECT id, chapter_id, status, error_code, error_detail, prompt_version_id, model_snapshot,
    template_snapshot, parameters_snapshot, work_title_snapshot, work_author_snapshot, source_language_snapshot,
    target_language_snapshot, chapter_title_snapshot, chapter_number_snapshot, source_sha256, created_by_kind,
    created_by_id, created_by_name, segments_total, segments_done, cancel_requested_at, lease_owner, lease_epoch,
    lease_expires_at, created_at, started_at, finished_at, provider
  FROM kept ORDER BY id;
DROP TABLE kept;

UPDATE chapter_translations SET
  segments_done = (SELECT count(*) FROM translation_segments s
                   WHERE s.chapter_translation_id = chapter_translations.id AND s.status IN ('completed', 'blank')),
  segments_total = (SELECT count(*) FROM translation_segments s
                    WHERE s.chapter_translation_id = chapter_translations.id)
  WHERE id IN (SELECT chapter_translation_id FROM lost_titles);
DROP TABLE lost_titles;

DELETE FROM sqlite_sequence WHERE name IN ('chapter_translations', 'translation_segments', 'segment_attempts');
INSERT INTO sqlite_sequence (name, seq)
  SELECT name, seq FROM kept_sequences
  WHERE name IN ('chapter_translations', 'translation_segments', 'segment_attempts');
DROP TABLE kept_sequences;
ALTER TABLE chapters DROP COLUMN volume;
