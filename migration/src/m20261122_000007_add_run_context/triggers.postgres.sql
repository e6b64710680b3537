-- What the database holds by itself. The functions fix their search path, so that no temporary table of
-- the same name stands in for the real one, and use indexes always, because a connection keeps the plan it
-- made while a table was small. The triggers are ENABLEd ALWAYS (at the end), so that
-- session_replication_role = replica does not pass them by.

CREATE FUNCTION colophon_raise(message TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = message, ERRCODE = 'check_violation';
END $$;

-- Works, chapters, prompts: deleted softly or not at all, and never moved.
CREATE TRIGGER works_delete BEFORE DELETE OR TRUNCATE ON works
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: works are deleted softly');
CREATE TRIGGER works_update BEFORE UPDATE ON works FOR EACH ROW
  WHEN (OLD.id IS DISTINCT FROM NEW.id)
  EXECUTE FUNCTION colophon_refuse('colophon: the id of a work never changes');
CREATE TRIGGER chapters_delete BEFORE DELETE OR TRUNCATE ON chapters
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: chapters are deleted softly');
CREATE TRIGGER chapters_update BEFORE UPDATE ON chapters FOR EACH ROW
  WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.work_id IS DISTINCT FROM NEW.work_id)
  EXECUTE FUNCTION colophon_refuse('colophon: a chapter stays with its work');
CREATE TRIGGER prompts_delete BEFORE DELETE OR TRUNCATE ON prompts
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: prompts are never deleted');
CREATE TRIGGER prompts_update BEFORE UPDATE ON prompts FOR EACH ROW
  WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.work_id IS DISTINCT FROM NEW.work_id)
  EXECUTE FUNCTION colophon_refuse('colophon: a prompt stays with its work');

-- Runs. Parameters are compared as text too: to JSONB, 1 equals 1.0.
CREATE FUNCTION colophon_check_run() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.prompt_version_id IS NULL THEN
    PERFORM colophon_raise('colophon: a run needs a prompt version');
  END IF;
  IF NEW.source_sha256 IS NULL THEN
    PERFORM colophon_raise('colophon: a run needs the hash of its source');
  END IF;
  IF NOT EXISTS
    (SELECT 1 FROM prompt_versions v JOIN prompts p ON p.id = v.prompt_id
     JOIN chapters c ON c.work_id = p.work_id
     WHERE v.id = NEW.prompt_version_id AND c.id = NEW.chapter_id) THEN
    PERFORM colophon_raise('colophon: the version of a run is of the prompt of its work');
  END IF;
  IF NOT EXISTS
    (SELECT 1 FROM prompt_versions v
     WHERE v.id = NEW.prompt_version_id AND v.model = NEW.model_snapshot
       AND v.template = NEW.template_snapshot AND v.parameters::text = NEW.parameters_snapshot::text) THEN
    PERFORM colophon_raise('colophon: the snapshots of a run equal its version');
  END IF;
  IF NEW.status = 'completed' THEN
    PERFORM colophon_raise('colophon: a run is completed only when every segment has its text');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION colophon_check_run_status() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF OLD.status = 'completed' THEN
    PERFORM colophon_raise('colophon: a completed run stays completed');
  END IF;
  IF OLD.status IN ('failed', 'cancelled') AND NEW.status NOT IN ('queued', 'completed') THEN
    PERFORM colophon_raise('colophon: an ended run is only queued again or completed');
  END IF;
  IF NEW.status = 'completed'
    AND (NOT EXISTS (SELECT 1 FROM translation_segments WHERE chapter_translation_id = NEW.id)
      OR EXISTS (SELECT 1 FROM translation_segments
                 WHERE chapter_translation_id = NEW.id AND status NOT IN ('completed', 'blank'))) THEN
    PERFORM colophon_raise('colophon: a run is completed only when every segment has its text');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER chapter_translations_insert BEFORE INSERT ON chapter_translations
  FOR EACH ROW EXECUTE FUNCTION colophon_check_run();
CREATE TRIGGER chapter_translations_provenance BEFORE UPDATE ON chapter_translations FOR EACH ROW
  WHEN (OLD.id IS DISTINCT FROM NEW.id
    OR OLD.chapter_id IS DISTINCT FROM NEW.chapter_id
    OR OLD.prompt_version_id IS DISTINCT FROM NEW.prompt_version_id
    OR OLD.model_snapshot IS DISTINCT FROM NEW.model_snapshot
    OR OLD.template_snapshot IS DISTINCT FROM NEW.template_snapshot
    OR OLD.parameters_snapshot::text IS DISTINCT FROM NEW.parameters_snapshot::text
    OR OLD.work_title_snapshot IS DISTINCT FROM NEW.work_title_snapshot
    OR OLD.work_author_snapshot IS DISTINCT FROM NEW.work_author_snapshot
    OR OLD.source_language_snapshot IS DISTINCT FROM NEW.source_language_snapshot
    OR OLD.target_language_snapshot IS DISTINCT FROM NEW.target_language_snapshot
    OR OLD.chapter_title_snapshot IS DISTINCT FROM NEW.chapter_title_snapshot
    OR OLD.chapter_number_snapshot IS DISTINCT FROM NEW.chapter_number_snapshot
    OR OLD.source_sha256 IS DISTINCT FROM NEW.source_sha256
    OR OLD.created_by_kind IS DISTINCT FROM NEW.created_by_kind
    OR OLD.created_by_id IS DISTINCT FROM NEW.created_by_id
    OR OLD.created_by_name IS DISTINCT FROM NEW.created_by_name
    OR OLD.created_at IS DISTINCT FROM NEW.created_at)
  EXECUTE FUNCTION colophon_refuse('colophon: the provenance of a run never changes');
CREATE TRIGGER chapter_translations_status BEFORE UPDATE ON chapter_translations FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION colophon_check_run_status();
CREATE TRIGGER chapter_translations_delete BEFORE DELETE OR TRUNCATE ON chapter_translations
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: runs are never deleted');

-- Segments. Whoever may take wholeness from a run locks the run, as whoever completes it does: neither
-- can pass the other unseen.
CREATE FUNCTION colophon_check_new_segment() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
DECLARE
  run_status TEXT;
BEGIN
  IF NEW.current_attempt_id IS NOT NULL THEN
    PERFORM colophon_raise('colophon: a segment shows only a finished attempt of its own');
  END IF;
  SELECT status INTO run_status FROM chapter_translations
    WHERE id = NEW.chapter_translation_id FOR NO KEY UPDATE;
  IF run_status = 'completed' THEN
    PERFORM colophon_raise('colophon: a completed run gets no more segments');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION colophon_check_segment_text() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.current_attempt_id IS NULL THEN
    PERFORM colophon_raise('colophon: a segment never loses its text');
  END IF;
  IF NOT EXISTS
    (SELECT 1 FROM segment_attempts
     WHERE id = NEW.current_attempt_id AND segment_id = NEW.id AND status = 'completed'
       AND finished_at IS NOT NULL AND text IS NOT NULL) THEN
    PERFORM colophon_raise('colophon: a segment shows only a finished attempt of its own');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION colophon_check_segment_status() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
DECLARE
  run_status TEXT;
BEGIN
  IF OLD.status = 'completed' THEN
    PERFORM colophon_raise('colophon: a segment never loses its text');
  END IF;
  SELECT status INTO run_status FROM chapter_translations
    WHERE id = NEW.chapter_translation_id FOR NO KEY UPDATE;
  IF run_status = 'completed' THEN
    PERFORM colophon_raise('colophon: the segments of a completed run stay whole');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER translation_segments_insert BEFORE INSERT ON translation_segments
  FOR EACH ROW EXECUTE FUNCTION colophon_check_new_segment();
CREATE TRIGGER translation_segments_source BEFORE UPDATE ON translation_segments FOR EACH ROW
  WHEN (OLD.id IS DISTINCT FROM NEW.id
    OR OLD.chapter_translation_id IS DISTINCT FROM NEW.chapter_translation_id
    OR OLD.position IS DISTINCT FROM NEW.position
    OR OLD.source_text IS DISTINCT FROM NEW.source_text)
  EXECUTE FUNCTION colophon_refuse('colophon: the source of a segment never changes');
CREATE TRIGGER translation_segments_text BEFORE UPDATE ON translation_segments FOR EACH ROW
  WHEN (OLD.current_attempt_id IS DISTINCT FROM NEW.current_attempt_id)
  EXECUTE FUNCTION colophon_check_segment_text();
CREATE TRIGGER translation_segments_status BEFORE UPDATE ON translation_segments FOR EACH ROW
  WHEN (NEW.status NOT IN ('completed', 'blank') AND OLD.status <> NEW.status)
  EXECUTE FUNCTION colophon_check_segment_status();
CREATE TRIGGER translation_segments_delete BEFORE DELETE OR TRUNCATE ON translation_segments
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: segments are never deleted');

-- Attempts.
CREATE FUNCTION colophon_check_attempt() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.kind = 'legacy' THEN
    PERFORM colophon_raise('colophon: legacy attempts are made by migrations only');
  END IF;
  IF NEW.prompt_version_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM translation_segments s
     JOIN chapter_translations r ON r.id = s.chapter_translation_id
     JOIN prompt_versions of_run ON of_run.id = r.prompt_version_id
     JOIN prompt_versions of_attempt ON of_attempt.prompt_id = of_run.prompt_id
     WHERE s.id = NEW.segment_id AND of_attempt.id = NEW.prompt_version_id) THEN
    PERFORM colophon_raise('colophon: the version of an attempt is of the prompt of its run');
  END IF;
  IF NEW.restored_from IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM segment_attempts
     WHERE id = NEW.restored_from AND segment_id = NEW.segment_id AND status = 'completed'
       AND text = NEW.text) THEN
    PERFORM colophon_raise('colophon: an attempt can only bring back a finished one of its segment');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER segment_attempts_insert BEFORE INSERT ON segment_attempts
  FOR EACH ROW EXECUTE FUNCTION colophon_check_attempt();
CREATE TRIGGER segment_attempts_finished BEFORE UPDATE ON segment_attempts FOR EACH ROW
  WHEN (OLD.finished_at IS NOT NULL)
  EXECUTE FUNCTION colophon_refuse('colophon: finished attempts are immutable');
CREATE TRIGGER segment_attempts_request BEFORE UPDATE ON segment_attempts FOR EACH ROW
  WHEN (OLD.id IS DISTINCT FROM NEW.id
    OR OLD.segment_id IS DISTINCT FROM NEW.segment_id
    OR OLD.kind IS DISTINCT FROM NEW.kind
    OR OLD.prompt_version_id IS DISTINCT FROM NEW.prompt_version_id
    OR OLD.messages::text IS DISTINCT FROM NEW.messages::text
    OR OLD.preceding::text IS DISTINCT FROM NEW.preceding::text
    OR OLD.instruction IS DISTINCT FROM NEW.instruction
    OR OLD.request_sha256 IS DISTINCT FROM NEW.request_sha256
    OR OLD.provider IS DISTINCT FROM NEW.provider
    OR OLD.model_requested IS DISTINCT FROM NEW.model_requested
    OR OLD.author_kind IS DISTINCT FROM NEW.author_kind
    OR OLD.author_id IS DISTINCT FROM NEW.author_id
    OR OLD.author_name IS DISTINCT FROM NEW.author_name
    OR OLD.restored_from IS DISTINCT FROM NEW.restored_from
    OR OLD.started_at IS DISTINCT FROM NEW.started_at)
  EXECUTE FUNCTION colophon_refuse('colophon: the request of an attempt never changes');
CREATE TRIGGER segment_attempts_delete BEFORE DELETE OR TRUNCATE ON segment_attempts
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: attempts are never deleted');

-- Events.
CREATE FUNCTION colophon_check_event() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.seq IS DISTINCT FROM 1 + coalesce
    ((SELECT seq FROM run_events WHERE run_id = NEW.run_id ORDER BY seq DESC LIMIT 1), 0) THEN
    PERFORM colophon_raise('colophon: run events are numbered without gaps');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER run_events_insert BEFORE INSERT ON run_events
  FOR EACH ROW EXECUTE FUNCTION colophon_check_event();
CREATE TRIGGER run_events_change BEFORE UPDATE OR DELETE OR TRUNCATE ON run_events
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: run events are append-only');

ALTER TABLE works ENABLE ALWAYS TRIGGER works_delete;
ALTER TABLE works ENABLE ALWAYS TRIGGER works_update;
ALTER TABLE chapters ENABLE ALWAYS TRIGGER chapters_delete;
ALTER TABLE chapters ENABLE ALWAYS TRIGGER chapters_update;
ALTER TABLE prompts ENABLE ALWAYS TRIGGER prompts_delete;
ALTER TABLE prompts ENABLE ALWAYS TRIGGER prompts_update;
ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_insert;
ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_provenance;
ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_status;
ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_delete;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_insert;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_source;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_text;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_status;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_delete;
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_insert;
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_finished;
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_request;
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_delete;
ALTER TABLE run_events ENABLE ALWAYS TRIGGER run_events_insert;
ALTER TABLE run_events ENABLE ALWAYS TRIGGER run_events_change;
