//! A database as an earlier version of Colophon left it.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement, TransactionTrait};

use crate::database::{Engine, Unmigrated};

/// Rows of the version before migration 14: eight runs of one work, with attempts that ended in every way of
/// that version. They include a person's text, a restored text, and a prompt whose versions define a variable
/// (`volume_title`) that later versions have as a built-in one.
const HISTORY_13: &str = include_str!("../fixtures/history_13.sql");
/// How many migrations that version had.
const STEPS: u32 = 13;
/// Its tables with rows, parents first.
const TABLES: [&str; 10] = [
    "works",
    "chapters",
    "prompts",
    "prompt_versions",
    "chapter_translations",
    "translation_segments",
    "segment_attempts",
    "run_events",
    "retranslations",
    "audit_log",
];

impl Unmigrated {
    /// Applies the first 13 migrations and fills the database with rows of that version.
    ///
    /// # Panics
    /// If that fails.
    pub async fn load_history_13(&self) -> DatabaseConnection {
        let db = self.0.connect().await;
        colophon_migration::up(&db, Some(STEPS)).await.expect("the migrations apply");
        let transaction = db.begin().await.expect("a transaction");
        match self.0.engine() {
            Engine::Sqlite => fill_sqlite(&transaction).await,
            Engine::Postgres => fill_postgres(&transaction).await,
        }
        transaction.commit().await.expect("the rows fit together");
        db
    }
}

/// Fills SQLite without its triggers, which refuse rows of ended runs.
async fn fill_sqlite(db: &DatabaseTransaction) {
    execute(db, "PRAGMA defer_foreign_keys = ON").await;
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
    let triggers = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let triggers = triggers.expect("the triggers");
    for trigger in &triggers {
        let name: String = trigger.try_get("", "name").expect("a name");
        execute(db, &format!("DROP TRIGGER {name}")).await;
    }
    execute(db, &HISTORY_13.replace("{overriding}", "")).await;
    for trigger in &triggers {
        execute(db, &trigger.try_get::<String>("", "sql").expect("a statement")).await;
    }
}

/// Fills PostgreSQL without its triggers, and sets the sequences after the given ids.
async fn fill_postgres(db: &DatabaseTransaction) {
    for table in TABLES {
        execute(db, &format!("ALTER TABLE {table} DISABLE TRIGGER ALL")).await;
    }
    execute(db, &HISTORY_13.replace("{overriding}", "OVERRIDING SYSTEM VALUE")).await;
    for table in TABLES {
        execute(db, &format!("ALTER TABLE {table} ENABLE TRIGGER ALL")).await;
        if table != "run_events" {
            let next = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            );
            execute(db, &next).await;
        }
    }
    let always = "DO $$ DECLARE guard RECORD; BEGIN
        FOR guard IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE NOT tgisinternal LOOP
          EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.name, guard.tgname);
        END LOOP; END $$";
    execute(db, always).await;
}

async fn execute(db: &DatabaseTransaction, sql: &str) {
    if let Err(error) = db.execute_unprepared(sql).await {
        panic!("{}: {error}", sql.chars().take(200).collect::<String>());
    }
}
