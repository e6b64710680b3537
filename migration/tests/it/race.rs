//! The rules under concurrency on PostgreSQL, where transactions do not see each other. SQLite has one
//! writer at a time.

use std::time::Duration;

use colophon_test_support::{Engine, TestDatabase};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use tokio::time::timeout;

use crate::{
    row::{finished_attempt, run, segment, version},
    story,
};

const SHORT: Duration = Duration::from_millis(300);

async fn execute(db: DatabaseConnection, sql: String) -> Result<(), String> {
    db.execute_unprepared(&sql).await.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn two_appends_of_a_number_make_one_version() {
    colophon_test_support::run(Engine::Postgres, |database: TestDatabase| async move {
        let db = story::tell(&database).await;
        let first = db.begin().await.unwrap();
        first.execute_unprepared(&version(1, 3).insert()).await.unwrap();
        let mut second = tokio::spawn(execute(db.clone(), version(1, 3).insert()));
        assert!(timeout(SHORT, &mut second).await.is_err(), "waits for the first");
        first.commit().await.unwrap();
        assert!(second.await.unwrap().unwrap_err().contains("prompt_versions_prompt_id_number"));

        // A later number than one not yet committed would leave a gap if that one never is.
        let first = db.begin().await.unwrap();
        first.execute_unprepared(&version(1, 4).insert()).await.unwrap();
        let refused = execute(db.clone(), version(1, 5).insert()).await.unwrap_err();
        assert!(refused.contains("numbered without gaps"), "{refused}");
        first.rollback().await.unwrap();
        execute(db, version(1, 4).insert()).await.unwrap();
    });
}

#[test]
fn two_runs_of_a_chapter_at_once_make_one() {
    colophon_test_support::run(Engine::Postgres, |database: TestDatabase| async move {
        let db = story::tell(&database).await;
        let first = db.begin().await.unwrap();
        first.execute_unprepared(&run(4, 1).insert()).await.unwrap();
        let mut second = tokio::spawn(execute(db.clone(), run(4, 1).insert()));
        assert!(timeout(SHORT, &mut second).await.is_err());
        first.commit().await.unwrap();
        assert!(second.await.unwrap().unwrap_err().contains("chapter_translations_active"));
    });
}

#[test]
fn a_run_is_not_completed_past_a_segment_still_coming() {
    colophon_test_support::run(Engine::Postgres, |database: TestDatabase| async move {
        let db = story::tell(&database).await;
        execute(db.clone(), finished_attempt(4, 2).insert()).await.unwrap();
        let show =
            "UPDATE translation_segments SET status = 'completed', current_attempt_id = 5 WHERE id = 4";
        execute(db.clone(), show.to_owned()).await.unwrap();
        let complete = "UPDATE chapter_translations SET status = 'completed', segments_done = 2 WHERE id = 2";

        let adding = db.begin().await.unwrap();
        adding.execute_unprepared(&segment(2, 3).insert()).await.unwrap();
        let mut completing = tokio::spawn(execute(db.clone(), complete.to_owned()));
        assert!(timeout(SHORT, &mut completing).await.is_err(), "waits for the segment");
        adding.commit().await.unwrap();
        assert!(completing.await.unwrap().unwrap_err().contains("only when every segment has its text"));

        let blank = "UPDATE translation_segments SET status = 'running' WHERE position = 3";
        let completing = db.begin().await.unwrap();
        let third = finished_attempt(6, 2).insert();
        let show =
            "UPDATE translation_segments SET status = 'completed', current_attempt_id = 6 WHERE id = 6";
        completing.execute_unprepared(&third).await.unwrap();
        completing.execute_unprepared(show).await.unwrap();
        completing.execute_unprepared(complete).await.unwrap();
        let mut adding = tokio::spawn(execute(db.clone(), segment(2, 4).insert()));
        assert!(timeout(SHORT, &mut adding).await.is_err(), "waits for the run");
        completing.commit().await.unwrap();
        assert!(adding.await.unwrap().unwrap_err().contains("gets no more segments"));
        assert!(execute(db, blank.to_owned()).await.unwrap_err().contains("never loses its text"));
    });
}
