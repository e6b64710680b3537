use crate::stage::{CHAPTER, Stage, read};
use colophon_contract::{RunEvent, RunStatus};
use colophon_provider::fake::Pace;
use colophon_test_support::{Engine, on_both_engines};
use sea_orm::ConnectionTrait as _;
use std::time::Duration;

/// Takes the database away for a while: all connections cut, again and again, or a lock held for longer than
/// writers wait.
async fn disturb(stage: &Stage) {
    let other = stage.database.connect().await;
    match stage.database.engine() {
        Engine::Sqlite => {
            // One connection for both statements.
            let hold = "BEGIN IMMEDIATE";
            let txn = other.get_sqlite_connection_pool().acquire().await;
            let mut txn = txn.expect("a connection");
            sea_orm::sqlx::raw_sql(hold).execute(&mut *txn).await.expect("locked");
            tokio::time::sleep(Duration::from_secs(6)).await;
            sea_orm::sqlx::raw_sql("ROLLBACK").execute(&mut *txn).await.expect("released");
        }
        Engine::Postgres => {
            let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
            for _ in 0..20 {
                other.execute_unprepared(cut).await.expect("cut");
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
    }
}

#[on_both_engines]
async fn a_run_bears_with_a_database_that_is_away_for_a_while(stage: Stage) {
    let runner = stage.runner().await;
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(15) });
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    stage.until_checkpoint(run.id).await;
    let reader = runner.subscribe(run.id, None).await.expect("a subscription");
    let (events, ()) = tokio::join!(read(reader), disturb(&stage));
    assert!(matches!(events.last(), Some((_, RunEvent::TranslationComplete(_)))), "{events:?}");
    let run = stage.ended(run.id).await;
    assert_eq!((run.status, run.progress.done), (RunStatus::Completed, 3));
    assert_eq!(stage.fake.total(), 3, "nothing is paid for twice");
    assert_eq!(stage.attempts("a.id", run.id).await.len(), 3);
}
