//! A migrated database with something of everything in it.

use colophon_test_support::TestDatabase;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};

use crate::row::NOW;
use crate::row::{
    attempt, chapter, edit, event, finished_attempt, hash, prompt, run, segment, version, work,
};

/// How many migrations there are.
pub(crate) const STEPS: usize = 17;

/// How many there are from the one on that gave runs what they are made with and by.
pub(crate) const SINCE_CONTEXT: u32 = 11;

/// How many there are from the one on that hashed what rows said.
pub(crate) const SINCE_WITNESSES: u32 = 5;

/// How many there are from the one on that made room for what an answer holds beside its text.
pub(crate) const SINCE_ANSWERS: u32 = 4;

/// How many there are from the one on that gave tokens scopes.
pub(crate) const SINCE_ACCESS: u32 = 6;

/// How many there are from the one on that lets a segment have one attempt under way.
pub(crate) const SINCE_ONE_RUNNING: u32 = 2;

/// Ids, by their order here, from 1.
///
/// | what | rows |
/// | --- | --- |
/// | works | 1, 2 |
/// | chapters | 1, 2, 4 of work 1; 3 of work 2 |
/// | prompts | 1 of work 1, 2 of work 2 |
/// | versions | 1 and 2 of prompt 1 (numbers 1, 2); 3 of prompt 2 (number 1) |
/// | runs | 1 completed (chapter 1, version 1); 2 running (chapter 2, version 2); 3 failed (chapter 3, version 3) |
/// | segments | run 1: 1 completed, 2 blank; run 2: 3 completed, 4 running; run 3: 5 failed |
/// | attempts | 1 of segment 1, by a model; 2 of 3, by a person; 3 of 4, under way; 4 of 5, failed |
/// | events | 1 and 2 of run 1 |
pub(crate) async fn tell(database: &TestDatabase) -> DatabaseConnection {
    let db = database.connect().await;
    let complete = |id: i64, attempt: i64| {
        format!(
            "UPDATE translation_segments SET status = 'completed', current_attempt_id = {attempt} WHERE id = {id}"
        )
    };
    let statements = [
        work().insert(),
        work().insert(),
        chapter(1, 1).insert(),
        chapter(1, 2).insert(),
        chapter(2, 1).insert(),
        chapter(1, 3).insert(),
        prompt(1).insert(),
        prompt(2).insert(),
        version(1, 1).insert(),
        version(1, 2).set("model", "'demo-2'").insert(),
        version(2, 1).insert(),
        run(1, 1).insert(),
        run(2, 2).set("model_snapshot", "'demo-2'").insert(),
        run(3, 3).insert(),
        segment(1, 1).insert(),
        segment(1, 2).set("source_text", "'\u{3000}\n\u{85}'").set("status", "'blank'").insert(),
        segment(2, 1).insert(),
        segment(2, 2).insert(),
        segment(3, 1).insert(),
        finished_attempt(1, 1).insert(),
        edit(3).insert(),
        attempt(4, 2).insert(),
        attempt(5, 3).insert(),
        format!(
            "UPDATE segment_attempts SET status = 'failed', error_code = 'provider_error', finished_at = {NOW} WHERE id = 4"
        ),
        complete(1, 1),
        complete(3, 2),
        "UPDATE translation_segments SET status = 'running' WHERE id = 4".to_owned(),
        "UPDATE translation_segments SET status = 'failed', error_code = 'provider_error' WHERE id = 5"
            .to_owned(),
        format!("UPDATE chapter_translations SET status = 'running', started_at = {NOW}"),
        format!(
            "UPDATE chapter_translations SET status = 'completed', segments_done = 2, finished_at = {NOW} WHERE id = 1"
        ),
        format!(
            "UPDATE chapter_translations SET status = 'failed', error_code = 'provider_error', finished_at = {NOW} WHERE id = 3"
        ),
        event(1, 1).insert(),
        event(1, 2).insert(),
        format!(
            "INSERT INTO users (name, name_key, password_hash, role, created_at, password_set_at)
             VALUES ('Ada', 'ada', 'x', 'admin', {NOW}, {NOW})"
        ),
        format!(
            "INSERT INTO sessions (token_sha256, user_id, created_at, expires_at) VALUES ({}, 1, {NOW}, {NOW})",
            hash('f')
        ),
    ];
    for statement in statements {
        db.execute_unprepared(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    db
}

/// One number.
pub(crate) async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    text(db, &format!("SELECT CAST(({sql}) AS TEXT)")).await.parse().unwrap()
}

/// One text.
pub(crate) async fn text(db: &DatabaseConnection, sql: &str) -> String {
    rows(db, sql).await.remove(0).remove(0).unwrap()
}

/// Rows of texts: cast what is none.
pub(crate) async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<Vec<Option<String>>> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let width = |row: &QueryResult| row.column_names().len();
    rows.iter().map(|row| (0..width(row)).map(|at| row.try_get_by_index(at).unwrap()).collect()).collect()
}

/// The tables but for the list of migrations.
pub(crate) async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'seaql_migrations' ORDER BY 1"
        }
        _ => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()
             AND table_name <> 'seaql_migrations' ORDER BY 1"
        }
    };
    rows(db, sql).await.into_iter().map(|mut row| row.remove(0).unwrap()).collect()
}

/// All of the schema that is ours, in words: columns, indexes, triggers; on PostgreSQL constraints, defaults and
/// functions too.
pub(crate) async fn schema(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT what FROM (
               SELECT type || ' ' || sql AS what FROM sqlite_schema
                 WHERE type <> 'table' AND sql IS NOT NULL
               UNION ALL SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk
                 FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
             ) WHERE what NOT LIKE '%seaql_migrations%' ORDER BY what"
        }
        _ => {
            "SELECT what FROM (
               SELECT format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS what
                 FROM information_schema.columns WHERE table_schema = current_schema()
               UNION ALL SELECT format('constraint %s %s', conname, pg_get_constraintdef(oid))
                 FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
               UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
               UNION ALL SELECT format('%s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
               UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
             ) AS parts WHERE what NOT LIKE '%seaql_migrations%' ORDER BY what"
        }
    };
    let parts = rows(db, sql).await.into_iter().map(|mut row| row.remove(0).unwrap());
    parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
