//! What must go on working under all those rules.

use colophon_test_support::{TestDatabase, on_both_engines};
use sea_orm_migration::sea_orm::{ConnectionTrait, TransactionTrait};

use crate::{
    row::{
        NOW, attempt, carried, chapter, edit, event, finished_attempt, hash, retranslation, run, segment,
        version,
    },
    story,
};

#[on_both_engines]
async fn what_the_application_does_is_accepted(database: TestDatabase) {
    let db = story::tell(&database).await;
    let mut wrong = Vec::new();
    for (name, statements) in stories() {
        let transaction = db.begin().await.unwrap();
        for statement in statements {
            if let Err(error) = transaction.execute_unprepared(&statement).await {
                wrong.push(format!("{name}: {statement}: {error}"));
                break;
            }
        }
        transaction.rollback().await.unwrap();
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[on_both_engines]
async fn ids_are_not_used_twice(database: TestDatabase) {
    let db = story::tell(&database).await;
    db.execute_unprepared("DELETE FROM sessions").await.unwrap();
    let insert = format!(
        "INSERT INTO sessions (token_sha256, user_id, created_at, expires_at) VALUES ({}, 1, {NOW}, {NOW})",
        hash('a')
    );
    db.execute_unprepared(&insert).await.unwrap();
    assert_eq!(story::number(&db, "SELECT id FROM sessions").await, 2);
}

type Story = (&'static str, Vec<String>);

/// Each on its own, from the rows of [`crate::story`].
fn stories() -> Vec<Story> {
    [of_works(), of_runs(), of_segments(), of_answers()].concat()
}

fn of_works() -> Vec<Story> {
    vec![
        (
            "versions one after the other",
            vec![version(1, 3).and("INSERT", &version(1, 4)), version(2, 2).insert()],
        ),
        ("a version restored", vec![version(1, 3).set("restored_from", 1).insert()]),
        (
            "a version by the system",
            vec![version(1, 3).set("author_kind", "'system'").set("author_id", "NULL").insert()],
        ),
        ("a prompt renamed", vec!["UPDATE prompts SET name = 'x', work_id = work_id".to_owned()]),
        (
            "a chapter deleted, and its number used again",
            vec![format!("UPDATE chapters SET deleted_at = {NOW} WHERE id = 4"), chapter(1, 3).insert()],
        ),
        (
            "a chapter changed",
            vec!["UPDATE chapters SET source_text = 'x', characters = 1, number = 9 WHERE id = 1".to_owned()],
        ),
        ("a session ended", vec!["DELETE FROM sessions".to_owned()]),
    ]
}

fn of_runs() -> Vec<Story> {
    // Not by number: PostgreSQL's sequences go on though the transaction is rolled back.
    let last_run = "(SELECT max(id) FROM chapter_translations)";
    vec![
        (
            "a run of an older version",
            vec![
                run(4, 1).insert(),
                segment(4, 1).set("chapter_translation_id", last_run).insert(),
                event(4, 1).set("run_id", last_run).insert(),
            ],
        ),
        ("a second run of a chapter, the first ended", vec![run(1, 1).insert()]),
        (
            "a run resumed",
            vec![
                update_run(3, "status = 'queued', error_code = NULL, finished_at = NULL, lease_epoch = 1"),
                update_run(3, "status = 'running'"),
                update_run(3, "status = 'cancelled'"),
                update_run(3, "status = 'queued'"),
            ],
        ),
        (
            "a run parked and taken up",
            vec![update_run(2, "status = 'queued'"), update_run(2, "status = 'running'")],
        ),
        (
            "the last segment of a failed run edited by hand",
            vec![edit(5).insert(), show(5), update_run(3, "status = 'completed', error_code = NULL")],
        ),
    ]
}

fn of_segments() -> Vec<Story> {
    let finish = format!(
        "UPDATE segment_attempts SET status = 'completed', text = 'x', finish_reason = 'stop', finish = 'done', \
         response_sha256 = {}, prompt_tokens = 3, cost_nano_usd = 12, model_reported = 'demo', \
         finished_at = {NOW} WHERE id = 3",
        hash('e')
    );
    let fail = "UPDATE segment_attempts SET status = 'failed', error_code = 'x'";
    let set = |rest: &str| format!("UPDATE translation_segments SET {rest} WHERE id = 4");
    vec![
        (
            "partial text, then the end",
            vec![
                "UPDATE segment_attempts SET text = 'par', lease_epoch = 2 WHERE id = 3".to_owned(),
                "UPDATE segment_attempts SET text = 'partial' WHERE id = 3".to_owned(),
                finish,
                show(4),
                update_run(2, "status = 'completed', segments_done = 2"),
                update_run(2, "lease_owner = NULL, lease_expires_at = NULL"),
            ],
        ),
        (
            "a retry after a failure",
            vec![
                format!("{fail}, finished_at = {NOW} WHERE id = 3"),
                attempt(4, 2).insert(),
                set("status = 'failed', error_code = 'x'"),
                set("status = 'pending', error_code = NULL"),
            ],
        ),
        ("another attempt at a finished segment", vec![finished_attempt(1, 1).insert(), show(1)]),
        (
            "one brought back",
            vec![
                edit(3).set("text", "'Other'").insert(),
                show(3),
                edit(3).set("restored_from", 2).insert(),
                show(3),
            ],
        ),
        (
            "a later version for one segment, asked for by name",
            vec![
                finished_attempt(1, 2).set("author_kind", "'user'").set("author_name", "'Ada'").insert(),
                show(1),
            ],
        ),
        (
            "another translation of what a person wrote",
            vec![
                retranslation(2, 3, 2).insert(),
                finished_attempt(3, 2).set("author_kind", "'user'").set("author_name", "'Ada'").insert(),
                show(3),
                format!("UPDATE retranslations SET finished_at = {NOW} WHERE segment_id = 3"),
            ],
        ),
        ("a blank segment edited by hand", vec![edit(2).insert(), show(2)]),
    ]
}

fn of_answers() -> Vec<Story> {
    let reasoning = format!(
        "UPDATE segment_attempts SET status = 'completed', text = 'x', finish_reason = NULL, finish = 'done',
         response_sha256 = {hash}, removed = '[{{\"offset\":0,\"text\":\"<think></think>\"}}]', reasoning = 'ウ',
         reasoning_bytes = 300000, reasoning_sha256 = {hash}, cached_tokens = 1, reasoning_tokens = 2,
         reported_cost_nano_usd = 3, finished_at = {NOW} WHERE id = 3",
        hash = hash('e')
    );
    let failed = format!(
        "UPDATE segment_attempts SET status = 'failed', error_code = 'x', finish_reason = 'model_length',
         finish = 'truncated', provider_message = 'HTTP 400', finished_at = {NOW} WHERE id = 3"
    );
    let last_run = "(SELECT max(id) FROM chapter_translations)";
    let last_segment = "(SELECT max(id) FROM translation_segments)";
    vec![
        ("an answer with reasoning and no word for its end", vec![reasoning, show(4)]),
        ("a failure with the provider's message", vec![failed]),
        ("a title", vec![segment(2, 0).set("kind", "'title'").insert()]),
        (
            "a text carried over from an earlier run",
            vec![
                run(1, 1).set("volume_title_snapshot", "'I'").set("glossary_snapshot", "''").insert(),
                segment(1, 1).set("chapter_translation_id", last_run).insert(),
                carried(1).set("segment_id", last_segment).set("prompt_version_id", 1).insert(),
            ],
        ),
        (
            "a wait",
            vec![
                update_run(
                    2,
                    &format!(
                        "waiting_provider = 'demo', waiting_code = 'provider_rate_limited', waiting_until = {NOW}"
                    ),
                ),
                update_run(2, "waiting_provider = NULL, waiting_code = NULL, waiting_until = NULL"),
            ],
        ),
        (
            "a volume",
            vec![
                "UPDATE chapters SET volume = '巻' WHERE id = 1".to_owned(),
                chapter(1, 9).set("volume", "''").insert(),
            ],
        ),
    ]
}

/// Its newest attempt.
fn show(segment: i64) -> String {
    format!(
        "UPDATE translation_segments SET status = 'completed',
         current_attempt_id = (SELECT max(id) FROM segment_attempts WHERE segment_id = {segment}) WHERE id = {segment}"
    )
}

fn update_run(id: i64, rest: &str) -> String {
    format!("UPDATE chapter_translations SET {rest} WHERE id = {id}")
}
