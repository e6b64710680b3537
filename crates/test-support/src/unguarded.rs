//! A database in the hands of somebody who drops what guards it.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};

use crate::database::{Engine, TestDatabase};

/// The tables that hold a history, whose rows are kept and put back.
const TABLES: [&str; 7] = [
    "prompts",
    "prompt_versions",
    "chapter_translations",
    "translation_segments",
    "segment_attempts",
    "run_events",
    "retranslations",
];

/// A connection to a database without triggers, checks and foreign keys. They stay gone.
#[derive(Debug)]
pub struct Unguarded {
    db: DatabaseConnection,
    engine: Engine,
}

impl TestDatabase {
    /// Drops what guards the database.
    ///
    /// # Panics
    /// Where that fails.
    pub async fn unguard(&self) -> Unguarded {
        let mut options = ConnectOptions::new(self.url());
        // What SQLite is told here holds for one connection.
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.expect("the test's database can be opened");
        let unguarded = Unguarded { db, engine: self.engine() };
        match self.engine() {
            Engine::Sqlite => {
                for name in unguarded.texts("SELECT name FROM sqlite_schema WHERE type = 'trigger'").await {
                    unguarded.execute(&format!("DROP TRIGGER {name}")).await;
                }
                unguarded.execute("PRAGMA foreign_keys = OFF").await;
                unguarded.execute("PRAGMA ignore_check_constraints = ON").await;
            }
            Engine::Postgres => {
                let drops =
                    "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger
                    WHERE NOT tgisinternal
                    UNION ALL SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
                    FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace
                        AND conrelid <> 0";
                for drop in unguarded.texts(drops).await {
                    unguarded.execute(&drop).await;
                }
            }
        }
        unguarded
    }
}

impl Unguarded {
    /// Runs a statement, or several.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn execute(&self, sql: &str) {
        if let Err(error) = self.db.execute_unprepared(sql).await {
            panic!("{sql}: {error}");
        }
    }

    /// Runs a statement that the types of columns may refuse; whether they did not.
    pub async fn try_to(&self, sql: &str) -> bool {
        self.db.execute_unprepared(sql).await.is_ok()
    }

    /// The whole number that a statement gives.
    ///
    /// # Panics
    /// Where it gives none.
    pub async fn number(&self, sql: &str) -> i64 {
        let row = self.db.query_one_raw(Statement::from_string(self.db.get_database_backend(), sql)).await;
        let row = row.expect("the tests' own statement succeeds").expect("a row");
        let narrow = || row.try_get_by_index::<i32>(0).map(i64::from);
        row.try_get_by_index(0).or_else(|_| narrow()).expect("a whole number")
    }

    /// The texts that a statement gives.
    ///
    /// # Panics
    /// Where it gives others.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.db.query_all_raw(Statement::from_string(self.db.get_database_backend(), sql)).await;
        let rows = rows.expect("the tests' own statement succeeds");
        rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
    }

    /// The names of a table's columns.
    ///
    /// # Panics
    /// Where the database cannot be read.
    pub async fn columns(&self, table: &str) -> Vec<String> {
        let sql = match self.engine {
            Engine::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
            Engine::Postgres => format!(
                "SELECT column_name::text FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name = '{table}'"
            ),
        };
        self.texts(&sql).await
    }

    /// Keeps the rows of the history as they are now.
    ///
    /// # Panics
    /// Where that fails.
    pub async fn keep(&self) {
        for table in TABLES {
            self.execute(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
        }
    }

    /// Whether any row of a table is not as it was kept.
    ///
    /// # Panics
    /// Where that cannot be told.
    pub async fn is_changed(&self, table: &str) -> bool {
        let sql = format!(
            "SELECT CASE WHEN EXISTS (SELECT * FROM {table} EXCEPT SELECT * FROM kept_{table}) THEN 1 ELSE 0 END"
        );
        self.number(&sql).await == 1
    }

    /// Puts the rows back that were kept.
    ///
    /// # Panics
    /// Where that fails.
    pub async fn put_back(&self) {
        for table in TABLES {
            self.execute(&format!("DELETE FROM {table}")).await;
            self.execute(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
        }
    }
}
