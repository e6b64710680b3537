ALTER TABLE works ADD COLUMN deleted_at TIMESTAMPTZ;

ALTER TABLE chapters ADD COLUMN characters BIGINT CHECK (characters >= 0), ADD COLUMN deleted_at TIMESTAMPTZ;
UPDATE chapters SET characters = length(source_text);
ALTER TABLE chapters ALTER COLUMN characters SET NOT NULL;
DROP INDEX chapters_work_id_number;
CREATE UNIQUE INDEX chapters_work_id_number ON chapters (work_id, number) WHERE deleted_at IS NULL;

ALTER TABLE chapter_translations RENAME COLUMN error TO error_detail;
ALTER TABLE chapter_translations
  ADD COLUMN error_code TEXT,
  ADD COLUMN work_title_snapshot TEXT,
  ADD COLUMN work_author_snapshot TEXT,
  ADD COLUMN source_language_snapshot TEXT,
  ADD COLUMN target_language_snapshot TEXT,
  ADD COLUMN chapter_title_snapshot TEXT,
  ADD COLUMN chapter_number_snapshot INTEGER,
  ADD COLUMN source_sha256 TEXT CHECK (source_sha256 ~ '^[0-9a-f]{64}$'),
  ADD COLUMN created_by_kind TEXT CHECK (created_by_kind IN ('user', 'token', 'system')),
  ADD COLUMN created_by_id BIGINT,
  ADD COLUMN created_by_name TEXT,
  ADD COLUMN segments_total INTEGER CHECK (segments_total >= 0),
  ADD COLUMN segments_done INTEGER CHECK (segments_done >= 0),
  ADD COLUMN cancel_requested_at TIMESTAMPTZ,
  ADD COLUMN waiting_reason TEXT,
  ADD COLUMN lease_owner TEXT,
  ADD COLUMN lease_epoch BIGINT,
  ADD COLUMN lease_expires_at TIMESTAMPTZ;
UPDATE chapter_translations r SET
  error_code = CASE WHEN r.status <> 'failed' AND r.error_detail IS NULL THEN NULL
                    WHEN r.prompt_version_id IS NULL THEN 'legacy' ELSE 'interrupted' END,
  work_title_snapshot = w.title,
  work_author_snapshot = w.author,
  source_language_snapshot = w.source_language,
  target_language_snapshot = w.target_language,
  chapter_title_snapshot = c.title,
  chapter_number_snapshot = c.number,
  created_by_kind = 'system',
  created_by_name = 'legacy',
  segments_total = (SELECT count(*) FROM translation_segments s WHERE s.chapter_translation_id = r.id),
  segments_done = (SELECT count(*) FROM translation_segments s
                   WHERE s.chapter_translation_id = r.id AND s.status IN ('completed', 'blank')),
  lease_epoch = 0
FROM chapters c JOIN works w ON w.id = c.work_id WHERE c.id = r.chapter_id;
ALTER TABLE chapter_translations
  ALTER COLUMN work_title_snapshot SET NOT NULL,
  ALTER COLUMN work_author_snapshot SET NOT NULL,
  ALTER COLUMN source_language_snapshot SET NOT NULL,
  ALTER COLUMN target_language_snapshot SET NOT NULL,
  ALTER COLUMN chapter_title_snapshot SET NOT NULL,
  ALTER COLUMN chapter_number_snapshot SET NOT NULL,
  ALTER COLUMN created_by_kind SET NOT NULL,
  ALTER COLUMN created_by_name SET NOT NULL,
  ALTER COLUMN segments_total SET NOT NULL,
  ALTER COLUMN segments_done SET NOT NULL,
  ALTER COLUMN lease_epoch SET NOT NULL,
  ADD CONSTRAINT run_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  ADD CONSTRAINT run_progress CHECK (segments_done <= segments_total),
  ADD CONSTRAINT run_legacy CHECK (prompt_version_id IS NOT NULL OR status NOT IN ('queued', 'running')),
  ADD CONSTRAINT run_created_by CHECK ((created_by_kind = 'system') = (created_by_id IS NULL));
CREATE INDEX chapter_translations_status ON chapter_translations (status);
CREATE UNIQUE INDEX chapter_translations_active ON chapter_translations (chapter_id)
  WHERE status IN ('queued', 'running');

ALTER TABLE translation_segments ADD COLUMN error_code TEXT, ADD COLUMN error_detail TEXT;
UPDATE translation_segments SET error_code = 'legacy' WHERE status = 'failed';
ALTER TABLE translation_segments
  ADD CONSTRAINT segment_text CHECK ((status = 'completed') = (current_attempt_id IS NOT NULL)),
  ADD CONSTRAINT segment_failed CHECK (status <> 'failed' OR error_code IS NOT NULL),
  ADD CONSTRAINT segment_blank CHECK (status <> 'blank' OR trim(source_text, {white_space}) = '');
