ALTER TABLE chapters ADD COLUMN volume TEXT CONSTRAINT chapter_volume CHECK (length(volume) <= 255);

ALTER TABLE chapter_translations
  ADD COLUMN volume_title_snapshot TEXT,
  ADD COLUMN summary_snapshot TEXT,
  ADD COLUMN glossary_snapshot TEXT,
  ADD COLUMN waiting_provider TEXT,
  ADD COLUMN waiting_code TEXT,
  ADD COLUMN waiting_until TIMESTAMPTZ,
  DROP CONSTRAINT chapter_translations_status_check,
  ADD CONSTRAINT chapter_translations_status_check
    CHECK (status IN ('queued', 'running', 'completed', 'completed_with_findings', 'failed', 'cancelled')),
  ADD CONSTRAINT run_waiting CHECK ((waiting_code IS NULL) = (waiting_provider IS NULL)
    AND (waiting_code IS NULL) = (waiting_until IS NULL));

ALTER TABLE translation_segments
  ADD COLUMN kind TEXT NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'title')),
  DROP CONSTRAINT translation_segments_position_check,
  DROP CONSTRAINT translation_segments_status_check,
  ADD CONSTRAINT translation_segments_status_check
    CHECK (status IN ('pending', 'running', 'completed', 'needs_review', 'failed', 'blank')),
  DROP CONSTRAINT segment_text,
  ADD CONSTRAINT segment_text CHECK ((status IN ('completed', 'needs_review')) = (current_attempt_id IS NOT NULL)),
  ADD CONSTRAINT segment_position CHECK (position >= 0 AND (position = 0) = (kind = 'title'));

ALTER TABLE segment_attempts
  ADD COLUMN removed JSONB CHECK (CASE jsonb_typeof(removed) WHEN 'array' THEN jsonb_array_length(removed) > 0
    ELSE removed IS NULL END),
  ADD COLUMN reasoning TEXT,
  ADD COLUMN reasoning_bytes BIGINT,
  ADD COLUMN reasoning_sha256 TEXT CHECK (reasoning_sha256 ~ '^[0-9a-f]{64}$'),
  ADD COLUMN finish TEXT CHECK (finish IN ('done', 'truncated', 'filtered', 'other')),
  ADD COLUMN provider_message TEXT CONSTRAINT attempt_message CHECK (length(provider_message) <= 2000),
  ADD COLUMN cached_tokens BIGINT,
  ADD COLUMN reasoning_tokens BIGINT,
  ADD COLUMN reported_cost_nano_usd BIGINT,
  ADD COLUMN carried_from BIGINT REFERENCES segment_attempts (id) ON DELETE RESTRICT,
  DROP CONSTRAINT segment_attempts_kind_check,
  ADD CONSTRAINT segment_attempts_kind_check CHECK (kind IN ('model', 'person', 'legacy', 'carried')),
  DROP CONSTRAINT attempt_completed;

-- Finished attempts are immutable, except to the migration that judges them.
ALTER TABLE segment_attempts DISABLE TRIGGER segment_attempts_finished;
UPDATE segment_attempts SET finish = CASE finish_reason WHEN 'stop' THEN 'done' WHEN 'length' THEN 'truncated'
    WHEN 'content_filter' THEN 'filtered' ELSE 'other' END
  WHERE kind = 'model' AND finish_reason IS NOT NULL AND status <> 'running';
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_finished;

ALTER TABLE segment_attempts
  ADD CONSTRAINT attempt_completed CHECK (status <> 'completed' OR (text IS NOT NULL
    AND (kind = 'legacy' OR response_sha256 IS NOT NULL)
    AND (kind <> 'model' OR (text <> '' AND finish IS NOT NULL AND finish = 'done')))),
  ADD CONSTRAINT attempt_carried CHECK ((kind = 'carried') = (carried_from IS NOT NULL)
    AND (kind <> 'carried' OR (status = 'completed' AND text IS NOT NULL AND text <> ''
      AND num_nonnulls(messages, preceding, instruction, request_sha256, provider, model_requested, model_reported,
        response_id, finish_reason, prompt_tokens, completion_tokens, total_tokens, cost_nano_usd, restored_from,
        error_code, error_detail, lease_epoch) = 0))),
  ADD CONSTRAINT attempt_reasoning CHECK ((reasoning IS NULL) = (reasoning_sha256 IS NULL)
    AND (reasoning IS NULL) = (reasoning_bytes IS NULL)
    AND (reasoning IS NULL OR (octet_length(reasoning) <= 262144 AND octet_length(reasoning) <= reasoning_bytes))),
  ADD CONSTRAINT attempt_answered CHECK (kind = 'model' OR num_nonnulls(removed, reasoning, finish, provider_message,
    cached_tokens, reasoning_tokens, reported_cost_nano_usd) = 0);
