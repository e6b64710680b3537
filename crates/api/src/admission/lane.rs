//! A lane: bounds how many requests of one kind run and wait.

use crate::error::{ApiError, ApiResult};
use crate::peer::Client;
use crate::tally::Tally;
use colophon_domain::Actor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bounds of a lane, in requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Running at once.
    pub(super) at_once: usize,
    /// Running or waiting.
    pub(super) places: usize,
    /// Running or waiting, of one user or token: leaves places for others.
    pub(super) of_user: usize,
    /// Running or waiting, of one address.
    pub(super) of_address: usize,
}

/// A user or token: whether it is a token, and its id.
type Who = (bool, Option<i64>);

/// Limits one kind of work to a few requests at once.
pub(super) struct Lane {
    name: &'static str,
    bounds: Bounds,
    places: Arc<Mutex<Places>>,
    permits: Arc<Semaphore>,
}

#[derive(Default)]
struct Places {
    taken: usize,
    by_who: Tally<Who>,
    by_client: Tally<Client>,
    refused: u64,
}

/// A request's place, released when dropped.
pub(super) struct Place {
    places: Arc<Mutex<Places>>,
    who: Who,
    /// `None` for requests without an address: only tests and the server's own work.
    client: Option<Client>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = lock(&self.places);
        places.taken -= 1;
        places.by_who.take(&self.who);
        if let Some(client) = &self.client {
            places.by_client.take(client);
        }
    }
}

fn lock(places: &Mutex<Places>) -> MutexGuard<'_, Places> {
    places.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lane {
    pub(super) fn new(name: &'static str, bounds: Bounds) -> Self {
        Self { name, bounds, places: Arc::default(), permits: Arc::new(Semaphore::new(bounds.at_once)) }
    }

    /// Takes a place for a running or waiting request.
    ///
    /// # Errors
    /// `busy` if there is none: in all, or of this user, token or address.
    pub(super) fn take_place(&self, by: &Actor) -> ApiResult<Place> {
        let who = (by.token.is_some(), by.author.id);
        let address = by.from.address.as_deref().and_then(|address| address.parse().ok());
        let client = address.map(|address| Client::at(Some(address)));
        let Bounds { places: in_all, of_user, of_address, .. } = self.bounds;
        let mut places = lock(&self.places);
        let is_full = places.taken >= in_all
            || places.by_who.of(&who) >= of_user
            || client.is_some_and(|client| places.by_client.of(&client) >= of_address);
        if is_full {
            places.refused += 1;
            return Err(ApiError::Busy);
        }
        places.taken += 1;
        places.by_who.add(who);
        if let Some(client) = client {
            places.by_client.add(client);
        }
        Ok(Place { places: self.places.clone(), who, client })
    }

    /// Waits until the request may run.
    ///
    /// # Errors
    /// None in practice: the semaphore is never closed.
    pub(super) async fn wait(&self) -> ApiResult<OwnedSemaphorePermit> {
        self.permits.clone().acquire_owned().await.map_err(ApiError::internal)
    }

    pub(super) fn record(&self) {
        let (taken, refused) = {
            let places = lock(&self.places);
            (places.taken, places.refused)
        };
        metrics::gauge!("colophon_admission_requests", "lane" => self.name).set(taken as f64);
        metrics::counter!("colophon_admission_refused_total", "lane" => self.name).absolute(refused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;
    use tokio::task::yield_now;

    const BOUNDS: Bounds = Bounds { at_once: 2, places: 34, of_user: 8, of_address: 16 };

    fn somebody(n: usize) -> Actor {
        let mut actor = Actor::system("test");
        actor.author.id = i64::try_from(n).ok();
        actor
    }

    fn at(n: usize, address: &str) -> Actor {
        let mut actor = somebody(n);
        actor.from.address = Some(address.to_owned());
        actor
    }

    fn fill(lane: &Lane, by: impl Iterator<Item = Actor>) -> Vec<Place> {
        by.map_while(|by| lane.take_place(&by).ok()).collect()
    }

    #[actix_web::test]
    async fn more_than_may_wait_are_told_to_come_back() {
        let lane = Arc::new(Lane::new("test", BOUNDS));
        let tasks: Vec<_> = (0..BOUNDS.places)
            .map(|n| {
                let (lane, by) = (lane.clone(), somebody(n / BOUNDS.of_user));
                actix_web::rt::spawn(async move {
                    let place = lane.take_place(&by);
                    let permit = lane.wait().await;
                    std::future::pending::<()>().await;
                    drop((place, permit));
                })
            })
            .collect();
        while lock(&lane.places).taken < BOUNDS.places || lane.permits.available_permits() > 0 {
            yield_now().await;
        }
        let refused = lane.take_place(&somebody(9)).err().expect("no place");
        let response = refused.error_response();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        // A client that hangs up frees its place.
        for task in tasks {
            task.abort();
        }
        while lock(&lane.places).taken > 0 {
            yield_now().await;
        }
        assert!(lane.take_place(&somebody(9)).is_ok());
        drop(lane.wait().await.expect("a turn"));
    }

    #[test]
    fn one_who_asks_for_all_leaves_places_for_others() {
        let lane = Lane::new("test", BOUNDS);
        let taken = fill(&lane, (0..BOUNDS.places).map(|_| somebody(1)));
        assert_eq!(taken.len(), BOUNDS.of_user);
        assert!(lane.take_place(&somebody(2)).is_ok());
        drop(taken);
        assert!(lane.take_place(&somebody(1)).is_ok());
    }

    #[test]
    fn one_address_with_many_names_leaves_places_for_others() {
        let lane = Lane::new("test", BOUNDS);
        let taken = fill(&lane, (0..BOUNDS.places).map(|n| at(n, "192.0.2.1")));
        assert_eq!(taken.len(), BOUNDS.of_address);
        assert!(lane.take_place(&at(99, "192.0.2.2")).is_ok());
        drop(taken);
        let places = lock(&lane.places);
        assert!(places.by_who.is_empty() && places.by_client.is_empty(), "nobody is remembered");
    }
}
