-- What the database holds by itself of the new columns.
CREATE FUNCTION colophon_check_carried() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NOT EXISTS
    (SELECT 1 FROM segment_attempts a
     JOIN translation_segments of_attempt ON of_attempt.id = a.segment_id
     JOIN chapter_translations earlier ON earlier.id = of_attempt.chapter_translation_id
     JOIN translation_segments s ON s.id = NEW.segment_id
     JOIN chapter_translations r ON r.id = s.chapter_translation_id
     WHERE a.id = NEW.carried_from AND a.status = 'completed' AND a.text = NEW.text
       AND a.prompt_version_id IS NOT DISTINCT FROM NEW.prompt_version_id AND earlier.id < r.id
       AND earlier.chapter_id = r.chapter_id AND of_attempt.source_text = s.source_text
       AND of_attempt.kind = s.kind) THEN
    PERFORM colophon_raise('colophon: a text is carried over from the same source in an earlier run of the chapter');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER chapter_translations_snapshots BEFORE UPDATE ON chapter_translations FOR EACH ROW
  WHEN (OLD.volume_title_snapshot IS DISTINCT FROM NEW.volume_title_snapshot
    OR OLD.summary_snapshot IS DISTINCT FROM NEW.summary_snapshot
    OR OLD.glossary_snapshot IS DISTINCT FROM NEW.glossary_snapshot)
  EXECUTE FUNCTION colophon_refuse('colophon: the provenance of a run never changes');
CREATE TRIGGER translation_segments_kind BEFORE UPDATE ON translation_segments FOR EACH ROW
  WHEN (OLD.kind IS DISTINCT FROM NEW.kind)
  EXECUTE FUNCTION colophon_refuse('colophon: the source of a segment never changes');
CREATE TRIGGER segment_attempts_origin BEFORE UPDATE ON segment_attempts FOR EACH ROW
  WHEN (OLD.carried_from IS DISTINCT FROM NEW.carried_from)
  EXECUTE FUNCTION colophon_refuse('colophon: the request of an attempt never changes');
CREATE TRIGGER segment_attempts_carried BEFORE INSERT ON segment_attempts FOR EACH ROW
  WHEN (NEW.kind = 'carried') EXECUTE FUNCTION colophon_check_carried();

-- Statuses of coming versions.
CREATE TRIGGER chapter_translations_findings BEFORE INSERT OR UPDATE ON chapter_translations FOR EACH ROW
  WHEN (NEW.status = 'completed_with_findings')
  EXECUTE FUNCTION colophon_refuse('colophon: this version knows no findings');
CREATE TRIGGER translation_segments_review BEFORE INSERT OR UPDATE ON translation_segments FOR EACH ROW
  WHEN (NEW.status = 'needs_review')
  EXECUTE FUNCTION colophon_refuse('colophon: this version knows no findings');

ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_snapshots;
ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_findings;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_kind;
ALTER TABLE translation_segments ENABLE ALWAYS TRIGGER translation_segments_review;
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_origin;
ALTER TABLE segment_attempts ENABLE ALWAYS TRIGGER segment_attempts_carried;
