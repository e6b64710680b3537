//! A server as far as its runs go: with connections and a thread of its own, so that it can die, or fall
//! silent, while others go on.

use crate::stage::{Stage, actor};
use colophon_domain::Db;
use colophon_pipeline::{Options, Runner};
use colophon_provider::Client;
use colophon_test_support::Engine;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

/// Between its tries to get a lock, as in its `sqliteDefaultBusyCallback`.
const LONGEST_WAIT_OF_SQLITE: Duration = Duration::from_millis(100);

pub(crate) struct Server {
    pub(crate) runner: Runner,
    orders: UnboundedSender<Order>,
    thread: Option<JoinHandle<()>>,
}

enum Order {
    /// Tell that nothing moves any more; go on once told.
    Freeze(oneshot::Sender<()>, mpsc::Receiver<()>),
    Die,
}

/// Dropped, the server goes on.
pub(crate) struct Frozen(#[expect(dead_code, reason = "its drop is what tells")] mpsc::Sender<()>);

impl Server {
    pub(crate) async fn start(database: colophon_domain::Options, client: Client, options: Options) -> Self {
        let (orders, mut told) = tokio::sync::mpsc::unbounded_channel();
        let (tell, started) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let db = Db::connect(&database).await.expect("the database opens");
                let runner = Runner::start(db, client, options).await.expect("the runner starts");
                tell.send(runner).ok();
                while let Some(order) = told.recv().await {
                    match order {
                        Order::Freeze(tell, until) => {
                            tell.send(()).ok();
                            // Blocks the only thread: nothing of this server moves.
                            until.recv().ok();
                        }
                        Order::Die => return,
                    }
                }
            });
        });
        let runner = started.await.expect("the server starts");
        Self { runner, orders, thread: Some(thread) }
    }

    /// Ends the server as `kill -9` would: what it was about to do is never done.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.orders.send(Order::Die).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server did not panic");
        }
    }

    /// Stops the server in its tracks, but in no transaction: SQLite would be locked, and PostgreSQL is told to
    /// give up on a transaction that nobody goes on with.
    pub(crate) async fn freeze(&self, stage: &Stage) -> Frozen {
        loop {
            let (tell, frozen) = oneshot::channel();
            let (thaw, until) = mpsc::channel();
            let alone = stage.db.begin_write_by(actor()).await.expect("a transaction");
            self.orders.send(Order::Freeze(tell, until)).ok();
            frozen.await.expect("it is frozen");
            alone.rollback().await.expect("undone");
            if stage.database.engine() == Engine::Postgres {
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND $1 > 0";
                stage.rows(cut, 1).await;
                return Frozen(thaw);
            }
            // A thread of SQLite's driver does not freeze: if one waited for the lock, it has it now, or soon.
            tokio::time::sleep(LONGEST_WAIT_OF_SQLITE * 3).await;
            if let Ok(txn) = stage.db.begin_write_by(actor()).await {
                txn.rollback().await.expect("undone");
                return Frozen(thaw);
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
