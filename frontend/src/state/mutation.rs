//! A request that changes something: whether it is under way, and what became of it.

use crate::api::{Error, Key};
use leptos::{prelude::*, task::spawn_local};
use serde::Serialize;
use std::pin::Pin;

/// What is left to do once the answer is there, whatever its type was.
type Then = Box<dyn FnOnce()>;

/// The state of one thing that a person may ask for. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Mutation {
    pending: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    /// What was asked for last, and its key, while it is not known whether the server did it.
    unsettled: StoredValue<Option<(String, Key)>>,
}

impl Mutation {
    /// Nothing asked for yet.
    pub fn new() -> Self {
        Self { pending: RwSignal::new(false), error: RwSignal::new(None), unsettled: StoredValue::new(None) }
    }

    /// Whether an answer is awaited.
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// Why the last request failed.
    pub fn error(self) -> Signal<Option<Error>> {
        self.error.into()
    }

    /// Forgets the last failure.
    pub fn clear(self) {
        self.error.set(None);
    }

    /// The `Idempotency-Key` for `body`: that of the last request if it was the same and its outcome is
    /// not known, a new one otherwise.
    pub fn key_for(self, body: &impl Serialize) -> Key {
        let text = serde_json::to_string(body).unwrap_or_default();
        self.unsettled
            .try_update_value(|unsettled| match unsettled {
                Some((last, key)) if *last == text => key.clone(),
                _ => {
                    let key = Key::random();
                    *unsettled = Some((text, key.clone()));
                    key
                }
            })
            .unwrap_or_else(Key::random)
    }

    /// Sends `request` unless one is under way; `then` gets what came of it.
    pub fn run<T: 'static>(
        self,
        request: impl Future<Output = Result<T, Error>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        self.run_erased(Box::pin(
            async move { request.await.map(|value| Box::new(move || then(value)) as Then) },
        ));
    }

    /// Not generic, so that it is compiled once.
    fn run_erased(self, request: Pin<Box<dyn Future<Output = Result<Then, Error>>>>) {
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        self.error.set(None);
        spawn_local(async move {
            let result = request.await;
            // The page may be gone by now, and its signals with it.
            if self.pending.try_set(false).is_some() {
                return;
            }
            if !result.as_ref().is_err_and(Error::is_uncertain) {
                self.unsettled.set_value(None);
            }
            match result {
                Ok(then) => then(),
                Err(error) => self.error.set(Some(error)),
            }
        });
    }
}
