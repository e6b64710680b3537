//! Segments keep their source, and show only a finished attempt of their own.

use colophon_test_support::{
    Engine::{Postgres, Sqlite},
    TestDatabase, on_both_engines,
};

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{NOW, finished_attempt, hash, segment},
};

const DELETED: &str = "colophon: segments are never deleted";
const SOURCE: &str = "colophon: the source of a segment never changes";
const OWN: &str = "colophon: a segment shows only a finished attempt of its own";
const LOSES: &str = "colophon: a segment never loses its text";
const WHOLE: &str = "colophon: the segments of a completed run stay whole";

#[on_both_engines]
async fn segments_stay_as_they_are(db: TestDatabase) {
    all_are_refused(&db, staying()).await;
}

#[on_both_engines]
async fn a_segment_shows_only_a_finished_attempt_of_its_own(db: TestDatabase) {
    all_are_refused(&db, shown()).await;
}

fn staying() -> Vec<Refusal> {
    vec![
        refusal("source", "UPDATE translation_segments SET source_text = 'x' WHERE id = 4", SOURCE),
        refusal("position", "UPDATE translation_segments SET position = 9 WHERE id = 4", SOURCE),
        refusal(
            "run",
            "UPDATE translation_segments SET chapter_translation_id = 3, position = 9 WHERE id = 4",
            SOURCE,
        ),
        refusal("id", "UPDATE translation_segments SET id = 99 WHERE id = 4", SOURCE),
        refusal("rowid", "UPDATE translation_segments SET _rowid_ = 99 WHERE id = 4", SOURCE).on(Sqlite),
        refusal("delete", "DELETE FROM translation_segments WHERE id = 4", DELETED),
        refusal("replace by id", segment(2, 9).set("id", 3).replace(), DELETED).on(Sqlite),
        refusal("replace by position", segment(2, 1).replace(), DELETED).on(Sqlite),
        refusal("replace within a statement", segment(2, 3).and("REPLACE", &segment(2, 3)), DELETED)
            .on(Sqlite),
        refusal("truncate", "TRUNCATE translation_segments CASCADE", DELETED).on(Postgres),
        refusal(
            "a position twice",
            segment(2, 1).insert(),
            "translation_segments_run_position|colophon: segments are",
        ),
        refusal("position zero", segment(2, 0).insert(), "position"),
        refusal(
            "into a completed run",
            segment(1, 3).insert(),
            "colophon: a completed run gets no more segments",
        ),
        refusal("blank that is not", segment(2, 3).set("status", "'blank'").insert(), "segment_blank"),
        refusal("failed for no reason", segment(2, 3).set("status", "'failed'").insert(), "segment_failed"),
    ]
}

fn shown() -> Vec<Refusal> {
    let show = |id: i64, attempt: &str| {
        format!(
            "UPDATE translation_segments SET status = 'completed', current_attempt_id = {attempt} WHERE id = {id}"
        )
    };
    let fail = |rest: &str| {
        format!(
            "UPDATE segment_attempts SET status = 'failed', error_code = 'stream_incomplete', finished_at = {NOW}, {rest}
             WHERE id = 3"
        )
    };
    let set = |id: i64, status: &str| {
        format!("UPDATE translation_segments SET status = '{status}' WHERE id = {id}")
    };
    vec![
        refusal("one of another segment", show(4, "1"), OWN),
        refusal("one of another segment of the run", show(4, "2"), OWN),
        refusal("one under way", show(4, "3"), OWN),
        refusal("one that failed", show(5, "4"), OWN),
        refusal("one that failed with partial text", show(4, "3"), OWN).after(fail("text = 'par'")),
        refusal("one that failed with the hash of a whole answer", show(4, "3"), OWN)
            .after(fail(&format!("text = 'par', finish = 'done', response_sha256 = {}", hash('e')))),
        refusal("one under way with partial text", show(4, "3"), OWN)
            .after("UPDATE segment_attempts SET text = 'par' WHERE id = 3"),
        refusal("one that is not", show(4, "99"), OWN),
        refusal(
            "one on insert",
            segment(2, 3).set("status", "'completed'").set("current_attempt_id", 1).insert(),
            OWN,
        ),
        refusal("another's instead of its own", show(1, "2"), OWN),
        refusal(
            "none any more",
            "UPDATE translation_segments SET status = 'pending', current_attempt_id = NULL WHERE id = 3",
            LOSES,
        ),
        refusal(
            "none, still completed",
            "UPDATE translation_segments SET current_attempt_id = NULL WHERE id = 3",
            LOSES,
        ),
        refusal("to running with its text", set(3, "running"), LOSES),
        refusal("completed without text", set(4, "completed"), "segment_text"),
        refusal(
            "text without being completed",
            "UPDATE translation_segments SET current_attempt_id = 5 WHERE id = 4",
            "segment_text",
        )
        .after(finished_attempt(4, 2).insert()),
        refusal("a blank one of a completed run to pending", set(2, "pending"), WHOLE),
        refusal("a blank one of a completed run to running", set(2, "running"), WHOLE),
    ]
}
