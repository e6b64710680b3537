use crate::stage::{CHAPTER, Stage, actor};
use colophon_domain::run::get_replay;
use colophon_test_support::on_both_engines;
use futures::FutureExt as _;
use std::time::Duration;

#[on_both_engines]
async fn readers_who_leave_in_the_midst_of_a_query_harm_nobody(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    stage.ended(run.id).await;
    for micros in (0..3_000).step_by(10) {
        let reading = get_replay(&stage.db, run.id, 0);
        let _ = tokio::time::timeout(Duration::from_micros(micros), reading).await;
        // One that is polled once and then dropped.
        let _ = get_replay(&stage.db, run.id, 0).now_or_never();
    }
    for _ in 0..50 {
        let replay = get_replay(&stage.db, run.id, 0).await.expect("the connections are well");
        assert_eq!(replay.last_seq, 9);
        let txn = stage.db.begin_write_by(actor()).await.expect("a transaction");
        txn.rollback().await.expect("undone");
    }
    let open = "SELECT count(*) AS n FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND $1 > 0";
    if stage.database.engine() == colophon_test_support::Engine::Postgres {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let rows = stage.rows(open, run.id).await;
        assert_eq!(rows[0].try_get::<i64>("", "n").expect("a count"), 0, "transactions left open");
    }
}
