//! Attempts say what made them, and never change once they are finished.

use colophon_migration::{Force, down, up};
use colophon_test_support::{
    Engine::{Postgres, Sqlite},
    TestDatabase, on_both_engines,
};
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{NOW, attempt, edit, event, finished_attempt},
    story,
};

const DELETED: &str = "colophon: attempts are never deleted";
const FINISHED: &str = "colophon: finished attempts are immutable";
const REQUEST: &str = "colophon: the request of an attempt never changes";
const VERSION: &str = "colophon: the version of an attempt is of the prompt of its run";
const BACK: &str = "colophon: an attempt can only bring back a finished one of its segment";

#[on_both_engines]
async fn a_finished_attempt_is_immutable(db: TestDatabase) {
    all_are_refused(&db, finished()).await;
}

#[on_both_engines]
async fn the_request_of_an_attempt_never_changes(db: TestDatabase) {
    all_are_refused(&db, under_way()).await;
}

#[on_both_engines]
async fn a_segment_has_one_attempt_under_way(database: TestDatabase) {
    let db = story::tell(&database).await;
    let another = attempt(4, 2);
    assert!(db.execute_unprepared(&another.insert()).await.is_err(), "attempt 3 is under way");
    down(&db, Some(story::SINCE_ONE_RUNNING), Force::No).await.unwrap();
    let schema = story::schema(&db).await;
    for _ in 0..2 {
        db.execute_unprepared(&another.insert()).await.unwrap();
    }
    let one = attempt(5, 3).set("text", "'Half'");
    db.execute_unprepared(&one.insert()).await.unwrap();
    db.execute_unprepared(&event(2, 1).insert()).await.unwrap();
    let newest = story::number(&db, "SELECT max(id) FROM segment_attempts").await - 1;

    up(&db, None).await.unwrap();
    let sql = "SELECT CAST(id AS TEXT), status, error_code, coalesce(text, '-') FROM segment_attempts
            WHERE segment_id IN (4, 5) AND (finished_at IS NULL OR error_code = 'interrupted') ORDER BY id";
    let row = |id: i64, status: &str, code: Option<&str>, text: &str| {
        vec![Some(id.to_string()), Some(status.to_owned()), code.map(str::to_owned), Some(text.to_owned())]
    };
    let expected = [
        row(3, "failed", Some("interrupted"), ""),
        row(newest - 1, "failed", Some("interrupted"), ""),
        row(newest, "running", None, "-"),
        row(newest + 1, "running", None, "Half"),
    ];
    assert_eq!(story::rows(&db, sql).await, expected);
    let told =
        "SELECT CAST(seq AS TEXT), name, data FROM run_events WHERE run_id = 2 AND seq > 1 ORDER BY seq";
    let data = |id: i64| {
        format!(
            "{{\"position\":2,\"attempt_id\":{id},\"code\":\"interrupted\",\
                \"detail\":\"Another attempt was begun in its place.\",\"will_retry\":true}}"
        )
    };
    let row =
        |seq: &str, id: i64| vec![Some(seq.to_owned()), Some("segment-error".to_owned()), Some(data(id))];
    assert_eq!(story::rows(&db, told).await, [row("2", 3), row("3", newest - 1)]);
    assert!(db.execute_unprepared(&another.insert()).await.is_err());

    down(&db, Some(story::SINCE_ONE_RUNNING), Force::No).await.unwrap();
    assert_eq!(story::schema(&db).await, schema);
    up(&db, None).await.unwrap();
    assert_eq!(story::rows(&db, sql).await, expected);
}

#[on_both_engines]
async fn an_attempt_says_what_made_it(db: TestDatabase) {
    all_are_refused(&db, new()).await;
}

fn finished() -> Vec<Refusal> {
    let all = "UPDATE segment_attempts SET error_detail = 'x'";
    vec![
        refusal("text", "UPDATE segment_attempts SET text = 'x' WHERE id = 1", FINISHED),
        refusal("text of a person", "UPDATE segment_attempts SET text = 'x' WHERE id = 2", FINISHED),
        refusal("usage", "UPDATE segment_attempts SET prompt_tokens = 1 WHERE id = 1", FINISHED),
        refusal(
            "finished again",
            "UPDATE segment_attempts SET finished_at = NULL, status = 'running' WHERE id = 1",
            FINISHED,
        ),
        refusal(
            "failed to completed",
            "UPDATE segment_attempts SET status = 'completed' WHERE id = 4",
            FINISHED,
        ),
        refusal("all", all, FINISHED),
        refusal("rowid", "UPDATE segment_attempts SET rowid = 9 WHERE id = 1", "colophon: ").on(Sqlite),
        refusal("delete", "DELETE FROM segment_attempts WHERE id = 4", DELETED),
        refusal("delete one under way", "DELETE FROM segment_attempts WHERE id = 3", DELETED),
        refusal("replace", finished_attempt(1, 1).set("id", 1).replace(), DELETED).on(Sqlite),
        refusal("replace one under way", finished_attempt(4, 2).set("id", 3).replace(), DELETED).on(Sqlite),
        refusal("truncate", "TRUNCATE segment_attempts CASCADE", DELETED).on(Postgres),
    ]
}

fn under_way() -> Vec<Refusal> {
    let columns = [
        ("id", "99"),
        ("segment_id", "3"),
        ("kind", "'person'"),
        ("prompt_version_id", "1"),
        ("messages", "'[]'"),
        ("preceding", "'[1]'"),
        ("instruction", "'x'"),
        ("request_sha256", "NULL"),
        ("provider", "'x'"),
        ("model_requested", "'x'"),
        ("author_name", "'x'"),
        ("restored_from", "1"),
        ("started_at", "'2020-01-01T00:00:00+00:00'"),
        ("parameter_names", r#"'{"max_tokens":"max_tokens"}'"#),
    ];
    let update =
        |column: &str, value: &str| format!("UPDATE segment_attempts SET {column} = {value} WHERE id = 3");
    let finish = |rest: &str| format!("UPDATE segment_attempts SET finished_at = {NOW}, {rest} WHERE id = 3");
    let hash = crate::row::hash('e');
    let mut refusals: Vec<Refusal> =
        columns.iter().map(|(column, value)| refusal(column, update(column, value), REQUEST)).collect();
    refusals.extend([
        refusal("finished but running", finish("text = 'x'"), "attempt_finished"),
        refusal("completed, not finished", update("status", "'completed'"), "attempt_"),
        refusal(
            "completed without text",
            finish(&format!("status = 'completed', finish = 'done', response_sha256 = {hash}")),
            "attempt_completed",
        ),
        refusal(
            "completed and empty",
            finish(&format!(
                "status = 'completed', text = '', finish = 'done', response_sha256 = {hash}"
            )),
            "attempt_completed",
        ),
        refusal(
            "completed and cut off",
            finish(&format!(
                "status = 'completed', text = 'x', finish_reason = 'stop', finish = 'truncated', response_sha256 = {hash}"
            )),
            "attempt_completed",
        ),
        refusal(
            "completed without a class of its reason",
            finish(&format!(
                "status = 'completed', text = 'x', finish_reason = 'stop', response_sha256 = {hash}"
            )),
            "attempt_completed",
        ),
        refusal(
            "completed without a hash",
            finish("status = 'completed', text = 'x', finish = 'done'"),
            "attempt_completed",
        ),
        refusal("failed for no reason", finish("status = 'failed'"), "attempt_failed"),
    ]);
    refusals
}

fn new() -> Vec<Refusal> {
    let legacy = format!(
        "INSERT INTO segment_attempts (segment_id, kind, status, text, started_at, finished_at)
         VALUES (4, 'legacy', 'completed', 'x', {NOW}, {NOW})"
    );
    vec![
        refusal("legacy", legacy, "colophon: legacy attempts are made by migrations only"),
        refusal("a version of another prompt", attempt(4, 3).insert(), VERSION),
        refusal("a version that is not", attempt(4, 99).insert(), VERSION),
        refusal("no version", attempt(4, 2).set("prompt_version_id", "NULL").insert(), "attempt_by_model"),
        refusal("no messages", attempt(4, 2).set("messages", "NULL").insert(), "attempt_by_model"),
        refusal("no request hash", attempt(4, 2).set("request_sha256", "NULL").insert(), "attempt_by_model"),
        refusal("no provider", attempt(4, 2).set("provider", "NULL").insert(), "attempt_by_model"),
        refusal(
            "no upstream model",
            attempt(4, 2).set("model_requested", "NULL").insert(),
            "attempt_by_model",
        ),
        refusal("names no object", attempt(4, 2).set("parameter_names", "'[]'").insert(), "parameter_names"),
        refusal("names of a person's", edit(4).set("parameter_names", "'{}'").insert(), "parameter_names"),
        refusal("messages no list", attempt(4, 2).set("messages", "'{}'").insert(), "messages"),
        refusal("a person of no name", edit(4).set("author_name", "NULL").insert(), "attempt_by_person"),
        refusal("a person of no kind", edit(4).set("author_kind", "NULL").insert(), "attempt_by_person"),
        refusal("a person's without text", edit(4).set("text", "NULL").insert(), "attempt_"),
        refusal("of no segment", edit(99).insert(), "foreign key|FOREIGN KEY"),
        refusal("brings back another segment's", edit(4).set("restored_from", 2).insert(), BACK),
        refusal("brings back one under way", edit(4).set("restored_from", 3).insert(), BACK),
        refusal("brings back one that failed", edit(5).set("restored_from", 4).insert(), BACK),
        refusal(
            "brings back with another text",
            edit(1).set("prompt_version_id", 1).set("restored_from", 1).insert(),
            BACK,
        ),
    ]
}
