//! A request that changes something: an [`Action`] with an `Idempotency-Key`.

use crate::api::{Error, Key};
use leptos::prelude::*;
use std::{future::ready, pin::Pin, rc::Rc};

/// A request of a person that changes something; `I` is its input. Copy it into closures.
///
/// While the outcome on the server is not known, the same input is sent again under the same key.
pub struct Mutation<I: 'static> {
    action: Action<Key, Result<(), Error>>,
    /// The last input and its key while their outcome is not known.
    unsettled: StoredValue<Option<(I, Key)>, LocalStorage>,
}

impl<I> Clone for Mutation<I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Mutation<I> {}

/// Sends the input that is stored with a key.
type Send = Box<dyn Fn(&Key) -> Pin<Box<dyn Future<Output = Result<(), Error>>>>>;

/// Not generic, so that actions are compiled once.
fn action(send: Send) -> Action<Key, Result<(), Error>> {
    Action::new_local(move |key| send(key))
}

impl<I: Clone + PartialEq + 'static> Mutation<I> {
    /// Creates a mutation that sends by `request`. `on_success` gets the reply, unless the calling component
    /// is gone by then.
    pub fn new<T, F>(request: impl Fn(I, Key) -> F + 'static, on_success: impl Fn(T) + 'static) -> Self
    where
        T: 'static,
        F: Future<Output = Result<T, Error>> + 'static,
    {
        let unsettled = StoredValue::new_local(None::<(I, Key)>);
        let on_success = Rc::new(on_success);
        let send = move |key: &Key| -> Pin<Box<dyn Future<Output = _>>> {
            let input = unsettled.with_value(|unsettled| unsettled.as_ref().map(|(input, _)| input.clone()));
            let Some(input) = input else { return Box::pin(ready(Ok(()))) };
            let reply = request(input, key.clone());
            let on_success = on_success.clone();
            Box::pin(async move {
                let result = reply.await;
                let is_settled = !result.as_ref().is_err_and(Error::is_uncertain);
                let is_gone = unsettled
                    .try_update_value(|unsettled| {
                        if is_settled {
                            *unsettled = None;
                        }
                    })
                    .is_none();
                result.map(|value| {
                    if !is_gone {
                        on_success(value);
                    }
                })
            })
        };
        Self { action: action(Box::new(send)), unsettled }
    }

    /// Sends `input`, unless a request is under way.
    pub fn send(self, input: I) {
        if self.action.pending().get_untracked() {
            return;
        }
        self.action.clear();
        let key = self.key_for(input);
        self.action.dispatch_local(key);
    }

    /// Whether a reply is awaited.
    pub fn pending(self) -> Signal<bool> {
        self.action.pending().into()
    }

    /// Returns why the last request failed.
    pub fn error(self) -> Signal<Option<Error>> {
        let value = self.action.value();
        Signal::derive(move || value.get().and_then(Result::err))
    }

    /// Removes the last failure.
    pub fn clear(self) {
        self.action.clear();
    }

    fn key_for(self, input: I) -> Key {
        self.unsettled
            .try_update_value(|unsettled| match unsettled {
                Some((last, key)) if *last == input => key.clone(),
                _ => {
                    let key = Key::random();
                    *unsettled = Some((input, key.clone()));
                    key
                }
            })
            .unwrap_or_else(Key::random)
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
