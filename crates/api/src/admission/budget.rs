//! The memory budget: memory held for clients is counted before it is allocated.

use crate::error::{ApiError, ApiResult};
use crate::peer::Client;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A limit on the bytes held at once. Clones share the same budget.
#[derive(Clone)]
pub(crate) struct Budget {
    limit: u64,
    amounts: Arc<Mutex<Amounts>>,
}

#[derive(Default)]
struct Amounts {
    held: u64,
    /// No value is zero.
    by_client: HashMap<Client, u64>,
    refused: u64,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, amounts: Arc::default() }
    }

    /// Returns the limit in bytes.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Returns an empty reservation for a client. All clients at one address together may hold half the
    /// budget.
    pub(crate) fn hold_nothing(&self, client: Client) -> Held {
        Held { budget: self.clone(), client: Some(client), bytes: 0 }
    }

    /// Returns an empty reservation for memory that is bounded otherwise: by a lane, or by the number of
    /// connections.
    pub(crate) fn hold_nothing_of_client(&self) -> Held {
        Held { budget: self.clone(), client: None, bytes: 0 }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> u64 {
        self.lock().held
    }

    pub(super) fn record(&self) {
        let (held, refused) = {
            let amounts = self.lock();
            (amounts.held, amounts.refused)
        };
        metrics::gauge!("colophon_memory_held_bytes").set(held as f64);
        metrics::gauge!("colophon_memory_limit_bytes").set(self.limit as f64);
        metrics::counter!("colophon_memory_refused_total").absolute(refused);
    }

    fn lock(&self) -> MutexGuard<'_, Amounts> {
        self.amounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Amounts {
    fn add(&mut self, client: Option<Client>, bytes: u64) {
        self.held += bytes;
        if let Some(client) = client.filter(|_| bytes > 0) {
            *self.by_client.entry(client).or_default() += bytes;
        }
    }

    fn subtract(&mut self, client: Option<Client>, bytes: u64) {
        self.held -= bytes;
        let Some(client) = client else { return };
        if let Some(own) = self.by_client.get_mut(&client) {
            *own -= bytes;
            if *own == 0 {
                self.by_client.remove(&client);
            }
        }
    }
}

/// Reserved memory, released when dropped.
pub(crate) struct Held {
    budget: Budget,
    client: Option<Client>,
    bytes: u64,
}

impl Held {
    /// Grows the reservation to at least `bytes`.
    ///
    /// # Errors
    /// `busy` if the budget, or the client's half of it, is used up. The reservation then keeps its size.
    pub(crate) fn grow_to(&mut self, bytes: u64) -> ApiResult<()> {
        let Some(more) = bytes.checked_sub(self.bytes) else { return Ok(()) };
        let mut amounts = self.budget.lock();
        let own = self.client.and_then(|client| amounts.by_client.get(&client)).copied().unwrap_or_default();
        let is_over = amounts.held + more > self.budget.limit
            || (self.client.is_some() && own + more > self.budget.limit / 2);
        if is_over {
            amounts.refused += 1;
            return Err(ApiError::Busy);
        }
        amounts.add(self.client, more);
        drop(amounts);
        self.bytes = bytes;
        Ok(())
    }

    /// Sets the reservation to `bytes`, even over the limit: for memory that is allocated already.
    pub(crate) fn set(&mut self, bytes: u64) {
        let mut amounts = self.budget.lock();
        amounts.subtract(self.client, self.bytes);
        amounts.add(self.client, bytes);
        drop(amounts);
        self.bytes = bytes;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.lock().subtract(self.client, self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u8) -> Client {
        Client::at(Some(std::net::Ipv4Addr::new(192, 0, 2, n).into()))
    }

    #[test]
    fn no_more_is_held_than_there_is_and_one_client_has_half() {
        let budget = Budget::new(100);
        let mut first = budget.hold_nothing(client(1));
        first.grow_to(50).expect("half");
        assert!(matches!(first.grow_to(51), Err(ApiError::Busy)));
        let mut same = budget.hold_nothing(client(1));
        assert!(same.grow_to(1).is_err(), "another request of the same client");
        let mut second = budget.hold_nothing(client(2));
        second.grow_to(40).expect("the other half");
        let mut third = budget.hold_nothing(client(3));
        assert!(third.grow_to(11).is_err());
        third.grow_to(10).expect("the rest");
        assert_eq!(budget.held(), 100);
        drop((first, same));
        third.grow_to(40).expect("what was given back");
        third.set(5);
        drop((second, third));
        assert_eq!(budget.held(), 0);
        assert!(budget.lock().by_client.is_empty(), "no client is remembered");
    }

    #[test]
    fn what_exists_already_is_counted_even_over_the_limit() {
        let budget = Budget::new(100);
        let mut held = budget.hold_nothing(client(1));
        held.set(300);
        assert_eq!(budget.held(), 300);
        assert!(budget.hold_nothing(client(2)).grow_to(1).is_err());
        drop(held);
        assert_eq!(budget.held(), 0);
    }
}
