//! Verifies the segments of a run: their positions, their source text, and the attempts they show.

use crate::{
    db::statement,
    run::row::witness::SourceList,
    stored::segment_status_of,
    verify::{
        cells::Cells,
        mismatch::{Checked, shown, stop},
        run::{Segments, Shown, Stored, Tally, failure},
    },
};
use colophon_contract::{MismatchCode, MismatchPlace, RunStatus, SegmentStatus, rule::is_blank};
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};

/// Maximum number of segments in memory.
const PAGE: i64 = 100;

/// Verifies all segments of a run, and returns the data that events are compared with.
pub(super) async fn verify_all(
    conn: &impl ConnectionTrait,
    run: &Stored,
    tally: &mut Tally,
) -> Checked<Segments> {
    let (source, list) = (Sha256::new(), SourceList::default());
    let mut walk = Walk { run, source, list, position: 0, done: 0, found: Segments::default() };
    while walk.verify_page(conn, tally).await? {}
    walk.verify_sums()?;
    Ok(Segments { sources_sha256: walk.list.finish(), ..walk.found })
}

struct Walk<'a> {
    run: &'a Stored,
    source: Sha256,
    list: SourceList,
    /// Position of the last segment.
    position: i32,
    done: i32,
    found: Segments,
}

impl Walk<'_> {
    /// Verifies the next page of segments. Returns whether there were any.
    async fn verify_page(&mut self, conn: &impl ConnectionTrait, tally: &mut Tally) -> Checked<bool> {
        let sql = "SELECT s.id, s.position, s.kind AS of_kind, s.source_text, s.status, s.current_attempt_id, s.error_code, s.error_detail,
                a.kind, CASE
                WHEN a.segment_id = s.id AND a.status = 'completed' AND a.finished_at IS NOT NULL
                    AND a.text IS NOT NULL THEN 1 ELSE 0 END AS shows
            FROM translation_segments s LEFT JOIN segment_attempts a ON a.id = s.current_attempt_id
            WHERE s.chapter_translation_id = $1 AND s.position > $2 ORDER BY s.position, s.id LIMIT $3";
        // Start at the lowest position: a position below 1 must be found, not skipped.
        let after = if self.position == 0 { i32::MIN } else { self.position };
        let values = [self.run.context.run_id.into(), after.into(), PAGE.into()];
        let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
        for row in &rows {
            let cells = Cells::new(row, "translation_segments", "id", self.run.place.clone())?;
            self.verify_next(cells)?;
            tally.segments += 1;
        }
        Ok(!rows.is_empty())
    }

    fn verify_next(&mut self, mut cells: Cells<'_>) -> Checked<()> {
        let position: i32 = cells.get("position")?;
        cells.place.position = Some(position.into());
        let expected = self.position + 1;
        if position != expected {
            let place = MismatchPlace { position: Some(expected.into()), ..cells.place };
            let (expected, found) = (Some(expected.to_string()), Some(position.to_string()));
            let detail = MismatchCode::SegmentPosition.meaning();
            return stop(MismatchCode::SegmentPosition, &place, expected, found, detail);
        }
        self.position = position;
        let kind: String = cells.get("of_kind")?;
        if kind != "text" {
            return cells.unreadable("kind");
        }
        let source: String = cells.get("source_text")?;
        self.source.update(&source);
        self.list.add(position, &kind, &source)?;
        let text: String = cells.get("status")?;
        let Ok(status) = segment_status_of(&text) else { return cells.unreadable("status") };
        let current: Option<i64> = cells.get("current_attempt_id")?;
        let says = match (current, is_blank(&source)) {
            (Some(_), _) => status == SegmentStatus::Completed,
            (None, false) => !matches!(status, SegmentStatus::Completed | SegmentStatus::Blank),
            // Blank slices of legacy runs may have another status: these runs were cut by other rules.
            (None, true) => status == SegmentStatus::Blank || self.run.version.is_none(),
        };
        if !says {
            let detail = MismatchCode::SegmentStatus.meaning();
            return stop(MismatchCode::SegmentStatus, &cells.place, None, Some(text), detail);
        }
        if let Some(attempt_id) = current {
            if cells.get::<i32>("shows")? != 1 {
                let (found, detail) = (Some(attempt_id.to_string()), MismatchCode::CurrentAttempt.meaning());
                return stop(MismatchCode::CurrentAttempt, &cells.place, None, found, detail);
            }
            let is_legacy = cells.get::<String>("kind")? == "legacy";
            self.found.shown.insert(position, Shown { attempt_id, is_legacy });
        }
        let (code, detail): (Option<String>, Option<String>) =
            (cells.get("error_code")?, cells.get("error_detail")?);
        if code.is_some() || detail.is_some() {
            let why = failure(&code.unwrap_or_default(), &detail.unwrap_or_default());
            self.found.failures.insert(position, why);
        }
        let is_done = matches!(status, SegmentStatus::Completed | SegmentStatus::Blank);
        if !is_done && self.run.status() == RunStatus::Completed {
            let detail = MismatchCode::TextMissing.meaning();
            return stop(MismatchCode::TextMissing, &cells.place, None, Some(text), detail);
        }
        self.done += i32::from(is_done);
        Ok(())
    }

    /// Checks the counts and the source hash in the run's row.
    fn verify_sums(&mut self) -> Checked<()> {
        let (run, place) = (self.run, &self.run.place);
        let counts = [
            ("segments", i64::from(self.position), run.context.segment_count),
            ("segments done", i64::from(self.done), run.segments_done.into()),
        ];
        for (what, expected, found) in counts {
            if expected != found {
                let detail = format!("The run has {expected} {what}, and its row says {found}.");
                let (expected, found) = (Some(expected.to_string()), Some(found.to_string()));
                return stop(MismatchCode::SegmentCount, place, expected, found, detail);
            }
        }
        // Legacy runs without segments have no source hash either.
        if run.version.is_none() && run.asked.source_sha256.is_none() && self.position == 0 {
            return Ok(());
        }
        let source = hex::encode(self.source.finalize_reset());
        if run.asked.source_sha256.as_ref() != Some(&source) {
            let found = run.asked.source_sha256.as_deref().map(shown);
            let detail = MismatchCode::SourceHash.meaning();
            return stop(MismatchCode::SourceHash, place, Some(source), found, detail);
        }
        Ok(())
    }
}
