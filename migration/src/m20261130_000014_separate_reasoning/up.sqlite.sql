-- Tables are rebuilt in place, as in add_run_context/up.sqlite.sql: the rows are taken out, the table is made anew and
-- filled again. Rows of other tables that point at them are counted as broken meanwhile and as whole afterwards
-- (defer_foreign_keys). The sequences of ids are carried over: an id is never used twice.
PRAGMA defer_foreign_keys = ON;

CREATE TABLE kept_sequences AS SELECT name, seq FROM sqlite_sequence;

ALTER TABLE chapters ADD COLUMN volume TEXT CONSTRAINT chapter_volume CHECK (length(volume) <= 255);

CREATE TABLE kept AS SELECT * FROM chapter_translations;
DROP TABLE chapter_translations;
CREATE TABLE chapter_translations (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  chapter_id INTEGER NOT NULL REFERENCES chapters (id) ON DELETE RESTRICT,
  status TEXT NOT NULL
    CHECK (status IN ('queued', 'running', 'completed', 'completed_with_findings', 'failed', 'cancelled')),
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
  volume_title_snapshot TEXT,
  summary_snapshot TEXT,
  glossary_snapshot TEXT,
  source_sha256 TEXT CHECK (length(source_sha256) = 64 AND source_sha256 NOT GLOB '*[^0-9a-f]*'),
  created_by_kind TEXT NOT NULL CHECK (created_by_kind IN ('user', 'token', 'system')),
  created_by_id INTEGER,
  created_by_name TEXT NOT NULL,
  segments_total INTEGER NOT NULL CHECK (segments_total >= 0),
  segments_done INTEGER NOT NULL CHECK (segments_done >= 0),
  cancel_requested_at TEXT,
  provider TEXT,
  waiting_provider TEXT,
  waiting_code TEXT,
  waiting_until TEXT,
  lease_owner TEXT,
  lease_epoch INTEGER NOT NULL,
  lease_expires_at TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  CONSTRAINT run_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT run_progress CHECK (segments_done <= segments_total),
  CONSTRAINT run_legacy CHECK (prompt_version_id IS NOT NULL OR status NOT IN ('queued', 'running')),
  CONSTRAINT run_created_by CHECK ((created_by_kind = 'system') = (created_by_id IS NULL)),
  CONSTRAINT run_waiting CHECK ((waiting_code IS NULL) = (waiting_provider IS NULL)
    AND (waiting_code IS NULL) = (waiting_until IS NULL))
) STRICT;
INSERT INTO chapter_translations (id, chapter_id, status, error_code, error_detail, prompt_version_id, model_snapshot,
    template_snapshot, parameters_snapshot, work_title_snapshot, work_author_snapshot, source_language_snapshot,
    target_language_snapshot, chapter_title_snapshot, chapter_number_snapshot, source_sha256, created_by_kind,
    created_by_id, created_by_name, segments_total, segments_done, cancel_requested_at, provider, lease_owner,
    lease_epoch, lease_expires_at, created_at, started_at, finished_at)
  SELECT id, chapter_id, status, error_code, error_detail, prompt_version_id, model_snapshot,
    template_snapshot, parameters_snapshot, work_title_snapshot, work_author_snapshot, source_language_snapshot,
    target_language_snapshot, chapter_title_snapshot, chapter_number_snapshot, source_sha256, created_by_kind,
    created_by_id, created_by_name, segments_total, segments_done, cancel_requested_at, provider, lease_owner,
    lease_epoch, lease_expires_at, created_at, started_at, finished_at
  FROM kept ORDER BY id;
DROP TABLE kept;

CREATE TABLE kept AS SELECT * FROM translation_segments;
DROP TABLE translation_segments;
CREATE TABLE translation_segments (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  chapter_translation_id INTEGER NOT NULL REFERENCES chapter_translations (id) ON DELETE RESTRICT,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'title')),
  source_text TEXT NOT NULL,
  status TEXT NOT NULL
    CHECK (status IN ('pending', 'running', 'completed', 'needs_review', 'failed', 'blank')),
  error_code TEXT,
  error_detail TEXT,
  current_attempt_id INTEGER REFERENCES segment_attempts (id) ON DELETE RESTRICT,
  CONSTRAINT segment_position CHECK (position >= 0 AND (position = 0) = (kind = 'title')),
  CONSTRAINT segment_text CHECK ((status IN ('completed', 'needs_review')) = (current_attempt_id IS NOT NULL)),
  CONSTRAINT segment_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT segment_blank CHECK (status <> 'blank' OR trim(source_text, {white_space}) = '')
) STRICT;
INSERT INTO translation_segments (id, chapter_translation_id, position, source_text, status, error_code, error_detail,
    current_attempt_id)
  SELECT id, chapter_translation_id, position, source_text, status, error_code, error_detail, current_attempt_id
  FROM kept ORDER BY id;
DROP TABLE kept;

CREATE TABLE kept AS SELECT * FROM segment_attempts;
DROP TABLE segment_attempts;
CREATE TABLE segment_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  segment_id INTEGER NOT NULL REFERENCES translation_segments (id) ON DELETE RESTRICT,
  kind TEXT NOT NULL CHECK (kind IN ('model', 'person', 'legacy', 'carried')),
  status TEXT NOT NULL CHECK (status IN ('running', 'completed', 'failed')),
  text TEXT,
  removed TEXT CHECK (removed IS NULL
    OR (json_valid(removed) AND json_type(removed) = 'array' AND json_array_length(removed) > 0)),
  reasoning TEXT,
  reasoning_bytes INTEGER,
  reasoning_sha256 TEXT CHECK (length(reasoning_sha256) = 64 AND reasoning_sha256 NOT GLOB '*[^0-9a-f]*'),
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
  finish TEXT CHECK (finish IN ('done', 'truncated', 'filtered', 'other')),
  provider_message TEXT CONSTRAINT attempt_message CHECK (length(provider_message) <= 2000),
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  total_tokens INTEGER,
  cached_tokens INTEGER,
  reasoning_tokens INTEGER,
  cost_nano_usd INTEGER,
  reported_cost_nano_usd INTEGER,
  author_kind TEXT CHECK (author_kind IN ('user', 'token', 'system')),
  author_id INTEGER,
  author_name TEXT,
  restored_from INTEGER REFERENCES segment_attempts (id) ON DELETE RESTRICT,
  carried_from INTEGER REFERENCES segment_attempts (id) ON DELETE RESTRICT,
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
    AND (kind <> 'model' OR (text <> '' AND finish IS NOT NULL AND finish = 'done')))),
  CONSTRAINT attempt_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT attempt_legacy CHECK (kind <> 'legacy' OR (status = 'completed' AND coalesce(prompt_version_id,
    messages, preceding, instruction, request_sha256, provider, model_requested, model_reported, response_id,
    finish_reason, prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, author_kind, author_id,
    author_name, restored_from, error_code, error_detail, lease_epoch) IS NULL)),
  CONSTRAINT attempt_carried CHECK ((kind = 'carried') = (carried_from IS NOT NULL)
    AND (kind <> 'carried' OR (status = 'completed' AND text IS NOT NULL AND text <> ''
      AND coalesce(messages, preceding, instruction, request_sha256, provider, model_requested, model_reported,
        response_id, finish_reason, prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, restored_from,
        error_code, error_detail, lease_epoch) IS NULL))),
  CONSTRAINT attempt_reasoning CHECK ((reasoning IS NULL) = (reasoning_sha256 IS NULL)
    AND (reasoning IS NULL) = (reasoning_bytes IS NULL)
    AND (reasoning IS NULL OR (length(CAST(reasoning AS BLOB)) <= 262144
      AND length(CAST(reasoning AS BLOB)) <= reasoning_bytes))),
  CONSTRAINT attempt_answered CHECK (kind = 'model' OR coalesce(removed, reasoning, finish, provider_message,
    cached_tokens, reasoning_tokens, reported_cost_nano_usd) IS NULL)
) STRICT;
INSERT INTO segment_attempts (id, segment_id, kind, status, text, prompt_version_id, messages, preceding, instruction,
    request_sha256, response_sha256, provider, model_requested, model_reported, response_id, finish_reason, finish,
    prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, author_kind, author_id, author_name, restored_from,
    error_code, error_detail, lease_epoch, started_at, finished_at, parameter_names)
  SELECT id, segment_id, kind, status, text, prompt_version_id, messages, preceding, instruction,
    request_sha256, response_sha256, provider, model_requested, model_reported, response_id, finish_reason,
    CASE WHEN kind <> 'model' OR finish_reason IS NULL OR status = 'running' THEN NULL
      WHEN finish_reason = 'stop' THEN 'done' WHEN finish_reason = 'length' THEN 'truncated'
      WHEN finish_reason = 'content_filter' THEN 'filtered' ELSE 'other' END,
    prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, author_kind, author_id, author_name, restored_from,
    error_code, error_detail, lease_epoch, started_at, finished_at, parameter_names
  FROM kept ORDER BY id;
DROP TABLE kept;

DELETE FROM sqlite_sequence WHERE name IN ('chapter_translations', 'translation_segments', 'segment_attempts');
INSERT INTO sqlite_sequence (name, seq)
  SELECT name, seq FROM kept_sequences
  WHERE name IN ('chapter_translations', 'translation_segments', 'segment_attempts');
DROP TABLE kept_sequences;
