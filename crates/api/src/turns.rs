//! Turns at work that reads a lot and computes a lot: a few at once, some that wait, and no more.

use crate::error::{ApiError, ApiResult};
use crate::tally::Tally;
use actix_web::web;
use colophon_domain::Actor;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// At work at once: each holds a connection of the database, or a book in memory, for as long as it takes.
const AT_ONCE: usize = 2;
/// At work or waiting.
const PLACES: usize = 34;
/// Those of one user or token: however many it asks for, others have places left.
const PLACES_OF_ONE: usize = 8;

/// A user or a token: whether it is one, and its id.
type Who = (bool, Option<i64>);

/// A turn at work; over when it is dropped. Work on another thread takes it there, or a request that is given up would
/// end it too early.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

/// Lets a few at once work off the threads that answer requests.
pub(crate) struct Turns {
    places: Arc<Mutex<Places>>,
    permits: Arc<Semaphore>,
}

#[derive(Default)]
struct Places {
    taken: usize,
    by_who: Tally<Who>,
}

/// A request's place, free again when dropped.
struct Place {
    places: Arc<Mutex<Places>>,
    who: Who,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.taken -= 1;
        places.by_who.take(&self.who);
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self { places: Arc::default(), permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Turns {
    /// Waits for a turn.
    ///
    /// # Errors
    /// `busy` where too many wait already, in all or of this user or token.
    pub(crate) async fn take(&self, by: &Actor) -> ApiResult<Turn> {
        let place = self.take_place((by.token.is_some(), by.author.id))?;
        let permit = self.permits.clone().acquire_owned().await.map_err(ApiError::internal)?;
        Ok(Turn { _permit: permit, _place: place })
    }

    /// Runs `work` when it is its turn, on a thread that may block: between two answers of the database it may compute
    /// for long. It ends at its next wait once the request is given up, which it is when its connection is found broken.
    ///
    /// # Errors
    /// `busy` where too many wait already, in all or of this user or token; those of `work`.
    pub(crate) async fn run<T, F>(&self, by: &Actor, work: F) -> ApiResult<T>
    where
        T: Send + 'static,
        F: Future<Output = colophon_domain::Result<T>> + Send + 'static,
    {
        let turn = self.take(by).await?;
        let (wanted, runtime) = (CancellationToken::new(), Handle::current());
        let _until_dropped = wanted.clone().drop_guard();
        let done = web::block(move || {
            let result = runtime.block_on(wanted.run_until_cancelled(work));
            drop(turn);
            result
        });
        let done = done.await.map_err(ApiError::internal)?;
        Ok(done.ok_or_else(|| ApiError::Internal("nobody waited for it".into()))??)
    }

    fn take_place(&self, who: Who) -> ApiResult<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.taken >= PLACES || places.by_who.of(&who) >= PLACES_OF_ONE {
            return Err(ApiError::Busy);
        }
        places.taken += 1;
        places.by_who.add(who);
        Ok(Place { places: self.places.clone(), who })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;
    use std::future::pending;
    use tokio::task::yield_now;

    fn somebody(n: usize) -> Actor {
        let mut actor = Actor::system("test");
        actor.author.id = i64::try_from(n).ok();
        actor
    }

    fn taken(turns: &Turns) -> usize {
        turns.places.lock().expect("places").taken
    }

    #[actix_web::test]
    async fn more_than_may_wait_are_told_to_come_back() {
        let turns = Arc::new(Turns::default());
        let tasks: Vec<_> = (0..PLACES)
            .map(|n| {
                let (turns, by) = (turns.clone(), somebody(n / PLACES_OF_ONE));
                actix_web::rt::spawn(
                    async move { turns.run(&by, pending::<colophon_domain::Result<()>>()).await },
                )
            })
            .collect();
        while taken(&turns) < PLACES {
            yield_now().await;
        }
        let refused = turns.run(&somebody(9), async { Ok(()) }).await.expect_err("no place");
        let response = refused.error_response();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        // Whoever hangs up makes room.
        for task in tasks {
            task.abort();
        }
        while taken(&turns) > 0 {
            yield_now().await;
        }
        assert_eq!(turns.run(&somebody(9), async { Ok(7) }).await.expect("a turn"), 7);
    }

    #[actix_web::test]
    async fn one_who_asks_for_all_leaves_places_for_others() {
        let turns = Turns::default();
        let who = |n: usize| (false, i64::try_from(n).ok());
        let taken: Vec<_> = (0..PLACES).map_while(|_| turns.take_place(who(1)).ok()).collect();
        assert_eq!(taken.len(), PLACES_OF_ONE);
        assert!(turns.take_place(who(2)).is_ok());
        drop(taken);
        assert!(turns.take_place(who(1)).is_ok());
    }

    #[actix_web::test]
    async fn who_answers_requests_goes_on_while_another_computes() {
        let (turns, by) = (Turns::default(), somebody(1));
        let (go, gone) = std::sync::mpsc::channel::<()>();
        // Would never end, were it on this thread.
        let blocks = turns.run(&by, async move { Ok(gone.recv().is_ok()) });
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
