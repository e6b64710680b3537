-- Tables are rebuilt in place: the rows are taken out, the table is made anew and filled again. Rows that
-- point at them from other tables are counted as broken meanwhile and as whole afterwards
-- (defer_foreign_keys), so all of it happens in one transaction with the foreign keys on.
-- The sequences of ids are carried over: an id is never used twice.
PRAGMA defer_foreign_keys = ON;

CREATE TABLE kept_sequences AS SELECT name, seq FROM sqlite_sequence;

ALTER TABLE works ADD COLUMN deleted_at TEXT;

CREATE TABLE kept AS SELECT * FROM chapters;
DROP TABLE chapters;
CREATE TABLE chapters (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  work_id INTEGER NOT NULL REFERENCES works (id) ON DELETE RESTRICT,
  number INTEGER NOT NULL CHECK (number > 0),
  title TEXT NOT NULL,
  source_text TEXT NOT NULL,
  characters INTEGER NOT NULL CHECK (characters >= 0),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  deleted_at TEXT
) STRICT;
INSERT INTO chapters (id, work_id, number, title, source_text, characters, created_at, updated_at)
  SELECT id, work_id, number, title, source_text, length(source_text), created_at, updated_at FROM kept;
DROP TABLE kept;
CREATE UNIQUE INDEX chapters_work_id_number ON chapters (work_id, number) WHERE deleted_at IS NULL;

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
  waiting_reason TEXT,
  lease_owner TEXT,
  lease_epoch INTEGER NOT NULL,
  lease_expires_at TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  CONSTRAINT run_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT run_progress CHECK (segments_done <= segments_total),
  CONSTRAINT run_legacy CHECK (prompt_version_id IS NOT NULL OR status NOT IN ('queued', 'running')),
  CONSTRAINT run_created_by CHECK ((created_by_kind = 'system') = (created_by_id IS NULL))
) STRICT;
INSERT INTO chapter_translations
SELECT r.id, r.chapter_id, r.status,
  CASE WHEN r.status <> 'failed' AND r.error IS NULL THEN NULL
       WHEN r.prompt_version_id IS NULL THEN 'legacy' ELSE 'interrupted' END,
  r.error, r.prompt_version_id, r.model_snapshot, r.template_snapshot, r.parameters_snapshot,
  w.title, w.author, w.source_language, w.target_language, c.title, c.number, NULL,
  'system', NULL, 'legacy',
  (SELECT count(*) FROM translation_segments s WHERE s.chapter_translation_id = r.id),
  (SELECT count(*) FROM translation_segments s
   WHERE s.chapter_translation_id = r.id AND s.status IN ('completed', 'blank')),
  NULL, NULL, NULL, 0, NULL, r.created_at, r.started_at, r.finished_at
FROM kept r JOIN chapters c ON c.id = r.chapter_id JOIN works w ON w.id = c.work_id
ORDER BY r.id;
DROP TABLE kept;
CREATE INDEX chapter_translations_chapter_id ON chapter_translations (chapter_id, id);
CREATE INDEX chapter_translations_status ON chapter_translations (status);
CREATE UNIQUE INDEX chapter_translations_active ON chapter_translations (chapter_id)
  WHERE status IN ('queued', 'running');

CREATE TABLE kept AS SELECT * FROM translation_segments;
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
INSERT INTO translation_segments
  SELECT id, chapter_translation_id, position, source_text, status,
    CASE WHEN status = 'failed' THEN 'legacy' END, NULL, current_attempt_id
  FROM kept ORDER BY id;
DROP TABLE kept;
CREATE UNIQUE INDEX translation_segments_run_position
  ON translation_segments (chapter_translation_id, position);

DELETE FROM sqlite_sequence WHERE name IN ('chapters', 'chapter_translations', 'translation_segments');
INSERT INTO sqlite_sequence (name, seq)
  SELECT name, seq FROM kept_sequences
  WHERE name IN ('chapters', 'chapter_translations', 'translation_segments');
DROP TABLE kept_sequences;
