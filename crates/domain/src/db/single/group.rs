//! Group commit on SQLite: statements of one row that come while another transaction is being made durable share
//! the next one. Making it durable is what a small write waits for, and it takes no longer for thirty rows than
//! for one. PostgreSQL does this itself (`commit_delay` and below).

use super::Bound;
use crate::{db::statement, error::is_constraint_violation};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, QueryResult, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, Value,
};
use tokio::sync::{mpsc, oneshot};

/// Statements in one transaction at most, and waiting for one: whoever comes later waits to wait.
const GROUP: usize = 64;

/// The way to the task that writes.
#[derive(Debug, Clone)]
pub(crate) struct Group(mpsc::Sender<Job>);

#[derive(Debug)]
struct Job {
    sql: &'static str,
    values: Vec<Value>,
    reply: oneshot::Sender<Result<QueryResult, DbErr>>,
}

impl Group {
    /// The task ends with the last of its clones.
    pub(super) fn start(write: DatabaseConnection) -> Self {
        let (sender, mut jobs) = mpsc::channel(GROUP);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(GROUP);
            while jobs.recv_many(&mut group, GROUP).await > 0 {
                commit(&write, std::mem::take(&mut group)).await;
            }
        });
        Self(sender)
    }

    /// Carries out a statement that gives one row back, durably.
    pub(super) async fn insert(&self, sql: &'static str, bound: &[Bound<'_>]) -> Result<QueryResult, DbErr> {
        let (reply, answer) = oneshot::channel();
        let values = bound.iter().map(|bound| (*bound).into()).collect();
        let gone = || DbErr::Conn(RuntimeErr::Internal("the database was closed".to_owned()));
        self.0.send(Job { sql, values, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Carries them out in one transaction and tells each of its outcome once it is durable. One that the database
/// refuses leaves the others as they are: SQLite takes back the statement, not the transaction.
async fn commit(write: &DatabaseConnection, group: Vec<Job>) {
    let (jobs, statements): (Vec<_>, Vec<_>) =
        group.into_iter().map(|job| (job.reply, (job.sql, job.values))).unzip();
    match carry_out(write, statements).await {
        Ok(outcomes) => {
            for (reply, outcome) in jobs.into_iter().zip(outcomes) {
                // Who asked may have gone; the row is there.
                reply.send(outcome).ok();
            }
        }
        Err(error) => {
            let message = error.to_string();
            let mut error = Some(error);
            for reply in jobs {
                let shared = || DbErr::Conn(RuntimeErr::Internal(message.clone()));
                reply.send(Err(error.take().unwrap_or_else(shared))).ok();
            }
        }
    }
}

async fn carry_out(
    write: &DatabaseConnection,
    statements: Vec<(&'static str, Vec<Value>)>,
) -> Result<Vec<Result<QueryResult, DbErr>>, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let txn = write.begin_with_options(options).await?;
    let mut outcomes = Vec::with_capacity(statements.len());
    for (sql, values) in statements {
        let row = txn.query_one_raw(statement(&txn, sql, values)).await;
        let row = row.and_then(|row| row.ok_or_else(|| DbErr::RecordNotInserted));
        if let Err(error) = &row
            && !is_constraint_violation(error)
        {
            // A full disk or the like: SQLite may have undone all of it.
            txn.rollback().await.ok();
            return row.map(|_| Vec::new());
        }
        outcomes.push(row);
    }
    txn.commit().await?;
    Ok(outcomes)
}
