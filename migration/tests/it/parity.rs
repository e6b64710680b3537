//! Both engines have the same tables, columns, nullability, unique indexes and foreign keys.

use colophon_test_support::{Engine, Fixture, TestDatabase};
use sea_orm_migration::sea_orm::DatabaseConnection;

use crate::story;

#[test]
fn the_engines_have_the_same_schema() {
    if !Engine::Postgres.is_here() {
        return;
    }
    colophon_test_support::run(Engine::Sqlite, |sqlite: TestDatabase| async move {
        let postgres = TestDatabase::fresh(Engine::Postgres).await;
        let (sqlite, postgres) = (sqlite.connect().await, postgres.connect().await);
        let tables = story::tables(&sqlite).await;
        assert_eq!(tables, story::tables(&postgres).await);
        assert_eq!(tables.len(), 15);
        for (of_sqlite, of_postgres) in
            [(COLUMNS[0], COLUMNS[1]), (KEYS[0], KEYS[1]), (INDEXES[0], INDEXES[1])]
        {
            assert_eq!(lines(&sqlite, of_sqlite).await, lines(&postgres, of_postgres).await);
        }
    });
}

async fn lines(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = story::rows(db, sql).await;
    assert!(!rows.is_empty());
    let mut lines: Vec<String> =
        rows.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect();
    lines.sort_unstable();
    lines
}

/// Table, column, whether it must be there. JSON and times are text on SQLite: types are not compared, but
/// whether they are numbers is.
const COLUMNS: [&str; 2] = [
    "SELECT t.name, c.name, CASE WHEN c.\"notnull\" OR c.pk > 0 THEN 'NO' ELSE 'YES' END,
       CASE c.type WHEN 'INTEGER' THEN 'number' ELSE 'other' END
     FROM sqlite_schema t JOIN pragma_table_info(t.name) c
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'seaql_migrations'",
    "SELECT table_name::text, column_name::text, is_nullable::text,
       CASE WHEN data_type IN ('bigint', 'integer') THEN 'number' ELSE 'other' END
     FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name <> 'seaql_migrations'",
];

const KEYS: [&str; 2] = [
    "SELECT t.name, k.\"from\", k.\"table\", k.on_delete FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) k
     WHERE t.type = 'table'",
    "SELECT c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text,
       CASE c.confdeltype WHEN 'r' THEN 'RESTRICT' ELSE 'other' END
     FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f'",
];

const INDEXES: [&str; 2] = [
    "SELECT t.name, i.name, CASE i.\"unique\" WHEN 1 THEN 'unique' ELSE '' END,
       CASE i.partial WHEN 1 THEN 'partial' ELSE '' END
     FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c'",
    "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text,
       CASE WHEN i.indisunique THEN 'unique' ELSE '' END, CASE WHEN i.indpred IS NOT NULL THEN 'partial' ELSE '' END
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary",
];
