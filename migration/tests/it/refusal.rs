//! Statements that the database must refuse, each tried alone on the rows of [`crate::story`].

use colophon_test_support::{Engine, TestDatabase};
use sea_orm_migration::sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, TransactionTrait,
};

use crate::story;

/// A statement that must be refused.
pub(crate) struct Refusal {
    name: &'static str,
    engine: Option<Engine>,
    before: Vec<String>,
    statement: String,
    message: &'static str,
    by_trigger: bool,
}

/// What the statement is and what must be in the answer (one of several between `|`).
pub(crate) fn refusal(name: &'static str, statement: impl Into<String>, message: &'static str) -> Refusal {
    let by_trigger = message.starts_with("colophon: ");
    Refusal { name, engine: None, before: Vec::new(), statement: statement.into(), message, by_trigger }
}

impl Refusal {
    /// It makes sense on one engine only.
    pub(crate) fn on(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// A statement that must be accepted first.
    pub(crate) fn after(mut self, statement: impl Into<String>) -> Self {
        self.before.push(statement.into());
        self
    }
}

/// Tries each: as the application is connected, and, for what triggers refuse, with all else off (SQLite: no
/// foreign keys; PostgreSQL: as a replica, where neither foreign keys nor ordinary triggers are heeded).
pub(crate) async fn all_are_refused(database: &TestDatabase, refusals: Vec<Refusal>) {
    let guarded = story::tell(database).await;
    let bare = connect_bare(database).await;
    let mut wrong = Vec::new();
    for refusal in &refusals {
        if refusal.engine.is_some_and(|engine| engine != database.engine()) {
            continue;
        }
        wrong.extend(try_one(&guarded, refusal).await.map(|what| format!("{}: {what}", refusal.name)));
        if refusal.by_trigger {
            wrong
                .extend(try_one(&bare, refusal).await.map(|what| format!("{} (bare): {what}", refusal.name)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What went wrong, if anything.
async fn try_one(db: &DatabaseConnection, refusal: &Refusal) -> Option<String> {
    let transaction = db.begin().await.unwrap();
    for statement in &refusal.before {
        if let Err(error) = transaction.execute_unprepared(statement).await {
            return Some(format!("the set-up failed: {error}"));
        }
    }
    let result = transaction.execute_unprepared(&refusal.statement).await;
    transaction.rollback().await.unwrap();
    match result {
        Ok(_) => Some("was accepted".to_owned()),
        Err(error) if refusal.message.split('|').any(|message| error.to_string().contains(message)) => None,
        Err(error) => Some(format!("was refused with {error}")),
    }
}

async fn connect_bare(database: &TestDatabase) -> DatabaseConnection {
    let mut options = ConnectOptions::new(database.url());
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let bare = match database.engine() {
        Engine::Sqlite => "PRAGMA foreign_keys = OFF",
        Engine::Postgres => "SET session_replication_role = replica",
    };
    db.execute_unprepared(bare).await.unwrap();
    db
}
