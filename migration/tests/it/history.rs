//! The history with rows in it: what was there before prompts existed comes through, step by step.

use colophon_migration::{Error, Force, down, up};
use colophon_test_support::{Unmigrated, on_both_engines};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};
use sha2::{Digest, Sha256};

use crate::{row::NOW, story};

#[on_both_engines]
async fn rows_from_before_prompts_come_through(db: Unmigrated) {
    let db = db.0.connect().await;
    up(&db, Some(1)).await.unwrap();
    seed(&db).await;

    up(&db, Some(2)).await.unwrap();
    assert_eq!(
        story::number(
            &db,
            "SELECT count(*) FROM chapter_translations WHERE prompt_version_id IS NULL \
            AND model_snapshot = 'legacy/global' AND template_snapshot LIKE '%{source_text}' \
            AND CAST(parameters_snapshot AS TEXT) = '{}'"
        )
        .await,
        7
    );
    for column in ["model_snapshot", "template_snapshot", "parameters_snapshot"] {
        let null = format!("UPDATE chapter_translations SET {column} = NULL");
        assert!(db.execute_unprepared(&null).await.is_err(), "{column} is NOT NULL from here on");
    }

    up(&db, Some(1)).await.unwrap();
    assert_eq!(story::rows(&db, SEGMENTS).await, expected_segments());
    assert_eq!(story::rows(&db, ATTEMPTS).await, expected_attempts());

    up(&db, None).await.unwrap();
    assert_eq!(story::rows(&db, SEGMENTS).await, expected_segments());
    assert_eq!(story::rows(&db, ATTEMPTS).await, expected_attempts());
    assert_eq!(story::rows(&db, RUNS).await, expected_runs());
    assert_eq!(story::rows(&db, CONTEXT).await, vec![expected_context(); 7]);
    assert_eq!(
        story::text(&db, "SELECT source_sha256 FROM chapter_translations WHERE id = 1").await,
        hex::encode(Sha256::digest("一　午后の授業\n\u{3000}\nおわり"))
    );
    assert_eq!(story::number(&db, "SELECT characters FROM chapters WHERE id = 1").await, 7);
    legacy_runs_stay_as_they_are(&db).await;
}

#[on_both_engines]
async fn rows_from_before_prompts_go_back(db: Unmigrated) {
    let db = db.0.connect().await;
    up(&db, Some(1)).await.unwrap();
    seed(&db).await;
    let before = story::rows(&db, LEGACY).await;
    up(&db, None).await.unwrap();

    assert!(matches!(down(&db, None, Force::No).await, Err(Error::WouldLose { .. })));
    assert!(matches!(down(&db, Some(story::SINCE_CONTEXT), Force::No).await, Err(Error::WouldLose { .. })));
    down(&db, Some(story::SINCE_CONTEXT), Force::Yes).await.unwrap();
    // From here to the first there is nothing that it would lose.
    assert_eq!(down(&db, Some(5), Force::No).await.unwrap().len(), 5);
    assert_eq!(story::rows(&db, LEGACY).await, before);
    assert!(matches!(down(&db, Some(1), Force::No).await, Err(Error::WouldLose { .. })));

    up(&db, None).await.unwrap();
    assert_eq!(story::rows(&db, SEGMENTS).await, expected_segments());
    assert_eq!(story::rows(&db, ATTEMPTS).await, expected_attempts());
    assert_eq!(story::text(&db, "SELECT status FROM chapter_translations WHERE id = 1").await, "completed");
    let again = "INSERT INTO works (title, author, source_language, target_language, created_at, updated_at) \
                     VALUES ('x', '', 'ja', 'en', '2026-11-22T10:00:00+00:00', '2026-11-22T10:00:00+00:00')";
    db.execute_unprepared(again).await.unwrap();
    assert_eq!(story::number(&db, "SELECT max(id) FROM works").await, 2, "ids go on");

    assert_eq!(down(&db, None, Force::Yes).await.unwrap().len(), story::STEPS);
    assert!(story::tables(&db).await.is_empty());
    assert_eq!(up(&db, None).await.unwrap().len(), story::STEPS);
}

#[on_both_engines]
async fn a_step_back_loses_deleted_chapters_and_goes_forward_again(
    database: colophon_test_support::TestDatabase,
) {
    let db = story::tell(&database).await;
    let delete = format!("UPDATE chapters SET deleted_at = {NOW} WHERE id IN (1, 4)");
    db.execute_unprepared(&delete).await.unwrap();
    db.execute_unprepared(&crate::row::chapter(1, 3).insert()).await.unwrap();
    match down(&db, Some(story::SINCE_CONTEXT), Force::No).await {
        Err(Error::WouldLose { lost, .. }) => {
            assert_eq!(lost[1], "2 deleted chapters with their translations")
        }
        other => panic!("{other:?}"),
    }
    down(&db, Some(story::SINCE_CONTEXT), Force::Yes).await.unwrap();
    assert_eq!(story::number(&db, "SELECT count(*) FROM chapters").await, 3);
    assert_eq!(story::number(&db, "SELECT count(*) FROM chapter_translations").await, 2);
    assert_eq!(story::number(&db, "SELECT count(*) FROM segment_attempts").await, 3);

    up(&db, None).await.unwrap();
    let statuses = "SELECT status, error_code FROM chapter_translations ORDER BY id";
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        story::rows(&db, statuses).await,
        [vec![some("running"), None], vec![some("failed"), some("interrupted")]]
    );
    db.execute_unprepared(&crate::row::chapter(1, 4).insert()).await.unwrap();
    assert_eq!(story::number(&db, "SELECT max(id) FROM chapters").await, 6, "no id is used again");
}

#[on_both_engines]
async fn sequences_of_ids_outlive_the_rows(db: Unmigrated) {
    let db = db.0.connect().await;
    up(&db, Some(1)).await.unwrap();
    seed(&db).await;
    for table in ["translation_segments", "chapter_translations", "chapters"] {
        db.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
    }
    up(&db, None).await.unwrap();
    db.execute_unprepared(&crate::row::chapter(1, 1).insert()).await.unwrap();
    assert_eq!(story::number(&db, "SELECT max(id) FROM chapters").await, 3);
    down(&db, Some(story::SINCE_CONTEXT), Force::Yes).await.unwrap();
    up(&db, None).await.unwrap();
    db.execute_unprepared(&crate::row::chapter(1, 2).insert()).await.unwrap();
    assert_eq!(story::number(&db, "SELECT max(id) FROM chapters").await, 4);
}

/// Two chapters and seven runs: completed; completed but for a text; failed; cancelled; queued and running
/// on one chapter; completed without a segment.
async fn seed(db: &DatabaseConnection) {
    let statements = [
        "INSERT INTO works (title, author, source_language, target_language, created_at, updated_at)
         VALUES ('銀河鉄道の夜', '宮沢賢治', 'ja', 'en', {t}, {t})",
        "INSERT INTO chapters (work_id, number, title, source_text, created_at, updated_at)
         VALUES (1, 1, '午后の授業', '午后の授業𠮟𠮟', {t}, {t}), (1, 2, '活版所', 'x', {t}, {t})",
        "INSERT INTO chapter_translations (chapter_id, status, error, created_at, started_at, finished_at) VALUES
         (1, 'completed', NULL, {t}, '2026-01-02T00:00:00+00:00', '2026-01-03T00:00:00+00:00'),
         (1, 'completed', NULL, {t}, {t}, {t}),
         (1, 'failed', 'HTTP 500', {t}, NULL, NULL),
         (1, 'cancelled', NULL, {t}, NULL, NULL),
         (2, 'queued', NULL, {t}, NULL, NULL),
         (2, 'running', NULL, {t}, {t}, NULL),
         (2, 'completed', NULL, {t}, NULL, NULL)",
        "INSERT INTO translation_segments (chapter_translation_id, position, source_text, text) VALUES
         (1, 3, 'おわり', 'The end'), (1, 1, '一　午后の授業', 'The Afternoon Lesson'), (1, 2, '\n\u{3000}\n', NULL),
         (2, 1, 'a', 'A'), (2, 2, 'b', ''),
         (3, 1, 'a', NULL),
         (4, 1, 'a', ' \u{3000}'),
         (5, 1, ' ', ' '),
         (6, 1, 'a', 'half')",
    ];
    for statement in statements {
        db.execute_unprepared(&statement.replace("{t}", NOW)).await.unwrap();
    }
}

const SEGMENTS: &str =
    "SELECT CAST(id AS TEXT), status, CAST(current_attempt_id AS TEXT) FROM translation_segments ORDER BY id";

fn expected_segments() -> Vec<Vec<Option<String>>> {
    let row = |id: i32, status: &str, attempt: Option<i32>| {
        vec![Some(id.to_string()), Some(status.to_owned()), attempt.map(|id| id.to_string())]
    };
    vec![
        row(1, "completed", Some(1)),
        row(2, "completed", Some(2)),
        row(3, "blank", None),
        row(4, "completed", Some(3)),
        row(5, "pending", None),
        row(6, "pending", None),
        row(7, "pending", None),
        row(8, "blank", None),
        row(9, "completed", Some(4)),
    ]
}

const ATTEMPTS: &str = "SELECT CAST(segment_id AS TEXT), kind, status, text,
    CAST(CASE WHEN started_at < finished_at THEN 1 ELSE 0 END AS TEXT) FROM segment_attempts ORDER BY id";

fn expected_attempts() -> Vec<Vec<Option<String>>> {
    let row = |segment: &str, text: &str, took: &str| {
        [segment, "legacy", "completed", text, took].map(|text| Some(text.to_owned())).to_vec()
    };
    vec![
        row("1", "The end", "1"),
        row("2", "The Afternoon Lesson", "1"),
        row("4", "A", "0"),
        row("9", "half", "0"),
    ]
}

const RUNS: &str = "SELECT status, error_code, error_detail, CAST(segments_done AS TEXT) || '/' || CAST(segments_total AS TEXT)
    FROM chapter_translations ORDER BY id";

fn expected_runs() -> Vec<Vec<Option<String>>> {
    let row = |status: &str, error: Option<&str>, progress: &str| {
        let code = error.map(|_| "legacy".to_owned());
        vec![Some(status.to_owned()), code, error.map(str::to_owned), Some(progress.to_owned())]
    };
    let interrupted = "It was under way when prompts were introduced, and cannot be resumed.";
    let not_whole = "It was called completed, but not every segment has a text.";
    vec![
        row("completed", None, "3/3"),
        row("failed", Some(not_whole), "1/2"),
        row("failed", Some("HTTP 500"), "0/1"),
        row("cancelled", None, "0/1"),
        row("failed", Some(interrupted), "1/1"),
        row("failed", Some(interrupted), "1/1"),
        row("failed", Some(not_whole), "0/0"),
    ]
}

const CONTEXT: &str = "SELECT work_title_snapshot, work_author_snapshot, source_language_snapshot, target_language_snapshot,
    created_by_kind, created_by_name, CAST(created_by_id AS TEXT), CAST(lease_epoch AS TEXT) FROM chapter_translations";

fn expected_context() -> Vec<Option<String>> {
    let mut context: Vec<Option<String>> = ["銀河鉄道の夜", "宮沢賢治", "ja", "en", "system", "legacy"]
        .map(|text| Some(text.to_owned()))
        .to_vec();
    context.extend([None, Some("0".to_owned())]);
    context
}

/// What the first migration made, but for what the later ones settle.
const LEGACY: &str =
    "SELECT CAST(s.id AS TEXT), CAST(s.position AS TEXT), s.source_text, r.status, r.error, s.text
    FROM translation_segments s JOIN chapter_translations r ON r.id = s.chapter_translation_id
    WHERE r.id IN (1, 3) ORDER BY s.id";

async fn legacy_runs_stay_as_they_are(db: &DatabaseConnection) {
    let resume = "UPDATE chapter_translations SET status = 'queued' WHERE id = 3";
    assert!(db.execute_unprepared(resume).await.unwrap_err().to_string().contains("run_legacy"));
    let by_model = crate::row::attempt(6, 1).insert();
    let refused = db.execute_unprepared(&by_model).await.unwrap_err().to_string();
    assert!(refused.contains("colophon: the version of an attempt is of the prompt of its run"), "{refused}");
    let another = format!(
        "INSERT INTO segment_attempts (segment_id, kind, status, text, started_at, finished_at)
         VALUES (6, 'legacy', 'completed', 'x', {NOW}, {NOW})"
    );
    let refused = db.execute_unprepared(&another).await.unwrap_err().to_string();
    assert!(refused.contains("colophon: legacy attempts are made by migrations only"), "{refused}");

    db.execute_unprepared(&crate::row::edit(6).insert()).await.unwrap();
    let show = "UPDATE translation_segments SET status = 'completed',
                current_attempt_id = (SELECT max(id) FROM segment_attempts) WHERE id = 6";
    db.execute_unprepared(show).await.unwrap();
    let complete =
        "UPDATE chapter_translations SET status = 'completed', segments_done = 1, error_code = NULL,
                    error_detail = NULL WHERE id = 3";
    db.execute_unprepared(complete).await.unwrap();
}
