//! Up, down, and when they are refused.

use colophon_migration::{Error, Force, Status, down, pending, status, up};
use colophon_test_support::{Engine, TestDatabase, Unmigrated, on_both_engines};
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::story;

#[on_both_engines]
async fn up_and_down_and_up_again(db: Unmigrated) {
    let db = db.0.connect().await;
    let empty = story::schema(&db).await;
    assert!(status(&db).await.unwrap().iter().all(|one| one.applied_at.is_none()));
    assert_eq!(story::schema(&db).await, empty, "status changes nothing");

    let applied = up(&db, None).await.unwrap();
    assert_eq!(applied.first().unwrap(), "m20261122_000001_create_works");
    assert_eq!(applied.len(), status(&db).await.unwrap().len());
    let full = story::schema(&db).await;

    let undone = down(&db, None, Force::No).await.unwrap();
    assert_eq!(undone, applied.iter().rev().cloned().collect::<Vec<_>>());
    assert!(story::tables(&db).await.is_empty());

    up(&db, None).await.unwrap();
    assert_eq!(story::schema(&db).await, full);
}

#[on_both_engines]
async fn every_step_down_undoes_its_step_up(db: Unmigrated) {
    let db = db.0.connect().await;
    let mut schemas = Vec::new();
    while !pending(&db).await.unwrap().is_empty() {
        schemas.push(story::schema(&db).await);
        assert_eq!(up(&db, Some(1)).await.unwrap().len(), 1);
    }
    // The list of migrations itself stays once it is there.
    for schema in schemas.iter().skip(1).rev() {
        assert_eq!(down(&db, Some(1), Force::No).await.unwrap().len(), 1);
        assert_eq!(&story::schema(&db).await, schema);
    }
}

#[on_both_engines]
async fn up_is_idempotent(db: TestDatabase) {
    let db = story::tell(&db).await;
    assert!(up(&db, None).await.unwrap().is_empty());
    assert!(up(&db, Some(3)).await.unwrap().is_empty());
}

#[on_both_engines]
async fn status_tells_when(db: TestDatabase) {
    let all: Vec<Status> = status(&db.connect().await).await.unwrap();
    assert!(all.iter().all(|one| one.applied_at.is_some_and(|at| at > 1_700_000_000)));
    assert!(all.is_sorted_by_key(|one| one.name.clone()));
}

#[on_both_engines]
async fn down_is_refused_where_data_would_be_lost(db: TestDatabase) {
    let db = story::tell(&db).await;
    let before = story::schema(&db).await;
    let error = down(&db, Some(story::SINCE_CONTEXT), Force::No).await.unwrap_err();
    let message = "undoing m20261122_000007_add_run_context would lose 3 translations with what they were \
                       made with and by";
    assert_eq!(error.to_string(), message);
    assert_eq!(story::schema(&db).await, before);
    assert!(pending(&db).await.unwrap().is_empty());
}

#[on_both_engines]
async fn second_records_are_lost_only_where_that_is_forced(db: TestDatabase) {
    let db = story::tell(&db).await;
    let records = [
        crate::row::attempt(1, 1)
            .set("parameter_names", r#"'{"max_tokens":"max_completion_tokens"}'"#)
            .insert(),
        crate::row::event(1, 3).set("record_sha256", crate::row::hash('a')).insert(),
    ];
    for record in records {
        db.execute_unprepared(&record).await.unwrap();
    }
    match down(&db, Some(story::SINCE_WITNESSES), Force::No).await {
        Err(Error::WouldLose { migration, lost }) => {
            assert_eq!(migration, "m20261123_000013_witness_rows");
            let names = "1 attempts with the names that their parameters were sent under";
            assert_eq!(lost, [names, "1 hashes of what rows said when events told of them"]);
        }
        other => panic!("{other:?}"),
    }
    down(&db, Some(story::SINCE_WITNESSES), Force::Yes).await.unwrap();
    up(&db, None).await.unwrap();
    assert_eq!(
        story::number(&db, "SELECT count(record_sha256) FROM run_events").await,
        0,
        "nothing is filled in"
    );
    assert_eq!(story::number(&db, "SELECT count(parameter_names) FROM segment_attempts").await, 0);
}

#[on_both_engines]
async fn a_refusal_undoes_no_step_before_it(db: TestDatabase) {
    let db = db.connect().await;
    let user = "INSERT INTO users (name, name_key, password_hash, role, created_at, password_set_at)
                    VALUES ('Ada', 'ada', 'x', 'admin', '2026-11-22T10:00:00+00:00', '2026-11-22T10:00:00+00:00')";
    db.execute_unprepared(user).await.unwrap();
    match down(&db, None, Force::No).await {
        Err(Error::WouldLose { migration, lost }) => {
            assert_eq!(migration, "m20261122_000005_create_users");
            assert_eq!(lost, ["1 users"]);
        }
        other => panic!("{other:?}"),
    }
    assert!(pending(&db).await.unwrap().is_empty());
    down(&db, Some(story::SINCE_CONTEXT), Force::No).await.unwrap();
    assert_eq!(pending(&db).await.unwrap()[0], "m20261122_000007_add_run_context");
}

#[on_both_engines]
async fn down_is_done_where_forced_and_up_again_works(db: TestDatabase) {
    let db = story::tell(&db).await;
    let full = story::schema(&db).await;
    assert_eq!(down(&db, None, Force::Yes).await.unwrap().len(), story::STEPS);
    assert!(story::tables(&db).await.is_empty());
    up(&db, None).await.unwrap();
    assert_eq!(story::schema(&db).await, full);
    assert_eq!(story::number(&db, "SELECT count(*) FROM works").await, 0);
}

#[on_both_engines]
async fn a_database_from_the_future_is_refused(db: TestDatabase) {
    let db = db.connect().await;
    let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20300101_000000_fly', 1)";
    db.execute_unprepared(future).await.unwrap();
    let newer = |error: Error| matches!(error, Error::Newer { names } if names == ["m20300101_000000_fly"]);
    assert!(newer(up(&db, None).await.unwrap_err()));
    assert!(newer(down(&db, None, Force::Yes).await.unwrap_err()));
    assert!(newer(status(&db).await.unwrap_err()));
}

#[on_both_engines]
async fn servers_that_start_at_once_migrate_once(db: Unmigrated) {
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let connection = db.0.connect().await;
        tasks.push(tokio::spawn(async move { up(&connection, None).await }));
    }
    let mut applied = Vec::new();
    for task in tasks {
        applied.push(task.await.unwrap().unwrap().len());
    }
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 0, 0, story::STEPS]);
}

#[on_both_engines]
async fn a_step_that_fails_leaves_nothing(db: Unmigrated) {
    let connection = db.0.connect().await;
    up(&connection, Some(1)).await.unwrap();
    let before = story::schema(&connection).await;
    // In the way of the second step of three.
    connection.execute_unprepared("CREATE TABLE users (id INTEGER)").await.unwrap();
    assert!(matches!(up(&connection, None).await, Err(Error::Database(_))));
    connection.execute_unprepared("DROP TABLE users").await.unwrap();
    assert_eq!(story::schema(&connection).await, before);
    assert_eq!(up(&connection, None).await.unwrap().len(), story::STEPS - 1);
}

#[on_both_engines]
async fn functions_hold_in_a_schema_of_another_name(db: Unmigrated) {
    if db.0.engine() == Engine::Sqlite {
        return;
    }
    let name = "SELECT current_database()";
    let connection = db.0.connect().await;
    let row = story::text(&connection, name).await;
    let schema = format!("CREATE SCHEMA \"Odd name\"; ALTER DATABASE {row} SET search_path = \"Odd name\"");
    connection.execute_unprepared(&schema).await.unwrap();
    let connection = db.0.connect().await;
    up(&connection, None).await.unwrap();
    let database = &db.0;
    story::tell(database).await;
    assert_eq!(down(&connection, None, Force::Yes).await.unwrap().len(), story::STEPS);
}
