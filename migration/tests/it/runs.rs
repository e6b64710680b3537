//! Runs keep what they were made with, end once, and are complete only when whole; their events stay.

use colophon_test_support::{
    Engine::{Postgres, Sqlite},
    TestDatabase, on_both_engines,
};

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{event, run, version},
};

const DELETED: &str = "colophon: runs are never deleted";
const PROVENANCE: &str = "colophon: the provenance of a run never changes";
const SNAPSHOTS: &str = "colophon: the snapshots of a run equal its version";
const OF_ITS_WORK: &str = "colophon: the version of a run is of the prompt of its work";
const WHOLE: &str = "colophon: a run is completed only when every segment has its text";
const ENDED: &str = "colophon: an ended run is only queued again or completed";
const COMPLETED: &str = "colophon: a completed run stays completed";
const APPEND_ONLY: &str = "colophon: run events are append-only";

#[on_both_engines]
async fn a_new_run_equals_its_version(db: TestDatabase) {
    all_are_refused(&db, new()).await;
}

#[on_both_engines]
async fn the_provenance_of_a_run_never_changes(db: TestDatabase) {
    all_are_refused(&db, changed()).await;
}

#[on_both_engines]
async fn a_run_ends_once_and_whole(db: TestDatabase) {
    all_are_refused(&db, ended()).await;
}

#[on_both_engines]
async fn runs_and_events_stay(db: TestDatabase) {
    all_are_refused(&db, staying()).await;
}

fn new() -> Vec<Refusal> {
    let run = || run(4, 1);
    vec![
        refusal(
            "no version",
            run().set("prompt_version_id", "NULL").insert(),
            "colophon: a run needs a prompt version",
        ),
        refusal(
            "no hash",
            run().set("source_sha256", "NULL").insert(),
            "colophon: a run needs the hash of its source",
        ),
        refusal("a version of another work", run().set("prompt_version_id", 3).insert(), OF_ITS_WORK),
        refusal("a version that is not", run().set("prompt_version_id", 99).insert(), OF_ITS_WORK),
        refusal("a chapter that is not", run().set("chapter_id", 99).insert(), OF_ITS_WORK),
        refusal("another model", run().set("model_snapshot", "'gpt'").insert(), SNAPSHOTS),
        refusal(
            "another template",
            run().set("template_snapshot", "'Translate: {source_text} '").insert(),
            SNAPSHOTS,
        ),
        refusal("other parameters", run().set("parameters_snapshot", "'{}'").insert(), SNAPSHOTS),
        refusal(
            "parameters equal but for a zero",
            run().set("parameters_snapshot", r#"'{"temperature":0.30}'"#).insert(),
            SNAPSHOTS,
        ),
        refusal("the model of another version", run().set("prompt_version_id", 2).insert(), SNAPSHOTS),
        refusal("no model", run().set("model_snapshot", "NULL").insert(), SNAPSHOTS),
        refusal("born completed", run().set("status", "'completed'").insert(), WHOLE),
        refusal("born finished", run().set("status", "'finished'").insert(), "status"),
        refusal("failed for no reason", run().set("status", "'failed'").insert(), "run_failed"),
        refusal("more done than there is", run().set("segments_done", 3).insert(), "run_progress"),
        refusal("a user of no id", run().set("created_by_id", "NULL").insert(), "run_created_by"),
        refusal(
            "a second active one",
            crate::row::run(2, 1).insert(),
            "chapter_translations_active|colophon: one active run a chapter",
        ),
        refusal(
            "a second in one statement",
            run().and("INSERT", &run()),
            "chapter_translations_active|colophon: one active run a chapter",
        ),
        refusal(
            "a second active one, replaced",
            crate::row::run(2, 1).replace(),
            "colophon: one active run a chapter",
        )
        .on(Sqlite),
    ]
}

fn changed() -> Vec<Refusal> {
    let columns = [
        ("id", "99"),
        ("chapter_id", "4"),
        ("prompt_version_id", "1"),
        ("prompt_version_id", "NULL"),
        ("model_snapshot", "'x'"),
        ("template_snapshot", "'x'"),
        ("parameters_snapshot", "'{}'"),
        ("work_title_snapshot", "'x'"),
        ("work_author_snapshot", "'x'"),
        ("source_language_snapshot", "'x'"),
        ("target_language_snapshot", "'x'"),
        ("chapter_title_snapshot", "'x'"),
        ("chapter_number_snapshot", "99"),
        ("source_sha256", "NULL"),
        ("created_by_kind", "'token'"),
        ("created_by_id", "99"),
        ("created_by_name", "'x'"),
        ("created_at", "'2020-01-01T00:00:00+00:00'"),
    ];
    let mut refusals: Vec<Refusal> = columns
        .iter()
        .map(|(column, value)| {
            let update = format!("UPDATE chapter_translations SET {column} = {value} WHERE id = 2");
            refusal(column, update, PROVENANCE)
        })
        .collect();
    refusals.extend([
        refusal("the rowid", "UPDATE chapter_translations SET rowid = 99 WHERE id = 2", PROVENANCE)
            .on(Sqlite),
        refusal("the oid", "UPDATE chapter_translations SET oid = 99 WHERE id = 2", PROVENANCE).on(Sqlite),
        refusal(
            "to a newer version with its snapshots",
            "UPDATE chapter_translations SET prompt_version_id = 2, model_snapshot = 'demo-2' WHERE id = 1",
            PROVENANCE,
        ),
        refusal(
            "by an upsert",
            run(4, 1).set("id", 2).insert() + " ON CONFLICT (id) DO UPDATE SET model_snapshot = 'x'",
            PROVENANCE,
        )
        .on(Postgres),
    ]);
    refusals
}

fn ended() -> Vec<Refusal> {
    let set = |id: i64, status: &str| {
        format!("UPDATE chapter_translations SET status = '{status}' WHERE id = {id}")
    };
    let cancelled = "UPDATE chapter_translations SET status = 'cancelled' WHERE id = 2";
    vec![
        refusal("completed with a segment running", set(2, "completed"), WHOLE),
        refusal("completed with a segment pending", set(2, "completed"), WHOLE)
            .after("UPDATE translation_segments SET status = 'pending' WHERE id = 4"),
        refusal("completed with a segment failed", set(3, "completed"), WHOLE),
        refusal(
            "completed without segments",
            "UPDATE chapter_translations SET status = 'completed' WHERE chapter_id = 4",
            WHOLE,
        )
        .after(run(4, 1).insert()),
        refusal("completed to running", set(1, "running"), COMPLETED),
        refusal("completed to queued", set(1, "queued"), COMPLETED),
        refusal("completed to failed", set(1, "failed"), COMPLETED),
        refusal("completed to cancelled", set(1, "cancelled"), COMPLETED),
        refusal("failed to running", set(3, "running"), ENDED),
        refusal("failed to cancelled", set(3, "cancelled"), ENDED),
        refusal("cancelled to running", set(2, "running"), ENDED).after(cancelled),
        refusal("cancelled to failed", set(2, "failed"), ENDED).after(cancelled),
        refusal(
            "resumed beside another",
            set(3, "queued"),
            "chapter_translations_active|colophon: one active run a chapter",
        )
        .after(run(3, 3).insert()),
        refusal(
            "resumed in another's place",
            "UPDATE OR REPLACE chapter_translations SET status = 'queued' WHERE id = 3",
            "colophon: one active run a chapter",
        )
        .after(run(3, 3).insert())
        .on(Sqlite),
    ]
}

fn staying() -> Vec<Refusal> {
    vec![
        refusal("delete a run", "DELETE FROM chapter_translations WHERE id = 3", DELETED),
        refusal("delete all runs", "DELETE FROM chapter_translations", DELETED),
        refusal("replace a run", run(4, 1).set("id", 1).replace(), DELETED).on(Sqlite),
        refusal("replace a run by rowid", run(4, 1).set("rowid", 1).replace(), DELETED).on(Sqlite),
        refusal("truncate runs", "TRUNCATE chapter_translations CASCADE", DELETED).on(Postgres),
        refusal(
            "delete its version",
            "DELETE FROM prompt_versions WHERE id = 1",
            "colophon: prompt versions are immutable",
        )
        .after(version(1, 3).insert()),
        refusal(
            "an event of a hash that is none",
            event(1, 3).set("record_sha256", "'x'").insert(),
            "record_sha256",
        ),
        refusal("update an event", "UPDATE run_events SET data = '{}' WHERE seq = 1", APPEND_ONLY),
        refusal("delete an event", "DELETE FROM run_events WHERE seq = 2", APPEND_ONLY),
        refusal("replace an event", event(1, 2).replace(), APPEND_ONLY).on(Sqlite),
        refusal("truncate events", "TRUNCATE run_events", APPEND_ONLY).on(Postgres),
        refusal("an event twice", event(1, 2).insert(), "colophon: run events are "),
        refusal(
            "a gap in the events",
            event(1, 4).insert(),
            "colophon: run events are numbered without gaps",
        ),
        refusal("events not from 1", event(2, 2).insert(), "colophon: run events are numbered without gaps"),
        refusal("an event that is no JSON", event(2, 1).set("data", "'x'").insert(), "json"),
    ]
}
