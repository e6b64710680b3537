//! A table that somebody holds locked, on PostgreSQL.

use std::time::{Duration, Instant};

use colophon_test_support::{Engine, TestDatabase, run};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use tempfile::TempDir;

use super::{PATIENCE, Server};

/// The statement timeout of the server here.
const SETTINGS: &str = "[database]\nstatement_timeout_s = 2\n";

#[test]
fn a_locked_table_costs_an_error_within_the_statement_timeout() {
    run(Engine::Postgres, async |database: TestDatabase| {
        let folder = TempDir::with_prefix("colophon-bounds-").expect("a folder");
        let server = Server::start_on(folder, database.url(), SETTINGS).await;
        let (work, chapter) = server.chapter().await;
        let raw = database.connect().await;
        // Each table that these requests read.
        for (table, path) in [
            ("api_tokens", "/api/v1/works".to_owned()),
            ("works", "/api/v1/works".to_owned()),
            ("works", "/api/v1/works?query=w".to_owned()),
            ("chapters", format!("/api/v1/works/{work}/chapters")),
            ("chapters", format!("/api/v1/works/{work}/chapters/{chapter}")),
            ("chapter_translations", format!("/api/v1/works/{work}/chapters/{chapter}/translations")),
            ("prompts", format!("/api/v1/works/{work}/prompt")),
        ] {
            let txn = raw.begin().await.expect("a transaction");
            txn.execute_unprepared(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
                .await
                .expect("locked");
            let begun = Instant::now();
            let many = (0..40).map(|_| server.send("GET", &path, ""));
            let (answers, ready, health) = tokio::join!(
                tokio::time::timeout(PATIENCE, futures::future::join_all(many)),
                server.try_get("/readyz"),
                server.try_get("/healthz"),
            );
            for answer in answers.expect("each is answered, though the lock is held") {
                let is_told = answer.contains("\"database_unavailable\"") || answer.contains("\"busy\"");
                assert!(answer.starts_with("HTTP/1.1 503") && is_told, "{table}: {answer}");
            }
            // Two statements one after the other, each of 2 s, after waiting for a connection for 10 s at most.
            assert!(begun.elapsed() < Duration::from_secs(30), "{table}: {:?}", begun.elapsed());
            assert!(ready.is_some_and(|answer| answer.starts_with("HTTP/1.1 503")), "{table}: not ready");
            assert!(health.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")), "{table}: alive");
            txn.rollback().await.expect("released");
            let recovered = async {
                while !server
                    .try_get("/readyz")
                    .await
                    .is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
                {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            tokio::time::timeout(PATIENCE, recovered).await.expect("ready again");
            let answer = server.send("GET", &path, "").await;
            let is_answered = ["200", "404"].iter().any(|it| answer.starts_with(&format!("HTTP/1.1 {it}")));
            assert!(is_answered, "{table}: {answer}");
        }
    });
}
