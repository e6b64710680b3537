//! Group commit: inserts of one row that arrive during a commit share the next transaction. A small write
//! mostly waits for durability, which takes no longer for thirty rows than for one. PostgreSQL already groups
//! concurrent commits, but there most of a row's cost is the statement's. So on PostgreSQL a group is one
//! statement of many rows.

use super::{Bound, kept::Kept};
use crate::error::is_constraint_violation;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, QueryResult, RuntimeErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex, mpsc, oneshot};

/// Maximum batch size, and the channel's capacity: further senders block.
const GROUP: usize = 64;
/// Maximum batch size on PostgreSQL, where each number of rows is a separate prepared statement.
const ROWS: usize = 16;
/// Number of concurrent batches on PostgreSQL.
const WRITERS: usize = 2;

/// The SQL that inserts an independent row. Its first two columns are a key: a 64-bit and a 32-bit number.
#[derive(Debug)]
pub(crate) struct Insertion {
    /// Inserts one row and returns its id.
    pub(crate) one: String,
    /// Inserts the data that belongs to the row, in the same transaction. Its values are the row's, then the
    /// row's id.
    pub(crate) then: Option<String>,
    /// Returns the statement that inserts that many rows on PostgreSQL; their values follow each other. It
    /// skips rows whose key cannot be taken, and returns id and key of the others.
    pub(crate) many: fn(usize) -> String,
}

impl Insertion {
    /// Inserts one row. If `then` is set, `conn` must be a transaction.
    ///
    /// # Errors
    /// Returns database errors only.
    pub(crate) async fn carry_out(
        &self,
        conn: &impl ConnectionTrait,
        values: &[Bound<'_>],
    ) -> Result<QueryResult, DbErr> {
        let statement = |sql: &str, values: Vec<Value>| {
            Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
        };
        let mut values: Vec<_> = values.iter().cloned().map(Value::from).collect();
        let row = conn.query_one_raw(statement(&self.one, values.clone())).await?;
        let row = row.ok_or(DbErr::RecordNotInserted)?;
        if let Some(then) = &self.then {
            values.push(row.try_get_by_index::<i64>(0)?.into());
            let then = conn.execute_raw(statement(then, values)).await;
            // `then` was rejected, not the row. This error rolls back the whole group, so that no row is kept
            // without `then`.
            then.map_err(|error| match is_constraint_violation(&error) {
                true => DbErr::Custom(error.to_string()),
                false => error,
            })?;
        }
        Ok(row)
    }
}

/// The sender to the tasks that write.
#[derive(Debug, Clone)]
pub(crate) struct Group(mpsc::Sender<Job>);

#[derive(Debug)]
struct Job {
    insertion: &'static Insertion,
    values: Vec<Bound<'static>>,
    reply: oneshot::Sender<Result<QueryResult, DbErr>>,
}

impl Group {
    /// Starts the task that writes on SQLite. It ends when the last clone is dropped.
    pub(super) fn sqlite(write: DatabaseConnection) -> Self {
        let (sender, mut jobs) = mpsc::channel(GROUP);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(GROUP);
            while jobs.recv_many(&mut group, GROUP).await > 0 {
                commit(&write, std::mem::take(&mut group)).await;
            }
        });
        Self(sender)
    }

    /// Starts the tasks that write on PostgreSQL. They end when the last clone is dropped.
    pub(super) fn postgres(kept: &Arc<Kept>) -> Self {
        let (sender, jobs) = mpsc::channel(GROUP);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..WRITERS {
            let (kept, jobs) = (kept.clone(), jobs.clone());
            tokio::spawn(async move {
                let mut group = Vec::with_capacity(ROWS);
                while jobs.lock().await.recv_many(&mut group, ROWS).await > 0 {
                    insert_all(&kept, std::mem::take(&mut group)).await;
                }
            });
        }
        Self(sender)
    }

    /// Executes a statement that returns one row; returns once it is durable.
    pub(super) async fn insert(
        &self,
        insertion: &'static Insertion,
        bound: &[Bound<'_>],
    ) -> Result<QueryResult, DbErr> {
        let (reply, answer) = oneshot::channel();
        let values = bound.iter().cloned().map(Bound::into_owned).collect();
        let gone = || DbErr::Conn(RuntimeErr::Internal("the database was closed".to_owned()));
        self.0.send(Job { insertion, values, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Job {
    fn key(&self) -> Option<(i64, i32)> {
        match self.values.as_slice() {
            [Bound::I64(first), Bound::I32(second), ..] => Some((*first, *second)),
            _ => None,
        }
    }

    /// Sends the outcome. The caller may be gone, but the statement took effect.
    fn answer(self, outcome: Result<QueryResult, DbErr>) {
        self.reply.send(outcome).ok();
    }
}

/// Inserts as many rows as possible in one statement. The rest, which the database would reject, is tried row
/// by row.
async fn insert_all(kept: &Kept, mut jobs: Vec<Job>) {
    // Sort by key: otherwise two groups could deadlock on each other's rows.
    jobs.sort_by_key(Job::key);
    let mut alone = Vec::new();
    let mut together: Vec<Job> = Vec::with_capacity(jobs.len());
    for job in jobs {
        let fits = together.last().is_none_or(|last| {
            std::ptr::eq(last.insertion, job.insertion) && last.key().is_some() && last.key() < job.key()
        });
        if fits { together.push(job) } else { alone.push(job) }
    }
    if let [first, _, ..] = together.as_slice() {
        let sql = (first.insertion.many)(together.len());
        let values = together.iter().flat_map(|job| &job.values);
        match kept.insert_all(sql, values).await {
            Ok(rows) => {
                let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (key_of(&row), row)).collect();
                for job in together {
                    match rows.remove(&job.key()) {
                        Some(row) => job.answer(Ok(row)),
                        None => alone.push(job),
                    }
                }
            }
            Err(error) if is_constraint_violation(&error) => alone.append(&mut together),
            Err(error) => answer_all(together, error),
        }
    } else {
        alone.append(&mut together);
    }
    for job in alone {
        let outcome = kept.insert(&job.insertion.one, &job.values).await;
        job.answer(outcome);
    }
}

fn key_of(row: &QueryResult) -> Option<(i64, i32)> {
    Some((row.try_get_by_index(1).ok()?, row.try_get_by_index(2).ok()?))
}

/// Returns the same error to all jobs.
fn answer_all(jobs: Vec<Job>, error: DbErr) {
    let message = error.to_string();
    let mut error = Some(error);
    for job in jobs {
        let shared = || DbErr::Conn(RuntimeErr::Internal(message.clone()));
        let outcome = Err(error.take().unwrap_or_else(shared));
        job.answer(outcome);
    }
}

/// Executes the jobs in one transaction and sends each its outcome once it is durable. A rejected row does
/// not affect the others: SQLite undoes the statement, not the transaction.
async fn commit(write: &DatabaseConnection, jobs: Vec<Job>) {
    match carry_out(write, &jobs).await {
        Ok(outcomes) => jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome)),
        Err(error) => answer_all(jobs, error),
    }
}

async fn carry_out(
    write: &DatabaseConnection,
    jobs: &[Job],
) -> Result<Vec<Result<QueryResult, DbErr>>, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let txn = write.begin_with_options(options).await?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        let row = job.insertion.carry_out(&txn, &job.values).await;
        if let Err(error) = &row
            && !is_constraint_violation(error)
        {
            // For example a full disk: SQLite may have rolled back the whole transaction.
            txn.rollback().await.ok();
            return row.map(|_| Vec::new());
        }
        outcomes.push(row);
    }
    txn.commit().await?;
    Ok(outcomes)
}
