//! Opening, locking, and what becomes of a database that fails.

use crate::fixture::{Fresh, new_work, next};
use colophon_contract::{Code, RenamePrompt};
use colophon_domain::{Db, Error, Options, hot, prompt, work};
use colophon_test_support::{Engine, Fixture, on_both_engines};
use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use tokio::task::JoinSet;

async fn connect(url: &str) -> colophon_domain::Result<Db> {
    Db::connect(&Options { url: url.into(), acquire_timeout_s: 1, ..Options::default() }).await
}

async fn pragma(db: &Db, name: &str) -> String {
    let read = async |conn: &sea_orm::DatabaseConnection| {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await;
        row.expect("reads").expect("a row").try_get_by_index::<String>(0).expect("text")
    };
    let (reader, writer) = (read(db.read()).await, read(db.write_connection()).await);
    assert_eq!(reader, writer, "{name}");
    reader
}

#[tokio::test]
async fn an_sqlite_file_is_made_with_its_folder_and_durable_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a/b/colophon.db");
    let db = connect(&format!("sqlite://{}", file.display())).await.expect("connects");
    assert!(file.is_file());
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        assert_eq!(pragma(&db, name).await, value, "{name}");
    }
    let refused = db.read().execute_unprepared("CREATE TABLE t (a)").await;
    assert!(refused.is_err(), "readers only read");
    db.read().execute_unprepared("SELECT 1").await.expect("answers");
    db.close().await.expect("closes");
}

#[tokio::test]
async fn a_second_server_of_a_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("colophon.db").display());
    let (first, second) = (connect(&url).await.expect("connects"), connect(&url).await.expect("connects"));
    let lock = first.lock_for_serving().expect("locks");
    assert!(matches!(second.lock_for_serving(), Err(Error::AlreadyServed { .. })));
    second
        .write_connection()
        .execute_unprepared("CREATE TABLE t (a)")
        .await
        .expect("commands may write beside");
    drop(lock);
    second.lock_for_serving().expect("locks");
}

#[tokio::test]
async fn addresses_of_no_known_kind_are_refused() {
    for url in ["mysql://x", "colophon.db", "sqlite::memory:", "", "postgres://["] {
        assert!(matches!(connect(url).await, Err(Error::Configuration(_))), "{url}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let refused = connect("postgres://colophon@localhost/colophon?host=/nonexistent").await;
    assert_eq!(refused.map(|_| ()).expect_err("no server").code(), Code::DatabaseUnavailable);
}

#[tokio::test]
async fn what_sqlite_undoes_by_itself_does_not_swallow_the_next_transaction() {
    let fresh = Fresh::fresh(Engine::Sqlite).await;
    let undone = fresh.db.write_connection().begin().await.expect("begins");
    // As a full disk or a failing one has it: SQLite is outside of the transaction, and its driver does not know.
    undone.execute_unprepared("ROLLBACK").await.expect("undone");
    undone.commit().await.expect_err("nothing to commit");

    let txn = fresh.db.begin_write().await.expect("begins");
    let other = fresh.place.connect().await;
    let lock = "PRAGMA busy_timeout = 0; BEGIN IMMEDIATE";
    assert!(other.execute_unprepared(lock).await.is_err(), "the lock for writing is ours");
    work::create_work(&txn, &new_work("星")).await.expect("a work");
    txn.commit().await.expect("commits");
    let count = Statement::from_string(other.get_database_backend(), "SELECT count(*) FROM works");
    let row = other.query_one_raw(count).await.expect("reads").expect("a row");
    assert_eq!(row.try_get_by_index::<i64>(0).expect("a count"), 1, "others see it");
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_leaves_no_trace() {
    let fresh = Fresh::fresh(Engine::Sqlite).await;
    fresh.work().await;
    let conn = fresh.db.write_connection();
    // As many pages as there are: the next row that needs one finds the disk full.
    conn.execute_unprepared("PRAGMA max_page_count = 1").await.expect("set");
    let mut new = new_work("夜");
    let full = loop {
        new.author = "x".repeat(250);
        let txn = fresh.db.begin_write().await.expect("begins");
        match work::create_work(&txn, &new).await {
            Ok(_) => txn.commit().await.expect("commits"),
            Err(error) => break error,
        }
    };
    assert_eq!(full.code(), Code::DatabaseUnavailable);
    conn.execute_unprepared("PRAGMA max_page_count = 1000000").await.expect("set");
    fresh.work().await;
}

#[tokio::test]
async fn versions_that_share_a_transaction_share_a_full_disk_and_nothing_else() {
    let fresh = Fresh::fresh(Engine::Sqlite).await;
    let conn = fresh.db.write_connection();
    let mut works = Vec::new();
    for _ in 0..16 {
        let id = fresh.work().await;
        fresh.prompt(id).await;
        works.push(id);
    }
    let append = async |id: i64| {
        let template = format!("{{source_text}}{}", "x".repeat(20_000));
        fresh.append(id, &next(&template, 1)).await
    };
    conn.execute_unprepared("PRAGMA max_page_count = 1").await.expect("set");
    for refused in futures::future::join_all(works.iter().map(|id| append(*id))).await {
        assert_eq!(refused.expect_err("no room").code(), Code::DatabaseUnavailable);
    }
    conn.execute_unprepared("PRAGMA max_page_count = 1000000").await.expect("set");
    // Of those for the same prompt one is stored, whoever shares its transaction.
    let twice = works.iter().chain(&works);
    let outcomes = futures::future::join_all(twice.map(|id| append(*id))).await;
    let (stored, stale): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(stored.len(), works.len());
    assert!(stale.iter().all(|stale| matches!(stale, Err(Error::StaleBaseVersion(_)))), "{stale:?}");
    for id in works {
        let latest = prompt::get_prompt(&fresh.db, id).await.expect("reads").latest_version;
        assert_eq!(latest.number, 2);
    }
}

/// A statement that counts for ever.
const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

/// A second connection to a test's database, whose statements may take a second.
async fn impatient(fresh: &Fresh) -> Db {
    let url = fresh.place.url().to_owned();
    let options = Options { url, max_connections: 2, statement_timeout_s: 1, ..Options::default() };
    Db::connect(&options).await.expect("connects")
}

#[on_both_engines]
async fn a_statement_that_takes_too_long_is_ended_and_says_so(fresh: Fresh) {
    let db = impatient(&fresh).await;
    for _ in 0..3 {
        let ended =
            db.read().query_one_raw(Statement::from_string(db.read().get_database_backend(), ENDLESS)).await;
        assert_eq!(Error::from(ended.expect_err("ended")).code(), Code::DatabaseUnavailable);
    }
    // The connections go on, and each has its time anew.
    for _ in 0..4 {
        db.check_readiness().await.expect("answers");
    }
    db.close().await.expect("closes");
}

#[on_both_engines]
async fn a_locked_table_is_not_waited_for_without_end(fresh: Fresh) {
    if fresh.place.engine() == Engine::Sqlite {
        // Readers wait for nobody there.
        return;
    }
    let db = impatient(&fresh).await;
    db.check_readiness().await.expect("answers");
    let holder = fresh.db.write_connection().begin().await.expect("begins");
    holder.execute_unprepared("LOCK TABLE works IN ACCESS EXCLUSIVE MODE").await.expect("locked");
    let ready = db.check_readiness().await.expect_err("locked");
    assert_eq!(ready.code(), Code::DatabaseUnavailable);
    let listed = work::list_works(&db, None, None, &colophon_domain::PageRequest::default()).await;
    assert_eq!(listed.map(|_| ()).expect_err("locked").code(), Code::DatabaseUnavailable);
    holder.rollback().await.expect("undone");
    db.check_readiness().await.expect("answers again");
    db.close().await.expect("closes");
}

#[on_both_engines]
async fn a_transaction_dropped_leaves_no_trace(fresh: Fresh) {
    let txn = fresh.db.begin_write().await.expect("begins");
    let made = work::create_work(&txn, &new_work("夜")).await.expect("a work");
    drop(txn);
    assert!(work::get_work(&fresh.db, made.id).await.is_err());
    fresh.work().await;
}

#[on_both_engines]
async fn the_database_says_what_time_it_is(fresh: Fresh) {
    let ours = colophon_domain::time::now();
    let theirs = fresh.db.now().await.expect("a time");
    assert!((theirs - ours).abs() < chrono::TimeDelta::seconds(5));
}

#[on_both_engines]
async fn a_closed_database_is_unavailable(fresh: Fresh) {
    let db = fresh.db.clone();
    fresh.db.close().await.expect("closes");
    let refused = work::get_work(&db, 1).await.expect_err("closed");
    assert_eq!(refused.code(), Code::DatabaseUnavailable);
    let refused = db.begin_write().await.map(|_| ()).expect_err("closed");
    assert_eq!(refused.code(), Code::DatabaseUnavailable);
    let refused = hot::get_prompt_head(&db, 1).await.expect_err("closed");
    assert_eq!(refused.code(), Code::DatabaseUnavailable);
}

#[on_both_engines]
async fn a_lookup_sees_what_was_committed_just_before(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    for n in 0..20 {
        let name = format!("name {n}");
        let txn = fresh.db.begin_write().await.expect("begins");
        prompt::rename_prompt(&txn, id, &RenamePrompt { name: name.clone() }).await.expect("renames");
        let before = hot::get_prompt_head(&fresh.db, id).await.expect("reads").tag.name;
        assert_ne!(before, name, "not before it is committed");
        txn.commit().await.expect("commits");
        assert_eq!(hot::get_prompt_head(&fresh.db, id).await.expect("reads").tag.name, name);
    }
}

#[on_both_engines]
async fn readers_that_go_away_leave_lookups_open(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    for stay in [false, true] {
        let mut readers = JoinSet::new();
        for n in 0..64 {
            let db = fresh.db.clone();
            readers.spawn(async move { hot::get_prompt_head(&db, id).await.map(|head| head.tag.id) });
            if n % 8 == 7 && !stay {
                // Some are waiting for a connection, some for an answer.
                tokio::task::yield_now().await;
                readers.abort_all();
            }
        }
        while let Some(read) = readers.join_next().await {
            match read {
                Ok(read) => assert_eq!(read.expect("reads"), 1),
                Err(gone) => assert!(gone.is_cancelled() && !stay, "{gone}"),
            }
        }
    }
}

#[on_both_engines]
async fn a_lookup_outlives_a_connection_that_was_cut(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    hot::get_prompt_head(&fresh.db, id).await.expect("reads");
    if fresh.db.engine() == colophon_domain::Engine::Postgres {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
        fresh.place.connect().await.execute_unprepared(cut).await.expect("cuts");
    }
    hot::get_prompt_head(&fresh.db, id).await.expect("reads by another one");
}
