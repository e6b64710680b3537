//! Turns at work that reads a lot and computes a lot: a few at once, some that wait, and no more.

use crate::error::{ApiError, ApiResult};
use actix_web::web;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// At work at once: each holds a connection of the database for as long as it takes.
const AT_ONCE: usize = 2;
/// At work or waiting.
const PLACES: usize = 34;

/// Lets a few at once work off the threads that answer requests.
pub(crate) struct Turns {
    places: Arc<Semaphore>,
    permits: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(PLACES)), permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Turns {
    /// Runs `work` when it is its turn, on a thread that may block: between two answers of the database it may compute
    /// for long. It ends at its next wait once nobody waits for it any more.
    ///
    /// # Errors
    /// `busy` where too many wait already; those of `work`.
    pub(crate) async fn run<T, F>(&self, work: F) -> ApiResult<T>
    where
        T: Send + 'static,
        F: Future<Output = colophon_domain::Result<T>> + Send + 'static,
    {
        let place = self.take_place()?;
        let permit = self.permits.clone().acquire_owned().await.map_err(ApiError::internal)?;
        let (wanted, runtime) = (CancellationToken::new(), Handle::current());
        let _until_dropped = wanted.clone().drop_guard();
        let done = web::block(move || {
            let result = runtime.block_on(wanted.run_until_cancelled(work));
            drop((permit, place));
            result
        });
        let done = done.await.map_err(ApiError::internal)?;
        Ok(done.ok_or_else(|| ApiError::Internal("nobody waited for it".into()))??)
    }

    fn take_place(&self) -> ApiResult<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().map_err(|_| ApiError::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;
    use std::future::pending;
    use tokio::task::yield_now;

    #[actix_web::test]
    async fn more_than_may_wait_are_told_to_come_back() {
        let turns = Arc::new(Turns::default());
        let tasks: Vec<_> = (0..PLACES)
            .map(|_| {
                let turns = turns.clone();
                actix_web::rt::spawn(async move { turns.run(pending::<colophon_domain::Result<()>>()).await })
            })
            .collect();
        while turns.places.available_permits() > 0 {
            yield_now().await;
        }
        let refused = turns.run(async { Ok(()) }).await.expect_err("no place");
        let response = refused.error_response();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        // Whoever hangs up makes room.
        for task in tasks {
            task.abort();
        }
        while turns.places.available_permits() < PLACES {
            yield_now().await;
        }
        assert_eq!(turns.run(async { Ok(7) }).await.expect("a turn"), 7);
    }

    #[actix_web::test]
    async fn who_answers_requests_goes_on_while_another_computes() {
        let turns = Turns::default();
        let (go, gone) = std::sync::mpsc::channel::<()>();
        // Would never end, were it on this thread.
        let blocks = turns.run(async move { Ok(gone.recv().is_ok()) });
        let frees = async {
            while turns.permits.available_permits() == AT_ONCE {
                yield_now().await;
            }
            go.send(()).expect("somebody waits");
        };
        let (blocked, ()) = futures::join!(blocks, frees);
        assert!(blocked.expect("had its turn"));
    }
}
