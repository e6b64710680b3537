//! A database for each test, on SQLite and PostgreSQL.
//!
//! ```text
//! #[on_both_engines]
//! async fn a_version_is_found_by_its_number(db: TestDatabase) {
//!     let db = Db::connect(db.url()).await;
//!     …
//! }
//! ```
//!
//! makes two tests, `a_version_is_found_by_its_number::sqlite` and `::postgres`. The body's argument is any
//! type that implements [`Fixture`].
//!
//! PostgreSQL is started from the machine's own programs, once per process, or once for several processes by
//! `test-postgres run -- COMMAND`. If there are none, the PostgreSQL half says so on stdout and passes; with
//! `CI=true` it fails.

mod cluster;
mod database;
mod earlier;
mod page;
mod proxy;
mod unguarded;

pub use colophon_test_macros::on_both_engines;

pub use cluster::{Cluster, URL_VARIABLE, start_free, stop_free};
pub use database::{Engine, Fixture, NO_POSTGRES, TestDatabase, Unmigrated, say, skip};
pub use page::Page;
pub use proxy::CommitProxy;
pub use unguarded::Unguarded;

/// Runs the body of a test on an engine, with its own fixture and a tokio runtime that also takes
/// `spawn_local`. Does nothing if the engine is not available.
///
/// # Panics
/// If the body panics, or the database cannot be made.
pub fn run<F, B, T>(engine: Engine, body: B)
where
    F: Fixture,
    B: FnOnce(F) -> T,
    T: Future<Output = ()>,
{
    if !engine.is_here() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let test = async { body(F::fresh(engine).await).await };
    runtime.expect("a runtime starts").block_on(tokio::task::LocalSet::new().run_until(test));
}
