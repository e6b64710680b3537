-- What the database holds by itself. Two ways round a trigger shape them: REPLACE deletes the row in its
-- way without firing a DELETE trigger, so INSERT triggers look for such a row, and UPDATE triggers where a
-- unique key may change; and an UPDATE may call the id `rowid`, so no UPDATE trigger lists its columns.

-- Works, chapters, prompts: deleted softly or not at all, and never moved.
CREATE TRIGGER works_insert BEFORE INSERT ON works BEGIN
  SELECT RAISE(ABORT, 'colophon: works are deleted softly')
    WHERE EXISTS (SELECT 1 FROM works WHERE id = NEW.id);
END;
CREATE TRIGGER works_delete BEFORE DELETE ON works BEGIN
  SELECT RAISE(ABORT, 'colophon: works are deleted softly');
END;
CREATE TRIGGER works_update BEFORE UPDATE ON works WHEN OLD.id IS NOT NEW.id BEGIN
  SELECT RAISE(ABORT, 'colophon: the id of a work never changes');
END;
CREATE TRIGGER chapters_insert BEFORE INSERT ON chapters BEGIN
  SELECT RAISE(ABORT, 'colophon: chapters are deleted softly')
    WHERE EXISTS (SELECT 1 FROM chapters WHERE id = NEW.id)
       OR NEW.deleted_at IS NULL AND EXISTS
         (SELECT 1 FROM chapters
          WHERE work_id = NEW.work_id AND number = NEW.number AND deleted_at IS NULL);
END;
CREATE TRIGGER chapters_number BEFORE UPDATE ON chapters WHEN NEW.deleted_at IS NULL BEGIN
  SELECT RAISE(ABORT, 'colophon: chapters are deleted softly')
    WHERE EXISTS
      (SELECT 1 FROM chapters
       WHERE work_id = NEW.work_id AND number = NEW.number AND deleted_at IS NULL AND id <> OLD.id);
END;
CREATE TRIGGER chapters_delete BEFORE DELETE ON chapters BEGIN
  SELECT RAISE(ABORT, 'colophon: chapters are deleted softly');
END;
CREATE TRIGGER chapters_update BEFORE UPDATE ON chapters
WHEN OLD.id IS NOT NEW.id OR OLD.work_id IS NOT NEW.work_id BEGIN
  SELECT RAISE(ABORT, 'colophon: a chapter stays with its work');
END;
CREATE TRIGGER prompts_insert BEFORE INSERT ON prompts BEGIN
  SELECT RAISE(ABORT, 'colophon: prompts are never deleted')
    WHERE EXISTS (SELECT 1 FROM prompts WHERE id = NEW.id)
       OR EXISTS (SELECT 1 FROM prompts WHERE work_id = NEW.work_id);
END;
CREATE TRIGGER prompts_delete BEFORE DELETE ON prompts BEGIN
  SELECT RAISE(ABORT, 'colophon: prompts are never deleted');
END;
CREATE TRIGGER prompts_update BEFORE UPDATE ON prompts
WHEN OLD.id IS NOT NEW.id OR OLD.work_id IS NOT NEW.work_id BEGIN
  SELECT RAISE(ABORT, 'colophon: a prompt stays with its work');
END;

-- Runs.
CREATE TRIGGER chapter_translations_insert BEFORE INSERT ON chapter_translations BEGIN
  SELECT RAISE(ABORT, 'colophon: runs are never deleted')
    WHERE EXISTS (SELECT 1 FROM chapter_translations WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'colophon: one active run a chapter')
    WHERE NEW.status IN ('queued', 'running') AND EXISTS
      (SELECT 1 FROM chapter_translations
       WHERE chapter_id = NEW.chapter_id AND status IN ('queued', 'running'));
  SELECT RAISE(ABORT, 'colophon: a run needs a prompt version') WHERE NEW.prompt_version_id IS NULL;
  SELECT RAISE(ABORT, 'colophon: a run needs the hash of its source') WHERE NEW.source_sha256 IS NULL;
  SELECT RAISE(ABORT, 'colophon: the version of a run is of the prompt of its work')
    WHERE NOT EXISTS
      (SELECT 1 FROM prompt_versions v JOIN prompts p ON p.id = v.prompt_id
       JOIN chapters c ON c.work_id = p.work_id
       WHERE v.id = NEW.prompt_version_id AND c.id = NEW.chapter_id);
  SELECT RAISE(ABORT, 'colophon: the snapshots of a run equal its version')
    WHERE NOT EXISTS
      (SELECT 1 FROM prompt_versions v
       WHERE v.id = NEW.prompt_version_id AND v.model = NEW.model_snapshot
         AND v.template = NEW.template_snapshot AND v.parameters = NEW.parameters_snapshot);
  SELECT RAISE(ABORT, 'colophon: a run is completed only when every segment has its text')
    WHERE NEW.status = 'completed';
END;

CREATE TRIGGER chapter_translations_provenance BEFORE UPDATE ON chapter_translations
WHEN OLD.id IS NOT NEW.id
  OR OLD.chapter_id IS NOT NEW.chapter_id
  OR OLD.prompt_version_id IS NOT NEW.prompt_version_id
  OR OLD.model_snapshot IS NOT NEW.model_snapshot
  OR OLD.template_snapshot IS NOT NEW.template_snapshot
  OR OLD.parameters_snapshot IS NOT NEW.parameters_snapshot
  OR OLD.work_title_snapshot IS NOT NEW.work_title_snapshot
  OR OLD.work_author_snapshot IS NOT NEW.work_author_snapshot
  OR OLD.source_language_snapshot IS NOT NEW.source_language_snapshot
  OR OLD.target_language_snapshot IS NOT NEW.target_language_snapshot
  OR OLD.chapter_title_snapshot IS NOT NEW.chapter_title_snapshot
  OR OLD.chapter_number_snapshot IS NOT NEW.chapter_number_snapshot
  OR OLD.source_sha256 IS NOT NEW.source_sha256
  OR OLD.created_by_kind IS NOT NEW.created_by_kind
  OR OLD.created_by_id IS NOT NEW.created_by_id
  OR OLD.created_by_name IS NOT NEW.created_by_name
  OR OLD.created_at IS NOT NEW.created_at
BEGIN
  SELECT RAISE(ABORT, 'colophon: the provenance of a run never changes');
END;

CREATE TRIGGER chapter_translations_status BEFORE UPDATE ON chapter_translations
WHEN OLD.status <> NEW.status BEGIN
  SELECT RAISE(ABORT, 'colophon: a completed run stays completed') WHERE OLD.status = 'completed';
  SELECT RAISE(ABORT, 'colophon: an ended run is only queued again or completed')
    WHERE OLD.status IN ('failed', 'cancelled') AND NEW.status NOT IN ('queued', 'completed');
  SELECT RAISE(ABORT, 'colophon: a run is completed only when every segment has its text')
    WHERE NEW.status = 'completed'
      AND (NOT EXISTS (SELECT 1 FROM translation_segments WHERE chapter_translation_id = NEW.id)
        OR EXISTS (SELECT 1 FROM translation_segments
                   WHERE chapter_translation_id = NEW.id AND status NOT IN ('completed', 'blank')));
  SELECT RAISE(ABORT, 'colophon: one active run a chapter')
    WHERE NEW.status IN ('queued', 'running') AND EXISTS
      (SELECT 1 FROM chapter_translations
       WHERE chapter_id = NEW.chapter_id AND status IN ('queued', 'running') AND id <> NEW.id);
END;

CREATE TRIGGER chapter_translations_delete BEFORE DELETE ON chapter_translations BEGIN
  SELECT RAISE(ABORT, 'colophon: runs are never deleted');
END;

-- Segments.
CREATE TRIGGER translation_segments_insert BEFORE INSERT ON translation_segments BEGIN
  SELECT RAISE(ABORT, 'colophon: segments are never deleted')
    WHERE EXISTS (SELECT 1 FROM translation_segments WHERE id = NEW.id)
       OR EXISTS (SELECT 1 FROM translation_segments
                  WHERE chapter_translation_id = NEW.chapter_translation_id AND position = NEW.position);
  SELECT RAISE(ABORT, 'colophon: a segment shows only a finished attempt of its own')
    WHERE NEW.current_attempt_id IS NOT NULL;
  SELECT RAISE(ABORT, 'colophon: a completed run gets no more segments')
    WHERE EXISTS (SELECT 1 FROM chapter_translations
                  WHERE id = NEW.chapter_translation_id AND status = 'completed');
END;

CREATE TRIGGER translation_segments_source BEFORE UPDATE ON translation_segments
WHEN OLD.id IS NOT NEW.id
  OR OLD.chapter_translation_id IS NOT NEW.chapter_translation_id
  OR OLD.position IS NOT NEW.position
  OR OLD.source_text IS NOT NEW.source_text
BEGIN
  SELECT RAISE(ABORT, 'colophon: the source of a segment never changes');
END;

CREATE TRIGGER translation_segments_text BEFORE UPDATE ON translation_segments
WHEN OLD.current_attempt_id IS NOT NEW.current_attempt_id BEGIN
  SELECT RAISE(ABORT, 'colophon: a segment never loses its text') WHERE NEW.current_attempt_id IS NULL;
  SELECT RAISE(ABORT, 'colophon: a segment shows only a finished attempt of its own')
    WHERE NOT EXISTS
      (SELECT 1 FROM segment_attempts
       WHERE id = NEW.current_attempt_id AND segment_id = NEW.id AND status = 'completed'
         AND finished_at IS NOT NULL AND text IS NOT NULL);
END;

CREATE TRIGGER translation_segments_status BEFORE UPDATE ON translation_segments
WHEN NEW.status NOT IN ('completed', 'blank') AND OLD.status <> NEW.status BEGIN
  SELECT RAISE(ABORT, 'colophon: a segment never loses its text') WHERE OLD.status = 'completed';
  SELECT RAISE(ABORT, 'colophon: the segments of a completed run stay whole')
    WHERE EXISTS (SELECT 1 FROM chapter_translations
                  WHERE id = NEW.chapter_translation_id AND status = 'completed');
END;

CREATE TRIGGER translation_segments_delete BEFORE DELETE ON translation_segments BEGIN
  SELECT RAISE(ABORT, 'colophon: segments are never deleted');
END;

-- Attempts.
CREATE TRIGGER segment_attempts_insert BEFORE INSERT ON segment_attempts BEGIN
  SELECT RAISE(ABORT, 'colophon: attempts are never deleted')
    WHERE EXISTS (SELECT 1 FROM segment_attempts WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'colophon: legacy attempts are made by migrations only') WHERE NEW.kind = 'legacy';
  SELECT RAISE(ABORT, 'colophon: the version of an attempt is of the prompt of its run')
    WHERE NEW.prompt_version_id IS NOT NULL AND NOT EXISTS
      (SELECT 1 FROM translation_segments s
       JOIN chapter_translations r ON r.id = s.chapter_translation_id
       JOIN prompt_versions of_run ON of_run.id = r.prompt_version_id
       JOIN prompt_versions of_attempt ON of_attempt.prompt_id = of_run.prompt_id
       WHERE s.id = NEW.segment_id AND of_attempt.id = NEW.prompt_version_id);
  SELECT RAISE(ABORT, 'colophon: an attempt can only bring back a finished one of its segment')
    WHERE NEW.restored_from IS NOT NULL AND NOT EXISTS
      (SELECT 1 FROM segment_attempts
       WHERE id = NEW.restored_from AND segment_id = NEW.segment_id AND status = 'completed'
         AND text = NEW.text);
END;

CREATE TRIGGER segment_attempts_finished BEFORE UPDATE ON segment_attempts
WHEN OLD.finished_at IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'colophon: finished attempts are immutable');
END;

CREATE TRIGGER segment_attempts_request BEFORE UPDATE ON segment_attempts
WHEN OLD.id IS NOT NEW.id
  OR OLD.segment_id IS NOT NEW.segment_id
  OR OLD.kind IS NOT NEW.kind
  OR OLD.prompt_version_id IS NOT NEW.prompt_version_id
  OR OLD.messages IS NOT NEW.messages
  OR OLD.preceding IS NOT NEW.preceding
  OR OLD.instruction IS NOT NEW.instruction
  OR OLD.request_sha256 IS NOT NEW.request_sha256
  OR OLD.provider IS NOT NEW.provider
  OR OLD.model_requested IS NOT NEW.model_requested
  OR OLD.author_kind IS NOT NEW.author_kind
  OR OLD.author_id IS NOT NEW.author_id
  OR OLD.author_name IS NOT NEW.author_name
  OR OLD.restored_from IS NOT NEW.restored_from
  OR OLD.started_at IS NOT NEW.started_at
BEGIN
  SELECT RAISE(ABORT, 'colophon: the request of an attempt never changes');
END;

CREATE TRIGGER segment_attempts_delete BEFORE DELETE ON segment_attempts BEGIN
  SELECT RAISE(ABORT, 'colophon: attempts are never deleted');
END;

-- Events.
CREATE TRIGGER run_events_insert BEFORE INSERT ON run_events BEGIN
  SELECT RAISE(ABORT, 'colophon: run events are append-only')
    WHERE EXISTS (SELECT 1 FROM run_events WHERE run_id = NEW.run_id AND seq = NEW.seq);
  SELECT RAISE(ABORT, 'colophon: run events are numbered without gaps')
    WHERE NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM run_events WHERE run_id = NEW.run_id);
END;
CREATE TRIGGER run_events_update BEFORE UPDATE ON run_events BEGIN
  SELECT RAISE(ABORT, 'colophon: run events are append-only');
END;
CREATE TRIGGER run_events_delete BEFORE DELETE ON run_events BEGIN
  SELECT RAISE(ABORT, 'colophon: run events are append-only');
END;
