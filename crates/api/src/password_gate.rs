//! How many passwords are hashed at once, and whose.

use crate::error::{ApiError, ApiResult};
use crate::peer::Client;
use actix_web::web;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Passwords hashed at the same moment: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Requests that may wait or be at work.
const PLACES: usize = 34;
/// Those of one client: however many it sends, others have places left.
const PLACES_OF_ONE: usize = 8;

/// Lets a few passwords be hashed at once, off the threads that answer requests.
pub(crate) struct PasswordGate {
    permits: Arc<Semaphore>,
    places: Arc<Mutex<Places>>,
}

#[derive(Default)]
struct Places {
    taken: usize,
    /// None of them zero.
    by_client: HashMap<Client, usize>,
}

/// A request's place, free again when dropped.
struct Place {
    places: Arc<Mutex<Places>>,
    client: Client,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.taken -= 1;
        if let Some(own) = places.by_client.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                places.by_client.remove(&self.client);
            }
        }
    }
}

impl Default for PasswordGate {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), places: Arc::default() }
    }
}

impl PasswordGate {
    /// Runs `work` on a thread that may block, when it is its turn.
    ///
    /// # Errors
    /// `too_many_requests` where too many wait already, or too many of this client.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        client: Client,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> ApiResult<T> {
        let place = self.take_place(client)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(ApiError::internal)?;
        // Both go with the work: a client that hangs up does not make room while the core is busy.
        web::block(move || {
            let result = work();
            drop((permit, place));
            result
        })
        .await
        .map_err(ApiError::internal)
    }

    fn take_place(&self, client: Client) -> ApiResult<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let own = places.by_client.get(&client).copied().unwrap_or_default();
        if places.taken >= PLACES || own >= PLACES_OF_ONE {
            return Err(ApiError::TooManyRequests(1));
        }
        places.taken += 1;
        places.by_client.insert(client, own + 1);
        Ok(Place { places: self.places.clone(), client })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    fn client(n: usize) -> Client {
        Client::at(format!("192.0.2.{n}").parse().ok())
    }

    /// Fills `count` places by turns of `clients`, until something is sent for each.
    async fn fill(
        gate: &Arc<PasswordGate>,
        count: usize,
        clients: usize,
    ) -> (Sender<()>, Vec<actix_web::rt::task::JoinHandle<ApiResult<bool>>>) {
        let (release, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let tasks = (0..count).map(|n| {
            let (gate, held) = (gate.clone(), held.clone());
            actix_web::rt::spawn(async move {
                let wait = move || held.lock().is_ok_and(|held| held.recv().is_ok());
                gate.run(client(n % clients), wait).await
            })
        });
        let tasks = tasks.collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        (release, tasks)
    }

    #[actix_web::test]
    async fn too_many_waiting_are_turned_away() {
        let gate = Arc::new(PasswordGate::default());
        let (release, tasks) = fill(&gate, PLACES, 10).await;
        assert!(matches!(gate.run(client(99), || ()).await, Err(ApiError::TooManyRequests(_))));
        for _ in 0..tasks.len() {
            release.send(()).expect("somebody waits");
        }
        for task in tasks {
            assert!(task.await.expect("ran").expect("had its turn"));
        }
        assert!(gate.run(client(99), || ()).await.is_ok());
        assert!(gate.places.lock().expect("places").by_client.is_empty(), "nobody is remembered");
    }

    #[actix_web::test]
    async fn one_client_does_not_take_the_places_of_others() {
        let gate = Arc::new(PasswordGate::default());
        let (release, tasks) = fill(&gate, PLACES, 1).await;
        let others = {
            let gate = gate.clone();
            actix_web::rt::spawn(async move { gate.run(client(99), || ()).await })
        };
        for _ in 0..PLACES_OF_ONE {
            release.send(()).expect("somebody waits");
        }
        assert!(others.await.expect("ran").is_ok(), "there was a place");
        let mut had_turns = 0;
        for task in tasks {
            match task.await.expect("ran") {
                Ok(released) => had_turns += usize::from(released),
                Err(error) => assert!(matches!(error, ApiError::TooManyRequests(_))),
            }
        }
        assert_eq!(had_turns, PLACES_OF_ONE);
    }
}
