-- What the database holds by itself of the new columns.
CREATE TRIGGER chapter_translations_snapshots BEFORE UPDATE ON chapter_translations
WHEN OLD.volume_title_snapshot IS NOT NEW.volume_title_snapshot
  OR OLD.summary_snapshot IS NOT NEW.summary_snapshot
  OR OLD.glossary_snapshot IS NOT NEW.glossary_snapshot
BEGIN
  SELECT RAISE(ABORT, 'colophon: the provenance of a run never changes');
END;
CREATE TRIGGER translation_segments_kind BEFORE UPDATE ON translation_segments WHEN OLD.kind IS NOT NEW.kind BEGIN
  SELECT RAISE(ABORT, 'colophon: the source of a segment never changes');
END;
CREATE TRIGGER segment_attempts_origin BEFORE UPDATE ON segment_attempts
WHEN OLD.carried_from IS NOT NEW.carried_from BEGIN
  SELECT RAISE(ABORT, 'colophon: the request of an attempt never changes');
END;

CREATE TRIGGER segment_attempts_carried BEFORE INSERT ON segment_attempts WHEN NEW.kind = 'carried' BEGIN
  SELECT RAISE(ABORT, 'colophon: a text is carried over from the same source in an earlier run of the chapter')
    WHERE NOT EXISTS
      (SELECT 1 FROM segment_attempts a
       JOIN translation_segments of_attempt ON of_attempt.id = a.segment_id
       JOIN chapter_translations earlier ON earlier.id = of_attempt.chapter_translation_id
       JOIN translation_segments s ON s.id = NEW.segment_id
       JOIN chapter_translations r ON r.id = s.chapter_translation_id
       WHERE a.id = NEW.carried_from AND a.status = 'completed' AND a.text = NEW.text
         AND a.prompt_version_id IS NEW.prompt_version_id AND earlier.id < r.id
         AND earlier.chapter_id = r.chapter_id AND of_attempt.source_text = s.source_text
         AND of_attempt.kind = s.kind);
END;

-- Statuses of coming versions.
CREATE TRIGGER chapter_translations_findings_insert BEFORE INSERT ON chapter_translations
WHEN NEW.status = 'completed_with_findings' BEGIN
  SELECT RAISE(ABORT, 'colophon: this version knows no findings');
END;
CREATE TRIGGER chapter_translations_findings BEFORE UPDATE ON chapter_translations
WHEN NEW.status = 'completed_with_findings' BEGIN
  SELECT RAISE(ABORT, 'colophon: this version knows no findings');
END;
CREATE TRIGGER translation_segments_review_insert BEFORE INSERT ON translation_segments
WHEN NEW.status = 'needs_review' BEGIN
  SELECT RAISE(ABORT, 'colophon: this version knows no findings');
END;
CREATE TRIGGER translation_segments_review BEFORE UPDATE ON translation_segments
WHEN NEW.status = 'needs_review' BEGIN
  SELECT RAISE(ABORT, 'colophon: this version knows no findings');
END;
