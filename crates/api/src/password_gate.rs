//! Admission control for passwords: how many are hashed at once, and for whom. They have a lane of their own
//! because it also distinguishes known from unknown clients.

use crate::admission::Budget;
use crate::error::{ApiError, ApiResult};
use crate::peer::{Client, Network};
use crate::tally::Tally;
use actix_web::web;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// How many passwords are hashed at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Memory for each of them, in bytes.
const MEMORY: u64 = 20 * 1000 * 1000;
/// How many requests may hold a place, running or waiting.
const PLACES: usize = 34;
/// How many places unknown clients may hold in all. The others are reserved for known clients.
const PLACES_OF_STRANGERS: usize = 22;
/// How many places one client may hold, so that others have places left.
const PLACES_OF_ONE: usize = 8;
/// How many places the unknown clients of one /48 of IPv6 may hold. Its owner can be any number of clients.
const PLACES_OF_NETWORK: usize = 16;

/// Whether a client is known for the name whose password it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An unknown client.
    Stranger,
    /// It signed in to that name from there lately, is signed in to it, or has its one-time link.
    Known,
}

/// Limits how many passwords are hashed at once, off the threads that answer requests.
pub(crate) struct PasswordGate {
    budget: Budget,
    permits: Arc<Semaphore>,
    places: Arc<Mutex<Places>>,
}

#[derive(Default)]
struct Places {
    taken: usize,
    of_strangers: usize,
    by_client: Tally<Client>,
    by_network: Tally<Network>,
    refused: u64,
}

/// A request's place, released when dropped.
struct Place {
    places: Arc<Mutex<Places>>,
    client: Client,
    standing: Standing,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.taken -= 1;
        places.of_strangers -= usize::from(self.standing == Standing::Stranger);
        places.by_client.take(&self.client);
        if let Some(network) = counted_network(self.client, self.standing) {
            places.by_network.take(&network);
        }
    }
}

/// Returns the network in which an unknown client counts.
fn counted_network(client: Client, standing: Standing) -> Option<Network> {
    client.network().filter(|_| standing == Standing::Stranger)
}

impl PasswordGate {
    /// Returns a gate whose work counts in `budget`.
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, permits: Arc::new(Semaphore::new(AT_ONCE)), places: Arc::default() }
    }

    /// Runs `work` in its turn on a thread that may block.
    ///
    /// # Errors
    /// `busy` if too many requests wait: in all, of this client, or of its network.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        client: Client,
        standing: Standing,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> ApiResult<T> {
        let place = self.take_place(client, standing)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(ApiError::internal)?;
        // Counted, but never refused for lack of memory: `AT_ONCE` is the bound, and signing in must stay
        // possible.
        let mut held = self.budget.hold_nothing_of_client();
        held.set(MEMORY);
        // All are released with the work: a client that hangs up frees no place while the core is busy.
        web::block(move || {
            let result = work();
            drop((held, permit, place));
            result
        })
        .await
        .map_err(ApiError::internal)
    }

    fn take_place(&self, client: Client, standing: Standing) -> ApiResult<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let network = counted_network(client, standing);
        let is_stranger = standing == Standing::Stranger;
        let is_full = places.taken >= PLACES
            || (is_stranger && places.of_strangers >= PLACES_OF_STRANGERS)
            || places.by_client.of(&client) >= PLACES_OF_ONE
            || network.is_some_and(|network| places.by_network.of(&network) >= PLACES_OF_NETWORK);
        if is_full {
            places.refused += 1;
            return Err(ApiError::Busy);
        }
        places.taken += 1;
        places.of_strangers += usize::from(is_stranger);
        places.by_client.add(client);
        if let Some(network) = network {
            places.by_network.add(network);
        }
        Ok(Place { places: self.places.clone(), client, standing })
    }

    /// Updates the metrics of this lane.
    pub(crate) fn record(&self) {
        let (taken, refused) = {
            let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            (places.taken, places.refused)
        };
        metrics::gauge!("colophon_admission_requests", "lane" => "password").set(taken as f64);
        metrics::counter!("colophon_admission_refused_total", "lane" => "password").absolute(refused);
    }
}

#[cfg(test)]
mod tests {
    use super::Standing::{Known, Stranger};
    use super::*;
    use std::sync::mpsc::channel;

    fn gate() -> PasswordGate {
        PasswordGate::new(Budget::new(0))
    }

    fn client(address: &str) -> Client {
        Client::at(Some(address.parse().expect("an address")))
    }

    fn v4(n: usize) -> Client {
        client(&format!("192.0.2.{n}"))
    }

    /// Takes places for clients in order, until there is none for the next. Returns the places.
    fn fill(gate: &PasswordGate, standing: Standing, clients: impl Iterator<Item = Client>) -> Vec<Place> {
        clients.map_while(|client| gate.take_place(client, standing).ok()).collect()
    }

    #[test]
    fn strangers_leave_places_for_who_was_in_before() {
        let gate = gate();
        let strangers = fill(&gate, Stranger, (0..100).map(v4));
        assert_eq!(strangers.len(), PLACES_OF_STRANGERS);
        assert!(matches!(gate.take_place(v4(200), Stranger), Err(ApiError::Busy)));
        let known = fill(&gate, Known, (100..200).map(v4));
        assert_eq!(known.len(), PLACES - PLACES_OF_STRANGERS);
        // Known clients do not exceed the total either.
        drop(strangers);
        assert_eq!(fill(&gate, Known, (0..100).map(v4)).len(), PLACES_OF_STRANGERS);
    }

    #[test]
    fn many_addresses_of_one_owner_do_not_take_the_places_of_others() {
        let gate = gate();
        let owned = (0..1000).map(|n| client(&format!("2001:db8:1:{n:x}::1")));
        let taken = fill(&gate, Stranger, owned);
        assert_eq!(taken.len(), PLACES_OF_NETWORK);
        assert!(gate.take_place(client("2001:db8:2::1"), Stranger).is_ok());
        assert!(
            gate.take_place(client("2001:db8:1:ffff::1"), Known).is_ok(),
            "a neighbour who was in before"
        );
        assert!(gate.take_place(v4(1), Stranger).is_ok());
    }

    #[test]
    fn nobody_is_remembered() {
        let gate = gate();
        drop(fill(&gate, Stranger, (0..9).map(|n| client(&format!("2001:db8:1:{n}::1")))));
        drop(fill(&gate, Known, (0..9).map(v4)));
        let places = gate.places.lock().expect("places");
        assert_eq!((places.taken, places.of_strangers), (0, 0));
        assert!(places.by_client.is_empty() && places.by_network.is_empty());
    }

    #[actix_web::test]
    async fn one_client_does_not_take_the_places_of_others() {
        let gate = Arc::new(gate());
        let (release, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let tasks: Vec<_> = (0..PLACES)
            .map(|_| {
                let (gate, held) = (gate.clone(), held.clone());
                let wait = move || held.lock().is_ok_and(|held| held.recv().is_ok());
                actix_web::rt::spawn(async move { gate.run(v4(1), Stranger, wait).await })
            })
            .collect();
        // Wait for the refusals before a place is free: one more request would take it and wait for a
        // release.
        while tasks.iter().filter(|task| task.is_finished()).count() < PLACES - PLACES_OF_ONE {
            tokio::task::yield_now().await;
        }
        let others = {
            let gate = gate.clone();
            actix_web::rt::spawn(async move { gate.run(v4(99), Stranger, || ()).await })
        };
        for _ in 0..PLACES_OF_ONE {
            release.send(()).expect("somebody waits");
        }
        assert!(others.await.expect("ran").is_ok(), "there was a place");
        let mut had_turns = 0;
        for task in tasks {
            match task.await.expect("ran") {
                Ok(released) => had_turns += usize::from(released),
                Err(error) => assert!(matches!(error, ApiError::Busy)),
            }
        }
        assert_eq!(had_turns, PLACES_OF_ONE);
    }
}
